"""What is read and written back loses nothing: replies of every resource, invented after the published samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiointegrator import models
from aiointegrator._decoding.shapes import items, one

REPLIES = sorted((Path(__file__).parent / "data" / "replies").glob("*.json"))


def test_every_resource_has_its_replies() -> None:
    """Each resource of the contract is among them."""
    names = {path.stem for path in REPLIES}
    wanted = {
        "Integration",
        "Flow",
        "Export",
        "Import",
        "Connection",
        "AShare",
        "Revision",
        "InstallStep",
        "AuditEntry",
    }
    assert wanted <= names


@pytest.mark.parametrize("path", REPLIES, ids=lambda path: path.stem)
def test_nothing_is_lost(path: Path) -> None:
    """Unknown fields, nulls, odd types, big numbers and timestamps come back to the letter."""
    model = getattr(models, path.stem)
    text = path.read_bytes()
    records = items(model).parse(text)
    assert json.dumps([record.to_wire() for record in records], sort_keys=True) == json.dumps(
        json.loads(text), sort_keys=True
    )
    for record, sent in zip(records, json.loads(text), strict=True):
        assert record.model_dump(by_alias=True, exclude_unset=True, warnings=False) == sent
        assert one(model).parse(json.dumps(sent).encode()) == record


def test_attributes_have_pythons_names_and_times_are_read_beside() -> None:
    """The wire's names are aliases; the text of a timestamp stays."""
    [flow, _] = items(models.Flow).parse((REPLIES[0].parent / "Flow.json").read_bytes())
    assert flow.integration_id == "5c0000000000000000000010"
    assert flow.last_modified == "2026-05-02T17:02:59Z"
    assert flow.last_modified_datetime is not None
    assert flow.last_modified_datetime.year == 2026
    assert flow.routers is not None
    assert flow.routers[0].branches is not None
    assert flow.routers[0].branches[0].page_processors is not None
    assert flow.routers[0].branches[0].page_processors[0].import_id == "5c0000000000000000000022"
