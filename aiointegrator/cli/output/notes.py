"""What rows cannot say: what was not read, which fields nothing has, and that there are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..._text import printable
from ...inventory import Inventory
from .terminal import say

_STEPS = ("flows", "exports", "imports", "connections")
_NEEDS = {"flow_steps": _STEPS, "used_by": _STEPS, "access": ("ashares",), "gaps": (), "integrations": ()}
"""The kinds from which a view is made; a table is made from its own."""


def say_unread(inventory: Inventory, kind: str) -> None:
    """Say what a table or view lacks because it was not asked for, or could not be read."""
    needs = _NEEDS.get(kind, (kind,))
    if absent := [one for one in needs if one not in inventory.kinds]:
        names, again = ", ".join(absent), ",".join((*inventory.kinds, *absent))
        say(f"note: {names} were not read, so what needs them here is not known; crawl again with --kinds {again}")
    gaps = 0 if kind == "gaps" else sum(gap.kind in (*needs, "integrations") for gap in inventory.gaps)
    if gaps:
        say(f"note: {gaps:,} {'branch' if gaps == 1 else 'branches'} could not be read; see gaps")


def watched(rows: Iterable[Mapping[str, Any]], paths: Sequence[str] = ()) -> Iterator[Mapping[str, Any]]:
    """The same rows; at their end, says which of the paths none of them has."""
    shown, unseen = False, dict.fromkeys(paths)
    for row in rows:
        shown = True
        for path in [path for path in unseen if row[path] is not None]:
            del unseen[path]
        yield row
    if shown and unseen:
        say(f"note: no record that is shown has {printable(', '.join(unseen))}, which no column is either")
