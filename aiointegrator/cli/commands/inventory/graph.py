"""`aiointegrator inventory graph`: what uses what, to be drawn or to be read by a program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ....inventory import Graph, Inventory, Redaction, graph_of, thing_of
from ....inventory._graph.render import MERMAID_EDGES, MERMAID_TEXT
from ...options.paths import PATH
from ...options.redaction import REDACT, Redacting
from ...output.terminal import data, say


def graph(
    directory: Annotated[Path, PATH, Parameter(help="The directory that `crawl --out` wrote.")],
    *,
    start: Annotated[
        str | None,
        Parameter(name="--from", help="Kind and id, or a name that only one has: connection:ID. Default: everything."),
    ] = None,
    direction: Annotated[Literal["uses", "used-by"], Parameter(help="What the start uses, or what uses it.")] = "uses",
    depth: Annotated[int | None, Parameter(help="So many steps from the start and no more.")] = None,
    integration: Annotated[str | None, Parameter(help="Only what this integration's records say; id or name.")] = None,
    output: Annotated[
        Literal["mermaid", "dot", "json"], Parameter(name=["--output", "-o"], help="dot is Graphviz's language.")
    ] = "mermaid",
    redacting: Redacting = REDACT,
) -> None:
    """Show what uses what: integrations, flows, exports, imports, connections, scripts and lookup caches. Offline.

    What something refers to and the crawl did not find is in it too, as `missing` where everything of its kind was
    read, and as `not known` where it was not.
    """
    begin = None if start is None else thing_of(start)
    found = graph_of(Inventory.open(directory), start=begin, direction=direction, depth=depth, integration=integration)
    size = 0
    with redacting.redaction() as redaction:
        for line in (found if redaction is None else _redacted(found, redaction)).lines(output):
            data(line)
            size += len(line) + 1
    _remark(found, output, size)


def _redacted(found: Graph, redaction: Redaction) -> Graph:
    """The graph, with markers for what the redaction hides in its names."""

    def text(name: str | None) -> str | None:
        return name and redaction.text(name)

    nodes = (replace(node, name=text(node.name)) for node in found.nodes)
    edges = (replace(edge, router=text(edge.router), branch=text(edge.branch)) for edge in found.edges)
    return Graph(tuple(nodes), tuple(edges))


def _remark(found: Graph, output: str, size: int) -> None:
    say(f"{len(found.nodes):,} things, {len(found.edges):,} uses")
    if output == "mermaid" and (len(found.edges) > MERMAID_EDGES or size > MERMAID_TEXT):
        say(
            f"note: Mermaid draws {MERMAID_EDGES:,} edges and {MERMAID_TEXT:,} characters unless its maxEdges and "
            "maxTextSize are raised; --from, --depth and --integration make the graph smaller"
        )
    for state in ("missing", "not known"):
        if number := sum(node.state == state for node in found.nodes):
            say(f"{state}: {number:,} things that something refers to")
