"""Render schemas as pydantic models, one file per `x-module`.

datamodel-code-generator was tried on the same description first: it names `_id` `field_id`, repeats the description and
examples of every id in eight lines each, and turns timestamps into datetimes that are not written back as they came. It
also has no way to keep one value of an unexpected type without losing the record. Ours takes about half the lines.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from .description import Property, Schema

HEADER = "# Generated from openapi.yaml by `make codegen`; change the description, not this file.\n"


def render(schemas: tuple[Schema, ...]) -> dict[str, str]:
    """Path below the package -> source, not yet formatted."""
    modules: dict[str, list[Schema]] = {}
    for schema in schemas:
        modules.setdefault(schema.module, []).append(schema)
    where = {schema.name: schema.module for schema in schemas}
    files = {f"models/{module}.py": _module(module, content, where) for module, content in modules.items()}
    files["models/__init__.py"] = _index(where)
    return files


def _index(where: dict[str, str]) -> str:
    where = {**where, "Items": "_items", "Record": "_base"}
    imports = "".join(f"    from .{module} import {name}\n" for name, module in sorted(where.items()))
    table = "".join(f"    {name!r}: {module!r},\n" for name, module in sorted(where.items()))
    exported = "".join(f"    {name!r},\n" for name in sorted(where))
    return (
        f'{HEADER}"""Every object of the API as a model; each is built when it is first used."""\n\n'
        "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\n"
        f"from .._lazy import lazy\n\nif TYPE_CHECKING:\n{imports}\n"
        f"_WHERE = {{\n{table}}}\n\n__all__ = [\n{exported}]\n\n\n{_LAZILY}"
    )


_LAZILY = """__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
"""


def _module(module: str, schemas: list[Schema], where: dict[str, str]) -> str:
    ordered = list(_bases_first(schemas))
    body = "\n\n".join(_alias(schema) if schema.alias else _class(schema) for schema in ordered)
    head = [HEADER, f'"""{_first_line(schemas)}"""\n\n', "from __future__ import annotations\n\n"]
    head += [line + "\n" for line in _imports(body, module, where)]
    return "".join(head) + "\n\n" + body + "\n"


def _first_line(schemas: list[Schema]) -> str:
    return f"Models: {', '.join(schema.name for schema in schemas)}."


def _imports(body: str, module: str, where: dict[str, str]) -> Iterator[str]:
    words = set(re.findall(r"\w+", re.sub(r'""".*?"""', "", body, flags=re.DOTALL)))
    typing = sorted(words & {"Any", "TypeAlias"})
    if typing:
        yield f"from typing import {', '.join(typing)}"
    if "Field" in words:
        yield "from pydantic import Field"
    base = sorted(words & {"Id", "Maybe", "ParsedTime", "Record"})
    yield f"from ._base import {', '.join(base)}"
    for name in sorted(words & where.keys()):
        if where[name] != module:
            yield f"from .{where[name]} import {name}"


def _bases_first(schemas: Iterable[Schema]) -> Iterator[Schema]:
    """Aliases after classes, subclasses after their bases; otherwise in the order of the description."""
    waiting = {schema.name: schema for schema in schemas}
    done: set[str] = set()
    while waiting:
        for name, schema in list(waiting.items()):
            needs_first = (
                set(schema.bases) if schema.alias is None else {s.name for s in waiting.values() if s.alias is None}
            )
            if not needs_first & (waiting.keys() - done - {name}):
                yield waiting.pop(name)
                done.add(name)
                break


def _alias(schema: Schema) -> str:
    assert schema.alias is not None
    return f'{schema.name}: TypeAlias = {schema.alias}\n"""{schema.description}"""\n'


def _class(schema: Schema) -> str:
    bases = ", ".join(schema.bases) or "Record"
    lines = [f"class {schema.name}({bases}):", *_docstring(schema)]
    for prop in schema.properties:
        lines.append(_field(prop))
        if prop.timestamp:
            lines.append(f'    {prop.name}_datetime = ParsedTime("{prop.name}")')
    return "\n".join(lines) + "\n"


def _docstring(schema: Schema) -> Iterator[str]:
    text = schema.description or f"{schema.name}."
    described = [prop for prop in schema.properties if prop.description]
    paragraph = textwrap.wrap(text, 100)
    if not described and len(paragraph) == 1:
        yield f'    """{text}"""\n'
        return
    yield f'    """{paragraph[0]}'
    yield from (f"    {line}" for line in paragraph[1:])
    if described:
        yield "\n    Attributes:"
        for prop in described:
            entry = f"{prop.name}: {prop.description}"
            yield textwrap.fill(entry, 106, initial_indent=" " * 8, subsequent_indent=" " * 12)
    yield '    """\n'


def _field(prop: Property) -> str:
    type_, default = f"Maybe[{prop.type}]", "None"
    if prop.type == "Any":
        type_ = "Any"
    if prop.wire == "_id":
        type_, default = "Id", '""'
    arguments = [default]
    if prop.name != prop.wire:
        arguments.append(f'alias="{prop.wire}"')
    if prop.secret:
        arguments.append("repr=False")
    if len(arguments) == 1:
        return f"    {prop.name}: {type_} = {default}"
    return f"    {prop.name}: {type_} = Field({', '.join(arguments)})"
