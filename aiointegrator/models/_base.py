"""The base of every model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Optional, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from .._exact_json import Number, WholeNumber
from .._text import without_queries

T = TypeVar("T")


class _KeepWhatCame:
    """Lets a value of an unexpected type through as it came, so that one odd field never costs a record."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        known = _with_exact_numbers(handler(source))
        return core_schema.union_schema([known, core_schema.any_schema()], mode="left_to_right")


def _with_exact_numbers(schema: Any) -> Any:
    """The schema, which leaves numbers that remember how they came as they are; pydantic makes plain ones of them."""
    if schema["type"] in ("int", "float"):
        exact = core_schema.is_instance_schema((Number, WholeNumber))
        kept = core_schema.union_schema([exact, schema], mode="left_to_right")
        return core_schema.json_or_python_schema(schema, kept)
    inner = {key: _with_exact_numbers(schema[key]) for key in _INNER if key in schema}
    if "choices" in schema:
        inner["choices"] = [_with_exact_numbers(choice) for choice in schema["choices"]]
    return schema | inner


_INNER = ("schema", "items_schema", "values_schema")


Maybe = Annotated[Optional[T], _KeepWhatCame()]  # noqa: UP045 - a generic alias of a TypeVar needs Optional
"""A `T`, or None for null and for absent; a value of another type is kept as it came."""


Id = Annotated[str, _KeepWhatCame()]
"""An `_id`, or "" where the server sent none; opaque, normally 24 hexadecimal characters."""


class ParsedTime:
    """A timestamp field, which stays text as the server sent it, read as a `datetime` in UTC; None where it is none."""

    def __init__(self, field: str) -> None:
        self.field = field

    def __get__(self, record: object, owner: type | None = None) -> datetime | None:
        text = getattr(record, self.field, None)
        if not isinstance(text, str) or not re.match(r"\d{4}-\d{2}-\d{2}T", text):
            return None
        try:
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None


class Record(BaseModel):
    """One object of the API: frozen, open to fields that we do not know, and written back as it came.

    Every field is optional. What the server did not send is None (an `id` is ""), and `to_wire` leaves it out.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        strict=True,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        defer_build=True,
        protected_namespaces=(),
        ignored_types=(ParsedTime,),
    )

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Fields for `repr`; an address is shown without its query, which makes it a credential where it is signed."""
        for name, value in super().__repr_args__():
            yield name, without_queries(value) if isinstance(value, str) else value

    def to_wire(self) -> dict[str, Any]:
        """The record as JSON values under the server's own names: exactly the fields that it had, unknown ones too.

        An unknown field that is named like one of our attributes (`integration_id`) is told apart from that attribute,
        which `model_dump(exclude_unset=True)` cannot do. Only where such a field stands beside the real one and
        that one is an explicit null, the null is lost.
        """
        extra = self.__pydantic_extra__ or {}
        found: dict[str, Any] = {}
        for name, field in type(self).model_fields.items():
            value = self.__dict__[name]
            if name in self.model_fields_set and not (name in extra and value == field.default):
                found[field.alias or name] = _plain(value)
        return found | {name: _plain(value) for name, value in extra.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_wire()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
