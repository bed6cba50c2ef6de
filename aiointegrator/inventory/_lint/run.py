"""What in an account deserves a second look, by named rules.

A rule never takes what was not read for something that is not there. Where its data are missing it finds nothing, and
`not_checked` says so; where they have gaps, it finds what holds all the same. "Nothing uses it" means nothing that was
read: scripts, and whatever calls the API from outside, can name things that no record does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from ...errors import ArgumentError
from .._sql.connection import connected
from .._store.coverage import OUTSIDE, Whole
from .._store.reader import InventoryReader
from .rule import Asked, Rule
from .rules import RULES

PENDING_DAYS = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that deserves a second look.

    Attributes:
        rule: the name of the rule that found it.
        kind, id, name: of what.
        integration: whose it is; None where it belongs to none, and one of them where it belongs to several.
        message: what is the matter. It holds text of the account.
    """

    rule: str
    kind: str
    id: str
    name: str | None
    integration: str | None
    message: str


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that a rule could not look at, so that its silence says nothing.

    Attributes:
        rule: the name of the rule.
        reason: why.
        partly: whether the rule found what it could; otherwise it found nothing.
    """

    rule: str
    reason: str
    partly: bool


def lint(
    inventory: InventoryReader,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    now: datetime | None = None,
    pending_days: float = PENDING_DAYS,
) -> Iterator[Finding]:
    """What the rules find, rule by rule; see `not_checked` for what they could not look at.

    Args:
        inventory: an inventory.
        select: names of rules, or patterns such as `unused-*`; none are all.
        ignore: names or patterns of rules to leave out.
        now: the time from which on an invitation's age is reckoned; default: this moment.
        pending_days: how many days old a pending invitation must be.

    Raises:
        ArgumentError: no such rule, or a number of days below zero.
        InventoryError: the child that says what is wrong with the inventory.
        InventoryWriteError: the database is to be made and cannot be written.
    """
    rules = chosen(select, ignore)
    if pending_days < 0:
        raise ArgumentError(f"an invitation is pending for 0 days or more, not for {pending_days:g}")
    return _found(inventory, rules, now or datetime.now(UTC), timedelta(days=pending_days))


def not_checked(
    inventory: InventoryReader, *, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> tuple[NotChecked, ...]:
    """What the rules could not look at, because it was not read.

    Args:
        inventory: an inventory.
        select, ignore: as `lint` takes them.

    Raises:
        ArgumentError: no such rule.
        InventoryError: the child that says what is wrong with the inventory.
        InventoryWriteError: the database is to be made and cannot be written.
    """
    rules = chosen(select, ignore)
    whole = Whole(inventory)
    with connected(inventory) as base:
        asked = Asked(base, whole, datetime.now(UTC), timedelta())
        return tuple(one for rule in rules for one in _lacking(rule, asked))


def chosen(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules that are asked for, in the order of the table.

    Raises:
        ArgumentError: no such rule.
    """
    wanted, unwanted = _matched(select) or set(RULES), _matched(ignore)
    return tuple(rule for name, rule in RULES.items() if name in wanted - unwanted)


def _matched(patterns: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for pattern in (patterns,) if isinstance(patterns, str) else patterns:
        names = {name for name in RULES if fnmatchcase(name, pattern)}
        if not names:
            raise ArgumentError(f"there is no rule {pattern!r}; there are {', '.join(RULES)}")
        found |= names
    return found


def _found(inventory: InventoryReader, rules: Iterable[Rule], now: datetime, pending: timedelta) -> Iterator[Finding]:
    with connected(inventory) as base:
        asked = Asked(base, Whole(inventory), now, pending)
        for rule in rules:
            if _barred(rule, asked.whole) is not None:
                continue
            for kind, one, integration, message in rule.find(asked):
                found = base.execute("SELECT name FROM things WHERE kind = ? AND id IS ?", (kind, one)).fetchone()
                yield Finding(rule.name, kind, _text(one) or "", _text(found and found[0]), integration, message)


def _barred(rule: Rule, whole: Whole) -> str | None:
    """Why a rule cannot be checked at all."""
    unasked = (whole.lacks(kind) for kind in rule.reads if not whole.asked(kind))
    return next(unasked, None) or next(filter(None, map(whole.lacks, rule.rests_on)), None)


def _lacking(rule: Rule, asked: Asked) -> Iterator[NotChecked]:
    if reason := _barred(rule, asked.whole):
        yield NotChecked(rule.name, reason, partly=False)
        return
    reasons = [reason for kind in rule.reads if (reason := asked.whole.lacks(kind))]
    reasons += [OUTSIDE] if rule.outside and not asked.whole.outside else []
    for reason in dict.fromkeys([*reasons, *rule.unsure(asked)]):
        yield NotChecked(rule.name, reason, partly=True)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
