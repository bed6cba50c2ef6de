"""The client side of every operation alone: aioresponses answers, no server runs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aioresponses import aioresponses
from test_contract import CASES

from aiointegrator import IntegratorClient
from aiointegrator._messages import Operation
from aiointegrator.endpoints._operations import OPERATIONS

ONE = {"_id": "a", "name": "n", "type": "snapshot", "description": "before", "unknown": [1, None]}
STEPS = [{"name": "first", "type": "connection"}, {"name": "second", "type": "url"}]
ANSWERS: dict[str, Any] = {
    "account.token_info": {"_userId": "u", "scope": "*"},
    "integrations.create": ONE | {"name": "New"},
    "integrations.replace": ONE | {"name": "Other"},
    "integrations.clone": ONE | {"name": "Copy"},
    "integrations.get_install_steps": {"steps": STEPS, "warnings": ["slow"]},
    "integrations.submit_install_step": STEPS[1:],
    "integrations.get_uninstall_steps": STEPS,
    "integrations.submit_uninstall_step": STEPS[1:],
    "integrations.list_audit": {"audit": []},
    "integrations.get_template": {"signedURL": "https://storage.example/x?sig=1", "key": "k"},
    "integrations.get_dependencies": {"flows": [{"id": "f", "name": "n"}]},
}


def mock(mocked: aioresponses, operation: Operation, **reply: Any) -> None:
    path = re.sub(
        r"\{\w+\}",
        "[a-z]+",
        re.escape("https://api.integrator.io" + operation.path).replace(r"\{", "{").replace(r"\}", "}"),
    )
    mocked.add(re.compile(f"^{path}(\\?.*)?$"), method=operation.method, **reply)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_one_request_goes_out_and_its_answer_is_read(operation: Operation, mocked: aioresponses) -> None:
    """With the first success code of the description, the token, and the body as JSON."""
    call, query, body, holds = CASES[operation.name]
    default = [ONE] * 3 if operation.result == "items" else ONE
    status = operation.success[0]
    empty = status == 204 or operation.result == "nothing"
    reply = (
        {"body": b"OK"}
        if empty and status != 204
        else {}
        if empty
        else {"payload": ANSWERS.get(operation.name, default)}
    )
    mock(mocked, operation, status=status, **reply)
    async with IntegratorClient("token") as client:
        result = await call(client, "integration", "connection")
    [((method, url), [sent])] = mocked.requests.items()
    assert method == operation.method
    assert dict(url.query) == query
    assert url.path == re.sub(
        r"\{connectionId\}", "connection", operation.path.replace("{integrationId}", "integration")
    )
    assert sent.kwargs["headers"]["Authorization"] == "Bearer token"
    assert sent.kwargs["allow_redirects"] is False
    assert (sent.kwargs["data"] is None) == (body is None)
    if body is not None:
        json.loads(sent.kwargs["data"])
        assert sent.kwargs["headers"]["Content-Type"] == "application/json"
    assert operation.name == "integrations.submit_install_step" or holds(result), result


@pytest.mark.parametrize(
    "operation", [op for op in OPERATIONS if 204 in op.success and op.result != "nothing"], ids=lambda op: op.name
)
async def test_no_content_means_nothing(operation: Operation, mocked: aioresponses) -> None:
    """204 is an empty list, no steps left, nothing changed, or nothing depends."""
    call, *_ = CASES[operation.name]
    mock(mocked, operation, status=204)
    async with IntegratorClient("token") as client:
        assert not await call(client, "integration", "connection")


async def test_steps_keep_what_stood_beside_them(mocked: aioresponses) -> None:
    """Warnings of the server are not lost."""
    operation = next(op for op in OPERATIONS if op.name.endswith("get_install_steps"))
    mock(mocked, operation, status=201, payload=ANSWERS[operation.name])
    async with IntegratorClient("token") as client:
        steps = await client.integrations.get_install_steps("integration")
    assert [step.name for step in steps] == ["first", "second"]
    assert steps.beside == {"warnings": ["slow"]}


async def test_a_clone_may_answer_with_a_manifest(mocked: aioresponses) -> None:
    """Both forms are read."""
    operation = next(op for op in OPERATIONS if op.name.endswith(".clone"))
    mock(mocked, operation, status=201, payload=[{"model": "Flow", "_id": "f", "name": "n"}])
    async with IntegratorClient("token") as client:
        manifest = await client.integrations.clone("integration")
    assert isinstance(manifest, list)
    assert (manifest[0].model, manifest[0].id) == ("Flow", "f")
