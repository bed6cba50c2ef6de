"""Read `openapi.yaml` into plain values, and refuse what the generator cannot stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import names

METHODS = ("get", "post", "put", "patch", "delete")
REPEATS = ("safe", "idempotent", "unsafe")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, ten times as fast, where there is one
RESULTS = ("one", "maybe", "items", "steps", "nothing", "any")


class DescriptionError(Exception):
    """The description lacks something, or says what the generator does not understand."""


@dataclass(frozen=True)
class Property:
    """One property of a schema: its wire name, Python name, type in Python, and what is said of it."""

    wire: str
    name: str
    type: str
    description: str
    timestamp: bool
    secret: bool


@dataclass(frozen=True)
class Schema:
    """One schema that becomes a class, or a type alias where `alias` is set."""

    name: str
    module: str
    description: str
    bases: tuple[str, ...]
    properties: tuple[Property, ...]
    alias: str | None


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation."""

    wire: str
    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Body:
    """A request body: the argument's name, its type, whether it is needed, and what `_wire.body` is told."""

    argument: str
    type: str
    model: str | None
    required: bool
    description: str
    leave_out: tuple[str, ...]
    flat: tuple[Parameter, ...]
    array: bool


@dataclass(frozen=True)
class Operation:
    """One operation that becomes a coroutine."""

    resource: str
    name: str
    method: str
    path: str
    repeat: str
    timeout: float
    success: tuple[int, ...]
    empty_means: str
    missing: str | None
    result: str
    model: str | None
    under: str | None
    log: bool
    summary: str
    description: str
    source: str
    ids: tuple[Parameter, ...]
    query: tuple[Parameter, ...]
    body: Body | None


@dataclass(frozen=True)
class Description:
    """Everything that is generated."""

    schemas: tuple[Schema, ...]
    operations: tuple[Operation, ...]


