"""Send requests: everything passes `SessionManager`. The only package that uses aiohttp and tenacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from ._call import Stats
    from ._credentials import Credentials, Token
    from ._manager import SessionManager, prepared
    from ._outage import TOKEN_INFO, moment
    from ._pool import Transport
    from ._proxy import Proxy
    from ._retry import leaves_doubt, service_failed, turned_away

_WHERE = {
    "TOKEN_INFO": "_outage",
    "Credentials": "_credentials",
    "Proxy": "_proxy",
    "SessionManager": "_manager",
    "Stats": "_call",
    "Token": "_credentials",
    "Transport": "_pool",
    "leaves_doubt": "_retry",
    "moment": "_outage",
    "prepared": "_manager",
    "service_failed": "_retry",
    "turned_away": "_retry",
}

__all__ = [
    "TOKEN_INFO",
    "Credentials",
    "Proxy",
    "SessionManager",
    "Stats",
    "Token",
    "Transport",
    "leaves_doubt",
    "moment",
    "prepared",
    "service_failed",
    "turned_away",
]

__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
