"""An inventory as others are to see it: some of its kinds, and secrets hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._redact.redaction import Redaction
from ..errors import InventoryDamagedError
from .files import INTEGRATIONS
from .json_lines import data_of
from .manifest import AGAIN
from .reader import InventoryReader

_UNREADABLE = b'{"redacted":'
"""How `Redaction.line` shows what it cannot read."""


class InventoryView(InventoryReader):
    """Reads like the inventory, with fewer kinds and with markers for what the redaction hides."""

    def __init__(self, inventory: InventoryReader, kinds: Sequence[str], redaction: Redaction | None) -> None:
        super().__init__(inventory.directory, _manifest(inventory.manifest, kinds, redaction), inventory.sha256)
        self._redaction = redaction

    def _lines(self, kind: str) -> Iterator[tuple[str, bytes]]:
        if self._redaction is None:
            yield from super()._lines(kind)
            return
        for place, line in super()._lines(kind):
            data = data_of(place, line)
            shown = self._redaction.line(data)
            if shown.startswith(_UNREADABLE) and not data.startswith(_UNREADABLE):
                raise InventoryDamagedError(f"{place} holds no record; {AGAIN}")
            yield place, line[: -len(data) - 1] + shown + b"}"


def _manifest(manifest: Mapping[str, Any], kinds: Sequence[str], redaction: Redaction | None) -> dict[str, Any]:
    def seen(row: Mapping[str, Any]) -> dict[str, Any]:
        error = row.get("error")
        return {**row, "error": redaction.text(error) if redaction and isinstance(error, str) else error}

    return {
        **manifest,
        "kinds": [kind for kind in manifest["kinds"] if kind in kinds],
        "branches": [seen(row) for row in manifest["branches"] if row["kind"] in kinds],
        "gaps": [seen(row) for row in manifest.get("gaps") or () if row["kind"] in (INTEGRATIONS, *kinds)],
    }
