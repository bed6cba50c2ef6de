"""The shapes that answers are read into."""

from __future__ import annotations

import math
import re
import threading
from codecs import BOM_UTF8
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from pydantic_core import ValidationError, from_json

from .. import _exact_json, models
from ..models._items import Items
from .json_lists import begun, split

if TYPE_CHECKING:
    from ..models._base import Record

T = TypeVar("T")
R = TypeVar("R", bound="Record")
_building = threading.Lock()


class Shape(Generic[T]):
    """What an operation answers. `parse` reads a body into it and raises ValueError where it cannot.

    Args:
        type_: a type, or the name of a model.

    Attributes:
        ready: `parse` has nothing to build first.
        large: bytes above which a body is better read in slices.
        may_be_blank: a 200 without a body means `empty()` too. For the others it is an answer that was lost.
    """

    may_be_blank = False
    ready = False
    large: float = math.inf

    def __init__(self, type_: Any) -> None:
        self._type = type_

    def make_ready(self) -> None:
        """Build what `parse` needs. That takes a while for a model; it may be done in a thread, by several at once."""
        with _building:
            self.ready = bool(self._validator)

    @cached_property
    def _validator(self) -> Any:
        from pydantic import TypeAdapter

        return TypeAdapter(self._resolved()).validator

    def _resolved(self) -> Any:
        """The type itself. One that was named is loaded now: what is never used is never built."""
        if not isinstance(self._type, str):
            return self._type
        return getattr(models, self._type)

    def parse(self, body: bytes) -> T:
        """The value that a non-refusing answer's body holds."""
        return cast("T", self._validated(body))

    def _validated(self, body: bytes) -> Any:
        checked = _strict(body)
        if _exact_json.differs(checked):
            return self._read(_exact_json.read(checked, strict=True))
        try:
            return self._validator.validate_json(checked, by_alias=True, by_name=False)
        except ValidationError:
            if not _is_for_python(checked):
                raise
        return self._read(_exact_json.read(checked, strict=True))

    def _read(self, value: Any) -> T:
        return cast("T", self._validator.validate_python(value, by_alias=True, by_name=False))

    def empty(self) -> T:
        """The value of an answer that has no body."""
        return self.parse(b"")


_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""An escaped surrogate. JavaScript writes half of one where a text was cut inside an emoji; pydantic refuses that."""


def _is_for_python(body: bytes) -> bool:
    """Whether the body may hold what pydantic refuses and Python's own reader takes."""
    return _HALF_CHARACTER.search(body) is not None or _exact_json.has_long_number(body)


def _plainly(body: bytes) -> Any:
    """The body as plain values; Python's own reader only where it is needed, since its depth differs by version."""
    for_python = _exact_json.differs(body) or _is_for_python(body)
    return _exact_json.read(body, strict=True) if for_python else from_json(body)


def _strict(body: bytes) -> bytes:
    """The body without a byte order mark.

    Raises:
        ValueError: NaN or Infinity in it, which are not JSON although pydantic reads them.
    """
    body = body.removeprefix(BOM_UTF8)
    if body.rfind(b"NaN") >= 0 or body.rfind(b"Infinity") >= 0:  # from behind costs half of `find`, and that of `in`
        _exact_json.read(body, strict=True)
    return body


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
    ready = True

    def parse(self, body: bytes) -> None:
        if body.lstrip()[:1] == b"<":
            raise ValueError("a page came where the API says nothing")

    def empty(self) -> None:
        return None


class ItemsShape(Shape[Items[T]]):
    """A list: an array, an object that holds it under `under`, or one record alone. No body is an empty list.

    Where it is `optional`, any object that names no error will do too; all of it is `beside` then. A `log` has rows
    that are no records: two of them with one `_id` are two.
    """

    large = 256 * 1024  # models of a megabyte hold the event loop for 25 ms

    def __init__(self, item: Any, under: str | None = None, *, optional: bool = False, log: bool = False) -> None:
        super().__init__(item)
        self._under = under
        self._optional = self.may_be_blank = optional
        self.log = log

    def _resolved(self) -> Any:
        return list[super()._resolved()]  # type: ignore[misc]  # a type at run time

    def plain(self) -> ItemsShape[dict[str, Any]]:
        """The same list with its records as dicts, keys in the order sent."""
        return self._plain

    @cached_property
    def _plain(self) -> ItemsShape[dict[str, Any]]:
        return ItemsShape(dict[str, Any], self._under, optional=self._optional, log=self.log)

    def raw(self) -> ItemsShape[bytes]:
        """The same list with its records as JSON, byte for byte as sent."""
        return self._raw

    @cached_property
    def _raw(self) -> ItemsShape[bytes]:
        return _RawItems(self._under, optional=self._optional, log=self.log)

    def parse(self, body: bytes) -> Items[T]:
        try:
            return Items(self._validated(body))
        except ValidationError:
            data = _plainly(_strict(body))
            if not isinstance(data, dict):
                raise
        return self._from_object(data)

    def empty(self) -> Items[T]:
        return Items()

    def begun(self, body: bytes) -> int | None:
        """How many records begin in a body that was cut off; None where it is no list."""
        return begun(body, self._under)

    def _from_object(self, data: dict[str, Any]) -> Items[T]:
        under = self._under if self._under in data else "items"
        if isinstance(data.get(under), list):
            beside = {key: value for key, value in data.items() if key != under}
            return Items.of(self._read(data[under]), beside)
        if "_id" in data:
            return Items(self._read([data]))
        if (self._optional and not {"errors", "error"} & data.keys()) or data.get(under, 0) is None:
            return Items.of((), data)
        raise ValueError("an object came where a list was expected")


class _RawItems(ItemsShape[bytes]):
    """A list whose records stay JSON. From an object they are written anew; a list is only split."""

    ready = True
    large = 4 * 1024 * 1024

    def __init__(self, under: str | None = None, *, optional: bool = False, log: bool = False) -> None:
        super().__init__(dict[str, Any], under, optional=optional, log=log)

    def raw(self) -> ItemsShape[bytes]:
        return self

    def parse(self, body: bytes) -> Items[bytes]:
        body = body.removeprefix(BOM_UTF8)
        if body.lstrip()[:1] == b"{":
            return super().parse(body)
        return Items(split(body))

    def _read(self, value: Any) -> Any:
        return [_exact_json.write(record).encode("utf-8", "backslashreplace") for record in super()._read(value)]


def one(model: type[R] | str) -> Shape[R]:
    """An object."""
    return Shape(model)


def maybe(model: type[R] | str) -> Shape[R | None]:
    """An object, or None where the answer has no body or a text such as OK."""
    return _OrWords(model, None)


def one_or_none(model: type[R] | str) -> Shape[R | None]:
    """An object, or None for 204 alone."""
    return _OrElse(model, None)


def nothing() -> Shape[None]:
    """Nothing of interest: any body will do, but for a page of HTML."""
    return _Nothing(None)


def items(model: type[R] | str, under: str | None = None, *, log: bool = False) -> ItemsShape[R]:
    """A list of records, or of rows of a `log`; `under` names the key that holds it where the answer is an object."""
    return ItemsShape(model, under, log=log)


def steps(model: type[R] | str, under: str) -> ItemsShape[R]:
    """A list of steps, or an object that says something else of them, such as warnings."""
    return ItemsShape(model, under, optional=True)


def any_of(type_: Any, empty: Any = None) -> Shape[Any]:
    """Any type expression; `empty` is what no body means."""
    return Shape(type_) if empty is None else _OrElse(type_, empty)
