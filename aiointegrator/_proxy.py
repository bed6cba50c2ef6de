"""Which proxy a host is reached through: the one of the settings, or HTTPS_PROXY unless NO_PROXY names the host."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib import request as _urllib_request
from urllib.parse import urlsplit

from . import _wire
from ._messages import Secret
from .errors import ConfigurationError

# the standard library's reading of NO_PROXY, which type stubs do not know
_bypassed = cast("Callable[[str, Mapping[str, str]], bool]", vars(_urllib_request)["proxy_bypass_environment"])


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, whose address may hold credentials, and the hosts that are reached without it (`NO_PROXY`).

    This machine itself is never reached through a proxy.
    """

    address: Secret | None = None
    bypass: str = ""

    @classmethod
    def of_setting(cls, address: object) -> Proxy:
        """The proxy that a caller names.

        Raises:
            ConfigurationError: no address of an http proxy; the message does not show it.
        """
        return cls(_checked(address, "proxy"))

    @classmethod
    def of_environment(cls, environ: Mapping[str, str] = os.environ) -> Proxy:
        """The proxy that HTTPS_PROXY names, and the exceptions that NO_PROXY names, in either letter case.

        Raises:
            ConfigurationError: HTTPS_PROXY is no address of an http proxy.
        """
        found = environ.get("https_proxy") or environ.get("HTTPS_PROXY") or ""
        if not found.strip():
            return cls()
        bypass = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
        return cls(_checked(found, "HTTPS_PROXY"), bypass)

    def of(self, url: str) -> Secret | None:
        """The address of the proxy for a URL, or None where it is reached directly."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if self.address is None or _wire.is_loopback(host):
            return None
        place = f"{host}:{parts.port}" if parts.port else host
        return None if _bypassed(place, {"no": self.bypass}) else self.address


def _checked(address: object, where: str) -> Secret:
    try:
        parts = urlsplit(address.strip() if isinstance(address, str) else "")
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(f"{where} must be the address of an http proxy, such as http://proxy.example:3128")
    return Secret(parts.geturl())
