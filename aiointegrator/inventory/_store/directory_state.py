"""What a directory holds before a crawl writes to it, and whose it is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from ..._domain.kinds import KINDS, Plan
from .._redact.redaction import Redaction
from ..errors import InventoryExistsError, InventoryMismatchError
from .files import INTEGRATIONS, JOURNAL, MANIFEST, file_of, part_of
from .journal import Branches, head_of_journal, outcomes_of, recover
from .manifest import read_manifest
from .opening import is_there

PLANS = get_args(Plan)


class DirectoryState(Enum):
    """What a directory holds."""

    NOTHING = "nothing"
    REMAINS = "files of an inventory without its manifest"
    INTERRUPTED = "a crawl that was interrupted"
    FINISHED = "an inventory already"


def state_of(directory: Path) -> DirectoryState:
    """What a directory holds. A journal is there until a crawl has given all its files their names."""
    if is_there(directory / JOURNAL):
        return DirectoryState.INTERRUPTED
    if is_there(directory / MANIFEST):
        return DirectoryState.FINISHED
    return (
        DirectoryState.REMAINS if any(is_there(directory / file_of(kind)) for kind in KINDS) else DirectoryState.NOTHING
    )


def refuse_existing(directory: str | os.PathLike[str]) -> None:
    """Refuse a directory in which a crawl would overwrite something.

    Raises:
        InventoryExistsError: it holds an inventory, files of one, or an interrupted crawl.
    """
    found = state_of(Path(directory))
    if found is DirectoryState.NOTHING:
        return
    ways = {
        DirectoryState.FINISHED: "name another directory, replace it with --fresh, or read what it lacks with --resume",
        DirectoryState.INTERRUPTED: "go on with it with --resume, or begin anew with --fresh",
        DirectoryState.REMAINS: "name another directory, or replace them with --fresh",
    }
    raise InventoryExistsError(f"{directory} holds {found.value}; {ways[found]}")


@dataclass(frozen=True, kw_only=True)
class CrawlIdentity:
    """Of what an inventory is: of which account, at which address, which kinds, read how, and what is hidden."""

    base_url: str
    account: Mapping[str, Any]
    kinds: Sequence[str]
    plan: str
    redaction: Redaction | None = None

    def head(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "base_url": self.base_url,
            "account": self.account,
            "kinds": list(self.kinds),
            "plan": self.plan,
            **self.hidden(),
        }

    def hidden(self) -> dict[str, Any]:
        """What is hidden, and what tells the key of the markers from another one; nothing where nothing is."""
        if self.redaction is None:
            return {}
        return {
            "redacted": True,
            "redacted_users": self.redaction.users,
            "redaction_key": self.redaction.fingerprint,
        }

    def refuse_other(self, directory: Path, said: Mapping[str, Any]) -> None:
        """Raise InventoryMismatchError where a crawl on disk is one of something else."""
        ours = self.head()
        pairs = {
            "address": (said.get("base_url"), ours["base_url"]),
            "account (user of the token)": ((said.get("account") or {}).get("user"), self.account.get("user")),
            "set of kinds": (", ".join(sorted(said.get("kinds", ()))), ", ".join(sorted(self.kinds))),
            "plan": (said.get("plan"), self.plan),
            "redaction": (_hidden_by(said), _hidden_by(ours)),
        }
        wrong = [f"{name}: {theirs} there, {own} now" for name, (theirs, own) in pairs.items() if theirs != own]
        if wrong:
            raise InventoryMismatchError(
                f"the crawl in {directory} is one of something else ({'; '.join(wrong)}); "
                "give the same options and token as for the first time, or name another directory"
            )


def _hidden_by(head: Mapping[str, Any]) -> str:
    if not head.get("redacted"):
        return "none"
    what = "secrets and people" if head.get("redacted_users") else "secrets"
    return f"{what} by key {head.get('redaction_key')}"


def options_on_disk(directory: Path) -> dict[str, Any]:
    """The `kinds` and `plan` of the crawl in a directory; nothing where there is none.

    Raises:
        InventoryVersionError: it was written by a newer version.
        InventoryDamagedError: it cannot be resumed.
    """
    found = state_of(directory)
    if found not in (DirectoryState.FINISHED, DirectoryState.INTERRUPTED):
        return {}
    head = read_manifest(directory) if found is DirectoryState.FINISHED else head_of_journal(directory)
    return {"kinds": tuple(head["kinds"]), "plan": head.get("plan", PLANS[0])}


def branches_on_disk(
    directory: str | os.PathLike[str],
    kinds: Sequence[str],
    base_url: str,
    *,
    plan: str = "integration",
    account: Mapping[str, Any] | None = None,
    redaction: Redaction | None = None,
) -> frozenset[tuple[str, str]]:
    """The branches that a resumed crawl would not read, as pairs of an integration's id and a kind; changes nothing.

    Raises:
        InventoryMismatchError: what is there is of another account, address, set of kinds, plan, or redaction.
        InventoryDamagedError: it cannot be resumed.
    """
    place, found = Path(directory), state_of(Path(directory))
    if found is DirectoryState.FINISHED:
        head = read_manifest(place)
        branches = outcomes_of(head["branches"])
    elif found is DirectoryState.INTERRUPTED:
        recovered = recover(place, sizes_of(place, kinds))
        head, branches = recovered.head, recovered.branches
    else:
        return frozenset()
    origin = CrawlIdentity(base_url=base_url, account=account or {}, kinds=kinds, plan=plan, redaction=redaction)
    origin.refuse_other(place, head)
    return whole(branches) if plan == "integration" else frozenset()


def whole(branches: Branches) -> frozenset[tuple[str, str]]:
    """The branches that were read."""
    return frozenset(key for key, outcome in branches.items() if outcome.status == "read")


def sizes_of(directory: Path, kinds: Sequence[str]) -> dict[str, int]:
    """Bytes of each data file of an interrupted crawl; one that is missing has none."""
    parts = {kind: part_of(directory, file_of(kind)) for kind in (INTEGRATIONS, *kinds)}
    return {kind: part.stat().st_size if part.is_file() else 0 for kind, part in parts.items()}
