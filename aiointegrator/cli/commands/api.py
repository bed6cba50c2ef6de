"""`aiointegrator api` and `whoami`: one request, and whom the token stands for."""

from __future__ import annotations

import json
import sys
from codecs import BOM_UTF8
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..._exact_json import read
from ..._text import printable_lines
from ...errors import ArgumentError, system_reason
from ..options.connection import Connection
from ..output.terminal import data, json_data, say

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
        answer = read(reply.body.removeprefix(BOM_UTF8))
    except ValueError:
        data(printable_lines(reply.text))
    else:
        json_data(answer)


def _body(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return read(_given(text), strict=True)
    except OSError as error:
        reason = system_reason(error)
    except (ValueError, RecursionError) as error:
        reason = str(error)
    raise ArgumentError(f"--data is no JSON that can be read: {reason}")


def _given(text: str) -> str:
    """The JSON that is meant; bytes are UTF-8, 16 or 32, whatever the locale says."""
    if text.startswith("@"):
        given: str | bytes = Path(text[1:]).read_bytes()
    elif text != "-":
        given = text
    elif sys.stdin is None:
        raise ValueError("standard input is closed")
    else:
        given = getattr(sys.stdin, "buffer", sys.stdin).read()
    return given if isinstance(given, str) else given.decode(json.detect_encoding(given))
