"""`aiointegrator integrations`: look at integrations."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from ..._exact_json import read
from ..options.connection import Connection
from ..output.terminal import json_data, table

app = App(name="integrations", help="Look at integrations.")
_DEFAULT = Connection()
COLUMNS = (("_id", "ID"), ("name", "NAME"), ("numFlows", "FLOWS"), ("lastModified", "LAST MODIFIED"))


@app.command(name="list")
async def list_(
    *,
    output: Annotated[
        Literal["table", "jsonl", "json"] | None,
        Parameter(name=["--output", "-o"], help="Default: a table on a terminal, JSON Lines in a pipe."),
    ] = None,
    limit: Annotated[int | None, Parameter(help="Records per page to ask for; every page is read.")] = None,
    connection: Connection = _DEFAULT,
) -> None:
    """List the integrations that the token may see."""
    form = output or ("table" if sys.stdout.isatty() else "jsonl")
    rows: list[dict[str, Any]] = []
    async with connection.client(read_only=True) as client:
        async for raw in client.integrations.list(limit=limit).raw():
            record = read(raw)  # by ourselves, so that numbers keep their digits
            if form == "jsonl":
                json_data(record, indent=None)
            else:
                rows.append(record)
    if form == "json":
        json_data(rows)
    elif form == "table":
        table([title for _, title in COLUMNS], [[row.get(key) for key, _ in COLUMNS] for row in rows])


@app.command
async def get(integration_id: str, *, connection: Connection = _DEFAULT) -> None:
    """Print one integration as JSON."""
    async with connection.client(read_only=True) as client:
        json_data((await client.integrations.get(integration_id)).to_wire())
