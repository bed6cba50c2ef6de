"""What `lint` found, rule by rule, and what it could not look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .._lint.rules import RULES
from .._lint.run import lint, not_checked
from .._store.reader import InventoryReader
from .bounds import Bounds
from .safe_text import SafeText


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding; `whose` is the id of its integration."""

    name: str
    id: str
    kind: str
    whose: str | None
    message: str


@dataclass(slots=True)
class RuleRows:
    """What one rule found.

    Attributes:
        number: how many findings, of which `rows` are the first.
        unchecked: what it could not look at, each with whether it could look at anything.
    """

    name: str
    description: str
    number: int = 0
    rows: list[FindingRow] = field(default_factory=list)
    unchecked: list[tuple[bool, str]] = field(default_factory=list)

    @property
    def silent(self) -> bool:
        """Whether it could not be checked at all."""
        return any(not partly for partly, _ in self.unchecked)


@dataclass(frozen=True, slots=True)
class Findings:
    """All rules, and how many findings each integration has."""

    rules: Sequence[RuleRows]
    by_integration: Counter[str | None]

    @property
    def number(self) -> int:
        """How many findings there are."""
        return sum(rule.number for rule in self.rules)

    @property
    def found(self) -> list[RuleRows]:
        """Rules that found something."""
        return [rule for rule in self.rules if rule.number]

    @property
    def unchecked(self) -> list[RuleRows]:
        """Rules that could not look at everything."""
        return [rule for rule in self.rules if rule.unchecked]

    @property
    def clear(self) -> list[RuleRows]:
        """Rules that looked at everything and found nothing."""
        return [rule for rule in self.rules if not rule.number and not rule.unchecked]


def findings_of(inventory: InventoryReader, pen: SafeText, bounds: Bounds) -> Findings:
    """Run every rule."""
    rules = {rule.name: RuleRows(rule.name, rule.description) for rule in RULES.values()}
    counts: Counter[str | None] = Counter()
    for one in lint(inventory):
        rule = rules[one.rule]
        rule.number += 1
        counts[one.integration] += 1
        if len(rule.rows) < bounds.findings:
            name = pen.person(one.name, None) if one.kind == "ashares" else pen.name(one.name, one.id)
            rule.rows.append(
                FindingRow(name, pen.text(one.id, 60), one.kind, one.integration, pen.text(one.message, 300))
            )
    for lack in not_checked(inventory):
        rules[lack.rule].unchecked.append((lack.partly, pen.text(lack.reason, 200)))
    return Findings(list(rules.values()), counts)
