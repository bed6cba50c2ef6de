"""What a key says about its value: that it is secret, personal, captured data, a reference, or nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from .secret_contexts import CONTEXTS, JOINED, flat
from .secret_rules import RULES

PEOPLE = frozenset(
    {
        "sharedwithuser", "byuser", "user", "owner", "createdby", "lastmodifiedby", "invitedby", "sharedbyuser",
        "resolvedby", "assignedto", "canceledby", "updatedby", "deletedby",
    }
)  # fmt: skip
"""Keys whose objects are people."""
PERSONAL = frozenset(
    {
        "name", "firstname", "lastname", "middlename", "givenname", "familyname", "surname", "nickname", "fullname",
        "displayname", "username", "phone", "phonenumber", "mobile", "picture", "avatar", "avatarurl", "birthday",
        "address", "street", "city", "zip", "postalcode",
    }
)  # fmt: skip
"""What is personal in such an object; e-mail addresses are personal everywhere."""
PLAIN_WITHIN = frozenset(
    {
        "location", "headername", "paramname", "parametername", "scheme", "type", "granttype", "method",
        "maskedvalue", "publickey",
    }
)  # fmt: skip
"""What says where and how in an object that is secret, `token: {"token": ..., "location": "header"}`, or is public."""


def _spellings(*names: str) -> Iterator[str]:
    """The usual spellings of names in camel case: fieldId, FieldId, field_id, field-id, fieldid, and in capitals."""
    for name in names:
        snake = re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
        for one in (name, name[0].upper() + name[1:], snake, snake.replace("_", "-"), name.lower()):
            yield from (one, one.upper())


NAMES = frozenset(_spellings("name", "key", "id", "header", "generate", "fieldId", "field", "parameter", "label"))
"""Where an entry of a list has its name, such as a header's: `{"name": "Authorization", "value": ...}`."""
PATHS = frozenset(_spellings("path", "fieldPath"))
"""Where an entry says which field of a record it is about: audit entries, JSON Patch, presets of connectors."""
VALUES = frozenset(_spellings("value", "values", "defaultValue", "default", "hardCodedValue", "oldValue", "newValue"))
"""Where an entry has its value."""


class KeyKind(Enum):
    """What a key says about its value."""

    PLAIN = "nothing"
    SECRET = "it is secret"  # noqa: S105 - a word
    LINE = "it is secret up to the end of its line"
    SEALED = "everything in it is secret"
    CONTEXT = "it is secret in some objects"
    REFERENCE = "it names another record"
    PLAIN_WITHIN = "it is not secret, not even in a secret object"
    PEOPLE = "it is a person"
    PERSONAL = "it is personal in the object of a person"
    EMAIL = "it is the address of a person"
    CAPTURED = "it is data of a customer: a sample, a mock, a test"


SECRET_KINDS = (KeyKind.SECRET, KeyKind.LINE, KeyKind.SEALED)

_ENDINGS = "|".join(dict.fromkeys([*(rule.what for rule in RULES if rule.by == "ending"), *JOINED]))
_ENDING = re.compile(rf"(?:{_ENDINGS})(?:value|string|text|hash|plain|encrypted|base64|confirm(?:ation)?)?s?\d*$")
_WHOLE = frozenset(rule.what for rule in RULES if rule.by == "name")
_LAST_WORDS = frozenset(rule.what for rule in RULES if rule.by == "word")
_LINE = re.compile(r"(?:authorization|cookie)s?$")
_REFERENCE = re.compile(r"_(?:id|\w*Ids?)")
_STEP = re.compile(r"[^\s./\[\]'\"]+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_EMAIL_KEY = re.compile(r"emails?(?:address(?:es)?)?$")
_CAPTURED = re.compile(
    r"(?:^| )(?:sample|mock|test|raw) ?(?:request|response|input|output)? ?"
    r"(?:data|inputs?|outputs?|requests?|responses?|records?|rows?|pages?|headers?|query ?params?|body|payloads?)$"
)


@lru_cache(16384)
def kind_of_key(key: str) -> KeyKind:
    """Return what a key says about its value."""
    if _REFERENCE.fullmatch(key):
        return KeyKind.REFERENCE
    if not key.isascii():
        key = unicodedata.normalize("NFKC", key)
    name = flat(key)
    words = [word.lower() for word in _WORDS.findall(key)]
    if words and words[-1] == "encrypted":
        return KeyKind.SEALED
    if _ENDING.search(name) or name in _WHOLE or (words and _is_word(words[-1])):
        return KeyKind.LINE if _LINE.search(name) else KeyKind.SECRET
    if name in CONTEXTS:
        return KeyKind.CONTEXT
    return _kind_for_people(name, words)


@lru_cache(4096)
def steps_of(path: str) -> tuple[tuple[str, KeyKind], ...]:
    """Return the keys of a path such as `http.headers[0].value` or `/http/headers/0/value`, each with its kind."""
    return tuple((step, kind_of_key(step)) for step in _STEP.findall(path))


def _kind_for_people(name: str, words: list[str]) -> KeyKind:
    if _EMAIL_KEY.search(name):
        return KeyKind.EMAIL
    for names, kind in ((PLAIN_WITHIN, KeyKind.PLAIN_WITHIN), (PEOPLE, KeyKind.PEOPLE), (PERSONAL, KeyKind.PERSONAL)):
        if name in names:
            return kind
    return KeyKind.CAPTURED if _CAPTURED.search(" ".join(words)) else KeyKind.PLAIN


def _is_word(word: str) -> bool:
    return word in _LAST_WORDS or word.removesuffix("s") in _LAST_WORDS


def is_secret(key: object) -> bool:
    """Return whether the value of a key is secret, whatever object it is in."""
    return type(key) is str and kind_of_key(key) in SECRET_KINDS
