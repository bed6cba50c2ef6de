"""`TokenCheck`: whether a 401 means that the account's token is refused, or only that one path refuses it."""

from __future__ import annotations

import asyncio

from ..errors import AuthenticationError, IntegratorError
from ..session import TOKEN_INFO, SessionManager

AGAIN = 32
"""Answers 401 in a row after which an accepted token is looked at again; each look doubles it."""


class TokenCheck:
    """Asks `tokenInfo` about a token that a branch was refused with.

    Some paths answer 401 to tokens as such, whatever the token may do elsewhere. So the first 401 asks once. If the
    token is accepted, a later 401 counts as one path's, unless many of them come in a row.

    Args:
        session: the account's session manager.
    """

    def __init__(self, session: SessionManager) -> None:
        self._session = session
        self._single_flight = asyncio.Lock()
        self._in_a_row = 0
        self._look_at = 1
        self._refused = False

    def accepted(self) -> None:
        """Something was read with the token."""
        self._in_a_row = 0

    async def refused(self) -> bool:
        """Whether the token is refused everywhere, after one more 401."""
        self._in_a_row += 1
        async with self._single_flight:
            if not self._refused and self._in_a_row >= self._look_at:
                self._look_at = max(AGAIN, 2 * self._look_at)
                self._refused = await self._is_refused()
        return self._refused

    async def _is_refused(self) -> bool:
        try:
            await self._session.send(TOKEN_INFO)
        except AuthenticationError:
            return True
        except IntegratorError:  # it says nothing about the token
            return False
        return False
