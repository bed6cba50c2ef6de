"""Records keep what came, and shapes read what operations answer."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from aiointegrator import _wire
from aiointegrator._decoding.shapes import Items, Shape, any_of, items, maybe, nothing, one, one_or_none, steps
from aiointegrator.models._base import Id, Maybe, ParsedTime, Record


class Step(Record):
    id: Maybe[str] = Field(None, alias="_id")
    kind: Maybe[str] = Field(None, alias="type")


class Thing(Record):
    """A record with every kind of field that the generated models have."""

    id: Id = Field("", alias="_id")
    name: Maybe[str] = None
    integration_id: Maybe[str] = Field(None, alias="_integrationId")
    disabled: Maybe[bool] = None
    count: Maybe[int] = None
    share: Maybe[int | float] = None
    tags: Maybe[list[str]] = None
    step: Maybe[Step] = None
    steps: Maybe[list[Step]] = None
    by_name: Maybe[dict[str, Step]] = Field(None, alias="byName")
    created_at: Maybe[str] = Field(None, alias="createdAt")
    created_at_datetime = ParsedTime("created_at")
    settings: Any = None


HOSTILE = [
    "{}",
    '{"_id": "5f1", "name": "N", "_integrationId": "i", "disabled": false, "count": 3, "tags": ["a"]}',
    '{"_id": null, "name": null, "_integrationId": null, "disabled": null, "steps": null, "settings": null}',
    '{"_id": 5, "name": {"en": "x"}, "disabled": "false", "count": "3", "tags": "a", "createdAt": 17}',
    '{"_id": ["x"], "steps": {"a": 1}, "step": "none", "byName": []}',
    '{"steps": [{"_id": "s", "type": "t", "more": [1]}, null, 7, "x", {}]}',
    '{"steps": [{"_id": 1, "type": "x", "id": "shadow", "kind": "shadow"}]}',
    '{"step": {"unknown": {"deep": [{"deeper": null}]}}, "byName": {"": {"type": "t", "kind": "k"}}}',
    '{"integration_id": "shadow"}',
    '{"integration_id": "shadow", "_integrationId": "real"}',
    '{"id": "shadow"}',
    '{"id": "shadow", "_id": "real", "created_at": "shadow", "created_at_datetime": "shadow"}',
    '{"model_dump": 1, "to_wire": 2, "copy": 3, "json": 4, "model_config": {}, "model_fields": [], "self": 5}',
    '{"__class__": "x", "__dict__": {}, "__pydantic_extra__": {"a": 1}, "__pydantic_fields_set__": []}',
    '{"_private": 1, "__v": 0, "": "empty", "a b": 1, "\\u0000": 2, "\\ud83d\\ude00": 3, "class": 4}',
    '{"count": 9007199254740993, "other": 123456789012345678901234567890}',
    '{"count": 3.0, "share": 3, "settings": {"a": 3.0, "b": 3, "c": -0.0, "d": 1e300}}',
    '{"count": true, "share": false, "disabled": 0, "name": true}',
    '{"share": 3.0, "share2": 0.1}',
    '{"share": "3", "count": 1e2}',
    '{"createdAt": "2026-11-20T10:00:00.000Z", "x": "2026-11-20T10:00:00Z"}',
    '{"settings": [[[[{}]]]], "tags": [], "steps": [], "byName": {}, "step": {}}',
    '{"settings": "********", "tags": ["a", 1, null]}',
    '{"name": "  spaces \\u2028 \\ufeff ü 漢 \\u0007 "}',
]


def exactly(value: object) -> str:
    """A text that tells 3 from 3.0, true from 1, and null from absent."""
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_record_is_written_back_as_it_came(text: str) -> None:
    """Whatever the server sent, a record is written back with exactly the fields and values that it had."""
    record = one(Thing).parse(text.encode())
    assert exactly(record.to_wire()) == exactly(json.loads(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_record_is_written_back_inside_lists_too(text: str) -> None:
    """The same in a list, in an envelope, alone, and through the request body."""
    value = json.loads(text)
    shape = items(Thing, under="things")
    assert exactly(shape.parse(f"[{text}]".encode())[0].to_wire()) == exactly(value)
    record = shape.parse(f'{{"things": [{text}]}}'.encode())[0]
    assert exactly(record.to_wire()) == exactly(value)
    assert exactly(json.loads(_wire.body(record) or b"")) == exactly(value)
    assert exactly(pickle.loads(pickle.dumps(record)).to_wire()) == exactly(value)


_numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_json = st.recursive(
    st.none() | st.booleans() | _numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
_names = [f.alias or n for n, f in Thing.model_fields.items()] + list(Thing.model_fields) + ["type", "kind"]


@hypothesis_settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(_names) | st.text(), _json))
def test_any_object_is_written_back_as_it_came(value: dict[str, Any]) -> None:
    """Any JSON object whatever can be read as a record and is written back as it came."""
    for name, field in Thing.model_fields.items():  # the one case that cannot be told, see Record.to_wire
        assume(not (name in value and field.alias in value and value[field.alias] == field.default))
    text = json.dumps(value)
    assert exactly(one(Thing).parse(text.encode()).to_wire()) == exactly(json.loads(text))


def test_what_did_not_come_is_none() -> None:
    """An absent field reads as None, an absent `_id` as "", and neither is written back."""
    record = one(Thing).parse(b"{}")
    assert (record.id, record.name, record.steps, record.settings) == ("", None, None, None)
    assert record.to_wire() == {}


def test_typed_parts_are_typed() -> None:
    """Where the server sends what is described, nested records are records."""
    record = one(Thing).parse(b'{"step": {"type": "a"}, "steps": [{"type": "b"}], "byName": {"x": {"type": "c"}}}')
    assert record.step is not None
    assert record.steps is not None
    assert record.by_name is not None
    assert (record.step.kind, record.steps[0].kind, record.by_name["x"].kind) == ("a", "b", "c")


def test_a_name_of_ours_is_data_of_theirs() -> None:
    """A key that looks like one of our attributes neither fills the attribute nor hides a method."""
    record = one(Thing).parse(b'{"integration_id": "x", "to_wire": 1, "id": "y"}')
    assert record.integration_id is None
    assert record.id == ""
    assert callable(record.to_wire)
    assert record.model_extra == {"integration_id": "x", "to_wire": 1, "id": "y"}


def test_unknown_fields_can_be_read() -> None:
    """A field that we do not know is an attribute under the server's own name."""
    record: Any = one(Thing).parse(b'{"brandNew": {"a": 1}}')
    assert record.brandNew == {"a": 1}


