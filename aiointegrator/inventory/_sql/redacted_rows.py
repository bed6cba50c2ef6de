"""Rows of the database as they are shown: redacted, and with what paths into the record lead to.

A path is followed in the record as Python reads it, not by SQLite, which turns 1e400 into Infinity and refuses records
nested more than 1,000 levels deep. With a redaction it is followed in the redacted record, where its neighbours tell
what it is: the value of a header is secret by the name that stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ... import _exact_json
from .._redact.redaction import Redaction
from .schema import COLUMNS

_STEP = re.compile(r"\w+|\[\d+\]")
_PERSON = {"name": "sharedWithUser.name", "email": "sharedWithUser.email"}
_OF_PERSON = {"access": _PERSON}
_NAMED_BY = {"name": "kind", "by_name": "by_kind", "description": "kind"}
"""Columns that name a thing, and the column that says what it is; of a share it is a person."""


def needed(names: Sequence[str], columns: Sequence[str], redaction: Redaction | None) -> list[str]:
    """Return the columns to select, so that these columns and paths can be shown."""
    if "record" not in columns:
        return list(names) if redaction is None else list(columns)
    found = [name for name in dict.fromkeys(names) if name in columns]
    return found if len(found) == len(set(names)) else [*found, "record"] if "record" not in found else found


def redacted_row(
    redaction: Redaction | None, kind: str, names: Sequence[str], row: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the columns and paths with these names, redacted if there is a redaction."""
    found: dict[str, Any] = {}
    record: dict[str, Any] | None = None
    for name in names:
        if name not in row:
            record = _read(redaction, row["record"]) if record is None else record
            found[name] = _at(record, name)
        elif redaction is None:
            found[name] = row[name]
        elif name == "record":
            found[name] = redaction.line(row[name].encode("utf-8", "backslashreplace")).decode()
        else:
            found[name] = _under(redaction, _path(kind, name, row), row[name])
    return found


def _read(redaction: Redaction | None, text: str) -> dict[str, Any]:
    record: dict[str, Any] = _exact_json.read(text)
    return record if redaction is None else redaction.record(record)


def _path(kind: str, column: str, row: Mapping[str, Any]) -> str:
    """Where the value of a column stands in a record."""
    whose = row.get(_NAMED_BY.get(column, ""))
    if whose == "ashares":
        return _PERSON["name"]
    return _OF_PERSON.get(kind, COLUMNS.get(kind, {})).get(column, column)


def _under(redaction: Redaction, path: str, value: Any) -> Any:
    """A value as it is where it stands in a record."""
    if type(value) is not str:
        return value
    first, _, rest = path.partition(".")
    found = redaction.record({first: {rest: value} if rest else value})[first]
    return found[rest] if rest else found


def _at(record: Any, path: str) -> Any:
    """Return what is at a path, in the form in which SQLite gives it: a flag as 0 or 1, an object as JSON."""
    for step in _STEP.findall(path):
        if step[0] == "[":
            place = int(step[1:-1])
            record = record[place] if type(record) is list and place < len(record) else None
        else:
            record = record.get(step) if type(record) is dict else None
    if type(record) is bool:
        return int(record)
    return _exact_json.write(record) if type(record) in (dict, list) else record
