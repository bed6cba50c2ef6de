"""`aiointegrator inventory diff`: what changed between two inventories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ....inventory import Comparison, Inventory, compare
from ....inventory._diff.render.json import as_json
from ....inventory._diff.render.markdown import as_markdown
from ....inventory._diff.render.text import as_text
from ... import exit_codes
from ...options.paths import PATH
from ...options.redaction import REDACT, Redacting
from ...output.terminal import data, json_line

FORMS = {"text": as_text, "json": as_json, "markdown": as_markdown}


def diff(
    old: Annotated[Path, PATH, Parameter(help="The directory of the older inventory.")],
    new: Annotated[Path, PATH, Parameter(help="The directory of the newer one.")],
    *,
    exit_code: Annotated[
        bool,
        Parameter(
            help="End with 3 where something differs, and with 5 where nothing does that was read in both, but "
            "something was not.",
            negative=(),
        ),
    ] = False,
    ignore: Annotated[
        list[str] | None,
        Parameter(
            help="What does not count: a name, or a JSON Pointer such as /http/method; by commas or once each.",
            negative=(),
        ),
    ] = None,
    everything: Annotated[
        bool, Parameter(help="Count also what changes by itself, such as lastExecutedAt.", negative=())
    ] = False,
    allow_mismatch: Annotated[
        bool,
        Parameter(help="Compare also inventories of two addresses, tokens or redactions.", negative=()),
    ] = False,
    format: Annotated[Literal["text", "json", "markdown"], Parameter(name="--format")] = "text",
    redacting: Redacting = REDACT,
) -> int:
    """Compare two inventories: what came, what went, what changed field by field, and what nobody can say. Offline.

    Changes of rights come first. What was not read in one of the two is unknown, and never added or removed.
    Secrets are compared as they are and shown as markers. JSON is one document, which README describes.

    Exit code 0: compared. With --exit-code, 0: nothing differs and all was read; 3: something differs; 5: nothing
    differs, but something was not read in one of the two.
    """
    names = [name.strip() for entry in ignore or () for name in entry.split(",") if name.strip()]
    comparison = compare(
        Inventory.open(old), Inventory.open(new), ignore=names, everything=everything, allow_mismatch=allow_mismatch
    )
    write = json_line if format == "json" else data
    with redacting.redaction() as redaction:
        for line in FORMS[format](comparison, redaction):
            write(line)
    return _code(comparison) if exit_code else exit_codes.COMPLETE


def _code(comparison: Comparison) -> int:
    if comparison.summary.total:
        return exit_codes.FOUND
    return exit_codes.INCOMPLETE if comparison.unknown else exit_codes.COMPLETE
