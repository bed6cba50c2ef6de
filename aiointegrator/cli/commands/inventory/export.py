"""`aiointegrator inventory export`: hand an inventory over in another form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ....inventory import ExportFormat, Inventory
from ....inventory import export as write_export
from ...options.paths import PATH
from ...options.redaction import REDACT, Redacting
from ...output.terminal import outcome, say

_ONE_FILE = (".sqlite", ".sqlite3", ".db")


def export(
    directory: Annotated[Path, PATH, Parameter(help="The directory that `crawl --out` wrote.")],
    destination: Annotated[Path, PATH, Parameter(help="A directory for a file of each kind; for SQLite, the file.")],
    *,
    format: Annotated[
        ExportFormat | None,
        Parameter(
            name=["--format", "-f", "--output", "-o"],
            help="Default: sqlite where the destination ends in .sqlite or .db, else csv.",
        ),
    ] = None,
    kinds: Annotated[
        list[str] | None,
        Parameter(help="Some of the inventory's; the integrations go along.", negative=(), consume_multiple=True),
    ] = None,
    delimiter: Annotated[
        str | None,
        Parameter(
            help="Of CSV, what separates cells: one character, or tab; a comma unless told otherwise.",
            allow_leading_hyphen=True,
        ),
    ] = None,
    fresh: Annotated[bool, Parameter(help="Replace an export that is there.", negative=())] = False,
    redacting: Redacting = REDACT,
) -> None:
    """Hand an inventory over: CSV that is safe in a spreadsheet, JSON Lines, one SQLite file, or Parquet. Offline.

    Secrets are replaced by markers, of which a change is still seen. What the crawl could not read is in `gaps`.
    """
    inventory = Inventory.open(directory)
    chosen: ExportFormat = format or ("sqlite" if destination.suffix in _ONE_FILE else "csv")
    names = [kind.strip() for entry in kinds or () for kind in entry.split(",") if kind.strip()]
    with redacting.redaction() as redaction:
        files = write_export(inventory, destination, chosen, redaction, kinds=names, delimiter=delimiter, fresh=fresh)
    for path in files:
        outcome(str(path))
    if redaction is None:
        say("warning: secrets and people are in it as the server sent them")
    if not inventory.complete:
        say(f"INCOMPLETE: {len(inventory.gaps):,} parts of the account were not read; see gaps in the export")
