"""Settings as text, without what editors, shells and secret stores put around them."""

from __future__ import annotations

import codecs
import os
import unicodedata

from .errors import ConfigurationError

_QUOTES = "\"'`“”„‟‘’‚‛«»‹›＂＇"


def bare(text: str) -> str:
    """Return the text without white space, byte order marks and other characters of no width around it."""
    begin, end = 0, len(text)
    while begin < end and _is_blank(text[begin]):
        begin += 1
    while begin < end and _is_blank(text[end - 1]):
        end -= 1
    return text[begin:end]


def unquoted(text: str) -> str:
    """Return the bare text without quotation marks around it, however many."""
    text = bare(text)
    while _is_quoted(text):
        text = bare(text[1:-1])
    return text


def without_quotes(text: str, where: str) -> str:
    """Return the bare text of a setting that may not stand in quotation marks; `where` is what a refusal calls it.

    Raises:
        ConfigurationError: it stands in quotation marks. The message does not show it.
    """
    text = bare(text)
    if _is_quoted(text):
        raise ConfigurationError(f"{where} stands in quotation marks, which would be part of the value; remove them")
    return text


def of_environment(variable: str) -> str | None:
    """Return a variable of the environment, read as UTF-8 whatever the locale says; None where it is not set."""
    value = os.environ.get(variable)
    return None if value is None else os.fsencode(value).decode("utf-8", "surrogateescape")


def of_file(data: bytes) -> str:
    """Return the text of a file: UTF-16 where its byte order mark says so, as PowerShell writes it, else UTF-8.

    Raises:
        UnicodeDecodeError: it is neither.
    """
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8")


def _is_quoted(text: str) -> bool:
    return len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"
