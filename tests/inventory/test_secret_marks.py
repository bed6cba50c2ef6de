"""Every field that a description marks `x-secret` is hidden, wherever a record has it and whatever its value is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import aiointegrator
from aiointegrator.inventory import Redaction

REDACTION = Redaction(key="a key of the tests alone")
SECRET = "Zq7plantedQ9xKz"
SIGNED = f"https://files.example.com/t.zip?X-Amz-Date=1&X-Amz-Signature={SECRET}"
PLATFORM = {
    "AccessToken": ("token",),
    "Agent": ("accessToken",),
    "AuthorizationUrl": ("authorizationURL", "authorizationUrl", "authorize_url"),
    "IClient": (
        "oauth2", "netsuite", "salesforce", "ebay", "amazonmws", "azureserviceprincipal", "awsIam", "jwt",
    ),
    "LambdaStack": ("secretAccessKey",),
    "ServerStack": ("systemToken",),
    "SignedUrls": ("signedURLs", "signedURL"),
    "SsoClient": ("oidc",),
    "StackToken": ("systemToken", "token"),
    "UploadTarget": ("signedURL",),
}  # fmt: skip
"""Marks of schemas that our description does not have yet (developer.celigo.com and github.com/celigo/ai, seen
2026-11-27). A schema that it gets is read from there, and leaves this table."""
BESIDE = {"IClient": {"_id": "5f", "name": "App", "provider": "custom"}}
"""What the records of a schema have beside a field that is secret in them only."""
Path_ = tuple[str, ...]


def _description() -> dict[str, Any]:
    path = Path(aiointegrator.__file__).parent / "openapi.yaml"
    schemas: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["components"]["schemas"]
    return schemas


SCHEMAS = _description()


def _marks(schema: Mapping[str, Any], seen: tuple[int, ...] = ()) -> Iterator[Path_]:
    """The paths of marked fields, `[]` for the items of a list."""
    while "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    if id(schema) in seen:
        return
    within = (*seen, id(schema))
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        yield from _marks(part, within)
    for name, field in schema.get("properties", {}).items():
        if field.get("x-secret"):
            yield (name,)
        yield from ((name, *path) for path in _marks(field, within))
    if "items" in schema:
        yield from (("[]", *path) for path in _marks(schema["items"], within))


MARKS = sorted(
    {(name, (field,)) for name, fields in PLATFORM.items() for field in fields}
    | {(name, path) for name, schema in SCHEMAS.items() if "x-module" in schema for path in _marks(schema)}
)


def _planted(schema: str, path: Path_, value: Any) -> dict[str, Any]:
    """A record of a schema with a value at a path."""
    for step in reversed(path):
        value = [value] if step == "[]" else {step: value}
    return {**BESIDE.get(schema, {}), **value}


def test_the_marks_are_found() -> None:
    """In our description, in blocks and in lists too; what it has by now is not in the table."""
    assert ("Export", ("webhook", "key")) in MARKS
    assert ("Connection", ("rdbms", "redshift", "aws", "secretAccessKey")) in MARKS
    assert ("Flow", ("overrides", "exports", "[]", "webhook", "key_crypt")) in MARKS
    assert len(MARKS) > 70
    assert not PLATFORM.keys() & SCHEMAS.keys()


@pytest.mark.parametrize(("schema", "path"), MARKS, ids=[f"{name} {'.'.join(path)}" for name, path in MARKS])
def test_a_marked_field_is_hidden(schema: str, path: Path_) -> None:
    """As text, number, list, object or JSON; in a record, a line, and a record as JSON within a text."""
    values = [SECRET, 918273645, [SECRET, [SECRET]], {"a": {"type": [SECRET]}}, json.dumps({"a": SECRET})]
    if path == ("url",):  # anything may have a `url`; what is secret of this one is its signature
        values = [SIGNED]
    for value in values:
        record = _planted(schema, path, value)
        text = json.dumps(record)
        found = [
            REDACTION.record(record),
            json.loads(REDACTION.line(text.encode())),
            json.loads(REDACTION.text(text)),
            json.loads(REDACTION.record({"settings": text})["settings"]),
        ]
        assert SECRET not in str(found)
        assert "918273645" not in str(found)
        assert REDACTION.record(found[0]) == found[0] == found[1] == found[2] == found[3]


@pytest.mark.parametrize("spelled", ["snake", "kebab", "capitals"])
def test_any_spelling(spelled: str) -> None:
    """Of the names on the way and of the field itself."""
    separator = {"snake": "_", "kebab": "-", "capitals": ""}[spelled]

    def step(name: str) -> str:
        found = re.sub(r"(?<=[a-z])[A-Z]", lambda letter: separator + letter[0].lower(), name)
        return name.upper() if spelled == "capitals" else found

    for schema, path in MARKS:
        value = SIGNED if path == ("url",) else SECRET
        record = _planted(schema, tuple(map(step, path)), value)
        assert SECRET not in str(REDACTION.record(record)), record


@pytest.mark.parametrize("schema", sorted({name for name, _ in MARKS if name in SCHEMAS}))
def test_a_mask_is_not_hidden(schema: str) -> None:
    """What the server has masked stays as it is, since it says that there is a secret."""
    for path in (path for name, path in MARKS if name == schema):
        record = _planted(schema, path, "******")
        assert REDACTION.record(record) == record
