"""The pretend server does what the facts say of the real one; asked with plain aiohttp."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from aiointegrator import _exact_json
from aiointegrator._messages import Operation
from aiointegrator.endpoints._operations import OPERATIONS
from aiointegrator.testing import FakeBucket, FakeIntegrator, Faults, checks, seeded_account
from aiointegrator.testing import server as server_module

Ask = Callable[..., Awaitable[tuple[int, Any, Any]]]


@pytest.fixture
async def ask(fake: FakeIntegrator) -> AsyncIterator[Ask]:
    async with aiohttp.ClientSession() as session:

        async def one(method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any, Any]:
            more = {"headers": {"Authorization": f"Bearer {fake.token}"}} | more
            untyped = () if body is not None else ("Content-Type",)
            async with session.request(
                method, fake.url + path, json=body, skip_auto_headers=untyped, **more
            ) as response:
                value = (
                    await response.json(content_type=None, loads=_exact_json.read)
                    if response.content_type.endswith("json")
                    else await response.text(errors="replace")
                )
                return response.status, value, response.headers

        yield one


def path_of(fake: FakeIntegrator, rest: str = "") -> str:
    return f"/v1/integrations/{next(iter(fake.account.integrations))}{rest}"


async def test_a_wrong_token_is_401_with_a_message(fake: FakeIntegrator, ask: Ask) -> None:
    """As the real one answers."""
    assert (await ask("GET", "/v1/tokenInfo", headers={}))[:2] == (401, {"message": "Unauthorized"})


async def test_projection(fake: FakeIntegrator, ask: Ask) -> None:
    """include is a summary, exclude leaves out, both are refused."""
    _, rows, _ = await ask("GET", "/v1/integrations?include=settings")
    assert rows[0].keys() == {"_id", "name", "settings"}
    _, rows, _ = await ask("GET", "/v1/integrations?exclude=settings")
    assert "settings" not in rows[0]
    status, body, _ = await ask("GET", "/v1/integrations?include=a&exclude=b")
    assert (status, body["errors"][0]["code"]) == (400, "invalid_query_params")


async def test_writes_take_effect_and_are_on_record(fake: FakeIntegrator, ask: Ask) -> None:
    """Created, patched, audited and deleted can be seen."""
    _, made, _ = await ask("POST", "/v1/integrations", {"name": "x", "sandbox": True})
    path = f"/v1/integrations/{made['_id']}"
    assert (await ask("PATCH", path, [{"op": "replace", "path": "/settings", "value": {"a": [1]}}]))[0] == 204
    assert (await ask("PATCH", path, [{"op": "replace", "path": "/settings/a/0", "value": 2}]))[0] == 204
    assert (await ask("PATCH", path, [{"op": "remove", "path": "/settings/a/0"}]))[0] == 204
    assert (await ask("GET", path))[1]["settings"] == {"a": []}
    _, replaced, _ = await ask("PUT", path, {"name": "y"})
    assert "settings" not in replaced
    _, audit, headers = await ask("GET", f"{path}/audit?limit=2")
    assert [entry["event"] for entry in audit] == ["update", "update"]
    assert "next" in headers["Link"]
    assert (await ask("GET", f"{path}/audit?action=create"))[1][0]["event"] == "create"
    assert (await ask("DELETE", path))[0] == 204
    assert (await ask("DELETE", path))[0] == 404
    assert [entry.status for entry in fake.processed if entry.method == "DELETE"] == [204, 404]


@pytest.mark.parametrize(
    ("method", "rest", "body", "status"),
    [
        ("POST", None, {}, 422),
        ("PATCH", "", [{"op": "add", "path": "/tag", "value": 1}], 422),
        ("PATCH", "", [{"op": "replace", "path": "/name", "value": 1}], 422),
        ("PATCH", "", [{"op": "remove", "path": "/flowGroupings/9"}], 422),
        ("PUT", "/connections/register", ["nobody"], 400),
        ("DELETE", "/connections/nobody/register", None, 404),
        ("POST", "/revisions/create?ignoreIfNoChanges=True", None, 400),
        ("GET", "/template/x", None, 404),
    ],
)
async def test_what_is_refused(
    fake: FakeIntegrator, ask: Ask, method: str, rest: str | None, body: Any, status: int
) -> None:
    """With the status and the errors that the facts name."""
    path = "/v1/integrations" if rest is None else path_of(fake, rest)
    assert (await ask(method, path, body))[0] == status


async def test_a_body_must_be_json(fake: FakeIntegrator, ask: Ask) -> None:
    """Another media type is 415, broken JSON 400."""
    headers = {"Authorization": f"Bearer {fake.token}", "Content-Type": "text/plain"}
    assert (await ask("PUT", path_of(fake), data=b"{}", headers=headers))[0] == 415
    headers["Content-Type"] = "application/json"
    assert (await ask("PUT", path_of(fake), data=b"{", headers=headers))[0] == 400


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_another_media_type_is_415_without_a_body_too(
    fake: FakeIntegrator, ask: Ask, operation: Operation
) -> None:
    """As aiohttp sends it unasked with POST and PUT; a parameter of the right type is none."""
    path = filled(fake, operation)
    headers = {"Authorization": f"Bearer {fake.token}"}
    for kind in ("application/octet-stream", "text/plain", "application/x-www-form-urlencoded", "nonsense", ""):
        for data in (b"", b"{}"):
            answer = await ask(operation.method, path, data=data, headers=headers | {"Content-Type": kind})
            assert answer[0] == 415, (kind, data, answer)
    assert fake.account.integrations.keys() == seeded_account(5).integrations.keys()
    headers["Content-Type"] = "application/json; charset=utf-8"
    assert (await ask(operation.method, path, data=body_of(operation), headers=headers))[0] < 500
    assert (await ask(operation.method, path, data=body_of(operation), headers=headers))[0] != 415


def filled(fake: FakeIntegrator, operation: Operation) -> str:
    """The path of an operation with ids that there are."""
    integration_id = next(iter(fake.account.integrations))
    connection_id = next(iter(fake.account.all_connections))
    return operation.path.replace("{integrationId}", integration_id).replace("{connectionId}", connection_id)


def body_of(operation: Operation) -> bytes:
    return {"integrations.patch": b"[]", "integrations.register_connections": b"[]"}.get(
        operation.name, b'{"name": "n"}' if operation.method != "GET" else b""
    )


INVALID = [b"{", b"\xff", b"NaN", b'{"a": Infinity}', b"[" * 100_000, b"'a'", b"{} {}", b"\xef\xbb\xbf"]
WRONG = [b"[]", b"[1]", b'"x"', b"5", b"true", b"{}", b"null", b'[{"a": 1}]', b"[[]]", b'[{"op": 5, "path": 1}]']
WRONG += [b'[{"op": "replace", "path": "/tag"}]', b'[{"op": "remove", "path": "/flowGroupings/-1"}]', b"[null]"]
WRONG += [
    b'{"name": 5}',
    b'{"name": []}',
    b'{"connectionMap": [1]}',
    b'{"connectionMap": {"a": {}}}',
    b'{"aliases": 1}',
]
WRONG += [
    b'{"flowGroupings": [1]}',
    b'{"description": {}}',
    b'{"sandbox": "yes"}',
    b'{"update": "x"}',
    b'{"name": "\\ud800"}',
]
WRONG += [b'{"name": "n", "settings": 1e400, "x": ' + b"9" * 5000 + b"}", b'{"name": ""}', b'{"name": null}']
QUERIES = ["limit=0", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=99999999999999999999", "limit=%D9%A3"]
QUERIES += [
    "after=zz",
    "after=",
    "after=c",
    "after=cfffff",
    "after=c-1",
    "after=0",
    "after=c" + "f" * 5000,
    "after=%00",
]
QUERIES += ["include=a%20b", "include=a&exclude=b", "exclude=%3C"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_no_request_whatever_is_answered_with_500(fake: FakeIntegrator, ask: Ask, operation: Operation) -> None:
    """Bodies that are no JSON are 400 everywhere; of others, those that do not fit; parameters likewise."""
    headers = {"Authorization": f"Bearer {fake.token}", "Content-Type": "application/json"}
    path = filled(fake, operation)
    for body in INVALID:
        status, said, _ = await ask(operation.method, path, data=body, headers=headers)
        assert (status, said["errors"][0]["code"]) == (400, "invalid_json"), body[:40]
    for body in WRONG:
        if operation.method == "DELETE":
            continue  # it looks at no body, and what is gone is gone
        status, said, _ = await ask(operation.method, path, data=body, headers=headers)
        assert status < 500, (body[:40], said)
        if operation.name in NEEDS:
            assert (status < 300) is bool(NEEDS[operation.name](_exact_json.read(body))), (body[:40], status, said)
    for query in QUERIES:
        status, said, _ = await ask(operation.method, f"{path}?{query}", headers=headers)
        assert status < 500, (query, said)
        if operation.result == "items":
            assert (status, said["errors"][0]["code"]) == (400, "invalid_query_params"), query
    for query in ("from=x", "to=2026-99-01", "from=%00"):
        status, said, _ = await ask(operation.method, f"{path}?{query}", headers=headers)
        assert status == 400 if operation.name == "integrations.list_audit" else status < 500, query


def fits(value: Any) -> bool:
    """Whether an object has fields of the right types."""
    return (
        isinstance(value, dict)
        and value.get("connectionMap") != {"a": {}}
        and not any(
            value.get(name) is not None and not isinstance(value[name], kind) for name, kind in checks.TYPES.items()
        )
    )


NEEDS: dict[str, Callable[[Any], bool]] = {
    "integrations.replace": lambda value: fits(value) and value.get("flowGroupings") != [1],
    "integrations.patch": lambda value: value == [],
    "integrations.register_connections": lambda value: value == [],
    "integrations.create": lambda value: fits(value) and bool(value.get("name")),
}


async def test_cursors_outlive_what_they_were_made_for(fake: FakeIntegrator, ask: Ask) -> None:
    """A list that became shorter meanwhile ends; it is not refused."""
    fake.page_size = 2
    _, _, headers = await ask("GET", "/v1/integrations?after=c2")
    following = headers["Link"].partition("<")[2].partition(">")[0]
    for integration_id in list(fake.account.integrations)[1:]:
        await ask("DELETE", f"/v1/integrations/{integration_id}")
    assert (await ask("GET", following))[0] == 204
    assert (await ask("GET", "/v1/integrations?after=c3"))[0] == 400


async def test_numbers_come_back_as_they_were_sent(fake: FakeIntegrator, ask: Ask) -> None:
    """Within a body that the server keeps."""
    headers = {"Authorization": f"Bearer {fake.token}", "Content-Type": "application/json"}
    body = b'{"name":"n","settings":{"a":1.10,"b":1e400,"c":-0}}'
    assert (await ask("PUT", path_of(fake), data=body, headers=headers))[0] == 200
    async with aiohttp.ClientSession() as session:
        async with session.get(fake.url + path_of(fake), headers={"Authorization": f"Bearer {fake.token}"}) as response:
            assert b'{"a":1.10,"b":1e400,"c":-0}' in await response.read()


async def test_a_snapshot_that_changes_nothing_is_204(fake: FakeIntegrator, ask: Ask) -> None:
    """Only where that was asked for."""
    path = path_of(fake, "/revisions/create")
    assert [
        (await ask("POST", path + query))[0] for query in ("", "?ignoreIfNoChanges=true", "?ignoreIfNoChanges=false")
    ] == [201, 204, 201]


async def test_steps_run_out(fake: FakeIntegrator, ask: Ask) -> None:
    """The last submission answers 204, one more is refused with the steps."""
    path = path_of(fake, "/installSteps")
    assert [(await ask("POST", path))[0] for _ in range(3)] == [200, 204, 422]
    assert (await ask("GET", path))[0] == 204


async def test_a_clone_can_answer_with_its_manifest(fake: FakeIntegrator, ask: Ask) -> None:
    """Both forms are met."""
    fake.clone_answer = "manifest"
    integration_id = max(fake.account.integrations, key=lambda i: len(fake.account.flows[i]))
    _, manifest, _ = await ask("POST", f"/v1/integrations/{integration_id}/clone", {})
    assert {entry["model"] for entry in manifest} == {"Integration", "Flow", "Export", "Import"}
    assert (await ask("GET", f"/v1/integrations/{manifest[0]['_id']}/flows"))[1]


async def test_nothing_depends_on_an_empty_integration(fake: FakeIntegrator, ask: Ask) -> None:
    """204."""
    fake.account.flows.clear()
    assert (await ask("GET", path_of(fake, "/dependencies")))[0] == 204


async def test_a_signed_address_refuses_a_token(fake: FakeIntegrator, ask: Ask) -> None:
    """And keeps what it was asked with."""
    _, template, _ = await ask("GET", path_of(fake, "/template"))
    address = template["signedURL"].removeprefix(fake.url)
    assert (await ask("GET", address))[0] == 400
    assert "Authorization" in fake.template_headers[0]
    assert (await ask("GET", address, headers={}))[0] == 200


async def test_the_bucket_refuses_and_drains() -> None:
    """Over capacity 429 with whole seconds; what has drained fits again."""
    now = 0.0
    bucket = FakeBucket(capacity=2, drain=0.5, clock=lambda: now)
    assert [bucket.refuse() for _ in range(3)] == [None, None, 2]
    now = 2.0
    assert [bucket.refuse() for _ in range(2)] == [None, 2]


async def test_over_the_limit_is_429(fake: FakeIntegrator, ask: Ask) -> None:
    """With Retry-After and the documented body; it is not processed."""
    fake.bucket = FakeBucket(capacity=1, drain=0.001)
    await ask("GET", "/v1/tokenInfo")
    status, body, headers = await ask("GET", "/v1/tokenInfo")
    assert (status, body["errors"][0]["code"], int(headers["Retry-After"]) > 1) == (429, "rate_limited", True)
    assert (len(fake.processed), fake.counts["429"]) == (1, 1)
    fake.forget()
    assert not fake.processed
    assert not fake.counts


@pytest.mark.parametrize(
    ("kind", "applied"), [("reset_before", 0), ("reset_after", 1), ("truncate", 1), ("500", 0), ("429", 0), ("slow", 1)]
)
async def test_faults(fake: FakeIntegrator, ask: Ask, kind: str, applied: int) -> None:
    """Each does what its name says, and the record tells whether the work was done."""
    fake.faults = Faults(rate=1, kinds=(kind,), in_a_row=1, delay=0.01)
    if kind in ("500", "429"):
        assert (await ask("POST", "/v1/integrations", {"name": "x"}))[0] == int(kind)
    elif kind == "slow":
        assert (await ask("POST", "/v1/integrations", {"name": "x"}))[0] == 201
    else:
        with pytest.raises(aiohttp.ClientError):
            await ask("POST", "/v1/integrations", {"name": "x"})
    assert len(fake.processed) == applied
    assert (await ask("POST", "/v1/integrations", {"name": "x"}))[0] == 201


def test_faults_come_by_seed() -> None:
    """The same seed plays the same faults; another plays others."""

    def played(seed: int) -> list[str | None]:
        faults = Faults(seed=seed, rate=0.5)
        return [faults.next("GET", f"/{n}") for n in range(40)]

    assert played(1) == played(1) != played(2)
    assert None in played(1)


@pytest.mark.parametrize("settings", [{"kinds": ("fire",)}, {"rate": 2}])
def test_faults_that_cannot_be(settings: dict[str, Any]) -> None:
    """Are refused by name."""
    with pytest.raises(ValueError, match="faults"):
        Faults(**settings)


def test_the_account_is_believable_and_the_same_for_the_same_seed() -> None:
    """Routers, legacy flows, offline connections, masked secrets, pending users, and ids that are unique."""
    account = seeded_account(50)
    assert account.integrations == seeded_account(50).integrations
    assert account.integrations != seeded_account(50, seed=2).integrations
    flows = [flow for records in account.flows.values() for flow in records]
    assert {bool(flow.get("routers")) for flow in flows} == {True, False}
    assert any("_exportId" in flow for flow in flows)
    assert any("schedule" not in flow for flow in flows)
    assert any(connection.get("offline") for connection in account.all_connections.values())
    assert any(not share["accepted"] for shares in account.ashares.values() for share in shares)
    ids = [
        record["_id"]
        for kind in ("flows", "exports", "imports")
        for records in getattr(account, kind).values()
        for record in records
    ]
    assert len(ids) == len(set(ids)) == account.total("flows") + account.total("exports") + account.total("imports")
    assert all(len(i) == 24 for i in ids)
    assert "x" * 100 in str(seeded_account(3, flows=(1, 1), record_bytes=100).exports)


async def test_an_operation_without_handler_stops_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The description and the server cannot part in silence."""
    monkeypatch.delattr(server_module.FakeIntegrator, "_handle_clone")
    with pytest.raises(NotImplementedError, match=r"integrations\.clone"):
        await FakeIntegrator(seeded_account(1)).start()


async def test_stopping_twice_is_fine_and_the_default_account_has_fifty() -> None:
    """As a user of the library meets it."""
    fake = FakeIntegrator(record=False)
    assert len(fake.account.integrations) == 50
    await fake.stop()


pytest_plugins = ["aiointegrator.testing.plugin"]


async def test_the_fixture_for_users(fake_integrator: FakeIntegrator) -> None:
    """A server with five integrations."""
    assert len(fake_integrator.account.integrations) == 5