def test_records_are_made_by_python_names() -> None:
    """A record for a request is made by Python names, and goes out under the server's."""
    record = Thing(name="N", integration_id="i", steps=[Step(kind="t")], by_name={"k": Step(id="s")})
    assert record.to_wire() == {
        "name": "N",
        "_integrationId": "i",
        "steps": [{"type": "t"}],
        "byName": {"k": {"_id": "s"}},
    }


def test_an_explicit_none_is_null() -> None:
    """None that was given is sent as null; what was not given is not sent."""
    assert Thing(name=None).to_wire() == {"name": None}


@pytest.mark.parametrize("attribute", ["id", "name", "created_at_datetime", "brandNew"])
def test_records_are_frozen(attribute: str) -> None:
    """A record cannot be changed, neither fields that we know nor others."""
    record = one(Thing).parse(b'{"_id": "x", "brandNew": 1}')
    with pytest.raises((ValidationError, AttributeError)):
        setattr(record, attribute, "new")
    with pytest.raises((ValidationError, AttributeError)):
        delattr(record, attribute)
    assert record.to_wire() == {"_id": "x", "brandNew": 1}


def test_to_wire_gives_a_value_of_its_own() -> None:
    """Changing what `to_wire` gave does not change the record."""
    record = one(Thing).parse(b'{"settings": {"a": [1]}, "tags": ["t"], "new": {"b": [2]}}')
    wire = record.to_wire()
    wire["settings"]["a"].append(2)
    wire["tags"].append("u")
    wire["new"]["b"].append(3)
    assert record.to_wire() == {"settings": {"a": [1]}, "tags": ["t"], "new": {"b": [2]}}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T10:00:00.123Z", datetime(2026, 11, 20, 10, 0, 0, 123000, UTC)),
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T12:00:00+02:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20", None),
        ("20261120", None),
        ("2026-13-20T10:00:00Z", None),
        ("2026-11-20Tsoon", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-31T23:59:59-05:00", None),
        ("", None),
        ("yesterday", None),
        (None, None),
        (1732096800000, None),
        ({"$date": 1}, None),
        (True, None),
    ],
)
def test_timestamps_are_text_with_a_time_beside(text: object, moment: datetime | None) -> None:
    """A timestamp stays the text that came; beside it stands the time in UTC, or None where it is none."""
    record = one(Thing).parse(json.dumps({"createdAt": text}).encode())
    assert record.created_at == text
    assert record.created_at_datetime == moment
    if record.created_at_datetime:
        assert record.created_at_datetime.tzinfo is UTC


