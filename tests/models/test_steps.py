"""What a flow uses, wherever in it that stands."""

from __future__ import annotations

from typing import Any

import pytest

from aiointegrator._domain.flow_steps import FlowStep, identity, steps, walk

FLOW: dict[str, Any] = {
    "_exportId": "old-e",
    "_importId": "old-i",
    "pageGenerators": [{"_exportId": "g0"}, {"_exportId": "g1"}],
    "pageProcessors": [{"_importId": "p0"}],
    "routers": [
        "no router",
        {
            "id": "r",
            "branches": [
                {"name": "a", "pageProcessors": [{"_exportId": "x"}, {"_importId": "y"}], "nextRouterId": "s"},
                {"name": "b", "pageProcessors": []},
            ],
        },
        {"branches": None},
    ],
}


def test_every_step_with_its_place() -> None:
    """The old fields, generators, processors, and the branches of routers, also one that does nothing."""
    assert list(walk(FLOW)) == [
        FlowStep("legacy", "exports", "old-e", 0, path="_exportId"),
        FlowStep("legacy", "imports", "old-i", 0, path="_importId"),
        FlowStep("generator", "exports", "g0", 0, path="pageGenerators[0]._exportId"),
        FlowStep("generator", "exports", "g1", 1, path="pageGenerators[1]._exportId"),
        FlowStep("processor", "imports", "p0", 0, path="pageProcessors[0]._importId"),
        FlowStep("processor", "exports", "x", 0, "r", "a", "s", "routers[1].branches[0].pageProcessors[0]._exportId"),
        FlowStep("processor", "imports", "y", 1, "r", "a", "s", "routers[1].branches[0].pageProcessors[1]._importId"),
        FlowStep("empty", None, None, 0, "r", "b", None, "routers[1].branches[1]"),
    ]
    assert [id_ for _, id_ in steps(FLOW)] == ["old-e", "old-i", "g0", "g1", "p0", "x", "y"]


def test_nonsense_is_no_step() -> None:
    """Whatever a server sends."""
    assert list(walk({"pageGenerators": {"_exportId": "x"}, "pageProcessors": [{"_importId": 3}, None]})) == []


def test_a_router_may_lead_on_itself() -> None:
    """The branch's own next router counts before that of its router; a blank id names none."""
    branches = [{"name": "a"}, {"name": "b", "nextRouterId": "own"}, {"name": "c", "nextRouterId": " "}]
    for following, wanted in (("next", ["next", "own", "next"]), ("", [None, "own", None]), (7, [None, "own", None])):
        flow = {"routers": [{"id": "r", "nextRouterId": following, "branches": branches}]}
        assert [step.next_router for step in walk(flow)] == wanted


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u3000"])
def test_a_blank_id_names_nothing(blank: str) -> None:
    """Wherever a step may stand."""
    place = {"_exportId": blank, "_importId": blank}
    routers = [{"id": blank, "branches": [{"pageProcessors": [place]}]}]
    flow = {**place, "pageGenerators": [place], "pageProcessors": [place], "routers": routers}
    assert list(walk(flow)) == []
    assert [identity(value) for value in (blank, None, 7, [blank], " x ")] == [None, None, None, None, " x "]
