"""The `_id` of records in every form, and what of a list came before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiointegrator._decoding import json_lists
from aiointegrator._decoding.shapes import items
from aiointegrator._repeats import Repeats, id_of, ids_of
from aiointegrator.models import AuditEntry, InstallStep

ODD = [None, 5, True, "", [], {"_id": "x"}, 1.5]


def raw(*records: Any, compact: bool = True) -> list[bytes]:
    return [json.dumps(record, separators=(",", ":") if compact else None).encode() for record in records]


FORMS = {
    "models": lambda records: items("Flow").parse(json.dumps(records).encode()),
    "plain": list,
    "raw": lambda records: raw(*records),
    "raw with spaces": lambda records: raw(*records, compact=False),
}
form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


@form
@pytest.mark.parametrize(
    ("records", "ids"),
    [
        ([], []),
        ([{"_id": "a"}, {"_id": "b"}], ["a", "b"]),
        ([{"_id": "a"}, {"_id": "bc"}, {"name": "n", "_id": "d"}], ["a", "bc", "d"]),
        ([{"_id": "a" * 24, "name": "n"}, {"_id": "b" * 24}], ["a" * 24, "b" * 24]),
        ([{"name": "n"}, {"_id": "a"}, {}], [None, "a", None]),
        ([{"name": "n", "sub": {"_id": "inner"}}, {"sub": [{"_id": "x"}], "_id": "a"}], [None, "a"]),
        ([{"_id": 'a"b\\c'}, {"_id": "\u00e9\u2028"}, {"_id": "\U0001f600"}], ['a"b\\c', "\u00e9\u2028", "\U0001f600"]),
        ([{"_id": odd} for odd in ODD], [None] * len(ODD)),
        ([{"id": "not the id"}, {"id": "nor", "_id": "a"}], [None, "a"]),
        ([{"_id": "ab"}, {"_id": 'a"'}, {"_id": "cd"}], ["ab", 'a"', "cd"]),
    ],
)
def test_the_id_in_every_form(form: Any, records: list[Any], ids: list[Any]) -> None:
    """Text alone, wherever it stands in the record, and only the record's own."""
    assert list(ids_of(form(records))) == ids
    assert [id_of(record) for record in form(records)] == [one or "" for one in ids]


@pytest.mark.parametrize(
    ("record", "id_"),
    [
        (b'{"\\u005fid":"a"}', "a"),
        (b'{"_id":"\\u0061b"}', "ab"),
        (b'{ "_id"\n:\t"a" }', "a"),
        (b'{"name":"\\ud83d","_id":"a"}', "a"),
        (b'{"n":' + b"9" * 5000 + b',"_id":"a"}', "a"),
        (b'{"n":1e400,"_id":"a"}', "a"),
        (b'{"_id":"a","n":' + b"[" * 100_000, "a"),
    ],
)
@pytest.mark.parametrize("quick", [True, False])
def test_the_id_of_an_odd_raw_record(record: bytes, id_: str, quick: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without msgspec."""
    if not quick:
        monkeypatch.setattr(json_lists, "_id_by_msgspec", lambda: None)
    assert list(ids_of([record])) == [id_]
    assert list(ids_of([b'{"_id":"first"}', record])) == ["first", id_]


def test_a_record_that_cannot_be_decoded_has_no_id() -> None:
    """So it is never taken for another one."""
    assert list(ids_of([b'{"n":' + b"[" * 100_000 + b',"_id":"a"}'])) == [None]


def test_a_model_has_an_id_only_where_the_server_calls_it_so() -> None:
    """Steps have none."""
    assert list(ids_of([InstallStep.model_validate({"name": "n"})])) == [None]
    assert list(ids_of([AuditEntry.model_validate({"_id": "a"})])) == ["a"]


def record(id_: str | None, version: int = 1) -> dict[str, Any]:
    return ({"_id": id_} if id_ is not None else {}) | {"v": version}


@form
@pytest.mark.parametrize(
    ("pages", "merged", "dropped", "count"),
    [
        ([[("a", 1), ("b", 1)], [("b", 2), ("c", 1)]], "a1 b2 c1", "a1 b1 c1", 1),
        ([[("a", 1), ("a", 2)]], "a1 a2", "a1 a2", 0),
        ([[("a", 1), ("a", 2)], []], "a2", "a2", 1),
        ([[], [("a", 1)], [("a", 2)]], "a2", "a1", 1),
        ([[("a", 1), ("b", 1), ("a", 2)], [("c", 1), ("a", 3), ("c", 2)]], "a3 b1 c2", "a2 b1 c2", 3),
        ([[("a", 1)], [("a", 2)], [("a", 3)]], "a3", "a1", 2),
        ([[("a", 1)], [], [("b", 1)]], "a1 b1", "a1 b1", 0),
        ([[(None, 1), (None, 2), ("a", 1)], [(None, 1), ("a", 2)]], "-1 -2 a2 -1", "-1 -2 a1 -1", 1),
        ([[(None, 1)], [(None, 1)]], "-1 -1", "-1 -1", 0),
    ],
)
def test_what_came_before(form: Any, pages: list[Any], merged: str, dropped: str, count: int) -> None:
    """Merged, the later one stands at the place of the first; handed out page by page, the first stays.

    A list of one page is not looked at.
    """

    def text(records: list[Any]) -> str:
        wires = [
            json.loads(one) if isinstance(one, bytes) else one if isinstance(one, dict) else one.to_wire()
            for one in records
        ]
        return " ".join(f"{wire.get('_id', '-')}{wire['v']}" for wire in wires)

    def read() -> list[list[Any]]:
        return [form([record(id_, version) for id_, version in page]) for page in pages]

    found: list[Any] = []
    repeats = Repeats()
    for page in read():
        repeats.merge(found, page)
    assert (text(found), repeats.count) == (merged, count)
    given, again = [], []
    repeats = Repeats()
    for number, page in enumerate(read(), 1):
        repeats.drop(page, again.append, more=number < len(pages))
        given += page
    assert (text(given), repeats.count, len(again)) == (dropped, count, count)
