"""`FakeIntegrator`: the pretend integrator.io, a real HTTP server on loopback."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self, cast
from urllib.parse import urlencode

from aiohttp import web

from .. import _exact_json
from .._messages import Operation
from ..endpoints._operations import OPERATIONS
from . import checks
from .account import FakeAccount, Json, seeded_account
from .bucket import FakeBucket
from .faults import Faults
from .state import Refused, State

LISTS = {
    "list_flows": "flows",
    "list_exports": "exports",
    "list_imports": "imports",
    "list_ashares": "ashares",
    "list_connections": "connections",
}
TOKEN = "fake-token-0123456789"  # noqa: S105 - it opens nothing
_IDENTITY = ("_id", "name", "adaptorType", "type")
Outage = Literal["500", "502", "503", "retry-after", "reset", "silence", "refused"]
"""How the whole service can fail."""
Handler = Callable[["_Ask"], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Processed:
    """One request that the server worked on: answered with `status` after doing what it says."""

    number: int
    operation: str
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    status: int


@dataclass(slots=True)
class _Ask:
    """One request on its way through the server."""

    operation: Operation
    request: web.Request
    body: bytes

    def id(self, name: str = "integrationId") -> str:
        return self.request.match_info[name]

    def json(self, default: Any = None) -> Any:
        return checks.json_of(self.body) if self.body else default


class FakeIntegrator:
    """A pretend integrator.io to run your own tests against, without a network.

        async with FakeIntegrator(seeded_account(5)) as fake:
            client = IntegratorClient(fake.token, base_url=fake.url)

    Every operation of the description is there, takes effect and can be read back.

    Args:
        account: what it holds; a seeded account of 50 integrations by default.
        token: the only token that it accepts.
        page_size: records per page of every list; a smaller `limit` is kept.
        latency: seconds before each answer.
        bucket: the rate limit; None has none.
        faults: what goes wrong; None is nothing.
        port: 0 takes a free one.
        link_style: how next links are written: `relative` (`/v1/…`), `absolute` (on this server), `vendor` (on
            api.integrator.io) or `app` (on integrator.io, below `/api`).
        template_method: GET, or POST so that GET answers 405.
        clone_answer: the new integration, or the manifest of what was made.
        record: keep `processed`; turn it off for very many requests.

    Attributes:
        processed: what it worked on, in order; a write that was applied twice is there twice.
        counts: requests by operation name; refused ones count under `429` and `fault` too.
        asked: how often each method and target (path with query) arrived.
        template_headers: the headers with which signed addresses were fetched.
        in_flight: requests that are being answered at this moment.
        most_in_flight: the most of them since `forget`.
    """

    def __init__(
        self,
        account: FakeAccount | None = None,
        *,
        token: str = TOKEN,
        page_size: int = 100,
        latency: float = 0.0,
        bucket: FakeBucket | None = None,
        faults: Faults | None = None,
        port: int = 0,
        link_style: Literal["relative", "absolute", "vendor", "app"] = "relative",
        template_method: Literal["GET", "POST"] = "GET",
        clone_answer: Literal["integration", "manifest"] = "integration",
        record: bool = True,
    ) -> None:
        self.state = State(seeded_account() if account is None else account)
        self.token = token
        self.page_size = page_size
        self.latency = latency
        self.bucket = bucket
        self.faults = faults
        self.link_style = link_style
        self.template_method = template_method
        self.clone_answer = clone_answer
        self.processed: list[Processed] = []
        self.counts: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.template_headers: list[dict[str, str]] = []
        self.in_flight = self.most_in_flight = 0
        self._outage: Outage | None = None
        self._record = record
        self._cursors: set[int] = set()
        self._scripted: dict[tuple[str, str | None], int] = {}
        self._port = port
        self._runner: web.AppRunner | None = None

    # Starting and stopping

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen on loopback."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        for operation in OPERATIONS:
            app.router.add_route(operation.method, operation.path, self._door(operation))
        template = next(operation for operation in OPERATIONS if operation.name == "integrations.get_template")
        app.router.add_route("POST", template.path, self._door(template))
        app.router.add_get("/signed/{key}", self._signed)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=0.5, handler_cancellation=True
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        """Its address, to be used as `base_url`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def account(self) -> FakeAccount:
        """What it holds at this moment."""
        return self.state.account

    # Scripting

    def answer(self, operation: str, status: int, integration_id: str | None = None) -> None:
        """Answer an operation (`list_flows`, `flows.list`) with this status from now on, for one integration or all."""
        self._scripted[(operation.removeprefix("integrations."), integration_id)] = status

    def deny(self, operation: str, integration_id: str | None = None) -> None:
        """Refuse an operation with 403."""
        self.answer(operation, 403, integration_id)

    def fail(self, operation: str, integration_id: str | None = None) -> None:
        """Fail an operation with 500, however often it is tried."""
        self.answer(operation, 500, integration_id)

    def recover(self, operation: str, integration_id: str | None = None) -> None:
        """Answer an operation as usual again."""
        self._scripted.pop((operation.removeprefix("integrations."), integration_id), None)

    def vanish(self, operation: str, integration_id: str | None = None) -> None:
        """Answer an operation with 404."""
        self.answer(operation, 404, integration_id)

    @asynccontextmanager
    async def outage(self, kind: Outage) -> AsyncIterator[None]:
        """Let no request succeed inside the block.

        Args:
            kind: `500`, `502`, `503`: answer with it; `retry-after`: 503, every third time with `Retry-After: 1`;
                `reset`: cut the connection; `silence`: never answer what comes; `refused`: do not listen.
        """
        self._outage = kind
        if kind == "refused":
            await self.stop()
        try:
            yield
        finally:
            self._outage = None
            if kind == "refused":
                await self.start()

    def forget(self) -> None:
        """Start the record again."""
        self.most_in_flight = 0
        self.processed.clear()
        self.counts.clear()
        self.asked.clear()
        self.template_headers.clear()

    # The way of one request

    def _door(self, operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        resource, _, name = operation.name.partition(".")
        handler: Handler | None = getattr(self, f"_handle_{name}", None)
        if name in LISTS:
            handler = self._handle_branch
        if resource in LISTS.values():
            handler = self._handle_account_list
        if handler is None:
            raise NotImplementedError(f"the pretend server has no handler for {operation.name}")
        handle = handler

        async def door(request: web.Request) -> web.StreamResponse:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            try:
                return await answered(request)
            finally:
                self.in_flight -= 1

        async def answered(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            self.counts[operation.name] += 1
            self.asked[f"{request.method} {request.path_qs}"] += 1
            if self._outage is not None:
                return await self._play_outage(self._outage, request)
            if self.latency:
                await asyncio.sleep(self.latency)
            refusal = self._refusal(request, operation)
            if refusal is not None:
                return refusal
            fault = self.faults.next(request.method, request.path_qs) if self.faults else None
            if fault is not None:
                self.counts["fault"] += 1
                answer = await self._play_before(fault, request)
                if answer is not None:
                    return answer
            response = await self._work(_Ask(operation, request, body), handle)
            return await self._play_after(fault, request, response)

        return door

    def _refusal(self, request: web.Request, operation: Operation) -> web.Response | None:
        seconds = self.bucket.refuse() if self.bucket else None
        if seconds is not None:
            self.counts["429"] += 1
            return _refuse(Refused(429, "rate_limited", "too many requests"), {"Retry-After": str(seconds)})
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _json({"message": "Unauthorized"}, status=401)
        name = operation.name.removeprefix("integrations.")
        integration_id = request.match_info.get("integrationId")
        status = self._scripted.get((name, integration_id)) or self._scripted.get((name, None))
        if status == 403:
            return _json({"message": "You do not have permission."}, status=403)
        return _refuse(Refused(status, "scripted", f"scripted {status}")) if status else None

    async def _work(self, ask: _Ask, handle: Handler) -> web.StreamResponse:
        try:
            request = ask.request
            checks.media_type(request.headers.get("Content-Type"), request.content_type, ask.body)
            ask.json()
            response = await handle(ask)
        except Refused as refused:
            response = _refuse(refused)
        if self._record:
            request = ask.request
            self.processed.append(
                Processed(
                    len(self.processed) + 1,
                    ask.operation.name,
                    request.method,
                    request.rel_url.raw_path,
                    dict(request.query),
                    ask.body,
                    response.status,
                )
            )
        return response

    async def _play_outage(self, kind: Outage, request: web.Request) -> web.Response:
        self.counts["outage"] += 1
        if kind == "silence":
            await asyncio.Event().wait()
        if kind in ("reset", "refused"):
            _cut(request)
        wait = {"Retry-After": "1"} if kind == "retry-after" and self.counts["outage"] % 3 == 0 else None
        status = int(kind) if kind.isdigit() else 503
        return web.json_response({"message": "Service Unavailable"}, status=status, headers=wait)

    async def _play_before(self, fault: str, request: web.Request) -> web.Response | None:
        assert self.faults is not None
        if fault == "reset_before":
            _cut(request)
        if fault == "slow":
            await asyncio.sleep(self.faults.delay)
        if fault == "429":
            self.counts["429"] += 1
            return _refuse(Refused(429, "rate_limited", "too many requests"), {"Retry-After": "0.05"})
        if fault.isdigit():
            return web.Response(status=int(fault), text="<html>upstream failed</html>", content_type="text/html")
        return None

    async def _play_after(
        self, fault: str | None, request: web.Request, response: web.StreamResponse
    ) -> web.StreamResponse:
        if fault == "reset_after":
            _cut(request)
        body = response.body if isinstance(response, web.Response) else None
        if fault == "truncate" and isinstance(body, bytes) and len(body) > 1:
            cut = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
            cut.content_length = len(body)
            await cut.prepare(request)
            await cut.write(body[: len(body) // 2])
            _cut(request)
        return response

    # One handler for each operation

    async def _handle_token_info(self, ask: _Ask) -> web.Response:
        return _json(self.account.token_info)

    async def _handle_list(self, ask: _Ask) -> web.Response:
        return self._page(ask, list(self.account.integrations.values()))

    async def _handle_branch(self, ask: _Ask) -> web.Response:
        self.state.integration(ask.id())
        return self._page(ask, self.account.records(LISTS[ask.operation.name.partition(".")[2]], ask.id()))

    async def _handle_account_list(self, ask: _Ask) -> web.Response:
        return self._page(ask, self.account.everything(ask.operation.name.partition(".")[0]))

    async def _handle_list_audit(self, ask: _Ask) -> web.Response:
        self.state.integration(ask.id())
        query = ask.request.query
        checks.moment(query, "from")
        checks.moment(query, "to")
        entries = [
            entry
            for entry in self.account.audit.get(ask.id(), [])
            if query.get("from", "") <= entry["time"] <= query.get("to", "9")
            and all(
                query.get(name) in (None, entry[key])
                for name, key in (("action", "event"), ("source", "source"), ("resourceType", "resourceType"))
            )
            and query.get("_byUserId") in (None, entry["byUser"]["_id"])
        ]
        return self._page(ask, entries)

    async def _handle_create(self, ask: _Ask) -> web.Response:
        return _json(self.state.create(checks.fields(ask.json({}))), status=201)

    async def _handle_get(self, ask: _Ask) -> web.Response:
        return _json(self.state.integration(ask.id()))

    async def _handle_replace(self, ask: _Ask) -> web.Response:
        body = checks.fields(ask.json(), self.state.integration(ask.id()))
        return _json(self.state.replace(ask.id(), body))

    async def _handle_patch(self, ask: _Ask) -> web.Response:
        self.state.patch(ask.id(), checks.operations(ask.json()))
        return web.Response(status=204)

    async def _handle_delete(self, ask: _Ask) -> web.Response:
        self.state.delete(ask.id())
        return web.Response(status=204)

    async def _handle_clone(self, ask: _Ask) -> web.Response:
        record, manifest = self.state.clone(ask.id(), checks.fields(ask.json({})))
        return _json(record if self.clone_answer == "integration" else manifest, status=201)

    async def _handle_register_connections(self, ask: _Ask) -> web.Response:
        self.state.register(ask.id(), checks.ids(ask.json()))
        return web.Response(text="OK")

    async def _handle_register_connection(self, ask: _Ask) -> web.Response:
        self.state.register(ask.id(), [ask.id("connectionId")])
        return web.Response(text="OK")

    async def _handle_unregister_connection(self, ask: _Ask) -> web.Response:
        self.state.unregister(ask.id(), ask.id("connectionId"))
        return web.Response(status=204)

    async def _handle_create_snapshot(self, ask: _Ask) -> web.Response:
        ignore = checks.flag(ask.request.query, "ignoreIfNoChanges")
        revision = self.state.snapshot(ask.id(), checks.fields(ask.json({})).get("description"), ignore)
        return _json(revision, status=201) if revision else web.Response(status=204)

    async def _handle_get_install_steps(self, ask: _Ask) -> web.Response:
        return _steps(self.state.steps("install", ask.id()), 201)

    async def _handle_submit_install_step(self, ask: _Ask) -> web.Response:
        checks.fields(ask.json({}))
        return _steps(self.state.submit("install", ask.id()), 200)

    async def _handle_get_uninstall_steps(self, ask: _Ask) -> web.Response:
        return _steps(self.state.steps("uninstall", ask.id()), 200)

    async def _handle_submit_uninstall_step(self, ask: _Ask) -> web.Response:
        checks.fields(ask.json({}))
        return _steps(self.state.submit("uninstall", ask.id()), 201)

    async def _handle_get_template(self, ask: _Ask) -> web.Response:
        self.state.integration(ask.id())
        if ask.request.method != self.template_method:
            raise Refused(405, "method_not_allowed", f"use {self.template_method}")
        address = f"{self.url}/signed/{ask.id()}.zip?X-Amz-Signature=0f1e2d3c4b5a"
        return _json({"signedURL": address, "key": f"{ask.id()}.zip"})

    async def _handle_get_dependencies(self, ask: _Ask) -> web.Response:
        found = self.state.dependencies(ask.id())
        return _json(found) if found else web.Response(status=204)

    async def _signed(self, request: web.Request) -> web.Response:
        self.template_headers.append(dict(request.headers))
        if "Authorization" in request.headers:
            return web.Response(status=400, text="Only one auth mechanism allowed")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("integration.json", json.dumps({"key": request.match_info["key"]}))
        return web.Response(body=archive.getvalue(), content_type="application/zip")

    # Lists

    def _page(self, ask: _Ask, records: list[Json]) -> web.Response:
        query = ask.request.query
        checks.page(query)
        include, exclude = query.get("include"), query.get("exclude")
        size = min(self.page_size, int(query.get("limit", self.page_size)))
        start = self._start(query, records)
        page = records[start : start + size]
        if not records or not page:
            return web.Response(status=204)
        if include or exclude:
            page = [_projected(record, include, exclude) for record in page]
        headers = {}
        if start + size < len(records):
            self._cursors.add(start + size)
            following = {**query, "after": f"c{start + size:x}"}
            headers["Link"] = f'<{self._link(ask.request.path, following)}>; rel="next"'
        return _json(page, headers=headers)

    def _start(self, query: Mapping[str, str], records: list[Json]) -> int:
        """Where the page begins. A cursor behind the end is one that was handed out before the list became shorter."""
        start = checks.cursor(query)
        if start > len(records) and start not in self._cursors:
            raise Refused(400, "invalid_query_params", "after is not a cursor of this list")
        return start

    def _link(self, path: str, query: dict[str, str]) -> str:
        origin = {
            "relative": "",
            "absolute": self.url,
            "vendor": "https://api.integrator.io",
            "app": "https://integrator.io/api",
        }[self.link_style]
        return f"{origin}{path}?{urlencode(query)}"


def _steps(steps: list[Json], status: int) -> web.Response:
    return _json(steps, status=status) if steps else web.Response(status=204)


def _json(value: Json | list[Json], status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    body = _exact_json.write(value).encode("utf-8", "backslashreplace")
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _refuse(refused: Refused, headers: dict[str, str] | None = None) -> web.Response:
    return _json(refused.body, status=refused.status, headers=headers)


def _cut(request: web.Request) -> None:
    """Close the connection without another byte."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


def _projected(record: Json, include: str | None, exclude: str | None) -> Json:
    if include:
        wanted = {*_IDENTITY, *(name.partition(".")[0] for name in include.split(","))}
        return {key: value for key, value in record.items() if key in wanted}
    unwanted = set(cast("str", exclude).split(","))
    return {key: value for key, value in record.items() if key not in unwanted}
