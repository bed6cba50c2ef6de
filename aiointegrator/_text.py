"""Show text of others safely: the project's one definition of unsafe characters, and the functions that replace them.

Text of an account, of the server or of a file is untrusted. Unsafe characters are those that a terminal, a browser or
a reader's eye obeys or does not see:

- control characters (C0, DEL, C1), line and paragraph separators, and what turns the direction of writing;
- what is not seen and so hides text: zero-width spaces, fillers, soft hyphens, tags, annotation marks;
- lone surrogates and noncharacters, which no encoding or page can hold.

Three groups are invisible too, but real names need them. They are safe directly after a character that takes them, and
unsafe anywhere else:

- joiners (U+200C, U+200D) after letters of scripts that join (Persian, Hindi, …) and after emoji;
- variation selectors (U+FE00 to U+FE0F) after symbols, emoji, digits, # and *, and letters outside of Latin, Greek and
  Cyrillic; those of ideographs (U+E0100 to U+E01EF) after ideographs;
- Mongolian selectors (U+180B to U+180F) after Mongolian letters.

So emoji keep their form, but for the flags of England, Scotland and Wales, which are made of tags.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"

_OBEYED = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f"
_UNSEEN = (
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u200b\u2060-\u2065\u3164\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_NO_CHARACTER = r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_JOINERS, _SELECTORS, _MONGOLIAN = r"\u200c\u200d", r"\ufe00-\ufe0f", r"\u180b-\u180f"
_IDEOGRAPHIC = r"\U000e0100-\U000e01ef"
_OTHER_SCRIPTS = (
    r"\u0620-\u115e\u1161-\u17b3\u17b6-\u180a\u1810-\u1fff\u2070-\u3163\u3165-\ud7ff\uf900-\ufdcf\ufdf0-\ufdff"
    r"\ufe70-\ufefc\uff01-\uff9f\uffa1-\uffdf\U00010000-\U0001bc9f\U0001bca4-\U0001d172\U0001d17b-\U000dffff"
)
"""What may stand before a joiner or a selector; none of it is unsafe itself."""

_CONTROLS = re.compile(rf"[{_OBEYED}\ud800-\udfff]")
_PLAIN = re.compile(f"[^{_OBEYED}{_UNSEEN}{_NO_CHARACTER}{_JOINERS}{_SELECTORS}{_MONGOLIAN}\U00010000-\U0010ffff]*+")
"""A text in which nothing needs a closer look: six times as fast as a search for `UNSAFE`, since what is above U+FFFF
costs a regular expression several comparisons for each character."""
UNSAFE = re.compile(
    f"[{_OBEYED}{_UNSEEN}{_NO_CHARACTER}]"
    rf"|(?<![{_OTHER_SCRIPTS}\ufe0f])[{_JOINERS}]"
    rf"|(?<![{_OTHER_SCRIPTS}0-9#*\xa9\xae\u203c\u2049])[{_SELECTORS}]"
    rf"|(?<![\u1820-\u18aa])[{_MONGOLIAN}]"
    rf"|(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[{_IDEOGRAPHIC}]"
)
"""One unsafe character. Ask `is_safe` first, which is quicker."""
_JSON_BLANKS = frozenset("\t\n\r")


def is_safe(text: str) -> bool:
    """Return whether the text has no unsafe character; a tab and a line end are unsafe too."""
    if text.isascii():
        return text.isprintable()
    return _PLAIN.fullmatch(text) is not None or UNSAFE.search(text) is None


def has_controls(text: str) -> bool:
    """Return whether the text has a character that no id, address or parameter has.

    These are control characters, line ends, what turns the direction of writing, and lone surrogates. Other unsafe
    characters are encoded and sent: a name may have them.
    """
    return not (text.isascii() and text.isprintable()) and _CONTROLS.search(text) is not None


def printable(value: object, limit: int | None = None) -> str:
    """Return a value as one line of text in which each unsafe character is U+FFFD.

    Args:
        value: a text, or anything that `str` makes one of.
        limit: the most characters; a longer text ends in an ellipsis.
    """
    text = str(value)
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    return text if is_safe(text) else UNSAFE.sub(REPLACEMENT, text)


def printable_lines(text: str) -> str:
    """Return a text of several lines as `printable` would return each; tabs stay, and line ends become `\\n`."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)


def json_printable(text: str) -> str:
    """Return JSON text with each unsafe character as its `\\u` escape, so that it means the same value.

    Unsafe characters can only stand inside of JSON strings; the white space between values stays.
    """
    return text if is_safe(text) else UNSAFE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if char in _JSON_BLANKS:
        return char
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


# Text of the server

TEXT_LIMIT = 500

_URL = re.compile(r"https?:(?:\\?/){2}[^\s\"'<>]*", re.IGNORECASE)


def shown(text: str, limit: int) -> str:
    """Text of the server as a message may show it: `printable`, and addresses without their query.

    What makes a signed address a credential stands in its query.
    """
    return printable(without_queries(text), limit)


def without_queries(text: str) -> str:
    """The text with the query of every address in it left out."""
    if "?" not in text:
        return text
    return _URL.sub(_without_query, text)  # each address is read once: a pattern up to the `?` would try them all again


def _without_query(found: re.Match[str]) -> str:
    path, mark, _ = found[0].partition("?")
    return f"{path}?…" if mark else path
