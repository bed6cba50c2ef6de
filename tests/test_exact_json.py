"""JSON whose numbers are written back as they came."""

from __future__ import annotations

import copy
import json
import math
import pickle
import time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from aiointegrator import _exact_json
from aiointegrator._exact_json import Number, WholeNumber

NUMBERS = ["1e400", "-1e400", "1.10", "0.30000000000000004441", "1E5", "1e-7", "-0", "-0.00", "3.00", "1E-400"]
_number = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)
_space = st.sampled_from(["", " ", "\n", "\t "])
relaxed = hypothesis_settings(deadline=None, max_examples=500)


@relaxed
@given(st.lists(_number, max_size=4), st.text(alphabet='ab01.eE-",\\ '), _space)
def test_every_number_is_written_as_it_came(numbers: list[str], text: str, space: str) -> None:
    """Whatever stands around it; a body of which `differs` says no holds no number that Python writes otherwise."""
    between = f"{space},{space}"
    body = f'{{"t":{json.dumps(text)}{between}"n":{space}[{between.join(numbers)}]}}'
    written = _exact_json.write(_exact_json.read(body))
    assert written == f'{{"t":{json.dumps(text, ensure_ascii=False)},"n":[{",".join(numbers)}]}}'
    if not _exact_json.differs(body.encode()):
        assert json.dumps(json.loads(body)["n"], separators=(",", ":")) == f"[{','.join(numbers)}]"


@pytest.mark.parametrize("text", ["1.10", "1e5", "-0", "3.00"])
def test_a_number_alone(text: str) -> None:
    """It may end with the text."""
    assert _exact_json.write(_exact_json.read(text)) == text


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"2026-11-20T10:00:00.000Z","b":"x1.10","c":0.5,"d":3.0,"e":12345678901234567890123,"f":-0.0,"g":-1}',
        b'{"a":"costs 1.5, or 2.25 ","id":"5e12","b":1e16}'.replace(b"1e16", b"1e+16"),
        b'{"a":"v 2026-0, apple5 , x-0 "}',
    ],
)
def test_the_quick_way_is_taken_for_ordinary_records(body: bytes) -> None:
    """Timestamps, ids, versions and plain numbers are no reason for the slow one."""
    assert not _exact_json.differs(body)


def test_many_suspects_are_not_looked_at_one_by_one() -> None:
    """After a thousand the slow way is quicker."""
    assert _exact_json.differs(b"[" + b"12.345678," * 2000 + b"1]")
    assert not _exact_json.differs(b"[" + b"12.345678," * 500 + b"1]")


@pytest.mark.parametrize("text", NUMBERS)
def test_it_is_a_float_or_an_int_to_everybody(text: str) -> None:
    """It calculates, compares, hashes, formats, copies and pickles as one."""
    [number] = _exact_json.read(f"[{text}]")
    plain = int(text) if text == "-0" else float(text)
    assert type(number) is (WholeNumber if text == "-0" else Number)
    assert isinstance(number, type(plain))
    assert (number, number + 1, hash(number), f"{number:.3f}") == (plain, plain + 1, hash(plain), f"{plain:.3f}")
    assert (repr(number), str(number), _exact_json.text_of(number)) == (text, text, text)
    for same in (copy.copy(number), copy.deepcopy(number), pickle.loads(pickle.dumps(number))):
        assert (type(same), same.text) == (type(number), text)
    json.dumps([number])


def test_a_whole_number_of_thousands_of_digits() -> None:
    """Python reads no such int; it counts as infinite, and is written as it came."""
    digits = "9" * 5000
    [number] = _exact_json.read(f"[{digits}]")
    assert math.isinf(number)
    assert _exact_json.write([number]) == f"[{digits}]"


@pytest.mark.parametrize("text", ["", "1_0", " 1", "1.", ".5", "inf", "0x1", "01", '1","x":"', "NaN", "١"])
@pytest.mark.parametrize("kind", [Number, WholeNumber])
def test_no_other_text_can_be_written_as_a_number(kind: type, text: str) -> None:
    """What it remembers goes into JSON as it stands."""
    with pytest.raises(ValueError):
        kind(text)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_are_not_json_where_it_counts(constant: str) -> None:
    """`read` takes what the standard library takes, unless it is strict."""
    assert not math.isfinite(_exact_json.read(f"[{constant}, 1.10]")[0])
    for rest in ("1", "1.10", "9" * 5000):
        with pytest.raises(ValueError, match="is not JSON"):
            _exact_json.read(f"[{constant}, {rest}]", strict=True)


def test_hostile_digits_are_quick() -> None:
    """Looking for numbers takes a time that grows with the body, not with its square."""
    begun = time.perf_counter()
    for piece in (b"9" * 3999 + b",", b"1." + b"9" * 3999 + b"x", b"-0", b"e1", b"9" * 10**6 + b"-0,", b"1e5 "):
        body = piece * (2_000_000 // len(piece))
        _exact_json.differs(body)
        _exact_json.has_long_number(body)
    assert time.perf_counter() - begun < 5


def test_what_is_no_json_stays_so() -> None:
    """With a long number in it, too."""
    with pytest.raises(ValueError):
        _exact_json.read("[" + "9" * 5000)
    with pytest.raises(ValueError):
        _exact_json.read(b"[\xff]")
