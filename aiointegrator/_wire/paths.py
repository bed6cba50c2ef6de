"""Path segments, and the checks that keep a path inside the API."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from .._text import has_controls, printable
from ..errors import ArgumentError
from .address import PREFIX

ACTING_READS = tuple(f"/v1/integrations/{{integrationId}}/{name}" for name in ("installSteps", "uninstallSteps"))
"""Paths where a GET begins something; no list goes on there (docs.celigo.com, seen 2026-11-20)."""

NOT_IN_URL = re.compile(r"[^\x21-\x7e]+")


def segment(name: str, value: str) -> str:
    """An id as a segment of a path, percent-encoded; `name` is what a refusal calls it.

    Raises:
        ArgumentError: an id that is no text, empty, blank, `.` or `..`, or has a slash or control characters.
    """
    return value if type(value) is str and value.isalnum() and value.isascii() else _segment(name, value)


def _segment(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ArgumentError(f"{name} must be text, not {type(value).__name__}")
    if not value.strip():
        raise ArgumentError(f"{name} is empty; give the _id of the resource")
    if value in (".", "..") or "/" in value or "\\" in value or has_controls(value):
        raise ArgumentError(f"{name} cannot be an id: {printable(value, 60)!r}")
    return quote(value, safe="")


def target(path: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Split what a caller of `client.request` gave into a safe path and its query.

    Raises:
        ArgumentError: not a path under /v1/.
    """
    if not isinstance(path, str) or not path.startswith(PREFIX + "/") or has_controls(path):
        raise ArgumentError(f"the path must begin with {PREFIX}/, such as /v1/flows; got {printable(str(path), 80)!r}")
    bare, _, rest = path.partition("?")
    if "#" in path or "\\" in path or not stays_inside(bare):
        raise ArgumentError(f"the path must not have . or .. or # in it; got {printable(path, 80)!r}")
    pairs = (pair.partition("=") for pair in rest.split("&") if pair)
    decoded = tuple((unquote(name.replace("+", " ")), unquote(value.replace("+", " "))) for name, _, value in pairs)
    return quote(bare, safe="/%:@!$&'()*+,;=~"), decoded


def matches(template: str, path: str) -> bool:
    """Whether a path is one that the template makes, however it is spelled.

    A server may take `//`, a slash at the end, another letter case or `%69` for the same, so they are the same here:
    a read with side effects must not be had by a detour. Whether `%2F` parts or belongs to an id, nobody knows, so
    either way will do.
    """
    once = unquote(path)
    return any(_fits(template, spelled) for spelled in (path, once, unquote(once)))


def _fits(template: str, path: str) -> bool:
    ours = template.casefold().split("/")
    parts = re.sub("/+", "/", path).rstrip("/").split("/")
    theirs = [unquote(unquote(part)).casefold() for part in parts]
    return len(ours) == len(theirs) and all(a == b or a.startswith("{") for a, b in zip(ours, theirs, strict=True))


def page_address(link: str) -> str:
    """Check what a caller gives as the address of a page, which an error's `resume_from` held.

    Raises:
        ArgumentError: not a path under /v1/.
    """
    if not isinstance(link, str) or not link.startswith(PREFIX + "/") or has_controls(link):
        raise ArgumentError(f"a page's address begins with {PREFIX}/, as in an error's resume_from")
    path = link.partition("?")[0]
    if not stays_inside(path):
        raise ArgumentError("a page's address must not have . or .. in its path")
    if "#" in link or "\\" in link:
        raise ArgumentError("a page's address must not have # or a backslash in it")
    if has_side_effects(path):
        raise ArgumentError("a page's address must not be one where a GET begins something")
    return NOT_IN_URL.sub(percent, link)


def has_side_effects(path: str) -> bool:
    """Whether a GET of this path begins something."""
    if "%" not in path and "installsteps" not in path.casefold():
        return False  # nearly every page: no need to look at it closely
    return any(matches(template, path) for template in ACTING_READS)


def in_url(text: str) -> str:
    """An address as a request line can hold it: spaces and what is no ASCII are encoded, and nothing else.

    Raises:
        ValueError: control characters or half characters in it.
    """
    if has_controls(text):
        raise ValueError("no address has control characters")
    return NOT_IN_URL.sub(percent, text)


def percent(found: re.Match[str]) -> str:
    return quote(found[0], safe="")


def stays_inside(path: str) -> bool:
    decoded = unquote(unquote(path))
    return not any(part in (".", "..") for part in re.split(r"[/\\]", decoded))
