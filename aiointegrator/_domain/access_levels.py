"""What a share is worth: the one place that says which level counts, and whether it counts yet.

A level that we do not know is never ranked: where it meets another one, both are named, since nobody here can say which
of them is higher.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RANKS = {"monitor": 1, "manage": 2, "administrator": 3}
"""The levels whose order is known."""
EITHER = " or "
NONE, PENDING = "none", "pending"
OFF = ("disabled", "dismissed")
"""Standings in which a share gives nothing."""


def higher(account: Any, granted: Any) -> Any:
    """The level that an account-wide level and one for the integration amount to; None where there is neither."""
    levels = [level for level in (account, granted) if level is not None]
    if len(levels) < 2 or levels[0] == levels[1]:
        return levels[0] if levels else None
    ranks = [RANKS.get(level) if isinstance(level, str) else None for level in levels]
    if None in ranks:
        return EITHER.join(map(str, levels))
    return max(levels, key=RANKS.__getitem__)


def standing(ashare: Mapping[str, Any]) -> str:
    """Whether a share counts: `disabled`, `dismissed`, `pending`, `active`, or `not known`."""
    for field in OFF:
        if ashare.get(field) is True:
            return field
    accepted = ashare.get("accepted")
    if not isinstance(accepted, bool):
        return "not known"
    return "active" if accepted else PENDING


def effective(level: Any, stands: str) -> Any:
    """What somebody may do now: the level, `pending` before the invitation is accepted, or `none`.

    Where nobody can say whether it was accepted, the level is what counts.
    """
    if level is None or stands in OFF:
        return NONE
    return PENDING if stands == PENDING else level
