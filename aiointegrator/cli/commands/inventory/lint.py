"""`aiointegrator inventory lint`: what deserves a second look."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ...._text import printable
from ....errors import ArgumentError
from ....inventory import RULES, Finding, Inventory, NotChecked, Redaction, not_checked
from ....inventory import lint as look
from ....inventory._sql.redacted_rows import redacted_row
from ... import exit_codes
from ...options.paths import PATH
from ...options.redaction import REDACT, Redacting
from ...output.terminal import json_data, say, table

TABLE_ROWS = 1000
_SHOWN = ("rule", "kind", "id", "name", "integration", "message")
_OF_THE_ACCOUNT = ("name", "message")


def lint(
    directory: Annotated[Path | None, PATH, Parameter(help="The directory that `crawl --out` wrote.")] = None,
    *,
    select: Annotated[
        list[str] | None,
        Parameter(help="Rules, or patterns such as unused-*; by commas or once each.", negative=()),
    ] = None,
    ignore: Annotated[list[str] | None, Parameter(help="Rules to leave out, likewise.", negative=())] = None,
    pending_days: Annotated[float, Parameter(help="How old a pending invitation must be.")] = 30,
    exit_code: Annotated[bool, Parameter(help="End with 3 where something was found.", negative=())] = False,
    rules: Annotated[bool, Parameter(help="List the rules, and stop.", negative=())] = False,
    output: Annotated[
        Literal["table", "jsonl"] | None,
        Parameter(name=["--output", "-o"], help="Default: a table on a terminal, JSON Lines in a pipe."),
    ] = None,
    redacting: Redacting = REDACT,
) -> int:
    """Look for what is unused, offline, without a trigger, missing, unregistered or pending. Offline.

    What could not be checked, because the crawl did not read it, is said and never taken for all right.
    """
    form = output or ("table" if sys.stdout.isatty() else "jsonl")
    if rules:
        _print_rules(form)
        return exit_codes.COMPLETE
    if directory is None:
        raise ArgumentError("name the directory that `crawl --out` wrote, or ask for --rules")
    chosen, left_out = _names(select), _names(ignore)
    inventory = Inventory.open(directory)
    findings = look(inventory, select=chosen, ignore=left_out, pending_days=pending_days)
    with redacting.redaction() as redaction:
        counts = _print(findings if redaction is None else _redacted(findings, redaction), form)
    _remark(not_checked(inventory, select=chosen, ignore=left_out), counts)
    return exit_codes.FOUND if exit_code and counts else exit_codes.COMPLETE


def _names(given: Iterable[str] | None) -> list[str]:
    return [name.strip() for entry in given or () for name in entry.split(",") if name.strip()]


def _print_rules(form: str) -> None:
    rows = [{"rule": rule.name, "description": rule.description} for rule in RULES.values()]
    if form == "table":
        table(["RULE", "DESCRIPTION"], [list(row.values()) for row in rows])
        return
    for row in rows:
        json_data(row, indent=None)


def _redacted(findings: Iterator[Finding], redaction: Redaction) -> Iterator[Finding]:
    """The findings, with markers for what the redaction hides in names and messages."""
    for finding in findings:
        yield replace(finding, **redacted_row(redaction, finding.kind, _OF_THE_ACCOUNT, asdict(finding)))


def _print(findings: Iterator[Finding], form: str) -> Counter[str]:
    """Print the findings; returns how many there are of each rule."""
    counts: Counter[str] = Counter()
    counted = _counting(findings, counts)
    if form == "jsonl":
        for finding in counted:
            json_data(asdict(finding), indent=None)
        return counts
    rows = [[getattr(finding, name) for name in _SHOWN] for finding in islice(counted, TABLE_ROWS)]
    if rows:
        table([name.upper() for name in _SHOWN], rows)
    for _ in counted:
        pass
    if (total := counts.total()) > TABLE_ROWS:
        say(f"the first {TABLE_ROWS:,} of {total:,} findings; -o jsonl has all of them")
    return counts


def _counting(findings: Iterator[Finding], counts: Counter[str]) -> Iterator[Finding]:
    for finding in findings:
        counts[finding.rule] += 1
        yield finding


def _remark(unchecked: Iterable[NotChecked], counts: Counter[str]) -> None:
    said: dict[tuple[bool, str], list[str]] = defaultdict(list)
    for one in unchecked:
        said[one.partly, one.reason].append(one.rule)
    for (partly, reason), names in said.items():
        say(f"{'partly ' if partly else ''}not checked: {', '.join(names)}: {printable(reason)}")
    each = ", ".join(f"{number:,} {rule}" for rule, number in counts.items())
    say(f"{counts.total():,} findings" + (f": {each}" if each else ""))
