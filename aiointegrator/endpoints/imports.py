# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""The imports of the whole account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from .. import _wire, models
from .._decoding.shapes import ItemsShape, items
from .._messages import Request
from ..config import CallOptions
from ..pager import Pager
from ..session import SessionManager

_IMPORTS: ItemsShape[models.Import] = items("Import")


class Imports:
    """The imports of the whole account."""

    def __init__(self, session: SessionManager) -> None:
        self._session = session

    def list(
        self,
        *,
        include: str | Sequence[str] | None = None,
        exclude: str | Sequence[str] | None = None,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[models.Import]:
        """List the account's imports, whatever integration they belong to, if any.

        GET /v1/imports -> 200, 204 (an empty list)

        Args:
            include: Comma-separated field paths to add to the summary projection. Excludes `exclude`.
            exclude: Comma-separated field paths to leave out. Excludes `include`.
            limit: records per page that the server is asked for; every page is read whatever it is. None leaves
                it to the server.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            A pager of `Import`: await it for the whole list, or iterate; nothing is sent before.

        Raises:
            ArgumentError: `include` together with `exclude` or a `limit` below 1; raised before anything is
                sent.

        Source: developer.celigo.com and celigo-cli 2026.8.6; seen 2026-11-20.
        """
        request = Request(
            "imports.list",
            "GET",
            "/v1/imports",
            query=_wire.query({"include": include, "exclude": exclude, "limit": limit}),
        )
        return Pager(self._session, request, _IMPORTS, options)
