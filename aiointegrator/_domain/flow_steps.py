"""What a flow uses, step by step: generators, processors, routers with their branches, and the old fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

STEP_KEYS = {"exports": "_exportId", "imports": "_importId"}
"""By kind, the field in which a step names what it runs."""


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of a flow, or a branch of a router that has none.

    Attributes:
        role: `generator`, `processor`, `legacy` for the fields that a flow had before it had steps, or `empty`.
        kind, id: the export or import that it runs; None where it is `empty`.
        position: its place in its list, from 0.
        router, branch, next_router: where it stands in a branch, the router's id, the branch's name, and the router
            that follows: the one that the branch names, or else the one that the router itself names.
        path: where in the flow it says so.
    """

    role: Literal["generator", "processor", "legacy", "empty"]
    kind: str | None
    id: str | None
    position: int
    router: str | None = None
    branch: str | None = None
    next_router: str | None = None
    path: str = ""


def walk(flow: Mapping[str, Any]) -> Iterator[FlowStep]:
    """Every step of a flow, given as the server sends it; what is not of the form that it should have is left out."""
    yield from _at(flow, "", "legacy", 0)
    for position, (place, path) in enumerate(_placed(flow, "", "pageGenerators")):
        yield from _at(place, path, "generator", position)
    for position, (place, path) in enumerate(_placed(flow, "", "pageProcessors")):
        yield from _at(place, path, "processor", position)
    for router, router_path in _placed(flow, "", "routers"):
        for branch, branch_path in _placed(router, router_path, "branches"):
            yield from _in_branch(router, branch, branch_path)


def _in_branch(router: Mapping[str, Any], branch: Mapping[str, Any], branch_path: str) -> Iterator[FlowStep]:
    following = identity(branch.get("nextRouterId")) or identity(router.get("nextRouterId"))
    where = (identity(router.get("id")), _text(branch.get("name")), following)
    processors = _placed(branch, branch_path, "pageProcessors")
    for position, (place, path) in enumerate(processors):
        yield from _at(place, path, "processor", position, *where)
    if not processors:
        yield FlowStep("empty", None, None, 0, *where, branch_path.removesuffix("."))


def _at(
    place: Mapping[str, Any],
    path: str,
    role: Literal["generator", "processor", "legacy"],
    position: int,
    router: str | None = None,
    branch: str | None = None,
    next_router: str | None = None,
) -> Iterator[FlowStep]:
    for kind, key in STEP_KEYS.items():
        if (id_ := identity(place.get(key))) is not None:
            yield FlowStep(role, kind, id_, position, router, branch, next_router, path + key)


def _placed(place: Mapping[str, Any], path: str, key: str) -> list[tuple[Mapping[str, Any], str]]:
    """The objects of a list in a record, each with the way to it."""
    found = place.get(key)
    numbered = enumerate(found) if isinstance(found, list) else ()
    return [(item, f"{path}{key}[{number}].") for number, item in numbered if isinstance(item, Mapping)]


def steps(flow: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and id of every export and import that a flow uses."""
    for step in walk(flow):
        if step.kind is not None and step.id is not None:
            yield step.kind, step.id


def identity(value: object) -> str | None:
    """Return an id, or None if there is none: an empty or blank text names nothing."""
    return value if isinstance(value, str) and value.strip() else None


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; nothing where it is none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
