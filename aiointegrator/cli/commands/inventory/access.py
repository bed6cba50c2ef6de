"""`aiointegrator inventory access`: who can do what."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ...._text import json_printable, printable
from ....inventory import Inventory, Redaction, Right, access_notes, access_of, thing_of
from ....inventory._export.csv import cell
from ...options.paths import PATH
from ...options.redaction import REDACT, Redacting
from ...output.terminal import data, json_data, say, table

TABLE_ROWS = 1000
_COLUMNS = tuple(field.name for field in fields(Right))
_WIDE = ("WHO", "E-MAIL", "WHERE", "NOW", "MAY CHANGE", "LEVEL", "VIA", "STANDING", "MFA", "SSO", "LAST SIGN-IN")
_EVERYWHERE = "(the whole account)"


def access(
    directory: Annotated[Path, PATH, Parameter(help="The directory that `crawl --out` wrote.")],
    *,
    user: Annotated[str | None, Parameter(help="Only the person with this e-mail address.")] = None,
    integration: Annotated[str | None, Parameter(help="Only rights on this integration; id or name.")] = None,
    uses: Annotated[
        str | None,
        Parameter(help="Only rights on integrations whose enabled flows use this: connection:ID, or its name."),
    ] = None,
    output: Annotated[
        Literal["table", "csv", "json", "jsonl"] | None,
        Parameter(
            name=["--output", "-o"],
            help="json is one document with what is not known in it. Default: a table on a terminal, else jsonl.",
        ),
    ] = None,
    redacting: Redacting = REDACT,
) -> None:
    """Show who can do what, by account-wide levels and grants on integrations, pending and disabled too. Offline.

    People are named, since a review needs it; --redact-users hides them. Nobody found is an answer, and ends with 0.
    """
    inventory, thing = Inventory.open(directory), None if uses is None else thing_of(uses)
    found = access_of(inventory, user=user, integration=integration, uses=thing)
    notes = access_notes(inventory, integration=integration, uses=thing)
    form = output or ("table" if sys.stdout.isatty() else "jsonl")
    with redacting.redaction() as redaction:
        number = _PRINTED[form]((_row(right, redaction) for right in found), notes)
    if user is not None and not number:
        say(f"nobody with the e-mail address {printable(user)} has a right here that was read")
    for note in notes:
        say(printable(note))


def _row(right: Right, redaction: Redaction | None) -> dict[str, Any]:
    row = asdict(right)
    if redaction is not None:
        row |= redaction.record({"sharedWithUser": {"name": right.name, "email": right.email}})["sharedWithUser"]
        row["integration_name"] = right.integration_name and redaction.text(right.integration_name)
    return row


def _table(rows: Iterator[dict[str, Any]], _: Sequence[str]) -> int:
    shown = list(islice(rows, TABLE_ROWS))
    if shown:
        table(_WIDE, map(_line, shown))
    more = sum(1 for _ in rows)
    say(
        f"the first {len(shown):,} of {len(shown) + more:,} rights; -o csv has all"
        if more
        else f"{len(shown):,} rights"
    )
    return len(shown)


def _line(row: dict[str, Any]) -> list[object]:
    where = _EVERYWHERE if row["integration"] is None else row["integration_name"] or row["integration"]
    if row["integration_seen"] is False:
        where = f"{where} (not in the inventory)"
    rest = ("effective", "may_change", "level", "via", "standing", "mfa", "sso", "last_sign_in")
    return [row["name"], row["email"], where, *(row[name] for name in rest)]


def _csv(rows: Iterable[dict[str, Any]], _: Sequence[str]) -> int:
    writer = csv.writer(_Lines(), lineterminator="")
    writer.writerow(_COLUMNS)
    number = 0
    for row in rows:
        writer.writerow([cell(_plain(row[name])) for name in _COLUMNS])
        number += 1
    return number


def _plain(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value


class _Lines:
    """Where a CSV writer writes its lines to."""

    def write(self, line: str) -> None:
        data(line)


def _jsonl(rows: Iterable[dict[str, Any]], _: Sequence[str]) -> int:
    number = 0
    for row in rows:
        json_data(row, indent=None)
        number += 1
    return number


def _json(rows: Iterable[dict[str, Any]], notes: Sequence[str]) -> int:
    data(f'{{"notes": {_text(list(notes))}, "rights": [')
    number = 0
    for number, row in enumerate(rows, 1):
        data(("" if number == 1 else ",") + _text(row))
    data("]}")
    return number


def _text(value: Any) -> str:
    return json_printable(json.dumps(value))


_PRINTED = {"table": _table, "csv": _csv, "json": _json, "jsonl": _jsonl}
