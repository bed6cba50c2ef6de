"""`aiointegrator inventory`: look at what a crawl left on disk. Nothing here opens a socket."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from ...._text import printable
from ....errors import ArgumentError
from ....inventory import Database, Inventory, InventoryError, line_of_row
from ... import exit_codes
from ...options.paths import PATH
from ...options.redaction import REDACT, Redacting
from ...output.notes import say_unread, watched
from ...output.terminal import json_data, json_line, outcome, say, table

app = App(name="inventory", help="Look at what a crawl left on disk, offline.")
app.command(
    "aiointegrator.cli.commands.inventory.graph:graph",
    name="graph",
    help="What uses what, for Mermaid, Graphviz or programs.\n\n"
    'Example: aiointegrator inventory graph DIR --from "connection:My shop" --direction used-by',
)
app.command(
    "aiointegrator.cli.commands.inventory.lint:lint",
    name="lint",
    help='What deserves a second look.\n\nExample: aiointegrator inventory lint DIR --select "unused-*" --exit-code',
)
app.command(
    "aiointegrator.cli.commands.inventory.access:access",
    name="access",
    help='Who can do what.\n\nExample: aiointegrator inventory access DIR --uses "connection:My shop" -o csv',
)
app.command(
    "aiointegrator.cli.commands.inventory.export:export",
    name="export",
    help="Hand it over: CSV, JSON Lines, SQLite or Parquet.",
)
app.command(
    "aiointegrator.cli.commands.inventory.diff:diff",
    name="diff",
    help="What changed between two inventories.\n\n"
    "Example: aiointegrator inventory diff OLD NEW --exit-code --format markdown",
)
app.command(
    "aiointegrator.cli.commands.report:report",
    name="report",
    help="Write it as a page to hand over.\n\nExample: aiointegrator report DIR --out report.html --compare OLD",
)
Directory = Annotated[Path, PATH, Parameter(help="The directory that `crawl --out` wrote.")]
Form = Annotated[
    Literal["table", "jsonl"] | None,
    Parameter(name=["--output", "-o"], help="Default: a table on a terminal, JSON Lines in a pipe."),
]
Limit = Annotated[int | None, Parameter(help="No more than these; a table has 1,000 unless told otherwise.")]
TABLE_ROWS = 1000
SHOWN = {
    "integrations": ("id", "name", "mode", "flows", "last_modified"),
    "flows": ("id", "name", "enabled", "schedule", "integration", "last_modified"),
    "exports": ("id", "name", "adaptor_type", "type", "connection", "integration", "last_modified"),
    "imports": ("id", "name", "adaptor_type", "connection", "integration", "last_modified"),
    "connections": ("id", "name", "type", "offline", "integration", "last_modified"),
    "ashares": ("id", "name", "email", "access_level", "granted_level", "accepted", "integration"),
    "flow_steps": ("flow_name", "enabled", "role", "router", "branch", "kind", "step_name", "connection_name"),
    "used_by": ("kind", "id", "name", "by_kind", "by_id", "by_name", "path"),
    "access": ("integration_name", "name", "email", "effective", "level", "standing"),
}
"""What a table shows of each kind unless told otherwise."""


@app.command
def show(
    directory: Directory,
    kind: Annotated[
        str | None, Parameter(help="integrations, flows, …, or flow_steps, used_by, access, gaps; all where left out.")
    ] = None,
    *,
    fields: Annotated[
        list[str] | None,
        Parameter(help="Columns, or paths into the record such as http.method; by commas or once each.", negative=()),
    ] = None,
    where: Annotated[
        str | None,
        Parameter(help='A condition in SQL, such as "not enabled"; it looks at what is there, redacted or not.'),
    ] = None,
    limit: Limit = None,
    output: Form = None,
    redacting: Redacting = REDACT,
) -> None:
    """Show what there is of a kind, or how much there is of each. Offline; nothing but inventory.sqlite is written.

    Secrets are replaced by markers, of which a change is still seen.
    """
    form = _form(output, limit)
    if kind is None:
        if fields or where is not None:
            raise ArgumentError("--fields and --where need a kind, such as: show DIR flows --where ...")
        _print(_overview(Inventory.open(directory)), form, limit)
        return
    names = [name.strip() for entry in fields or () for name in entry.split(",") if name.strip()]
    inventory = Inventory.open(directory)
    with redacting.redaction() as redaction, Database(inventory, redaction=redaction) as base:
        whole = form == "jsonl" and not names and "record" in base.columns(kind)
        if form == "table":
            names = names or list(SHOWN.get(kind, ()))
        paths = [name for name in names if name not in base.columns(kind)]
        rows = watched(base.rows(kind, names, where=where, limit=limit), paths)
        _print(rows, form, limit, _line if whole else _json)
    say_unread(inventory, kind)


@app.command
def search(
    directory: Directory,
    text: Annotated[str, Parameter(help="Words, or their beginnings; all of them must be there.")],
    *,
    limit: Limit = None,
    output: Form = None,
    redacting: Redacting = REDACT,
) -> None:
    """Find records by the words of their name or description, and people by name or e-mail address. Offline."""
    form = _form(output, limit)
    with redacting.redaction() as redaction, Database(directory, redaction=redaction) as base:
        if not base.has_index:
            say("note: this Python's SQLite has no FTS5; every name is read instead, and parts of words are found too")
        _print(base.search(text, limit=limit), form, limit)


def _form(output: str | None, limit: int | None) -> str:
    if limit is not None and limit < 1:
        raise ArgumentError(f"--limit must be at least 1, not {limit}")
    return output or ("table" if sys.stdout.isatty() else "jsonl")


def _overview(inventory: Inventory) -> Iterator[dict[str, Any]]:
    """A row for each kind: records, and the branches that could not be read."""
    for kind, number in inventory.counts.items():
        yield {"kind": kind, "records": number, "gaps": sum(gap.kind == kind for gap in inventory.gaps)}


def _json(row: Mapping[str, Any]) -> None:
    json_data(row, indent=None)


def _line(row: Mapping[str, Any]) -> None:
    json_line(line_of_row(dict(row)))


def _print(
    rows: Iterable[Mapping[str, Any]], form: str, limit: int | None, one: Callable[[Mapping[str, Any]], None] = _json
) -> None:
    if form == "jsonl":
        found_any = False
        for row in rows:
            one(row)
            found_any = True
        if not found_any:
            say("nothing found")
        return
    rows = iter(rows)
    found = list(islice(rows, TABLE_ROWS if limit is None else limit))
    titles: Sequence[str] = list(found[0]) if found else []
    if found:
        table([title.upper() for title in titles], [list(row.values()) for row in found])
    more = limit is None and next(rows, None) is not None
    say(f"the first {len(found):,} rows; --limit shows more" if more else f"{len(found):,} rows")


@app.command
def check(directory: Directory) -> int:
    """Say whether a directory holds a whole inventory: every file with the digest that the manifest names.

    Exit code 0: whole. 1: no inventory, cut off, changed, or copied by half.
    """
    try:
        inventory = Inventory.open(directory)
        inventory.verify()
    except InventoryError as error:
        problems = getattr(error, "problems", ())
        for problem in problems if len(problems) > 1 else ():
            say(f"  {printable(problem)}")
        say(f"NOT WHOLE: {printable(error)}")
        return exit_codes.ERROR
    counts = ", ".join(f"{number:,} {kind}" for kind, number in inventory.counts.items())
    outcome(f"whole: {counts}")
    missing = f"incomplete: the crawl could not read {len(inventory.gaps):,} parts of the account"
    outcome("complete: everything that was asked for was read" if inventory.complete else missing)
    return exit_codes.COMPLETE
