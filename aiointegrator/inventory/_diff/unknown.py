"""What an inventory knows of an account: what was read, and what a whole list says is not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .._store.files import INTEGRATIONS
from .._store.reader import InventoryReader


@dataclass(frozen=True, slots=True)
class UnknownPart:
    """A part of the account of which nobody can say whether it changed, since it was not read in one of the two.

    Attributes:
        kind: of what.
        integration: whose; None where it is a part of the whole account.
        what: `kind` (all of it), `integration` (with everything in it), `branch` (this kind of this integration),
            `list` (integrations that the other may have and this one did not get to), `unassigned` (what belongs to no
            integration), or `placement` (read by different plans: a record that only one has is not reported).
        old, new: why it is not known in the old and in the new inventory; None where it is known there.
    """

    kind: str
    integration: str | None
    what: Literal["kind", "integration", "branch", "list", "unassigned", "placement"]
    old: str | None
    new: str | None


class Knowledge:
    """What one inventory knows."""

    def __init__(self, inventory: InventoryReader) -> None:
        manifest = inventory.manifest
        self.kinds = inventory.kinds
        self.by_account = manifest.get("plan") == "account"
        self.listed = {owner for owner, _ in inventory.rows(INTEGRATIONS) if owner is not None}
        self._branches: dict[str, dict[str, str | None]] = defaultdict(dict)
        self._unread: dict[str, str] = {}
        for row in manifest["branches"]:
            self.listed.add(row["integration"])
            reason = None if row["status"] == "read" else _reason(row)
            self._branches[row["kind"]][row["integration"]] = reason
            if reason is not None:
                self._unread.setdefault(row["kind"], reason)
        gaps = [row for row in manifest.get("gaps") or () if row.get("kind") == INTEGRATIONS]
        self._named = {row["integration"]: _reason(row) for row in gaps if isinstance(row.get("integration"), str)}
        self.list_broke = next((_reason(row) for row in gaps if not isinstance(row.get("integration"), str)), None)

    @property
    def named(self) -> frozenset[str]:
        """Integrations that were asked for by their ids and could not be read."""
        return frozenset(self._named)

    @property
    def way(self) -> str:
        """How it is known whose a record is."""
        return "read by the account's lists" if self.by_account else "read by each integration's lists"

    def why_no_kind(self, kind: str) -> str | None:
        """Why nothing is known of a whole kind."""
        return None if kind == INTEGRATIONS or kind in self.kinds else "not asked for"

    def why_not(self, kind: str, integration: str | None) -> str | None:
        """Why nothing is known of a kind of an integration (None: of what belongs to none); None where it is known."""
        if self.why_no_kind(kind):
            return self.why_no_kind(kind)
        if integration is None:
            return None if kind == INTEGRATIONS else self._why_not_unassigned(kind)
        if integration in self.listed:
            return (
                None
                if kind == INTEGRATIONS
                else self._branches[kind].get(integration, "the manifest has no such branch")
            )
        return self._named.get(integration, self.list_broke)

    def _why_not_unassigned(self, kind: str) -> str | None:
        if not self.by_account:
            return "only a crawl by the account's lists reads it"
        return self.list_broke or self._unread.get(kind)


def _reason(row: Any) -> str:
    return f"{row.get('status')}: {row.get('error')}"


def unknown_parts(old: Knowledge, new: Knowledge) -> Iterator[UnknownPart]:
    """Everything that one of the two does not know, each of it once."""
    if old.list_broke or new.list_broke:
        yield UnknownPart(INTEGRATIONS, None, "list", old.list_broke, new.list_broke)
    kinds = [kind for kind in old.kinds if kind in new.kinds]
    for kind in dict.fromkeys((*old.kinds, *new.kinds)):
        if kind not in kinds:
            yield UnknownPart(kind, None, "kind", old.why_no_kind(kind), new.why_no_kind(kind))
    for integration in sorted(old.listed | new.listed | old.named | new.named):
        yield from _of_integration(old, new, integration, kinds)
    for kind in kinds:
        if old.by_account != new.by_account:
            yield UnknownPart(kind, None, "placement", old.way, new.way)
        elif old.by_account and (old.why_not(kind, None) or new.why_not(kind, None)):
            yield UnknownPart(kind, None, "unassigned", old.why_not(kind, None), new.why_not(kind, None))


def _of_integration(old: Knowledge, new: Knowledge, integration: str, kinds: list[str]) -> Iterator[UnknownPart]:
    whys = old.why_not(INTEGRATIONS, integration), new.why_not(INTEGRATIONS, integration)
    if any(whys):
        yield UnknownPart(INTEGRATIONS, integration, "integration", *whys)
        return
    for kind in kinds:
        whys = old.why_not(kind, integration), new.why_not(kind, integration)
        if any(whys):
            yield UnknownPart(kind, integration, "branch", *whys)
