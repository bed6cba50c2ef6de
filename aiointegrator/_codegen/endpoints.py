"""Render operations as coroutines, one class per resource, and the table of them all."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Set

from . import names
from .description import Body, Operation, Parameter
from .models import HEADER

TITLES = {
    "integrations": "The operations on integrations and what hangs on them.",
    "account": "The operations on the account behind the token.",
    "flows": "The flows of the whole account.",
    "exports": "The exports of the whole account.",
    "imports": "The imports of the whole account.",
    "connections": "The connections of the whole account.",
    "ashares": "The users that the account is shared with.",
}
WIDTH = 112


def render(operations: tuple[Operation, ...], models: Set[str]) -> dict[str, str]:
    """Path below the package -> source, not yet formatted."""
    resources: dict[str, list[Operation]] = {}
    for operation in operations:
        resources.setdefault(operation.resource, []).append(operation)
    files = {f"endpoints/{resource}.py": _module(resource, content, models) for resource, content in resources.items()}
    files["endpoints/_operations.py"] = _table(operations)
    files["endpoints/__init__.py"] = _index(sorted(resources))
    return files


def _index(resources: list[str]) -> str:
    imports = "\n".join(f"from .{resource} import {resource.title()}" for resource in resources)
    exported = ", ".join(f'"{resource.title()}"' for resource in resources)
    return (
        f'{HEADER}"""Generated coroutines, one class per resource."""\n\nfrom __future__ import annotations\n\n'
        f"{imports}\n\n__all__ = [{exported}]\n"
    )


def _table(operations: tuple[Operation, ...]) -> str:
    rows = "".join(
        f'    Operation("{op.resource}.{op.name}", "{op.method}", "{op.path}", "{op.repeat}", '
        f'{op.success!r}, {op.timeout!r}, "{op.result}", {tuple(p.wire for p in op.query)!r}),\n'
        for op in operations
    )
    return (
        f'{HEADER}"""Every operation as a row: what the pretend server routes and the client knows a path by."""\n\n'
        "from __future__ import annotations\n\nfrom .._messages import Operation\n\n"
        f"OPERATIONS: tuple[Operation, ...] = (\n{rows})\n"
    )


def _module(resource: str, operations: list[Operation], models: Set[str]) -> str:
    shapes = dict.fromkeys(_shape(op) for op in operations)
    constants = "".join(f"{name}: {kind} = {value}\n" for name, kind, value in sorted(shapes))
    body = "\n".join(_method(op) for op in operations)
    head = f'{HEADER}"""{TITLES[resource]}"""\n\nfrom __future__ import annotations\n\n'
    code = f"{constants}\n\nclass {resource.title()}:\n" + textwrap.indent(
        f'"""{TITLES[resource]}"""\n\n'
        "def __init__(self, session: SessionManager) -> None:\n    self._session = session\n\n" + body,
        "    ",
    )
    code = _qualified(code, models)
    return head + "\n".join(_imports(code)) + "\n\n" + code


def _qualified(code: str, models: Set[str]) -> str:
    """The code with its models by way of their package, which builds them when a type hint is read, say.

    Quoted names stay: docstrings, and the shapes, which find their models by name.
    """
    name = "|".join(sorted(models))
    return re.sub(
        rf'""".*?"""|"[^"\n]*"|\b({name})\b',
        lambda found: f"models.{found[0]}" if found[1] else found[0],
        code,
        flags=re.DOTALL,
    )


def _imports(code: str) -> Iterator[str]:
    words = set(re.findall(r"\w+", re.sub(r'""".*?"""', "", code, flags=re.DOTALL)))
    groups = {
        "collections.abc": {"Mapping", "Sequence"},
        "datetime": {"datetime"},
        "typing": {"Any", "Unpack"},
        ".._decoding.shapes": {
            "ItemsShape",
            "Shape",
            "any_of",
            "items",
            "maybe",
            "nothing",
            "one",
            "one_or_none",
            "steps",
        },
        ".._messages": {"Request"},
        "..config": {"CallOptions"},
        "..models._items": {"Items"},
        "..pager": {"Pager"},
        "..session": {"SessionManager"},
    }
    yield f"from .. import _wire{', models' if 'models' in words else ''}"
    for module, members in groups.items():
        used = sorted(words & members)
        if used:
            yield f"from {module} import {', '.join(used)}"


def _shape(op: Operation) -> tuple[str, str, str]:
    """The constant that holds the shape of an operation's answer, its type, and its value.

    Models are named, not imported, so that only those are built that are used.
    """
    if op.result == "nothing" or op.model is None:
        return "_NOTHING", "Shape[None]", "nothing()"
    name = names.constant(op.model)
    many = names.constant(op.model, plural=True)
    model = f'"{op.model}"'
    under = f', under="{op.under}"' if op.under else ""
    log = ", log=True" if op.log else ""
    return {
        "one": (name, f"Shape[{op.model}]", f"one({model})"),
        "maybe": (
            f"_MAYBE{name}",
            f"Shape[{op.model} | None]",
            f"{'one_or_none' if op.method == 'POST' else 'maybe'}({model})",
        ),
        "items": (many, f"ItemsShape[{op.model}]", f"items({model}{under}{log})"),
        "steps": (many, f"ItemsShape[{op.model}]", f"steps({model}{under})"),
        "any": (
            name,
            f"Shape[{op.model}]",
            f"any_of({model}, empty={{}})" if 204 in op.success else f"any_of({model})",
        ),
    }[op.result]


def _result_type(op: Operation) -> str:
    if op.result == "nothing" or op.model is None:
        return "None"
    wrapped = {"items": "Pager[{}]", "steps": "Items[{}]", "maybe": "{} | None"}.get(op.result, "{}")
    return wrapped.format(op.model)


def _method(op: Operation) -> str:
    paged = op.result == "items"
    lines = [f"{'' if paged else 'async '}def {op.name}({_signature(op)}) -> {_result_type(op)}:"]
    lines += [f'    """{op.summary}', "", *_docstring(op), '    """']
    lines += [f"    {line}" for line in _code(op, paged)]
    return "\n".join(lines) + "\n"


def _signature(op: Operation) -> str:
    parts = ["self", *(f"{p.name}: {p.type}" for p in op.ids)]
    keywords: list[str] = []
    body = op.body
    if body is not None and not body.flat:
        parts.append(f"{body.argument}: {body.type}" + ("" if body.required else " | None = None"))
    if body is not None:
        keywords += [f"{p.name}: {p.type} | None = None" for p in body.flat]
        keywords += ["keep_read_only: bool = False"] if body.leave_out else []
    keywords += [f"{p.name}: {p.type} | None = None" for p in op.query]
    parts += ["*", *keywords] if keywords else []
    return ", ".join([*parts, "**options: Unpack[CallOptions]"])


def _docstring(op: Operation) -> Iterator[str]:
    for paragraph in filter(None, [" ".join(op.description.split()), _caution(op)]):
        yield from _wrapped(paragraph)
        yield ""
    codes = ", ".join(f"{code}{_meaning(op, code)}" for code in op.success)
    yield from _wrapped(f"{op.method} {op.path} -> {codes}")
    yield ""
    yield "    Args:"
    for name, text in _arguments(op):
        yield from _wrapped(f"{name}: {text}", 8)
    yield ""
    yield "    Returns:"
    yield from _wrapped(_returns(op), 8)
    yield ""
    yield from _raises(op)
    yield from _wrapped(f"Source: {op.source}.")


def _wrapped(text: str, indent: int = 4) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH - 4,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4 * (indent > 4)),
        break_on_hyphens=False,
    )


def _meaning(op: Operation, code: int) -> str:
    if code != 204 or len(op.success) == 1:
        return ""
    return {"items": " (an empty list)", "steps": " (no steps left)", "any": " (nothing)"}.get(op.result, " (no body)")


def _caution(op: Operation) -> str:
    refused = "A read-only client refuses it."
    if op.repeat == "unsafe":
        return (
            "It is not sent again by itself where it may have been carried out; the error then says `maybe_applied`. "
            f"{refused}"
        )
    return refused if op.repeat == "idempotent" else ""


def _arguments(op: Operation) -> Iterator[tuple[str, str]]:
    for p in op.ids:
        yield p.name, f"the {p.name.removesuffix('_id')}'s `_id`."
    if op.body is not None:
        yield from _body_arguments(op.body)
    for p in op.query:
        yield p.name, _query_text(p)
    yield "options", "`timeout` in seconds, `retry`, `headers` and `query` for this call alone."


def _body_arguments(body: Body) -> Iterator[tuple[str, str]]:
    for p in body.flat:
        yield p.name, p.description or f"text that is kept with it; None sends no {p.name}."
    if not body.flat:
        kind = "one or more entries" if body.array else "a model, or a mapping under the API's own names"
        yield body.argument, kind + ("." if body.required else "; None sends no body.")
    if body.leave_out:
        yield (
            "keep_read_only",
            f"send {', '.join(f'`{name}`' for name in body.leave_out)} too, which are left out otherwise.",
        )


def _query_text(p: Parameter) -> str:
    if p.name == "limit":
        return (
            "records per page that the server is asked for; every page is read whatever it is. "
            "None leaves it to the server."
        )
    return p.description or f"the API's `{p.wire}`; None leaves it out."


def _returns(op: Operation) -> str:
    if op.result == "items":
        return f"A pager of `{op.model}`: await it for the whole list, or iterate; nothing is sent before."
    if op.result == "steps":
        return "The steps; empty where none is left. What stood beside them, such as `warnings`, is in `.beside`."
    if op.result == "maybe":
        return f"The `{op.model}`; None where the server answers without one."
    if op.result == "nothing":
        return "Nothing; the server's answer is not specified."
    return f"`{op.model}`."


def _raises(op: Operation) -> Iterator[str]:
    entries = []
    if op.ids or op.query or op.body:
        entries.append(f"ArgumentError: {' or '.join(_unusable(op))}; raised before anything is sent.")
    if op.missing:
        entries.append(f"NotFoundError: {op.missing}")
    if op.body or op.repeat == "unsafe":
        entries.append("InvalidRequestError: 400 or 422, the server refuses it.")
    if entries:
        yield "    Raises:"
        for entry in entries:
            yield from _wrapped(entry, 8)
        yield ""


def _unusable(op: Operation) -> Iterator[str]:
    """What is refused without asking the server."""
    query = {p.name for p in op.query}
    if op.ids:
        yield "an id that cannot be a path segment"
    if "include" in query:
        yield "`include` together with `exclude`"
    if "limit" in query:
        yield "a `limit` below 1"
    if op.body is not None and not op.body.flat:
        yield f"an empty `{op.body.argument}`" if op.body.array else "a body that JSON cannot hold"


def _code(op: Operation, paged: bool) -> Iterator[str]:
    arguments = [f'"{op.resource}.{op.name}"', f'"{op.method}"']
    arguments.append(_path_code(op))
    if op.query:
        pairs = ", ".join(f'"{p.wire}": {p.name}' for p in op.query)
        arguments.append(f"query=_wire.query({{{pairs}}})")
    if op.body is not None:
        arguments.append(f"body={_body_code(op.body)}")
    if op.repeat != "safe":
        arguments.append(f'repeat="{op.repeat}"')
    if op.timeout != 30.0:
        arguments.append(f"timeout={op.timeout!r}")
    yield f"request = Request({', '.join(arguments)})"
    shape = _shape(op)[0]
    if paged:
        yield f"return Pager(self._session, request, {shape}, options)"
    elif op.result == "nothing":
        yield f"await self._session.fetch(request, {shape}, **options)"
    else:
        yield f"return await self._session.fetch(request, {shape}, **options)"


def _path_code(op: Operation) -> str:
    """The path as a string with its ids; a piece for each, so that no line is too long."""
    pieces, rest = [], op.path
    for p in sorted(op.ids, key=lambda p: op.path.index(f"{{{p.wire}}}")):
        before, _, rest = rest.partition(f"{{{p.wire}}}")
        pieces.append(f"f\"{before}{{_wire.segment('{p.wire}', {p.name})}}")
    if not pieces:
        return f'"{rest}"'
    return '" '.join(pieces) + f'{rest}"'


def _body_code(body: Body) -> str:
    if body.flat:
        pairs = ", ".join(f'"{p.wire}": {p.name}' for p in body.flat)
        return f"_wire.body(_wire.given({{{pairs}}}))"
    if body.leave_out:
        return f"_wire.body({body.argument}, leave_out=() if keep_read_only else _wire.READ_ONLY_FIELDS)"
    return f"_wire.body({body.argument}, least=1)" if body.array else f"_wire.body({body.argument})"
