"""Words for the full-text index, also of scripts that are written without spaces.

SQLite's tokenizer takes 新日本受注連携 for one word, so that only its beginning would be found. Here each letter of
such a script becomes a word of its own, and a search for several of them is a search for a phrase: any part of a word
is found, of one letter too. The trigram tokenizer needs three letters, and many Japanese words have two; it would also
make the index of Latin names several times as large.
"""

from __future__ import annotations

import re
from typing import Any
from unicodedata import normalize

_MARKED = r"\u0e00-\u109f\u1780-\u17ff\u1980-\u19df\u1a20-\u1aaf"
"""Thai, Lao, Tibetan, Burmese, Khmer, and the scripts of the Tai: letters with marks, which SQLite takes for spaces."""
_UNMARKED = (
    r"\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u318f\u31a0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
"""Chinese, Japanese, Korean and Yi."""
_LETTER = re.compile(rf"[{_MARKED}{_UNMARKED}]")
_WORD = re.compile(rf"[\w{_MARKED}]+")
_PRIVATE = 0xE000 - 0x0E00


def words(text: str) -> list[str]:
    """Return the words of what somebody searches for."""
    return _WORD.findall(normalize("NFC", text))


def phrase(word: str) -> str:
    """Return what finds a word in the index: words that begin with it, or that hold it in a script without spaces."""
    found = indexed(word).replace('"', "").split()
    complete = not found or _LETTER.fullmatch(found[-1]) or "\ue000" <= found[-1] < "\uf000"
    return f'"{" ".join(found)}"' + ("" if complete else "*")


def indexed(text: Any) -> Any:
    """Return a text as it is indexed: every letter of a script without spaces is a word.

    Forms that mean the same, such as half-width and composed letters, are made the same.
    """
    if not isinstance(text, str) or text.isascii():
        return text
    return _LETTER.sub(_apart, normalize("NFKC", text))


def _apart(found: re.Match[str]) -> str:
    letter = found[0]
    if letter.isalnum() or letter > "\u1aaf":
        return f" {letter} "
    return f" {chr(ord(letter) + _PRIVATE)} "  # private characters are letters to SQLite, and marks are not