def test_an_absent_time_is_none() -> None:
    """Where no timestamp came, there is no time either; and the class itself has none."""
    assert Thing().created_at_datetime is None
    assert Thing.created_at_datetime is None
    assert "created_at_datetime" not in Thing.model_fields


# Shapes

ONE = b'{"_id": "a", "more": 1}'
EMPTY = [b"", b" ", b"\r\n"]
WORDS = [b"OK", b"Created", b" OK\n"]
BROKEN = [b"{", b'{"a":', b"<html>", b"\xff\xfe", b"nul", b"[1", b'{"a":1} x']


@pytest.mark.parametrize("body", [*EMPTY, *WORDS, *BROKEN, b"[]", b"[{}]", b"null", b"1", b'"x"', b"true"])
def test_one_is_an_object_and_nothing_else(body: bytes) -> None:
    """Where one record is the answer, anything but an object is a ValueError."""
    with pytest.raises(ValueError):
        one(Thing).parse(body)


def test_one() -> None:
    """An object is read as the record."""
    assert one(Thing).parse(ONE).id == "a"


@pytest.mark.parametrize("body", WORDS)
def test_maybe_nothing(body: bytes) -> None:
    """Where an answer may be empty, no body and a word such as OK both mean None."""
    assert maybe(Thing).parse(body) is None
    assert maybe(Thing).empty() is None


@pytest.mark.parametrize("body", [*EMPTY, *WORDS])
def test_what_was_made_must_be_named(body: bytes) -> None:
    """Where None means that nothing was made, only 204 says so."""
    assert one_or_none(Thing).empty() is None
    with pytest.raises(ValueError):
        one_or_none(Thing).parse(body)


def test_who_may_be_blank() -> None:
    """Writes and steps whose answers are empty at times; never a list, a record, or what was made."""
    blank = (maybe(Thing), nothing(), steps(Thing, "steps"))
    not_blank = (one(Thing), one_or_none(Thing), items(Thing), items(Thing, "audit"), any_of(Thing), any_of(Thing, {}))
    assert all(shape.may_be_blank for shape in blank)
    assert not any(shape.may_be_blank for shape in not_blank)


def test_maybe_an_object() -> None:
    """Where an answer may be empty and is not, it is the record."""
    record = maybe(Thing).parse(ONE)
    assert record is not None
    assert record.to_wire() == {"_id": "a", "more": 1}


@pytest.mark.parametrize("body", [*EMPTY, *BROKEN, b"[]", b"1", b"NaN", b'"<html>"'])
def test_maybe_is_no_excuse(body: bytes) -> None:
    """A broken answer is not taken for an empty one."""
    with pytest.raises(ValueError):
        maybe(Thing).parse(body)


def test_nothing_takes_no_page() -> None:
    """Some gateway's login page says nothing about what was asked."""
    with pytest.raises(ValueError):
        nothing().parse(b" <!DOCTYPE html>")


