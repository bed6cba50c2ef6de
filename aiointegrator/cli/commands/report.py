"""`aiointegrator report`: an inventory as one page to hand over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ...inventory import Inventory, write_report
from ..options.paths import PATH
from ..options.redaction import REDACT, Redacting
from ..output.terminal import outcome, say


def report(
    directory: Annotated[Path, PATH, Parameter(help="The directory that `crawl --out` wrote.")],
    *,
    out: Annotated[Path, PATH, Parameter(help="The HTML file to write.")],
    title: Annotated[str | None, Parameter(help="Its heading, instead of integrator.io account inventory.")] = None,
    compare: Annotated[Path | None, PATH, Parameter(help="An older inventory: say what changed since.")] = None,
    allow_mismatch: Annotated[
        bool, Parameter(help="Compare also inventories of two addresses, tokens or redactions.", negative=())
    ] = False,
    fresh: Annotated[bool, Parameter(help="Replace a file that is there.", negative=())] = False,
    redacting: Redacting = REDACT,
) -> None:
    """Write a report: one HTML file that opens from disk and loads nothing. Offline.

    First what was read and what was not, then totals, changes, who may do what, what deserves a second look, and every
    integration with its flows and a picture. Secrets are hidden unless told otherwise.
    """
    inventory = Inventory.open(directory)
    old = None if compare is None else Inventory.open(compare)
    with redacting.redaction() as redaction:
        written = write_report(
            inventory,
            out,
            title=title,
            compare_with=old,
            allow_mismatch=allow_mismatch,
            redaction=redaction,
            fresh=fresh,
        )
    outcome(str(written))
    if redaction is None:
        say("warning: secrets, where names and messages hold any, are in it as the server sent them")
    if not inventory.complete:
        say(f"INCOMPLETE: {len(inventory.gaps):,} parts of the account were not read; the report says which, and why")
