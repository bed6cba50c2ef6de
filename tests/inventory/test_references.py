"""What a record refers to."""

from __future__ import annotations

from aiointegrator._domain.references import references


def test_references_are_found_wherever_they_stand() -> None:
    """In objects, lists and lists of ids, with the way to them; business data that looks like them is none."""
    record = {
        "_id": "f",
        "_connectionId": "c",
        "_integrationId": "i",
        "_flowGroupingId": "g",
        "_runNextFlowIds": ["f1", "f2", 3],
        "_registeredConnectionIds": ["c1"],
        "__linkedLookupCacheIds": ["l"],
        "hooks": {"preMap": {"_scriptId": "s"}},
        "routers": [{"branches": [{"pageProcessors": [{"_importId": "m"}]}]}],
        "_exportId": None,
        "_importId": {"odd": True},
        "sampleData": {"_exportId": "none"},
        "mockOutput": [{"_exportId": "none"}],
    }
    assert list(references(record)) == [
        ("connections", "c", "_connectionId"),
        ("flows", "f1", "_runNextFlowIds[0]"),
        ("flows", "f2", "_runNextFlowIds[1]"),
        ("connections", "c1", "_registeredConnectionIds[0]"),
        ("lookupCaches", "l", "__linkedLookupCacheIds[0]"),
        ("scripts", "s", "hooks.preMap._scriptId"),
        ("imports", "m", "routers[0].branches[0].pageProcessors[0]._importId"),
    ]


def test_blank_ids_refer_to_nothing() -> None:
    """In any field, and in lists, whose other items keep their places."""
    record = {"_connectionId": "", "_runNextFlowIds": ["", "f", " "], "hooks": {"_scriptId": "\n"}}
    assert list(references(record)) == [("flows", "f", "_runNextFlowIds[1]")]