@pytest.mark.parametrize("body", [*EMPTY, *WORDS, ONE, b"[]", b"null", b"{", b"x\xff"])
def test_nothing_takes_anything(body: bytes) -> None:
    """Where nothing is expected, anything will do."""
    nothing().parse(body)


@pytest.mark.parametrize("under", [None, "audit"])
@pytest.mark.parametrize("body", [b"[]", b" [ ] "])
def test_an_empty_list(body: bytes, under: str | None) -> None:
    """An empty array is an empty list, and so is an answer that has no body by its status."""
    for found in (items(Thing, under).parse(body), items(Thing, under).empty()):
        assert isinstance(found, Items)
        assert (list(found), found.beside) == ([], {})


@pytest.mark.parametrize("body", EMPTY)
def test_a_body_that_did_not_come_is_no_empty_list(body: bytes) -> None:
    """The connection may have ended before it."""
    with pytest.raises(ValueError):
        items(Thing).parse(body)


@pytest.mark.parametrize("under", [None, "audit"])
@pytest.mark.parametrize(
    ("body", "ids", "beside"),
    [
        (b'[{"_id": "a"}, {"_id": "b"}]', ["a", "b"], {}),
        (b'{"_id": "a", "more": 1}', ["a"], {}),
        (b'{"items": [{"_id": "a"}]}', ["a"], {}),
        (b'{"items": [{"_id": "a"}], "total": 7}', ["a"], {"total": 7}),
        (b'{"items": []}', [], {}),
    ],
)
def test_every_way_to_send_a_list(body: bytes, under: str | None, ids: list[str], beside: object) -> None:
    """An array, one record alone, and an object that holds the list all are the list."""
    found = items(Thing, under).parse(body)
    assert [record.id for record in found] == ids
    assert found.beside == beside


@pytest.mark.parametrize(
    ("body", "ids", "beside"),
    [
        (b'{"audit": [{"_id": "a"}]}', ["a"], {}),
        (b'{"audit": [{"_id": "a"}], "x": 1, "items": [2]}', ["a"], {"x": 1, "items": [2]}),
        (b'{"audit": [], "_id": "z"}', [], {"_id": "z"}),
        (b'{"audit": null, "x": 1}', [], {"audit": None, "x": 1}),
    ],
)
def test_a_list_under_its_name(body: bytes, ids: list[str], beside: object) -> None:
    """A list that has a name in an object is found under it, and what stands beside is kept."""
    found = items(Thing, "audit").parse(body)
    assert [record.id for record in found] == ids
    assert found.beside == beside


@pytest.mark.parametrize("under", [None, "audit"])
@pytest.mark.parametrize(
    "body",
    [*WORDS, *BROKEN, b"null", b"1", b'"x"', b"[1]", b"[null]", b'{"items": [1]}']
    + [b'{"errors": [{"code": "x"}]}', b'{"error": "no"}'],
)
def test_a_list_is_not_read_into_what_is_none(body: bytes, under: str | None) -> None:
    """What is neither list nor record is a ValueError, never an empty list."""
    with pytest.raises(ValueError):
        items(Thing, under).parse(body)


def test_an_unnamed_object_is_no_list() -> None:
    """An object without `_id` is no list where no name is known."""
    with pytest.raises(ValueError, match="an object came where a list was expected"):
        items(Thing).parse(b'{"x": 1}')


@pytest.mark.parametrize("body", [b'[{"b": 1, "a": 2.0}]', b'{"audit": [{"b": 1, "a": 2.0}]}'])
def test_plain_items(body: bytes) -> None:
    """A plain list holds dicts with the keys in the order sent."""
    (found,) = items(Thing, "audit").plain().parse(body)
    assert json.dumps(found) == '{"b": 1, "a": 2.0}'


def test_items_are_a_list() -> None:
    """Items compare, slice and print as a list does."""
    found = Items.of([1, 2], {"x": 1})
    assert found == [1, 2]
    assert found[:1] == [1]
    assert repr(found) == "[1, 2]"
    assert Items[int]().beside == {}


def test_items_beside_is_a_copy() -> None:
    """What stands beside belongs to the list."""
    beside = {"x": 1}
    assert Items.of([1], beside).beside is not beside


