"""The one door to integrator.io: every byte passes `SessionManager`; the only user of aiohttp."""

from __future__ import annotations

from ._call import Stats
from ._manager import SessionManager, prepared
from ._pool import Transport

__all__ = ["SessionManager", "Stats", "Transport", "prepared"]
