"""The base of every model, and the shapes that answers are read into."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, Generic, Optional, TypeVar, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema, from_json

from .. import _wire
from ._raw import split

T = TypeVar("T")


class _KeepWhatCame:
    """Lets a value of an unexpected type through as it came, so that one odd field never costs a record."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.union_schema([handler(source), core_schema.any_schema()], mode="left_to_right")


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
            yield name, _wire.without_queries(value) if isinstance(value, str) else value

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


R = TypeVar("R", bound=Record)


class Items(list[T]):
    """A list that an answer holds, and in `beside` what stood next to it where the answer was an object."""

    def __init__(self, items: Iterable[T] = (), beside: Mapping[str, Any] | None = None) -> None:
        super().__init__(items)
        self.beside: dict[str, Any] = dict(beside or {})


class Shape(Generic[T]):
    """What an operation answers. `parse` reads a body into it and raises ValueError where it cannot.

    Attributes:
        may_be_blank: a 200 without a body means `empty()` too. For the others it is an answer that was lost.
    """

    may_be_blank = False

    def __init__(self, type_: Any) -> None:
        self._type = type_

    @cached_property
    def _validator(self) -> Any:
        return TypeAdapter(self._type).validator

    def parse(self, body: bytes) -> T:
        """The value that a non-refusing answer's body holds."""
        checked = _strict(body)
        try:
            return cast("T", self._validator.validate_json(checked, by_alias=True, by_name=False))
        except ValidationError:
            if not _HALF_CHARACTER.search(checked):
                raise
        return self._read(_plainly(checked))

    def _read(self, value: Any) -> T:
        return cast("T", self._validator.validate_python(value, by_alias=True, by_name=False))

    def empty(self) -> T:
        """The value of an answer that has no body."""
        return self.parse(b"")


_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""An escaped surrogate. JavaScript writes half of one where a text was cut inside an emoji; pydantic refuses that."""


def _plainly(checked: bytes) -> Any:
    """The body as plain values; Python's own reader only for half a character, since its depth differs by version."""
    return json.loads(checked.decode()) if _HALF_CHARACTER.search(checked) else from_json(checked)


def _strict(body: bytes) -> bytes:
    """The body without a byte order mark.

    Raises:
        ValueError: NaN or Infinity in it, which are no JSON although pydantic reads them.
    """
    if b"NaN" in body or b"Infinity" in body:
        from_json(body, allow_inf_nan=False)
    return body.removeprefix(BOM_UTF8)


class _OrElse(Shape[T]):
    """A shape that 204 also fulfils."""

    def __init__(self, type_: Any, empty: T) -> None:
        super().__init__(type_)
        self._empty = empty

    def empty(self) -> T:
        return self._empty


class _OrWords(_OrElse[T]):
    """A shape that no body, or a word such as OK, also fulfils."""

    may_be_blank = True

    def parse(self, body: bytes) -> T:
        return self._empty if _WORDS.fullmatch(body) else super().parse(body)


_WORDS = re.compile(rb'\s*"?(?!NaN|Infinity)(?:[A-Z][A-Za-z .!]{0,30}|ok)"?\s*')


class _Nothing(Shape[None]):
    """Any body will do, but for a page: that is some gateway's, which did not do what was asked."""

    may_be_blank = True

    def parse(self, body: bytes) -> None:
        if body.lstrip()[:1] == b"<":
            raise ValueError("a page came where the API says nothing")

    def empty(self) -> None:
        return None


class ItemsShape(Shape[Items[T]]):
    """A list: an array, an object that holds it under `under`, or one record alone. No body is an empty list.

    Where it is `optional`, any object that names no error will do too; all of it is `beside` then.
    """

    def __init__(self, item: Any, under: str | None = None, *, optional: bool = False) -> None:
        super().__init__(list[item])
        self._under = under
        self._optional = self.may_be_blank = optional

    def plain(self) -> ItemsShape[dict[str, Any]]:
        """The same list with its records as dicts, keys in the order sent."""
        return ItemsShape(dict[str, Any], self._under, optional=self._optional)

    def raw(self) -> ItemsShape[bytes]:
        """The same list with its records as JSON, byte for byte as sent."""
        return _RawItems(self._under, optional=self._optional)

    def parse(self, body: bytes) -> Items[T]:
        try:
            return Items(super().parse(body))
        except ValidationError:
            data = _plainly(_strict(body))
            if not isinstance(data, dict):
                raise
        return self._from_object(data)

    def empty(self) -> Items[T]:
        return Items()

    def _from_object(self, data: dict[str, Any]) -> Items[T]:
        under = self._under if self._under in data else "items"
        if isinstance(data.get(under), list):
            beside = {key: value for key, value in data.items() if key != under}
            return Items(self._read(data[under]), beside)
        if "_id" in data:
            return Items(self._read([data]))
        if (self._optional and not {"errors", "error"} & data.keys()) or data.get(under, 0) is None:
            return Items(beside=data)
        raise ValueError("an object came where a list was expected")


class _RawItems(ItemsShape[bytes]):
    """A list whose records stay JSON. From an object they are written anew; a list is only split."""

    def __init__(self, under: str | None = None, *, optional: bool = False) -> None:
        super().__init__(dict[str, Any], under, optional=optional)

    def raw(self) -> ItemsShape[bytes]:
        return self

    def parse(self, body: bytes) -> Items[bytes]:
        body = body.removeprefix(BOM_UTF8)
        if body.lstrip()[:1] == b"{":
            return super().parse(body)
        return Items(split(body))

    def _read(self, value: Any) -> Any:
        return [json.dumps(record, ensure_ascii=True).encode() for record in super()._read(value)]


def one(model: type[R]) -> Shape[R]:
    """An object."""
    return Shape(model)


def maybe(model: type[R]) -> Shape[R | None]:
    """An object, or None where the answer has no body or a text such as OK."""
    return _OrWords(model, None)


def one_or_none(model: type[R]) -> Shape[R | None]:
    """An object, or None for 204 alone."""
    return _OrElse(model, None)


def nothing() -> Shape[None]:
    """Nothing of interest: any body will do, but for a page of HTML."""
    return _Nothing(None)


def items(model: type[R], under: str | None = None) -> ItemsShape[R]:
    """A list of records; `under` names the key that holds it where the answer is an object."""
    return ItemsShape(model, under)


def steps(model: type[R], under: str) -> ItemsShape[R]:
    """A list of steps, or an object that says something else of them, such as warnings."""
    return ItemsShape(model, under, optional=True)


def any_of(type_: Any, empty: Any = None) -> Shape[Any]:
    """Any type expression; `empty` is what no body means."""
    return Shape(type_) if empty is None else _OrElse(type_, empty)
