"""An inventory that is open reads its manifest once and opens its database once, whatever is asked of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from forks import Forks
from inventory.making import make

from aiointegrator.inventory import build_database

COUNTING = """
import os, sys
def count(event, arguments):
    if event in ("open", "sqlite3.connect"):
        name = os.path.basename(os.fsdecode(arguments[0])) if isinstance(arguments[0], str | bytes) else ""
        if name.partition("?")[0] in ("manifest.json", "inventory.sqlite"):
            os.write(2, f"opened {name.partition('?')[0]} {event}\\n".encode())
sys.addaudithook(count)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    account = {
        "a": {
            "flows": [{"_id": "f", "name": "n", "pageGenerators": [{"_exportId": "e"}]}],
            "exports": [{"_id": "e", "name": "e", "_connectionId": "c"}],
            "connections": [{"_id": "c", "name": "c"}],
            "ashares": [{"_id": "s", "accessLevel": "manage", "sharedWithUser": {"email": "a@example.com"}}],
        }
    }
    make(tmp_path / "i", account)
    build_database(tmp_path / "i")
    return tmp_path / "i"


@pytest.mark.parametrize(
    "words",
    [
        "inventory show {}",
        "inventory show {} flows",
        "inventory search {} n",
        "inventory lint {}",
        "inventory access {}",
        "inventory access {} --uses connection:c",
        "inventory graph {} --from connection:c --direction used-by",
        "inventory export {} {}-out",
        "report {} --out {}-report.html",
    ],
)
def test_each_command_opens_once(forks: Forks, directory: Path, words: str) -> None:
    """The manifest and the database."""
    done = forks.run(*words.replace("{}", str(directory)).split(), before=COUNTING)
    assert done.code == 0, done
    opened = Counter(line for line in done.err.decode().splitlines() if line.startswith("opened "))
    assert opened["opened manifest.json open"] == 1
    assert opened["opened inventory.sqlite sqlite3.connect"] <= 1


def test_the_methods_of_an_open_inventory_share_a_connection(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the directory is gone meanwhile."""
    from aiointegrator.inventory import Inventory, not_checked

    inventory = Inventory.open(directory)
    first = [list(inventory.lint()), list(inventory.access()), inventory.graph(), not_checked(inventory)]
    directory.rename(directory.with_name("elsewhere"))
    again = [list(inventory.lint()), list(inventory.access()), inventory.graph(), not_checked(inventory)]
    assert again == first
