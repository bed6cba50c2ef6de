"""A list split into its records, undecoded: by msgspec where it is installed, and without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from aiointegrator._decoding import json_lists
from aiointegrator._decoding.json_lists import begun, slices, split
from aiointegrator._decoding.shapes import Items, items
from aiointegrator.models.flow import Flow

relaxed = hypothesis_settings(deadline=None, max_examples=100)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_records = st.lists(st.dictionaries(st.text(), _json, max_size=4), max_size=5)


@pytest.fixture(params=["with msgspec", "without"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both readers must say the same."""
    if request.param == "without":
        monkeypatch.setattr(json_lists, "_by_msgspec", lambda: None)
    elif json_lists._by_msgspec() is None:
        pytest.skip("msgspec is not installed; CI has it")


@pytest.mark.parametrize(
    ("body", "records"),
    [
        (b"[]", []),
        (b" [ ] \n", []),
        (b'[{"a":1},{"b":[1,{"c":"]},{"}]}]', [b'{"a":1}', b'{"b":[1,{"c":"]},{"}]}']),
        (b'\t[\r\n{ "a" : 1 }\n,\n{}\n]', [b'{ "a" : 1 }', b"{}"]),
        (b'[{"a":1.0,"a":2,"b":1e5}]', [b'{"a":1.0,"a":2,"b":1e5}']),
        (b'[{"a":' + b"9" * 5000 + b"}]", [b'{"a":' + b"9" * 5000 + b"}"]),
        (b'[{"a":"\\u00e9\\ud83d"}]', [b'{"a":"\\u00e9\\ud83d"}']),
        ('[{"ä":"🙂"}]'.encode(), ['{"ä":"🙂"}'.encode()]),
    ],
)
def test_records_come_byte_for_byte(either: None, body: bytes, records: list[bytes]) -> None:
    """Also numbers as written, keys twice, and half a character."""
    assert split(body) == records


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[",
        b"[{}",
        b"[{},]",
        b"[,{}]",
        b"[{} {}]",
        b"[{},,{}]",
        b"[{}] x",
        b"[{}][]",
        b"[1]",
        b'["{}"]',
        b"[null]",
        b"[[]]",
        b'[{"a":NaN}]',
        b'[{"a":-Infinity}]',
        b'[{"a":"x\ny"}]',
        b'[{"a":"\xff"}]',
        b'[{"a":"\\x"}]',
        b'[{"a":01}]',
        b'[{"a" 1}]',
        b'[{"a":1,}]',
        "[{}]".encode("utf-16"),
    ],
)
def test_what_is_no_list_of_records_is_refused(either: None, body: bytes) -> None:
    """Cut, broken, or a list of something else."""
    with pytest.raises(ValueError):
        split(body)


@relaxed
@given(_records, st.booleans(), st.sampled_from([None, 1]))
def test_both_readers_say_the_same(records: list[dict[str, Any]], ascii_only: bool, indent: int | None) -> None:
    """Every list of objects, however it is written."""
    body = json.dumps(records, ensure_ascii=ascii_only, indent=indent).encode(errors="surrogatepass")
    readers: list[Callable[[bytes], list[bytes] | None]] = [lambda body: json_lists._surely(body.decode())]
    by_msgspec = json_lists._by_msgspec()
    readers += [by_msgspec] if by_msgspec is not None else []
    for reader in readers:
        found = reader(body)
        assert found is not None
        assert [json.loads(record) for record in found] == records
        assert all(record in body for record in found)


def test_a_list_too_deep_is_refused(either: None) -> None:
    """As everywhere."""
    with pytest.raises(ValueError):
        split(b"[" * 200_000 + b"]" * 200_000)


def test_a_shape_for_raw_records(either: None) -> None:
    """A list is split, an object that holds it is written anew, and no body is no record."""
    shape = items(Flow, "flows").raw()
    assert shape.raw() is shape
    assert shape.parse(b'\xef\xbb\xbf[{"_id": "a"}]') == [b'{"_id": "a"}']
    found = shape.parse(b'{"flows": [{"_id": "a"}], "total": 1}')
    assert isinstance(found, Items)
    assert [json.loads(record) for record in found] == [{"_id": "a"}]
    assert found.beside == {"total": 1}
    assert [json.loads(record) for record in shape.parse(b'{"_id": "alone"}')] == [{"_id": "alone"}]
    assert shape.empty() == []
    for refused in (b"<html>", b'{"errors": []}', b"OK", b'"x"'):
        with pytest.raises(ValueError):
            shape.parse(refused)


_loose = hypothesis_settings(deadline=None, max_examples=100)
_texts = st.text(alphabet='{}[]",:\\ az\u00e9\U0001f600')
_braced = st.lists(st.dictionaries(_texts, _json | st.lists(st.dictionaries(_texts, _texts, max_size=2)), max_size=4))
_plain = items(Flow).plain()


