"""What uses what: every edge with what it is, three states of what is not there, and drawings that no name can break."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory.making import make

from aiointegrator import ArgumentError
from aiointegrator._text import printable
from aiointegrator.inventory import (
    Edge,
    Graph,
    Inventory,
    InventoryDamagedError,
    Node,
    graph_of,
    thing_of,
)
from aiointegrator.inventory._sql.connection import connected
from aiointegrator.orchestrators import KINDS

FLOW = {
    "_id": "f",
    "name": "Orders",
    "pageGenerators": [None, {"_exportId": "e"}],
    "routers": [
        {
            "id": "r",
            "script": {"_scriptId": "s"},
            "branches": [{"name": "Domestic", "pageProcessors": [{"_importId": "m"}]}, {"name": "Nothing"}],
        }
    ],
    "_runNextFlowIds": ["g"],
}
ACCOUNT: dict[str, Any] = {
    "i": {
        "flows": [FLOW, {"_id": "old", "disabled": True, "_exportId": "e", "_importId": "gone"}],
        "exports": [{"_id": "e", "_connectionId": "c"}, {"_id": "spare", "name": "Spare"}],
        "imports": [{"_id": "m", "_connectionId": "d", "__linkedLookupCacheIds": ["l"]}],
        "connections": [{"_id": "c", "name": "Shop", "offline": True}],
    },
    "j": {"flows": [{"_id": "g", "name": "Next", "_exportId": "e"}], "exports": [{"_id": "e", "_connectionId": "c"}]},
}
REGISTERED = {"i": {"_registeredConnectionIds": ["c"]}}
ALONE = {"flows": [{"_id": "alone", "_exportId": "own"}], "exports": [{"_id": "own"}, {"_id": "idle"}]}


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return make(tmp_path / "i", ACCOUNT, records=REGISTERED, unassigned=ALONE)


def pairs(graph: Graph) -> set[tuple[str, str, str]]:
    return {(edge.source[1], edge.role, edge.target[1]) for edge in graph.edges}


def ids(graph: Graph) -> set[str]:
    return {node.id for node in graph.nodes}


def test_everything_has_its_place(inventory: Inventory) -> None:
    """Integrations, flows, steps, connections, scripts, lookup caches, what runs next, and what belongs to none."""
    graph = graph_of(inventory)
    assert pairs(graph) == {
        ("i", "flow", "f"), ("i", "flow", "old"), ("i", "registered", "c"), ("i", "without flow", "spare"),
        ("f", "generator", "e"), ("f", "processor", "m"), ("f", "script", "s"), ("f", "next", "g"),
        ("old", "legacy", "e"), ("old", "legacy", "gone"), ("e", "connection", "c"), ("m", "connection", "d"),
        ("m", "lookup cache", "l"), ("j", "flow", "g"), ("g", "legacy", "e"), ("", "flow", "alone"),
        ("alone", "legacy", "own"), ("", "without flow", "idle"),
    }  # fmt: skip
    assert len(graph.edges) == len(set(graph.edges)) == 18
    assert len(graph.nodes) == len({node.key for node in graph.nodes})
    ends = {end for edge in graph.edges for end in (edge.source, edge.target)}
    assert ends <= {node.key for node in graph.nodes}
    assert (
        Edge(
            ("flows", "f"),
            ("imports", "m"),
            "processor",
            "routers[0].branches[0].pageProcessors[0]._importId",
            "r",
            "Domestic",
        )
        in graph.edges
    )
    assert Edge(("flows", "f"), ("exports", "e"), "generator", "pageGenerators[1]._exportId") in graph.edges
    nodes = {node.key: node for node in graph.nodes}
    assert nodes["flows", "f"] == Node("flows", "f", "Orders", "present", enabled=True)
    assert nodes["flows", "old"].enabled is False
    assert nodes["connections", "c"] == Node("connections", "c", "Shop", "present", offline=True)
    assert nodes["unassigned", ""].state == "present"


def test_what_is_not_there_is_missing_or_not_known(tmp_path: Path, inventory: Inventory) -> None:
    """Missing only where everything of its kind was read, what belongs to no integration among it."""

    def states(inventory: Inventory) -> dict[str, str]:
        return {node.id: node.state for node in graph_of(inventory).nodes if node.state != "present"}

    assert states(inventory) == {"gone": "missing", "d": "missing", "s": "not known", "l": "not known"}
    by_integration = make(tmp_path / "1", ACCOUNT)
    assert states(by_integration) == {"gone": "missing", "d": "not known", "s": "not known", "l": "not known"}
    gap = make(tmp_path / "2", ACCOUNT, missing=[("j", "imports")], unassigned={})
    assert states(gap)["gone"] == "not known"
    assert states(gap)["d"] == "missing"
    kinds = tuple(kind for kind in KINDS if kind != "connections")
    unasked = make(tmp_path / "3", ACCOUNT, kinds=kinds, unassigned={})
    assert states(unasked) == {
        "gone": "missing",
        "c": "not known",
        "d": "not known",
        "s": "not known",
        "l": "not known",
    }
    broken = make(tmp_path / "4", ACCOUNT, listing_breaks=True)
    assert set(states(broken).values()) == {"not known"}


def test_from_a_start_both_ways(inventory: Inventory) -> None:
    """Down to what it uses, up to what uses it, and no further than asked."""
    assert ids(graph_of(inventory, start=("flows", "old"))) == {"old", "e", "gone", "c"}
    up = graph_of(inventory, start=("connections", "c"), direction="used-by")
    assert ids(up) == {"c", "e", "i", "f", "old", "g", "j"}
    assert pairs(up) <= pairs(graph_of(inventory))
    assert ids(graph_of(inventory, start=("connections", "c"), direction="used-by", depth=1)) == {"c", "e", "i"}
    assert ids(graph_of(inventory, start=("flows", "f"), depth=0)) == {"f"}
    assert graph_of(inventory, start=("flows", "f"), depth=0).edges == ()
    assert ids(graph_of(inventory, start=("exports", "idle"), direction="used-by")) == {"idle", ""}


def test_one_integration(inventory: Inventory) -> None:
    """What its records say and nothing of what others say."""
    assert ids(graph_of(inventory, integration="j")) == {"j", "g", "e", "c"}
    found = graph_of(inventory, integration="name of i")
    assert "g" in ids(found)
    assert ("g", "legacy", "e") not in pairs(found)
    up = graph_of(inventory, start=("connections", "c"), direction="used-by", integration="j")
    assert ids(up) == {"c", "e", "g", "j"}


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (("flows", "e"), "exports have this id"),
        (("connection", "sho"), r"near it are c \(Shop\)"),
        (("flows", "nothing"), "there is no flow 'nothing'"),
        (("ashares", "x"), "there is no kind"),
    ],
)
def test_a_start_that_is_none(inventory: Inventory, start: tuple[str, str], message: str) -> None:
    """Is an error that says what comes near."""
    with pytest.raises(ArgumentError, match=message):
        graph_of(inventory, start=start)


def test_bad_arguments(tmp_path: Path, inventory: Inventory) -> None:
    """Each is named; a name that several have is not guessed at."""
    for wrong in ({"direction": "sideways"}, {"depth": -1}, {"integration": "nobody"}):
        with pytest.raises(ArgumentError):
            graph_of(inventory, **wrong)
    with pytest.raises(ArgumentError, match="pdf"):
        graph_of(inventory).lines("pdf")
    twice = make(tmp_path / "t", {"i": {"flows": [{"_id": "a", "name": "x"}, {"_id": "b", "name": "x"}]}})
    with pytest.raises(ArgumentError, match="a, b"):
        graph_of(twice, start=("flows", "x"))


def test_things_in_words() -> None:
    """A kind in the singular or plural, in whatever case; the id may hold a colon."""
    assert thing_of("connection:a:b") == ("connections", "a:b")
    assert thing_of("LookupCaches:x") == ("lookupCaches", "x")
    for wrong in ("connection", "connection:", "person:x", ""):
        with pytest.raises(ArgumentError):
            thing_of(wrong)


def test_odd_records_are_drawn(tmp_path: Path) -> None:
    """Ids and names of any type, records without an id, things that refer to themselves."""
    flows: list[Any] = [
        {"name": ["x"], "_exportId": "e"},
        {"_id": 5, "name": 7},
        {"_id": "f", "_runNextFlowIds": ["f"]},
    ]
    inventory = make(
        tmp_path / "i", {"i": {"flows": flows, "exports": [{"_id": "e", "name": "\ud800"}]}}, unassigned={}
    )
    graph = graph_of(inventory)
    assert {(node.id, node.name) for node in graph.nodes if node.kind == "flows"} == {
        ("", '["x"]'),
        ("5", "7"),
        ("f", None),
    }
    assert ("", "legacy", "e") in pairs(graph)
    assert ("f", "next", "f") in pairs(graph)
    assert graph.mermaid() and graph.dot() and json.loads(graph.json())


def test_a_damaged_database_is_a_typed_error(inventory: Inventory) -> None:
    """That says what to do."""
    graph_of(inventory)
    path = inventory.directory / "inventory.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(InventoryDamagedError, match="remove it"), connected(inventory) as base:
        base.close()
        base.execute("SELECT 1")
    assert len(graph_of(inventory).nodes) > 5  # it is damaged, so it is built again


# Drawing

HOSTILE = st.text(
    st.sampled_from(list("\"'`<>[](){}|\\#;:&%$~*_=-\n\r\t\0\x1b\u202e\u2028\ud800 ax9é")), max_size=30
) | st.sampled_from(
    [
        '"]; click n0 "http://x"',
        "end",
        "%%{init: {}}%%",
        "<script>alert(1)</script>",
        "\\N",
        "fa:fa-car",
        "$$x$$",
        "A" * 5000,
    ]
)


def drawn(name: str) -> Graph:
    nodes = (Node("flows", "a", name, "present", enabled=True), Node("connections", "b", None, "missing"))
    return Graph(nodes, (Edge(("flows", "a"), ("connections", "b"), "processor", "x", name, name),))


@settings(max_examples=200, deadline=None)
@given(HOSTILE)
def test_no_name_ends_its_label(name: str) -> None:
    """Every line has the form that we gave it, and its label nothing that either program reads as its language."""
    inside = r"(?:[^\W_]|[ .,()/+\-�]|#\d+;)*"
    forms = [
        r"flowchart LR",
        rf'  n0\(\["{inside}"\]\)',
        rf'  n1\[\("{inside}"\)\]:::missing',
        rf'  n0 -->\|"{inside}"\| n1',
    ]
    for line, form in zip(drawn(name).mermaid().splitlines(), forms, strict=False):
        assert re.fullmatch(form, line), line
    assert drawn(name).mermaid().count("\n") == 8
    inside = r"(?:[^\x00-\x7f]|[A-Za-z0-9 .,()/+\-]|&#\d{2,3};)*"
    lines = drawn(name).dot().split("\n")
    assert re.fullmatch(rf'  n0 \[label="{inside}", shape=box, style=solid\]', lines[4])
    assert re.fullmatch(rf'  n0 -> n1 \[label="{inside}"\]', lines[6])
    assert json.loads(drawn(name).json())["nodes"][0]["name"] == name
    assert drawn(name).json().isascii()


def test_a_label_says_what_a_colour_shows() -> None:
    """Missing, not known, disabled and offline are words in it, and a long name is cut."""
    nodes = (
        Node("imports", "m", None, "missing"),
        Node("scripts", "s", None, "not known"),
        Node("flows", "f", "F" * 200, "present", enabled=False),
        Node("connections", "c", "C", "present", offline=True),
        Node("unassigned", "", None, "present"),
    )
    text = Graph(nodes, ()).mermaid()
    for said in (
        "import m (missing)",
        "script s (not known)",
        "#8230; (disabled)",
        "connection C (offline)",
        "no integration",
    ):
        assert said in text
    assert "F" * 81 not in text
    assert Graph((), ()).json() == '{"nodes": [\n], "edges": [\n]}\n'


EMOJI = "Launch 🚀 👨‍👩‍👧 日本 → متجر 𝒳 é"


def test_graphviz_gets_emoji_themselves() -> None:
    """In DOT only ASCII marks are numbers, since Graphviz 2.43 makes invalid UTF-8 of a number above U+FFFF."""
    text = drawn(f"{EMOJI} <&> '\"").dot()
    assert f'"flow {EMOJI} &#60;&#38;&#62; &#39;&#34;"' in text
    assert {int(number) for number in re.findall(r"&#(\d+);", text)} <= set(range(0x21, 0x7F))


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize(
    "name", ['"]; x [URL="http://evil"] <b>&amp; \\N \\l\u202e end', EMOJI, "\ufffe\ud83d\U000e0041"]
)
def test_graphviz_draws_it(name: str) -> None:
    """A hostile name, and one with emoji, is text in the picture, and nothing else."""
    done = subprocess.run(
        ["dot", "-Tsvg"], input=drawn(name).dot(), capture_output=True, text=True, timeout=20, check=True
    )
    assert not done.stderr
    assert "href" not in done.stdout
    from xml.etree import ElementTree

    texts = [found.text for found in ElementTree.fromstring(done.stdout).iter("{http://www.w3.org/2000/svg}text")]
    assert "flow " + printable(name) in texts
