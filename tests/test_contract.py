"""Every operation of the description, through the client and over a real socket, against the pretend server."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiointegrator import IntegratorClient, IntegratorError, NotFoundError
from aiointegrator._messages import Operation
from aiointegrator.endpoints._operations import OPERATIONS
from aiointegrator.models import Integration, Items
from aiointegrator.testing import FakeIntegrator

Case = tuple[Callable[[IntegratorClient, str, str], Awaitable[Any]], dict[str, str], Any, Callable[[Any], bool]]
FIELDS = {"include": "name,settings.a", "limit": "2"}


def many(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(item, kind) for item in value)


# operation -> how it is called, the query and the body that must be on the wire, and what comes back
CASES: dict[str, Case] = (
    {
        "account.token_info": (lambda c, i, x: c.token_info(), {}, None, lambda v: v.scope == "*"),
        "integrations.list": (
            lambda c, i, x: _all(c.integrations.list(include=["name", "settings.a"], limit=2)),
            FIELDS,
            None,
            many(Integration),
        ),
        "integrations.create": (
            lambda c, i, x: c.integrations.create({"name": "New"}),
            {},
            {"name": "New"},
            lambda v: bool(v.id) and v.name == "New",
        ),
        "integrations.get": (lambda c, i, x: c.integrations.get(i), {}, None, lambda v: isinstance(v, Integration)),
        "integrations.replace": (
            lambda c, i, x: c.integrations.replace(i, {"name": "Other", "_id": i, "lastModified": "x"}),
            {},
            {"name": "Other"},
            lambda v: v.name == "Other",
        ),
        "integrations.patch": (
            lambda c, i, x: c.integrations.patch(i, [{"op": "replace", "path": "/tag", "value": "r7"}]),
            {},
            [{"op": "replace", "path": "/tag", "value": "r7"}],
            lambda v: v is None,
        ),
        "integrations.delete": (lambda c, i, x: c.integrations.delete(i), {}, None, lambda v: v is None),
        "integrations.clone": (
            lambda c, i, x: c.integrations.clone(i, {"name": "Copy", "connectionMap": {x: x}}),
            {},
            {"name": "Copy", "connectionMap": "{x: x}"},
            lambda v: v.name == "Copy",
        ),
        "integrations.register_connections": (
            lambda c, i, x: c.integrations.register_connections(i, [x]),
            {},
            "[x]",
            lambda v: v is None,
        ),
        "integrations.register_connection": (
            lambda c, i, x: c.integrations.register_connection(i, x),
            {},
            None,
            lambda v: v is None,
        ),
        "integrations.unregister_connection": (
            lambda c, i, x: c.integrations.unregister_connection(i, x),
            {},
            None,
            lambda v: v is None,
        ),
        "integrations.create_snapshot": (
            lambda c, i, x: c.integrations.create_snapshot(i, description="before", ignore_if_no_changes=True),
            {"ignoreIfNoChanges": "true"},
            {"description": "before"},
            lambda v: v.type == "snapshot" and v.description == "before",
        ),
        "integrations.get_install_steps": (
            lambda c, i, x: c.integrations.get_install_steps(i),
            {},
            None,
            lambda v: isinstance(v, Items) and v[0].type == "connection",
        ),
        "integrations.submit_install_step": (
            lambda c, i, x: c.integrations.submit_install_step(i, {"_connectionId": x}),
            {},
            {"_connectionId": "x"},
            lambda v: len(v) == 1,
        ),
        "integrations.get_uninstall_steps": (
            lambda c, i, x: c.integrations.get_uninstall_steps(i),
            {},
            None,
            lambda v: len(v) == 2,
        ),
        "integrations.submit_uninstall_step": (
            lambda c, i, x: c.integrations.submit_uninstall_step(i),
            {},
            None,
            lambda v: len(v) == 1,
        ),
        "integrations.list_audit": (
            lambda c, i, x: _all(
                c.integrations.list_audit(
                    i,
                    from_="2026-01-01T00:00:00.000Z",
                    action="update",
                    source="api",
                    limit=2,
                    resource_type="integration",
                )
            ),
            {
                "from": "2026-01-01T00:00:00.000Z",
                "action": "update",
                "source": "api",
                "limit": "2",
                "resourceType": "integration",
            },
            None,
            lambda v: v == [],
        ),
        "integrations.get_template": (
            lambda c, i, x: c.integrations.get_template(i),
            {},
            None,
            lambda v: v.signed_url.startswith("http") and "http" not in repr(v),
        ),
        "integrations.get_dependencies": (
            lambda c, i, x: c.integrations.get_dependencies(i),
            {},
            None,
            lambda v: all(entry.id for entry in v["flows"]),
        ),
    }
    | {
        f"integrations.list_{kind}": (
            lambda c, i, x, kind=kind: _all(getattr(c.integrations, f"list_{kind}")(i, **_fields(kind))),
            {} if kind == "ashares" else FIELDS,
            None,
            lambda v: isinstance(v, list) and len(v) > 0,
        )
        for kind in ("flows", "exports", "imports", "connections", "ashares")
    }
    | {
        f"{kind}.list": (
            lambda c, i, x, kind=kind: _all(getattr(c, kind).list(include="name,settings.a", limit=2)),
            FIELDS,
            None,
            lambda v: isinstance(v, list) and len(v) > 2,
        )
        for kind in ("flows", "exports", "imports", "connections", "ashares")
    }
)


def _fields(kind: str) -> dict[str, Any]:
    return {} if kind == "ashares" else {"include": "name,settings.a", "limit": 2}


async def _all(pager: Any) -> Any:
    return await pager


def test_no_operation_is_forgotten() -> None:
    """Each operation of the description has its case."""
    assert set(CASES) == {operation.name for operation in OPERATIONS}


def rich(fake: FakeIntegrator) -> str:
    account = fake.account
    return max(
        account.integrations, key=lambda i: (bool(account.records("ashares", i)), len(account.records("flows", i)))
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_what_goes_over_the_wire_and_what_comes_back(
    operation: Operation, fake: FakeIntegrator, client: IntegratorClient
) -> None:
    """Method, path, query, body and result are what the description says."""
    call, query, body, holds = CASES[operation.name]
    integration_id = rich(fake)
    connection_id = fake.account.connections[integration_id][0]["_id"]
    result = await call(client, integration_id, connection_id)
    sent = fake.processed[0]
    path = operation.path.replace("{integrationId}", integration_id).replace("{connectionId}", connection_id)
    assert (sent.operation, sent.method, sent.path) == (operation.name, operation.method, path)
    assert sent.query == query
    wanted = json.dumps(body).replace('"{x: x}"', json.dumps({connection_id: connection_id}))
    wanted = wanted.replace('"[x]"', json.dumps([connection_id])).replace('"x"', json.dumps(connection_id))
    assert (json.loads(sent.body) if sent.body else None) == json.loads(wanted)
    assert sent.status in operation.success or operation.result in ("nothing", "steps")
    assert holds(result), result


@pytest.mark.parametrize("operation", [op for op in OPERATIONS if "{" in op.path], ids=lambda operation: operation.name)
async def test_what_is_not_there_is_named(operation: Operation, fake: FakeIntegrator, client: IntegratorClient) -> None:
    """404 is a NotFoundError that knows its call, after one request; a template is asked for by POST too."""
    call, *_ = CASES[operation.name]
    missing = "f" * 24
    with pytest.raises(NotFoundError) as caught:
        await call(client, missing, next(iter(fake.account.all_connections)))
    error = caught.value
    assert (error.operation, error.method, error.status, error.attempts) == (operation.name, operation.method, 404, 1)
    assert error.path is not None and re.fullmatch(re.sub(r"\{\w+\}", "[0-9a-f]+", operation.path), error.path)
    assert error.code == "resource_not_found"
    assert not error.maybe_applied
    assert fake.counts[operation.name] == 1 + (operation.name == "integrations.get_template")


@pytest.mark.parametrize("operation", [op for op in OPERATIONS if "{" in op.path], ids=lambda operation: operation.name)
@pytest.mark.parametrize("bad", ["", "  ", "..", "a/b", "a\n", "\x00"])
async def test_an_id_that_cannot_be_one_is_refused_before_anything_is_sent(
    operation: Operation, fake: FakeIntegrator, client: IntegratorClient, bad: str
) -> None:
    """The error says which argument, and the server hears nothing."""
    call, *_ = CASES[operation.name]
    with pytest.raises(ValueError, match="Id"):
        await call(client, bad, "c")
    assert not fake.counts


@pytest.mark.parametrize(
    "operation",
    [op for op in OPERATIONS if op.method != "GET" or op.repeat == "unsafe"],
    ids=lambda operation: operation.name,
)
async def test_a_read_only_client_sends_no_write(
    operation: Operation, fake: FakeIntegrator, client: IntegratorClient
) -> None:
    """Writes, and reads with side effects, are refused before the socket."""
    call, *_ = CASES[operation.name]
    with pytest.raises(IntegratorError, match="read-only"):
        await call(client.with_options(read_only=True), rich(fake), "c")
    assert not fake.counts


async def test_replacing_with_what_was_read_sends_back_every_field(
    fake: FakeIntegrator, client: IntegratorClient
) -> None:
    """Unknown fields, nulls and odd types included, apart from the four that only the server sets."""
    for integration_id, record in list(fake.account.integrations.items()):
        record["odd"] = {"float": 3.0, "big": 10**30, "null": None, "text": "\u2028 ä"}
        record["description"] = 5
        wanted = {k: v for k, v in record.items() if k not in ("_id", "createdAt", "lastModified", "lastModifiedBy")}
        fake.forget()
        await client.integrations.replace(integration_id, await client.integrations.get(integration_id))
        assert json.loads(fake.processed[-1].body) == wanted
        now = dict(fake.account.integrations[integration_id])
        await client.integrations.replace(
            integration_id, await client.integrations.get(integration_id), keep_read_only=True
        )
        assert json.loads(fake.processed[-1].body) == now
