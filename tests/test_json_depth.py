"""JSON of any depth is read and written without a change."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiointegrator._exact_json import DEPTH, AsWritten, objects, read, read_kept, read_plain, write
from aiointegrator._json_depth import is_deeper

NUMBERS = ["1.10", "-0", "1e400", "-1E+5", "12345678901234567890.5", "9" * 5000]


@pytest.mark.parametrize("text", NUMBERS)
def test_sqlite_stores_the_digits_of_a_number(text: str) -> None:
    """As text, since it would change the number."""
    with closing(sqlite3.connect(":memory:")) as base:
        assert base.execute("SELECT ?, typeof(?1)", (read(text),)).fetchone() == (text, "text")


def test_what_is_kept_as_text() -> None:
    """Is equal to the same text alone: `read_kept` tells 1, 1.0, 1e0 and "1" apart."""
    values = read_kept('[1,1.0,1e0,"1",true,1]')
    assert [sum(one == other for other in values) for one in values] == [2, 1, 1, 1, 1, 2]
    assert write(values) == '[1,1.0,1e0,"1",true,1]'
    assert len({AsWritten("1"), AsWritten("1"), "1"}) == 2


def test_styles() -> None:
    """As `json.dumps` has them, with numbers unchanged; what JSON does not know is shown as Python shows it."""
    value = read('{"b":1.10,"a":"é"}')
    assert write(value, indent=2, separators=None) == '{\n  "b": 1.10,\n  "a": "é"\n}'
    assert write(value, sort_keys=True, ensure_ascii=True) == '{"a":"\\u00e9","b":1.10}'
    assert write({"a": {1}}) == '{"a":"{1}"}'


def nested(levels: int, opened: str, closed: str, inside: str = "1.10") -> str:
    return f'{{"_id":"x","odd":"]}}\\"{{\\\\","deep":{opened * levels}{inside}{closed * levels},"end":[{{"a":2}}]}}'


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}"), ('["]",{"[\\\\":', "}]")])
@pytest.mark.parametrize("levels", [3, DEPTH - 2, DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH, 1_200, 20_000])
def test_no_depth_is_too_much(levels: int, opened: str, closed: str) -> None:
    """What is below `DEPTH` levels is kept as text; plain values have any depth, and are written again."""
    text = nested(levels, opened, closed)
    value = read(text)
    assert write(value) == text
    assert list(value) == ["_id", "odd", "deep", "end"]
    assert value["end"] == [{"a": 2}]
    plain = read_plain(text)
    assert plain["end"] == [{"a": 2}]
    assert write(plain) == text.replace("1.10", "1.1")
    assert deepest(value) <= DEPTH


def deepest(value: Any) -> int:
    """How many levels a value has, without recursion."""
    level, here = 0, [value]
    while here:
        inside = [one for one in here if type(one) in (dict, list)]
        here = [item for one in inside for item in (one.values() if type(one) is dict else one)]
        level += bool(inside)
    return level


def test_a_value_that_holds_itself_ends() -> None:
    """In an error; one that stands in two places does not."""
    read("[1.10]")  # from now on `write` looks for numbers, before json does for circles
    circle: dict[str, Any] = {}
    circle["a"] = [circle]
    with pytest.raises(ValueError):
        write(circle)
    twice = read_plain(nested(1_200, "[", "]"))
    assert write([twice, twice]).count("_id") == 2


def test_many_brackets_are_not_deep() -> None:
    """Nor are brackets in texts."""
    for text in ("[" + "[[]]," * 900 + "[]]", json.dumps("[" * 900), json.dumps({"[" * 500: "\\" * 500 + '"{' * 300})):
        assert not is_deeper(text, DEPTH)
        assert read(text) == json.loads(text)


@settings(deadline=None, max_examples=50)
@given(st.integers(150, 260), st.sampled_from(["[", '{"a":', '["]",', '{"\\"[":', "[{},", '["\\\\",[[]],']))
def test_depth_is_counted(levels: int, opened: str) -> None:
    """Exactly, whatever stands between the brackets."""
    text = opened * levels + "0" + ("]" if opened[0] == "[" else "}") * levels
    most = level = 0
    for one in outside(text):
        level += 1 if one in "[{" else -1
        most = max(most, level)
    assert json.loads(opened + "0" + ("]" if opened[0] == "[" else "}"))
    assert is_deeper(text, DEPTH) == (most > DEPTH)


def outside(text: str) -> str:
    """The brackets of JSON that are in no text."""
    found, inside, escaped = "", False, False
    for one in text:
        if inside:
            inside, escaped = one != '"' or escaped, one == "\\" and not escaped
        elif one == '"':
            inside = True
        elif one in "[]{}":
            found += one
    return found


@pytest.mark.parametrize(
    "text",
    ["[" * 500, "]" * 500, "[" * 500 + "]" * 499, "[" * 500 + "]" * 501, '{"a":' * 300, "[" * 300 + '"' + "a" * 99_999],
)
def test_what_is_no_json(text: str) -> None:
    """Is refused at any depth, in no time."""
    for reader in (read, read_plain, read_kept):
        with pytest.raises(ValueError):
            reader(text)


def test_the_objects_of_a_list() -> None:
    """Their texts, of any depth; what is no list of objects is refused."""
    deep = nested(1_200, "[", "]")
    assert objects(f' [ {deep} , {{"a":"}}"}},{{}}] ', json.loads) == [deep, '{"a":"}"}', "{}"]
    assert objects("[]", json.loads) == []
    for text in ("{}", "[1]", "[{},1]", "[[]]", "[{}", f"[{deep[:-1]}]", f"[{nested(300, '{', '}', '')}]"):
        with pytest.raises(ValueError):
            objects(text, json.loads)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=[])),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
)


@settings(deadline=None, max_examples=50)
@given(JSON)
def test_what_python_writes_comes_back(value: Any) -> None:
    """Ordinary values are read as `json.loads` reads them, and written compactly as `json.dumps` writes them."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert write(read(text)) == text == write(read_plain(text))
