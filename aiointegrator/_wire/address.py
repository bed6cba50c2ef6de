"""Where requests go: the base URL and the token, and the full URL of a request."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from .._messages import Request
from .._setting_text import without_quotes
from .._text import has_controls, printable
from ..errors import ConfigurationError

REGIONS = {"us": "https://api.integrator.io", "eu": "https://api.eu.integrator.io"}
"""The two regions: separate accounts, tokens and data (developer.celigo.com, seen 2026-11-20)."""

VENDOR_HOSTS = {
    "api.integrator.io": "us",
    "integrator.io": "us",
    "www.integrator.io": "us",
    "api.eu.integrator.io": "eu",
    "eu.integrator.io": "eu",
}
"""Hosts whose links mean the API, and their region; the browser application puts `/api` before the path."""

PREFIX = "/v1"

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")

_NOT_IN_HOST = re.compile(r"[\x00-\x20\x7f\"%/<>?@\\^`{|}]")


@dataclass(frozen=True, slots=True)
class Base:
    """Where the API lives: `origin` is scheme, host and port, `prefix` what a gateway puts before `/v1`."""

    origin: str
    prefix: str = ""

    @property
    def url(self) -> str:
        """The base URL with its `/v1`."""
        return f"{self.origin}{self.prefix}{PREFIX}"


def base_url(url: str, where: str = "base_url") -> Base:
    """Read a base URL, with or without `/v1` and trailing slash, and with a path prefix of a gateway.

    White space and byte order marks around it are removed; `where` is what a refusal calls it.

    Raises:
        ConfigurationError: no http(s) URL, credentials, query or fragment in it, or plain http to another machine.
    """
    text = without_quotes(url, where) if isinstance(url, str) else ""
    if not text or has_controls(text) or " " in text:
        raise ConfigurationError(f"{where} must be an address such as https://api.integrator.io, not {_named(url)}")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"{where} is no valid address; give one such as https://api.integrator.io") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"{where} must not hold credentials; give the token as CELIGO_API_TOKEN or token=")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ConfigurationError(f"{where} must not have a query or a fragment; leave out what follows ? or #")
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigurationError(f"{where} must begin with https://, not {_named(text)}")
    if not is_host(host):
        raise ConfigurationError(f"{where} names no host that there can be: {_named(text)}")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(f"{where} with plain http:// is allowed to this machine only; use https://")
    path = parts.path.rstrip("/").removesuffix(PREFIX).rstrip("/")
    if any(unquote(part) in (".", "..") for part in path.split("/")):
        raise ConfigurationError(f"{where} must not have . or .. in its path")
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return Base(f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, default) else ""), path)


def _named(url: object) -> str:
    """An address as a message may show it: one with an @ may hold credentials."""
    return "what was given" if "@" in str(url) else printable(repr(url), 80)


def is_host(host: str) -> bool:
    """Whether a host name or address can be looked up at all."""
    if ":" in host:
        return True
    try:
        host.encode("idna")  # as the resolver does, which says so with a bare UnicodeError
    except UnicodeError:
        return False
    return not _NOT_IN_HOST.search(host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def token(text: object, where: str = "token") -> str:
    """Check a token, and return it without white space and byte order marks around it.

    Raises:
        ConfigurationError: empty, or with characters that no token has. The message never shows it.
    """
    if not isinstance(text, str):
        raise ConfigurationError(f"{where} must be text, a SecretStr, or a callable that returns one")
    found = without_quotes(text, where)
    if not found:
        raise ConfigurationError(f"{where} is empty; set CELIGO_API_TOKEN to an API token of the account")
    if not _TOKEN.fullmatch(found):
        raise ConfigurationError(
            f"{where} has characters that no API token has (spaces, quotes, line breaks?); copy it anew"
        )
    return found


def address(request: Request) -> str:
    """Path and query of a request, encoded."""
    if not request.query:
        return request.path
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe=',:')}" for name, value in request.query)
    return f"{request.path}{'&' if '?' in request.path else '?'}{pairs}"


def url(base: Base, request: Request) -> str:
    """The whole URL of a request; everything in it is already encoded."""
    return f"{base.origin}{base.prefix}{address(request)}"
