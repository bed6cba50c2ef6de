"""What JSON allows and neither Python nor SQLite likes: half characters in ids, numbers of thousands of digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from inventories import change_manifest

from aiointegrator.inventory import Database, Inventory, InventoryDamagedError, access_of

from .making import make

HALF = "\ud800"


def test_ids_may_hold_half_characters(tmp_path: Path) -> None:
    """An integration whose id has half a character is there in the tables, in the gaps, and in rights."""
    share = {"_id": "a", "integrationAccessLevel": [{"_integrationId": HALF, "accessLevel": "manage"}]}
    lists: dict[str, Any] = {"flows": [{"_id": "f"}], "ashares": [share]}
    inventory = make(tmp_path, {"i": lists, HALF: lists}, missing=[(HALF, "exports")])
    with Database(tmp_path) as base:
        assert [row["integration"] for row in base.rows("flows")] == ["i", "\\ud800"]
        assert [row["integration"] for row in base.rows("gaps")] == ["\\ud800"]
    assert "\\ud800" in {right.integration for right in access_of(inventory)}


def test_numbers_may_have_thousands_of_digits(tmp_path: Path) -> None:
    """A record with such a number is read, and the number is its text."""
    digits = "9" * 5000
    content: Any = {"i": {"flows": [f'{{"_id":"f","name":"n","x":{digits}}}'.encode()]}}
    inventory = make(tmp_path, content)
    assert [flow["x"] for flow in inventory.records("flows")] == [digits]
    with Database(tmp_path) as base:
        assert [row["name"] for row in base.rows("flows")] == ["n"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("files", [1]),
        ("files", {"flows.jsonl": {}}),
        ("gaps", 5),
        ("gaps", ["x"]),
        ("gaps", [{"kind": "integrations"}]),
        ("duplicates", "3"),
        ("duplicates", None),
    ],
)
def test_a_manifest_of_another_form_is_refused(tmp_path: Path, key: str, value: object) -> None:
    """Gaps and files that no crawl writes are a typed error that names the manifest."""
    make(tmp_path, {"i": {}})
    change_manifest(tmp_path, **{key: value})
    with pytest.raises(InventoryDamagedError, match=f"manifest.json has no usable {key}"):
        Inventory.open(tmp_path)
