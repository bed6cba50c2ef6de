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
            that the branch goes on to.
    """

    role: Literal["generator", "processor", "legacy", "empty"]
    kind: str | None
    id: str | None
    position: int
    router: str | None = None
    branch: str | None = None
    next_router: str | None = None


def walk(flow: Mapping[str, Any]) -> Iterator[FlowStep]:
    """Every step of a flow, given as the server sends it; what is not of the form that it should have is left out."""
    yield from _at(flow, "legacy", 0)
    for position, place in enumerate(objects(flow.get("pageGenerators"))):
        yield from _at(place, "generator", position)
    for position, place in enumerate(objects(flow.get("pageProcessors"))):
        yield from _at(place, "processor", position)
    for router in objects(flow.get("routers")):
        for branch in objects(router.get("branches")):
            yield from _in_branch(_text(router.get("id")), branch)


def _in_branch(router: str | None, branch: Mapping[str, Any]) -> Iterator[FlowStep]:
    where = (router, _text(branch.get("name")), _text(branch.get("nextRouterId")))
    processors = objects(branch.get("pageProcessors"))
    for position, place in enumerate(processors):
        yield from _at(place, "processor", position, *where)
    if not processors:
        yield FlowStep("empty", None, None, 0, *where)


def _at(
    place: Mapping[str, Any],
    role: Literal["generator", "processor", "legacy"],
    position: int,
    router: str | None = None,
    branch: str | None = None,
    next_router: str | None = None,
) -> Iterator[FlowStep]:
    for kind, key in STEP_KEYS.items():
        if isinstance(place.get(key), str):
            yield FlowStep(role, kind, place[key], position, router, branch, next_router)


def steps(flow: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and id of every export and import that a flow uses."""
    for step in walk(flow):
        if step.kind is not None and step.id is not None:
            yield step.kind, step.id


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; nothing where it is none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