def read(path: Path) -> Description:
    """Read and check the description.

    Raises:
        DescriptionError: an operation without source, retry class, success codes, time-out, name or result; a schema
            that cannot be a model.
    """
    document = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - one of the two safe ones
    reader = _Reader(document)
    return Description(tuple(reader.schemas()), tuple(reader.operations()))


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._schemas: Mapping[str, Any] = document["components"]["schemas"]

    # Schemas

    def schemas(self) -> Iterator[Schema]:
        for name, schema in self._schemas.items():
            if "x-module" in schema:
                if "x-source" not in schema:
                    raise DescriptionError(f"schema {name} has no x-source")
                yield self._schema(name, schema)

    def _schema(self, name: str, schema: Mapping[str, Any]) -> Schema:
        bases = tuple(_last(part["$ref"]) for part in schema.get("allOf", ()))
        alias = None
        if schema.get("type") != "object":
            alias = self.type(schema)
        elif "properties" not in schema and "allOf" not in schema:
            alias = f"dict[str, {self.type(schema['additionalProperties'])}]"
        properties = tuple(self._property(key, value) for key, value in schema.get("properties", {}).items())
        _no_two_alike(name, properties)
        return Schema(name, schema["x-module"], _text(schema), bases, properties, alias)

    def _property(self, wire: str, schema: Mapping[str, Any]) -> Property:
        return Property(
            wire=wire,
            name=schema.get("x-name", names.attribute(wire)),
            type=self.type(schema),
            description=_text(schema) if "$ref" not in schema else "",
            timestamp=schema.get("$ref", "").endswith("/Timestamp"),
            secret=bool(schema.get("x-secret")),
        )

    def type(self, schema: Mapping[str, Any]) -> str:
        """The Python type of a schema."""
        if "$ref" in schema:
            return self._named(_last(schema["$ref"]))
        if "anyOf" in schema:
            parts = dict.fromkeys(self.type(part) for part in schema["anyOf"])
            known = [part for part in parts if part != "Any"]
            return " | ".join(known) if len(known) == len(parts) else f"Maybe[{' | '.join(known)}]"
        kind = schema.get("type")
        if kind == "array":
            return f"list[{self.type(schema['items'])}]"
        if kind == "object":
            if "properties" in schema:
                raise DescriptionError(f"an object with properties needs a name of its own: {dict(schema)!r:.200}")
            return "dict[str, Any]"
        simple = {"string": "str", "boolean": "bool", "integer": "int", "number": "int | float", None: "Any"}
        return simple[kind]

    def _named(self, name: str) -> str:
        schema = self._schemas[name]
        return name if "x-module" in schema else self.type({k: v for k, v in schema.items() if k != "properties"})

    # Operations

    def operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield self._operation(path, method.upper(), item, item[method])

    def _operation(self, path: str, method: str, item: Mapping[str, Any], op: Mapping[str, Any]) -> Operation:
        label = op.get("operationId", f"{method} {path}")
        for key in ("x-operation", "x-source", "x-retry", "x-timeout", "x-result", "summary"):
            if op.get(key) in (None, ""):
                raise DescriptionError(f"operation {label} has no {key}")
        success = tuple(int(code) for code in op["responses"] if str(code).startswith("2"))
        if not success:
            raise DescriptionError(f"operation {label} has no success code")
        if isinstance(op["x-timeout"], bool) or not isinstance(op["x-timeout"], int | float) or op["x-timeout"] <= 0:
            raise DescriptionError(f"operation {label}: x-timeout must be seconds, more than 0")
        if op["x-retry"] not in REPEATS or op["x-result"] not in RESULTS:
            raise DescriptionError(f"operation {label}: unknown x-retry or x-result")
        resource, name = op["x-operation"].split(".")
        parameters = [self._resolve(raw) for raw in (*item.get("parameters", ()), *op.get("parameters", ()))]
        empty = op["responses"].get("204")
        model, under = self._result(op)
        return Operation(
            resource=resource,
            name=name,
            method=method,
            path=f"/v1{path}",
            repeat=op["x-retry"],
            timeout=float(op["x-timeout"]),
            success=success,
            empty_means=_text(self._resolve(empty)) if empty else "",
            missing="404, no such thing, or not visible to this token." if "{" in path else None,
            result=op["x-result"],
            model=model,
            under=under,
            log=bool(self._schemas.get(model or "", {}).get("x-log")),
            summary=_sentence(op["summary"]),
            description=op.get("description", "").strip(),
            source=op["x-source"],
            ids=tuple(self._parameter(p) for p in parameters if p["in"] == "path"),
            query=tuple(self._parameter(p) for p in parameters if p["in"] == "query"),
            body=self._body(op),
        )

    def _resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def _parameter(self, raw: Mapping[str, Any]) -> Parameter:
        schema = self._resolve(raw["schema"])
        type_ = "str | datetime" if schema.get("format") == "date-time" else self.type(schema)
        if raw["name"] in ("include", "exclude"):
            type_ = "str | Sequence[str]"
        return Parameter(raw["name"], names.attribute(raw["name"]), type_, _text(raw))

    def _result(self, op: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """The model that the answer is read into, and the key that may hold its list."""
        for code, response in op["responses"].items():
            if str(code).startswith("2"):
                content = self._resolve(response).get("content", {}).get("application/json")
                if content and content["schema"]:
                    return self._model(content["schema"])
        return None, None

    def _model(self, schema: Mapping[str, Any]) -> tuple[str | None, str | None]:
        if "$ref" in schema:
            return _last(schema["$ref"]), None
        if schema.get("type") == "array":
            return _last(schema["items"]["$ref"]), None
        array, envelope = schema["anyOf"]
        under = next(iter(self._resolve(envelope)["properties"]))
        return _last(array["items"]["$ref"]), under

    def _body(self, op: Mapping[str, Any]) -> Body | None:
        raw = op.get("requestBody")
        if raw is None:
            return None
        schema = raw["content"]["application/json"]["schema"]
        flat: tuple[Parameter, ...] = ()
        array = schema.get("type") == "array"
        model = _last(schema["$ref"]) if "$ref" in schema else None
        if op.get("x-flatten"):
            properties = self._resolve(schema)["properties"]
            flat = tuple(
                Parameter(key, names.attribute(key), self.type(value), _text(value))
                for key, value in properties.items()
            )
            type_ = "dict[str, Any]"
        elif array:
            item = self.type(schema["items"])
            type_ = f"Sequence[{item if item == 'str' else f'{item} | Mapping[str, Any]'}]"
        else:
            readers = f"Integration | {model}" if op.get("x-leave-out") else model
            type_ = f"{readers} | Mapping[str, Any]"
        return Body(
            argument=op.get("x-argument", "body"),
            type=type_,
            model=model,
            required=bool(raw.get("required")),
            description=_text(self._resolve(schema)),
            leave_out=tuple(op.get("x-leave-out", ())),
            flat=flat,
            array=array,
        )


def _no_two_alike(name: str, properties: tuple[Property, ...]) -> None:
    """A class keeps only the last of two attributes of one name, so a field would be lost without a word."""
    taken = [prop.name for prop in properties] + [f"{prop.name}_datetime" for prop in properties if prop.timestamp]
    for attribute in taken:
        if taken.count(attribute) > 1:
            raise DescriptionError(f"schema {name} has two attributes {attribute}; give one property an x-name")


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]


def _text(node: Mapping[str, Any]) -> str:
    return " ".join(str(node.get("description", "")).split())


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
