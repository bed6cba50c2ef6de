# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""The operations on the account behind the token."""

from __future__ import annotations

from typing import Unpack

from .. import models
from .._decoding.shapes import Shape, one
from .._messages import Request
from ..config import CallOptions
from ..session import SessionManager

_TOKEN_INFO: Shape[models.TokenInfo] = one("TokenInfo")


class Account:
    """The operations on the account behind the token."""

    def __init__(self, session: SessionManager) -> None:
        self._session = session

    async def token_info(self, **options: Unpack[CallOptions]) -> models.TokenInfo:
        """Say which account user and scope the bearer token stands for.

        Not part of the seed list; useful as a cheap credential probe.

        GET /v1/tokenInfo -> 200

        Args:
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            `TokenInfo`.

        Source: celigo-cli 2026.8.6; seen 2026-11-20.
        """
        request = Request("account.token_info", "GET", "/v1/tokenInfo")
        return await self._session.fetch(request, _TOKEN_INFO, **options)