def test_any_of_with_a_meaning_for_empty() -> None:
    """Any type may be the answer, and what no body means is named."""
    assert any_of(dict[str, Any], empty={}).empty() == {}


@pytest.mark.parametrize("body", [*EMPTY, *WORDS])
def test_any_of_takes_no_word_for_it(body: bytes) -> None:
    """ "Nothing depends on it" is not read out of an answer that was cut."""
    with pytest.raises(ValueError):
        any_of(dict[str, Any], empty={}).parse(body)


@pytest.mark.parametrize("body", [b'{"warnings": ["w"]}', b"{}", b'{"done": true}'])
def test_steps_may_be_another_object(body: bytes) -> None:
    """What a step's answer says instead of steps stands beside an empty list."""
    found = steps(Thing, "steps").parse(body)
    assert (list(found), found.beside) == ([], json.loads(body))


@pytest.mark.parametrize("body", [b'{"errors": []}', b'{"error": "x"}', b"[1]", b'{"steps": 1, "error": 1}'])
def test_steps_are_not_an_error(body: bytes) -> None:
    """An object that names errors is none."""
    with pytest.raises(ValueError):
        steps(Thing, "steps").parse(body)


@pytest.mark.parametrize("body", [b'{"x": 1}', b"{}", b'{"audit": 1}', b'{"message": "no"}'])
def test_an_object_without_the_list_is_no_empty_list(body: bytes) -> None:
    """It is something else than what was asked for."""
    with pytest.raises(ValueError):
        items(Thing, "audit").parse(body)


@pytest.mark.parametrize(
    "body", [b'{"_id": NaN}', b'{"a": Infinity}', b"[-Infinity]", b'{"a": "\xff"}', b'{"a":' * 300]
)
def test_what_is_no_json_is_not_read(body: bytes) -> None:
    """NaN is none, although other readers take it; nor is text that is not UTF-8, nor a nest without end."""
    with pytest.raises(ValueError):
        one(Thing).parse(body)


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b'\xef\xbb\xbf{"more": 1}', 1),
        (b'{"more": "NaN, Infinity"}', "NaN, Infinity"),
        (b'{"more": 1, "more": 2}', 2),
        (b'{"more": 123456789012345678901234567890}', 123456789012345678901234567890),
        (b'{"more": "cut \\ud83d"}', "cut \ud83d"),
        (b'\xef\xbb\xbf{"more": "NaN"}', "NaN"),
        (b'{"more": "NaN, cut \\ud83d"}', "NaN, cut \ud83d"),
    ],
)
def test_odd_json_is_read(body: bytes, more: object) -> None:
    """A byte order mark, the word NaN in a text, or both, a key twice (the last counts), long numbers, half an emoji."""
    assert one(Thing).parse(body).to_wire()["more"] == more
    assert list(items(dict[str, Any]).parse(b"[" + body.removeprefix(b"\xef\xbb\xbf") + b"]")) == [{"more": more}]


def test_a_signed_address_is_not_in_a_repr() -> None:
    """Its query makes it a credential."""
    record = Thing.model_validate({"url": "https://storage.example/a.zip?X-Amz-Signature=canary"})
    assert "canary" not in repr(record) + str(record)
    assert "storage.example/a.zip?…" in repr(record)


@pytest.mark.parametrize("body", [*EMPTY, *WORDS, *BROKEN])
def test_any_of_without_a_meaning_for_empty(body: bytes) -> None:
    """Where an empty answer has no meaning, it is a ValueError."""
    with pytest.raises(ValueError):
        any_of(dict[str, Any]).parse(body)


def test_any_of_a_union() -> None:
    """A union is read as the member that fits."""
    shape: Shape[Any] = any_of(Thing | list[Step])
    assert isinstance(shape.parse(ONE), Thing)
    assert isinstance(shape.parse(b"[{}]")[0], Step)
    assert any_of(dict[str, list[Step]], empty={}).parse(b'{"flows": [{"_id": "a"}]}')["flows"][0].id == "a"
