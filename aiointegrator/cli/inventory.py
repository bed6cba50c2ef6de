"""`aiointegrator inventory`: look at what a crawl left on disk. Nothing here opens a socket."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ..inventory import Inventory, InventoryError
from . import _exit
from ._terminal import clean, data, say

app = App(name="inventory", help="Look at what a crawl left on disk, offline.")
Directory = Annotated[Path, Parameter(help="The directory that `crawl --out` wrote.")]


@app.command
def check(directory: Directory) -> int:
    """Say whether a directory holds a whole inventory: every file with the digest that the manifest names.

    Exit code 0: whole. 1: no inventory, cut off, changed, or copied by half.
    """
    try:
        inventory = Inventory.open(directory)
        inventory.verify()
    except InventoryError as error:
        for problem in getattr(error, "problems", ()):
            say(f"  {clean(problem)}")
        say(f"NOT WHOLE: {clean(error)}")
        return _exit.ERROR
    counts = ", ".join(f"{number:,} {kind}" for kind, number in inventory.counts.items())
    data(f"whole: {counts}")
    missing = f"incomplete: the crawl could not read {len(inventory.gaps):,} parts of the account"
    data("complete: everything that was asked for was read" if inventory.complete else missing)
    return _exit.COMPLETE
