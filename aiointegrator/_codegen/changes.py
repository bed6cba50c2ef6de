"""Render what `update` takes: for each body that replaces a record, its fields as the keywords of a call."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterator, Set

from .description import DescriptionError, Operation, Schema
from .models import HEADER

PATH = "endpoints/_changes.py"
TAKEN = frozenset({"timeout", "retry", "headers", "query", "dry_run", "extra"})
"""Keywords of every update: the options of a call, and its own."""


def render(schemas: tuple[Schema, ...], operations: tuple[Operation, ...]) -> dict[str, str]:
    """Path below the package -> source, not yet formatted."""
    wanted = {op.body.model for op in operations if op.body is not None and op.body.leave_out}
    names = {schema.name for schema in schemas}
    classes = [_class(schema, names) for schema in schemas if schema.name in wanted]
    head = (
        f'{HEADER}"""The keywords of `update`: fields as Python spells them and as the API does, and options."""\n\n'
        "from __future__ import annotations\n\n"
        "from collections.abc import Mapping, Sequence\nfrom typing import Any\n\n"
        "from .. import models\nfrom ..config import CallOptions\n"
    )
    return {PATH: "\n\n".join([head, *classes])}


def _class(schema: Schema, models: Set[str]) -> str:
    """A TypedDict; both spellings of a field are keys, since a type checker should take what a call does."""
    name = schema.name.removesuffix("Write")
    lines = [f"class {name}Changes(CallOptions, total=False):", *_docstring(name, schema)]
    for prop in schema.properties:
        if {prop.name, prop.wire} & TAKEN:
            raise DescriptionError(f"schema {schema.name}: {prop.wire} is an option of update; give it an x-name")
        keys = filter(_can_be_a_key, dict.fromkeys((prop.name, prop.wire)))
        lines += [f"    {key}: {_type(prop.type, models)}" for key in keys]
    return "\n".join(lines) + "\n"


def _can_be_a_key(name: str) -> bool:
    """Whether a class may have an attribute of this name; Python renames those that begin with two underscores."""
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")


def _docstring(name: str, schema: Schema) -> Iterator[str]:
    yield f'    """New values of the fields of {_an(name)}, under either spelling, and the options of a call.'
    described = [prop for prop in schema.properties if prop.description]
    if described:
        yield "\n    Attributes:"
        for prop in described:
            entry = f"{prop.name}: {prop.description}"
            yield textwrap.fill(entry, 106, initial_indent=" " * 8, subsequent_indent=" " * 12)
    yield '    """\n'


def _an(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _type(type_: str, models: Set[str]) -> str:
    """What may be given for a field of this type: models or mappings, any sequence for a list, and None for null."""
    if type_ == "Any":
        return type_
    many = re.fullmatch(r"list\[(.*)\]", type_)
    if many:
        item = _one(many[1], models)
        return f"Sequence[{item}] | None"
    return f"{_one(type_, models)} | None"


def _one(type_: str, models: Set[str]) -> str:
    if type_.startswith("dict["):
        return f"Mapping{type_.removeprefix('dict')}"
    return f"models.{type_} | Mapping[str, Any]" if type_ in models else type_
