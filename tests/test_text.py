"""Unsafe characters have one definition, and what is shown holds none of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiointegrator import _text

PACKAGE = Path(_text.__file__).parent
UNSAFE = [
    *map(chr, [*range(0x20), 0x7F, *range(0x80, 0xA0)]),
    *"\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u3164\ufeff\uffa0\ufff9\ufffe\uffff",
    *map(chr, [*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFDD0, 0xE0001, 0xE0041, 0xE007F, 0xD800, 0xDFFF]),
]
NEEDED = [
    "👨‍👩‍👧 family", "❤️‍🔥", "5️⃣ #️⃣ ©️", "🏳️‍🌈", "می‌خواهم", "क्‍ष", "ശ്‍", "辻󠄀", "ᠠ᠋", "日本語 → متجر עברית ไทย", "é ß Ж",
]  # fmt: skip
"""Names of people and companies, and emoji, with the invisible characters that they need."""
HIDING = ["pay\u200dpal", "a\ufe0f", "a\U000e0100", "🙂\ufe0f\ufe01", "🙂\u200d\u200d", " \u200c", "x\u180b"]
"""The same characters where nothing needs them."""


@pytest.mark.parametrize("char", UNSAFE, ids=lambda char: f"U+{ord(char):04X}")
def test_what_is_unsafe(char: str) -> None:
    """Controls, directions, what is not seen, and what is no character, at any place."""
    for text in (char, f"a{char}", f"{char}b", f"a{char}b"):
        assert not _text.is_safe(text)
        assert _text.printable(text) == text.replace(char, "\ufffd")


@pytest.mark.parametrize("text", NEEDED)
def test_what_a_name_needs_stays(text: str) -> None:
    """Joiners and selectors are safe where a script or an emoji takes them."""
    assert _text.is_safe(text)
    assert _text.printable(text) == text == _text.json_printable(text)


@pytest.mark.parametrize("text", HIDING)
def test_what_hides_does_not(text: str) -> None:
    """And unsafe behind letters that take none, or behind each other."""
    assert not _text.is_safe(text)
    assert "\ufffd" in _text.printable(text)


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=[])), st.integers(1, 50))
def test_printable_is_bounded_and_safe(text: str, limit: int) -> None:
    """Text is cut to its limit, can be encoded, and is safe; another time changes nothing."""
    shown = _text.printable(text, limit)
    assert len(shown) <= limit
    shown.encode()
    assert _text.is_safe(shown)
    assert _text.printable(shown) == shown


@settings(deadline=None, max_examples=50)
@given(st.recursive(st.text(st.characters(exclude_categories=[])), st.lists), st.sampled_from([None, 2, "\t"]))
def test_escaped_json_means_the_same(value: object, indent: int | str | None) -> None:
    """JSON is safe to print, but for the white space between its values, and is read as the same value."""
    shown = _text.json_printable(json.dumps(value, ensure_ascii=False, indent=indent))
    assert json.loads(shown) == value
    assert all(map(_text.is_safe, re.split("[\n\t]", shown)))


def test_lines_stay_lines() -> None:
    """Tabs and line ends stay, a carriage return alone does not."""
    assert _text.printable_lines("a\tb\r\nc\rd\x1b\n") == "a\tb\nc\ufffdd\ufffd\n"


def test_there_is_one_definition() -> None:
    """No other module of the package lists characters that turn the direction of writing or control a terminal."""
    listing = re.compile(r"\\x9f|\\u202[a-e]|\\u206[0-9]|\\ufeff", re.IGNORECASE)
    sources = [path for path in PACKAGE.rglob("*.py") if listing.search(path.read_text(encoding="utf-8"))]
    # what shows nothing before a formula of a spreadsheet is another question
    assert {path.name for path in sources} == {"_text.py", "csv.py"}


def test_controls_are_a_part_of_it() -> None:
    """What no address may have is unsafe to show too, and a name may have the rest."""
    chars = list(map(chr, range(0x110000)))
    controls = {char for char in chars if _text.has_controls(char)}
    assert {"\0", "\n", "\x7f", "\x9b", "\u2028", "\u202e", "\ud800"} <= controls
    assert not any(map(_text.is_safe, controls))
    assert not any(map(_text.has_controls, ["a\u200bb", "pay\u200dpal", "\ufeff", "\U000e0001"]))
