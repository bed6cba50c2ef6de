"""What a comparison looks past: fields that change by themselves, and those that the caller names.

`lastModified` is not among them. The API masks secrets, so that of a password that was changed nothing else is to be
seen: a record in which it alone differs was saved, and that is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...errors import ArgumentError
from .json_pointer import Step, Steps, parsed

VOLATILE: Mapping[str, tuple[str, ...]] = {
    "integrations": ("/numFlows", "/numError", "/lastErrorAt", "/numRegisteredConnections", "/numOfflineConnections"),
    "flows": ("/lastExecutedAt", "/resolvedAt", "/numError", "/lastErrorAt", "/numInstances"),
    "connections": ("/queueSize", "/queues/*/size"),
    "ashares": ("/lastSignIn", "/sharedWithUser/lastSignIn"),
}
"""By kind, what the server counts and stamps by itself, as JSON Pointers in which `*` is any one step."""

Taken = dict[tuple[str, Steps], Any]


class Ignoring:
    """Takes out of records what does not count.

    Args:
        names: fields that do not count either: a name anywhere in a record, or a JSON Pointer such as `/http/method`.
        everything: count what is volatile too, and the order of lists in which it means nothing.

    Attributes:
        fields: what does not count.
        strict: whether the order of every list counts.

    Raises:
        ArgumentError: a name that is none.
    """

    def __init__(self, names: Iterable[str], *, everything: bool) -> None:
        if isinstance(names, str):
            raise ArgumentError("ignore takes a collection of names; put the one name into a list")
        asked = tuple(dict.fromkeys(map(_checked, names)))
        self._names = frozenset(name for name in asked if not name.startswith("/"))
        self._paths = [(name, parsed(name)) for name in asked if name.startswith("/")]
        self._volatile = {
            kind: [(path, parsed(path)) for path in paths] for kind, paths in VOLATILE.items() if not everything
        }
        self.strict = everything
        self.fields = asked + tuple(dict.fromkeys(path for paths in self._volatile.values() for path, _ in paths))

    def take_out(self, kind: str, record: dict[str, Any]) -> Taken:
        """Remove from a record what does not count, and return it by the field that says so."""
        taken: Taken = {}
        for field, path in (*self._volatile.get(kind, ()), *self._paths):
            if path[0] in record or path[0] == "*":
                _take_path(record, path, (), field, taken)
        if self._names:
            _take_names(record, self._names, (), taken)
        return taken


def fields_that_differ(old: Taken, new: Taken) -> set[str]:
    """The ignored fields whose values are not the same."""
    return {key[0] for key in old.keys() | new.keys() if key not in old or key not in new or old[key] != new[key]}


def _checked(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise ArgumentError(f"a field to ignore is a name or a JSON Pointer, not {name!r}")
    if not name.startswith("/") and not {".", "[", "/"}.isdisjoint(name):
        raise ArgumentError(f"{name!r} is no name of a field; a path is a JSON Pointer, such as /http/method")
    return name


def _take_path(value: Any, path: tuple[str, ...], before: Steps, field: str, taken: Taken) -> None:
    step, rest = path[0], path[1:]
    for found in _keys(value, step):
        here = (*before, found)
        if rest:
            _take_path(value[found], rest, here, field, taken)
        else:
            taken[field, here] = _out(value, found)


def _keys(value: Any, step: str) -> list[Step]:
    if type(value) is dict:
        return list(value) if step == "*" else [step] if step in value else []
    if type(value) is list:
        return [index for index in range(len(value)) if step in ("*", str(index))]
    return []


def _out(value: Any, key: Step) -> Any:
    """Take a value out; in a list something stays in its place, so that its neighbours keep theirs."""
    if type(value) is dict:
        return value.pop(key)
    found, value[key] = value[key], None
    return found


def _take_names(value: Any, names: frozenset[str], before: Steps, taken: Taken) -> None:
    if type(value) is dict:
        for name in names & value.keys():
            taken[name, (*before, name)] = value.pop(name)
    elif type(value) is not list:
        return
    for key, inside in value.items() if type(value) is dict else enumerate(value):
        _take_names(inside, names, (*before, key), taken)
