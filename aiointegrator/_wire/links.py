"""Link headers (RFC 8288), and the address of the next page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urljoin, urlsplit

from .._messages import Reply, Request
from .._text import has_controls, printable
from ..errors import UnsafeLinkError
from .address import PREFIX, VENDOR_HOSTS, Base, address
from .paths import NOT_IN_URL, has_side_effects, percent, stays_inside


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a Link header: where to, its relation types in lower case, and what it is a link of.

    Without an `anchor` it is a link of the page that was asked for.
    """

    target: str
    rels: tuple[str, ...]
    anchor: str | None = None


def links(values: Iterable[str]) -> list[Link]:
    """The entries of Link headers (RFC 8288): any order and case of parameters, quoted or not, several to a line.

    An entry that cannot be read is passed over, and its neighbours are not. Where what cannot be read names `next`, it
    is a `next` without a target: a list must not end because its header is broken.
    """
    return [link for value in values for link in _entries(value)]


_LINK_TARGET = re.compile(r"[\s,]*<([^<>]*)>")

_LINK_PARAMETER = re.compile(
    r"\s*;\s*([^=;,\"<>]*)(?:=\s*(\"(?:[^\"\\]|\\.)*\"|\"[^\",;<>]*$|[^\s;,\"<>]*))?", re.DOTALL
)

_NEXT = re.compile(r"(?<![\w-])next(?![\w-])", re.IGNORECASE)


def _entries(value: str) -> Iterator[Link]:
    place, junk = 0, ""
    while place < len(value):
        found = _LINK_TARGET.match(value, place)
        if found:
            parameters, place = _parameters_of_link(value, found.end())
            rels = tuple(parameters.get("rel", "").lower().split())
            yield Link(found[1].strip(), rels, parameters.get("anchor"))
        else:
            following = value.find("<", place + 1)
            end = following if following > 0 else len(value)
            junk += value[place:end]
            place = end
    if _NEXT.search(junk):
        yield Link("", ("next",))


def _parameters_of_link(value: str, place: int) -> tuple[dict[str, str], int]:
    """The parameters that begin at `place`, by name in lower case, and where they end; the first of a name counts."""
    found: dict[str, str] = {}
    while parameter := _LINK_PARAMETER.match(value, place):
        place = parameter.end()
        found.setdefault(parameter[1].strip().lower(), _unquoted(parameter[2] or ""))
    return found, place


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text.strip("'")
    return re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'))


def next_page(base: Base, request: Request, reply: Reply) -> str | None:
    """Path and query of the next page under our own base, exactly as the server gave them, or None on the last page.

    Raises:
        UnsafeLinkError: the link leads to a host that is neither ours nor the vendor's, or out of the API.
    """
    if not reply.all("Link"):
        return None
    found = _next(base, request, reply)
    if isinstance(found, UnsafeLinkError):
        raise found  # here, where no local variable holds the link
    return found


def _next(base: Base, request: Request, reply: Reply) -> str | UnsafeLinkError | None:
    following = (link for link in links(reply.all("Link")) if "next" in link.rels)
    targets = [link.target for link in following if _is_of_this_page(base, request, link.anchor)]
    if not targets:
        return None
    try:
        return rebased(base, request.path, targets[0])
    except _RefusedError as refused:
        why = str(refused)
    return UnsafeLinkError(
        f"{request.operation}: the next link {_without_secrets(targets[0])!r} {why}; it was not followed",
        request=request,
        attempts=reply.attempts,
    )


def _is_of_this_page(base: Base, request: Request, anchor: str | None) -> bool:
    """Whether a link with this anchor is one of the page that was asked for, and not of another resource (RFC 8288).

    An anchor without a query names the list as a whole, and so every page of it.
    """
    if not anchor:
        return True
    here = address(request)
    try:
        there = rebased(base, here, anchor)
    except _RefusedError:
        return False
    (path, _, query_), (own_path, _, own_query) = there.partition("?"), here.partition("?")
    same = unquote(path).rstrip("/") == unquote(own_path).rstrip("/")
    return same and (not query_ or sorted(parse_qsl(query_, True)) == sorted(parse_qsl(own_query, True)))


class _RefusedError(ValueError):
    """Why a link is not followed."""


def rebased(base: Base, here: str, link: str) -> str:
    """A link on the page at the path `here`, as path and query under our own base.

    Raises:
        ValueError: it leads to a host that is neither ours nor the vendor's, or out of the API; the text says which.
    """
    if not link or has_controls(link) or "\\" in link:
        raise _RefusedError("cannot be read")
    try:
        given = urlsplit(link)
        plain = link.startswith((f"{PREFIX}/", f"/api{PREFIX}/"))
        parts = urlsplit(link if plain else urljoin(f"{base.origin}{base.prefix}{here}", link))
        path = _own_path(base, parts) if parts.scheme or parts.netloc else parts.path
    except _RefusedError:
        raise
    except ValueError:
        raise _RefusedError("cannot be read") from None
    if (given.scheme and not given.netloc) or (given.path.startswith("/") and not stays_inside(given.path)):
        raise _RefusedError("leaves the API")
    path = path.removeprefix("/api") if path.startswith(f"/api{PREFIX}/") else path
    if not path.startswith(f"{PREFIX}/") or not stays_inside(path):
        raise _RefusedError("leaves the API")
    if has_side_effects(path):
        raise _RefusedError("would begin something")
    return NOT_IN_URL.sub(percent, path + (f"?{parts.query}" if parts.query else ""))


def _own_path(base: Base, parts: SplitResult) -> str:
    """The path of an absolute link on our own origin or on one of the vendor's, without our prefix."""
    host, port = parts.hostname or "", parts.port
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = None if port == default else port
    if parts.username is not None or parts.password is not None:
        raise _RefusedError("holds credentials")
    shown = f"[{host}]" if ":" in host else host
    if f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "") == base.origin:
        if not parts.path.startswith(f"{base.prefix}/"):
            raise _RefusedError("leaves the API")
        return parts.path[len(base.prefix) :]
    if host not in VENDOR_HOSTS or port is not None or default is None:
        raise _RefusedError("leads to a foreign host")
    if VENDOR_HOSTS.get(urlsplit(base.origin).hostname or "", VENDOR_HOSTS[host]) != VENDOR_HOSTS[host]:
        raise _RefusedError("leads to another region, which has other accounts and data")
    return parts.path


def _without_secrets(link: str) -> str:
    """A link as a message may show it: no query, no credentials."""
    return printable(re.sub(r"//[^/]*@", "//", link.partition("?")[0]), 120)
