"""The one door to integrator.io: every byte passes `SessionManager`; the only user of aiohttp."""

from __future__ import annotations

from ._call import Stats
from ._manager import SessionManager, prepared
from ._outage import TOKEN_INFO, moment
from ._pool import Transport

__all__ = ["TOKEN_INFO", "SessionManager", "Stats", "Transport", "moment", "prepared"]
