"""Which proxy a host is reached through: the one of the settings, or HTTPS_PROXY unless NO_PROXY names the host."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .. import _wire
from .._messages import Secret
from .._setting_text import bare, without_quotes
from ..errors import ConfigurationError
from . import _no_proxy

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, whose address may hold credentials, and the hosts that are reached without it (`NO_PROXY`).

    This machine itself is never reached through a proxy. `problem` says why the proxy cannot be used.
    """

    address: Secret | None = None
    bypass: str = ""
    problem: str | None = None

    @classmethod
    def of_setting(cls, address: object) -> Proxy:
        """The proxy that a caller names.

        Raises:
            ConfigurationError: no address of an http proxy; the message does not show it.
        """
        return cls(_checked(address, "proxy"))

    @classmethod
    def of_environment(cls, environ: Mapping[str, str] = os.environ) -> Proxy:
        """The proxy that HTTPS_PROXY names, and the exceptions that NO_PROXY names; in lower case, they come first.

        An address that cannot be used is an error only where a request would go through it: see `of`.
        """
        variable, found = _first(environ, "https_proxy", "HTTPS_PROXY")
        if not found:
            return cls()
        _, bypass = _first(environ, "no_proxy", "NO_PROXY")
        try:
            return cls(_checked(found, variable), bypass)
        except ConfigurationError as error:
            return cls(None, bypass, str(error))

    def of(self, url: str) -> Secret | None:
        """The address of the proxy for a URL, or None where it is reached directly.

        Raises:
            ConfigurationError: the proxy of the environment cannot be used; the message does not show its address.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if (self.address is None and self.problem is None) or _wire.is_loopback(host):
            return None
        if _no_proxy.names(self.bypass, host, parts.port or _PORTS.get(parts.scheme, 443)):
            return None
        if self.problem is not None:
            raise ConfigurationError(self.problem)
        return self.address


def _first(environ: Mapping[str, str], *variables: str) -> tuple[str, str]:
    """The first of the variables that is set and not blank, and its bare value; an empty value where none is."""
    values = ((variable, bare(environ.get(variable, ""))) for variable in variables)
    return next((pair for pair in values if pair[1]), (variables[0], ""))


def _checked(address: object, where: str) -> Secret:
    text = without_quotes(address, where) if isinstance(address, str) else ""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        scheme = re.match(r"socks\w*(?=://)", text)
        raise ConfigurationError(
            f"{where} must be the address of an http proxy, such as http://proxy.example:3128"
            + (f"; a {scheme[0]} proxy cannot be used" if scheme else "")
        )
    return Secret(parts.geturl())
