"""A server of one list that pages it in the ways that servers have, and keeps to `limit`, or does not."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import web

Cursor = Literal["skip", "after", "page"]


@dataclass(kw_only=True)
class PagedServer:
    """Serves `records` for every path but `others`, and notes what was asked.

    Args:
        records: all records of the list.
        default: records of a page where no `limit` is asked for.
        most: the most records of a page; a larger `limit` is cut to it.
        cursor: how next links name the place: by number of records, opaque, or by number of the page.
        keeps_limit: next links carry `limit`.
        ignores_limit: pages have `default` records whatever `limit` is.
        refuses: says whether a `limit` is refused with 400.
        coding: how bodies are sent.
        others: answers of other paths.
    """

    records: Sequence[Any]
    default: int = 1000
    most: int = 1000
    cursor: Cursor = "skip"
    keeps_limit: bool = True
    ignores_limit: bool = False
    refuses: Callable[[int], bool] = lambda limit: False
    coding: Literal["length", "chunked", "gzip"] = "length"
    others: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)

    @property
    def limits(self) -> list[int | None]:
        """The `limit` of each request for a page."""
        return [int(query["limit"]) if "limit" in query else None for query in self.asked]

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path in self.others:
            return web.json_response(self.others[request.path])
        query = dict(request.query)
        self.asked.append(query)
        if "limit" in query and self.refuses(int(query["limit"])):
            return web.json_response({"errors": [{"code": "invalid_query_params", "message": "no"}]}, status=400)
        size = min(int(query.get("limit", self.default)), self.most)
        if self.ignores_limit:
            size = self.default
        start = self._start(query, size)
        page = self.records[start : start + size]
        headers = {}
        if start + size < len(self.records):
            headers["Link"] = f'<{request.path}?{self._next(query, start, size)}>; rel="next"'
        body = json.dumps(page, separators=(",", ":")).encode()
        self.sent.append(len(body))
        return await self._sent(request, body, headers)

    def _start(self, query: dict[str, str], size: int) -> int:
        if self.cursor == "page":
            return (int(query.get("page", 1)) - 1) * size
        if self.cursor == "after":
            return int(base64.urlsafe_b64decode(query["after"])) if "after" in query else 0
        return int(query.get("skip", 0))

    def _next(self, query: dict[str, str], start: int, size: int) -> str:
        place = f"skip={start + size}"
        if self.cursor == "page":
            place = f"page={int(query.get('page', 1)) + 1}"
        if self.cursor == "after":
            place = f"after={base64.urlsafe_b64encode(str(start + size).encode()).decode()}"
        limit = f"limit={query.get('limit', self.default)}&" if self.keeps_limit else ""
        return f"{limit}{place}"

    async def _sent(self, request: web.Request, body: bytes, headers: dict[str, str]) -> web.StreamResponse:
        if self.coding == "length":
            return web.Response(body=body, content_type="application/json", headers=headers)
        if self.coding == "gzip":
            body, headers = gzip.compress(body), headers | {"Content-Encoding": "gzip"}
        response = web.StreamResponse(headers=headers | {"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        try:
            await response.prepare(request)
            for place in range(0, len(body), 10_000):
                await response.write(body[place : place + 10_000])
            await response.write_eof()
        except ConnectionError:  # the client reads no more of it
            pass
        return response
