"""`aiointegrator api` and `whoami`: one request, and whom the token stands for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .. import _exact_json
from ..errors import ArgumentError, system_reason
from ._connect import Connection
from ._terminal import clean, data, json_data, say

_DEFAULT = Connection()


async def whoami(*, connection: Connection = _DEFAULT) -> None:
    """Say which user and scope the token stands for."""
    async with connection.client(read_only=True) as client:
        info = await client.token_info()
        json_data({"base_url": client.base_url, **info.to_wire()})


async def api(
    method: Annotated[str, Parameter(help="GET, POST, PUT, PATCH or DELETE.")],
    path: Annotated[str, Parameter(help="Begins with /v1/; may hold a query.")],
    *,
    data_: Annotated[
        str | None, Parameter(name="--data", allow_leading_hyphen=True, help="JSON body; @FILE reads a file, - stdin.")
    ] = None,
    query: Annotated[list[str] | None, Parameter(help="NAME=VALUE, once each.", negative=())] = None,
    connection: Connection = _DEFAULT,
) -> None:
    """Send one request and print what comes back."""
    pairs = [entry.partition("=") for entry in query or ()]
    wrong = [name for name, equals, _ in pairs if not equals or not name]
    if wrong:
        raise ArgumentError(f"--query takes NAME=VALUE, not {wrong[0]!r}")
    body = _body(data_)
    async with connection.client() as client:
        reply = await client.request(method, path, json=body, query={name: value for name, _, value in pairs})
    say(f"{reply.status}")
    if not reply.body:
        return
    try:
        json_data(reply.json())
    except ValueError:
        data(reply.text if not sys.stdout.isatty() else clean(reply.text))


def _body(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return _exact_json.read(_given(text), strict=True)  # bytes in UTF-8, 16 or 32, whatever the locale says
    except OSError as error:
        reason = system_reason(error)
    except (ValueError, RecursionError) as error:
        reason = str(error)
    raise ArgumentError(f"--data is no JSON that can be read: {reason}")


def _given(text: str) -> str | bytes:
    if text.startswith("@"):
        return Path(text[1:]).read_bytes()
    if text != "-":
        return text
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    read: str | bytes = getattr(sys.stdin, "buffer", sys.stdin).read()
    return read
