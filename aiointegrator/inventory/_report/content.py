"""Everything that the page says, gathered before or while it is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..._version import __version__
from .._diff.compare import Comparison
from .._graph.build import graph_of
from .._redact.redaction import Redaction
from .._store.reader import InventoryReader
from .bounds import Bounds
from .completeness import completeness_of, gaps_of
from .details import sections_of
from .differences import changes_of
from .findings import Findings, findings_of
from .integrations import IntegrationRow, Integrations
from .people import People
from .picture import HEIGHT, WIDTH, Picture, picture_of
from .safe_text import SafeText, moment, spelled
from .totals import systems_of, totals_of


def content_of(
    inventory: InventoryReader,
    base: sqlite3.Connection,
    comparison: Comparison | None,
    redaction: Redaction | None,
    bounds: Bounds,
    now: datetime,
) -> Mapping[str, Any]:
    """The values that the page is made of; what is long comes as an iterator."""
    pen = SafeText(redaction)
    read = completeness_of(inventory, base, pen)
    integrations = Integrations(base, read, pen, bounds)
    people, findings = People(inventory, pen, bounds), findings_of(inventory, pen, bounds)
    places = _places(integrations, findings)
    finished = moment(inventory.manifest["finished"])

    def picture(row: IntegrationRow) -> Picture | None:
        graph = graph_of(inventory, integration=row.raw)
        return picture_of(graph.nodes, graph.edges, pen, bounds.picture_rows)

    return {
        "version": __version__,
        "address": pen.text(inventory.manifest["base_url"]),
        "when": spelled(finished) if finished else pen.text(inventory.manifest["finished"]),
        "made": spelled(now),
        "bounds": bounds,
        "pen": pen,
        "read": read,
        "gaps": gaps_of(base, pen, bounds),
        "totals": totals_of(base, read),
        "systems": list(systems_of(base, pen)),
        "changes": None if comparison is None else changes_of(comparison, pen, redaction, bounds),
        "rows": integrations.rows,
        "more_integrations": integrations.more,
        "sections": sections_of(integrations, picture, people.of, bounds),
        "people": people,
        "findings": findings,
        "places": places,
        "box_width": WIDTH,
        "box_height": HEIGHT,
        "redaction": _redaction(inventory, redaction),
        "redacted": lambda: _redacted(pen, redaction),
    }


def _places(integrations: Integrations, findings: Findings) -> dict[Any, IntegrationRow]:
    """The integrations by id, with the number of findings of each."""
    places = {}
    for row in integrations.rows:
        row.findings = findings.by_integration[row.raw]
        if isinstance(row.raw, str):
            places[row.raw] = row
    return places


def _redaction(inventory: InventoryReader, redaction: Redaction | None) -> list[str]:
    """What is hidden in this report."""
    sentences = []
    if redaction is None:
        sentences.append("Nothing was hidden: text that looks like a secret stands here as it came.")
    else:
        sentences.append(
            "Text that looks like a secret (passwords in addresses, signed URLs, tokens) is replaced by a marker such "
            "as [redacted 3f9a1c2b], of which one sees whether two are the same, and not what they were. This report "
            "shows names, ids, types, levels and times, and what changed; it shows no record as a whole."
        )
        sentences.append(
            "Names and e-mail addresses of people are replaced too, and every value of sample data."
            if redaction.users
            else "Names and e-mail addresses of people are shown."
        )
    if inventory.manifest.get("redaction"):
        sentences.append("The inventory itself was redacted when it was crawled.")
    return sentences


def _redacted(pen: SafeText, redaction: Redaction | None) -> str:
    if redaction is None:
        return "Nothing was replaced."
    return (
        f"In this report {pen.redacted:,} texts have such a marker." if pen.redacted else "There was none to replace."
    )
