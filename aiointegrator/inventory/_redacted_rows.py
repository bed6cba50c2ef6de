"""Rows of the database, redacted. A path into a record is followed in the redacted record, where its neighbours tell
what it is: the value of a header is secret by the name that stands beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from .. import _exact_json
from ._tables import COLUMNS
from .redaction import Redaction

_STEP = re.compile(r"\w+|\[\d+\]")
_PERSON = {"name": "sharedWithUser.name", "email": "sharedWithUser.email"}
_OF_PERSON = {"access": _PERSON}
_NAMED_BY = {"name": "kind", "by_name": "by_kind", "description": "kind"}
"""Columns that name a thing, and the column that says what it is; of a share it is a person."""


def needed(names: Sequence[str], columns: Sequence[str]) -> list[str]:
    """The columns to ask for, so that these can be shown redacted."""
    if "record" not in columns:
        return list(columns)
    found = [name for name in dict.fromkeys(names) if name in columns]
    return found if len(found) == len(set(names)) else [*found, "record"] if "record" not in found else found


def redacted_row(redaction: Redaction, kind: str, names: Sequence[str], row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns and paths with these names."""
    found: dict[str, Any] = {}
    record: dict[str, Any] | None = None
    for name in names:
        if name == "record":
            found[name] = redaction.line(row[name].encode("utf-8", "backslashreplace")).decode()
        elif name in row:
            found[name] = _under(redaction, _path(kind, name, row), row[name])
        else:
            record = redaction.record(_exact_json.read(row["record"])) if record is None else record
            found[name] = _at(record, name)
    return found


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
    """What is at a path, in the form in which SQLite gives it."""
    for step in _STEP.findall(path):
        if step[0] == "[":
            place = int(step[1:-1])
            record = record[place] if type(record) is list and place < len(record) else None
        else:
            record = record.get(step) if type(record) is dict else None
    if type(record) is bool:
        return int(record)
    if isinstance(record, _exact_json.Number):
        number = float(_exact_json.text_of(record))
        return number if isfinite(number) else _exact_json.text_of(record)
    return _exact_json.write(record) if type(record) in (dict, list) else record