def in_slices(body: bytes, size: int) -> list[Any] | None:
    """What reading slice by slice gives; None where the whole has to be read."""
    try:
        return [record for slice_ in slices(body, size) for record in _plain.parse(slice_)] or None
    except ValueError:
        return None


@_loose
@given(records=_braced, size=st.integers(1, 60), indent=st.sampled_from([None, 1]))
def test_slices_make_up_the_list(records: list[Any], size: int, indent: int | None) -> None:
    """Wherever braces and commas stand: read slice by slice it is the same list, or it has to be read whole."""
    body = json.dumps(records, indent=indent).encode()
    assert in_slices(body, size) in (None, records)


@_loose
@given(records=_braced, size=st.integers(1, 60), place=st.integers(0, 400), wrong=st.sampled_from(list('{}[]",:x')))
def test_no_slice_hides_a_mistake(records: list[Any], size: int, place: int, wrong: str) -> None:
    """A body that is no JSON is none in slices either."""
    text = json.dumps(records)
    text = text[: place % (len(text) + 1)] + wrong + text[place % (len(text) + 1) :]
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    assert in_slices(text.encode(), size) in (None, whole, [whole])


def test_ordinary_records_are_cut() -> None:
    """Not inside of their lists, nor between the braces of a text."""
    record = {"_id": "5f", "mapping": [{"a": 1}, {"b": 2}], "script": 'if (x) { say("}, {") }', "many": [[{}, {}]]}
    body = json.dumps([record] * 50).encode()
    found = list(slices(body, 500))
    assert len(found) > 8
    assert max(map(len, found)) < 800
    assert in_slices(body, 500) == [record] * 50


@pytest.mark.parametrize("body", [b"", b"{}", b'{"items":[{},{}]}', b"][", b"x[{}]", b"[{}]x", b'"[{},{}]"'])
def test_what_is_no_list_has_no_slices(body: bytes) -> None:
    """It is read whole, and says itself what it is."""
    assert list(slices(body, 1)) == []


@pytest.mark.parametrize(
    ("body", "under", "found"),
    [
        (b'[{"a":1},{"b":[{},{}]},{"c', None, 3),
        (b' [ {"a":1} , ', None, 1),
        (b'\xef\xbb\xbf[{"a":"}, {"},{', None, 2),
        (b'[{"a":"\xc3', None, 1),
        (b'[{"a":NaN},{"a":' + b"9" * 5000 + b"},{", None, 3),
        (b'[{"a":' + b"[" * 100_000, None, 1),
        (b'[{"a":1}{"a":2},', None, 2),
        (b'{"audit":[{"a":1},{"a":2}', "audit", 2),
        (b'{"total":2,"items":[{"a":1},{"a":2}', None, 2),
        (b'{"total":2,"items":[{"a":1},{"a":2}', "audit", 2),
        (b'{"_id":"a","sub":[{"a":1},{"a":2}', "audit", None),
        (b'{"_id":"a","sub":{"items":[{"a":1},{"a":2}', None, None),
        (b'{"_id":"a', None, None),
        (b"[", None, None),
        (b"[1,2,", None, None),
        (b"<html>[{", None, None),
        (b"", None, None),
    ],
)
def test_how_many_records_begin_in_a_cut_body(body: bytes, under: str | None, found: int | None) -> None:
    """Those of the list itself, however they are written; never too many."""
    assert begun(body, under) == found


def test_the_count_grows_with_what_came() -> None:
    """Wherever the body is cut: inside of lists, texts and escapes too."""
    records = [{"_id": "5f", "many": [[{}, {}], "}, {"], "text": 'a "\\" }, {"\u00e9 {'}] * 5
    body = json.dumps(records, ensure_ascii=False).encode()
    counts = [begun(body[:cut]) or 0 for cut in range(len(body) + 1)]
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2, 3, 4, 5}
    assert [counts.index(number) for number in (1, 2)] == [2, 3 + body.index(b', {"_id"', 2)]


def test_records_of_any_depth_are_split() -> None:
    """As they came; a mistake in them is found."""
    deep = b'{"_id":"d","x":' + b'[{"]":' * 3_000 + b"1.10" + b"}]" * 3_000 + b"}"
    assert split(b' [ {"a":1} , %b,{}\n]' % deep) == [b'{"a":1}', deep, b"{}"]
    for wrong in (b"[1,%b]" % deep, b"[%b}" % deep, b"[%b" % deep, b"[%b]" % deep.replace(b"1.10", b"NaN")):
        with pytest.raises(ValueError):
            split(wrong)
