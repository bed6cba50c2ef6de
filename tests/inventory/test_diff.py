"""Comparing two inventories: every difference once, where it stands, and nothing that nobody can know."""

from __future__ import annotations

import json
import sys
import tempfile
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventories import change_manifest, written

from aiointegrator import ArgumentError, ConfigurationError
from aiointegrator._exact_json import read_kept as read
from aiointegrator.inventory import (
    VOLATILE,
    Comparison,
    FieldChange,
    Inventory,
    InventoryDamagedError,
    InventoryMismatchError,
    RecordChange,
    Redaction,
    compare,
)
from aiointegrator.inventory._diff.changes import record_change
from aiointegrator.inventory._diff.fields import differ, differences
from aiointegrator.orchestrators import KINDS

REDACTION = Redaction(key="k" * 16)
FLOW = {"flows": [{"_id": "f"}]}


class Two:
    """Makes the pair of inventories of a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, old: Any, new: Any, olds: Any = None, news: Any = None, **options: Any) -> Comparison:
        """Compare two accounts, written with these options."""
        return compare(
            written(self.folder / "old", old, **(olds or {})),
            written(self.folder / "new", new, **(news or {})),
            **options,
        )

    def flows(self, old: Any, new: Any, **options: Any) -> list[RecordChange]:
        """Compare one flow of one integration."""
        return list(self({"i": {"flows": [old]}}, {"i": {"flows": [new]}}, **options))

    def fields(self, old: Any, new: Any, **options: Any) -> list[tuple[Any, ...]]:
        """What differs in one flow."""
        found = self.flows({"_id": "f", **old}, {"_id": "f", **new}, **options)
        return [(one.action, one.path, one.old, one.new) for change in found for one in change.fields]


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def said(comparison: Comparison) -> list[tuple[Any, ...]]:
    return [(one.action, one.kind, one.integration, one.id) for one in comparison]


def unknown(comparison: Comparison) -> list[tuple[Any, ...]]:
    return [(one.what, one.kind, one.integration, one.old, one.new) for one in comparison.unknown]


# Records


def test_what_came_went_and_changed(two: Two) -> None:
    """Each with its name, the fields that differ, and both values; rights first."""
    share = {"_id": "s", "sharedWithUser": {"name": "Ada", "email": "ada@x.org"}, "accessLevel": "monitor"}
    old = {"a": {"flows": [{"_id": "1", "name": "one"}, {"_id": "2", "name": "two"}], "ashares": [share]}}
    new = {
        "a": {"flows": [{"_id": "2", "name": "zwei"}], "ashares": [share | {"accessLevel": "manage"}]},
        "b": {"flows": [{"_id": "3", "name": 5}]},
    }
    comparison = two(old, new)
    assert said(comparison) == [
        ("changed", "ashares", "a", "s"),
        ("added", "integrations", "b", "b"),
        ("removed", "flows", "a", "1"),
        ("changed", "flows", "a", "2"),
        ("added", "flows", "b", "3"),
    ]
    right, _, gone, changed, come = comparison
    assert (right.right, gone.right, changed.right) == (True, False, False)
    assert (right.name, gone.name, changed.name, come.name) == ("Ada <ada@x.org>", "one", "zwei", "5")
    assert [(one.action, one.path, one.old, one.new) for one in changed.fields] == [("changed", "/name", "two", "zwei")]
    assert not unknown(comparison)
    assert comparison.summary.changes["flows"] == {"added": 1, "removed": 1, "changed": 1}
    assert comparison.summary.total == 5
    assert comparison.names() == {"a": "Integration a", "b": "Integration b"}


def test_rights_come_before_what_else_became_of_a_share(two: Two) -> None:
    """A name is no right; a field that nobody has heard of counts as one."""
    old = [{"_id": str(one), "sharedWithUser": {"name": "x"}} for one in range(4)]
    new = [dict(one) for one in old]
    new[0] = {"_id": "0", "sharedWithUser": {"name": "y"}, "lastSignIn": "now"}
    new[1]["accepted"] = False
    new[2]["mayDoAnything"] = True
    new[3] |= {"lastModified": "now", "disabled": True, "accountMFARequired": True}
    changes = list(two({"i": {"ashares": old}}, {"i": {"ashares": new}}))
    assert [(one.id, one.right) for one in changes] == [("1", True), ("2", True), ("3", True), ("0", False)]
    assert [one.path for one in changes[2].fields] == ["/accountMFARequired", "/disabled", "/lastModified"]
    summary = two({"i": {"ashares": old}}, {"i": {"ashares": new}}).summary
    assert summary.changes["ashares"] == {"changed": 4}
    assert summary.ignored_fields == {"/lastSignIn": 1}


def test_a_record_of_several_integrations_is_compared_in_each(two: Two) -> None:
    """Where it ends in one and begins in another, it has not moved: one was taken away, one was given."""
    share = {"_id": "s", "accessLevel": "manage"}
    old = {"a": {"ashares": [share]}, "b": {"ashares": [share]}, "c": {}}
    new = {"a": {"ashares": [share]}, "b": {}, "c": {"ashares": [share]}}
    assert said(two(old, new)) == [("removed", "ashares", "b", "s"), ("added", "ashares", "c", "s")]


def test_a_flow_that_moved(two: Two) -> None:
    """Is one change, with what else changed in it."""
    old = {"a": {"flows": [{"_id": "f", "_integrationId": "a"}]}, "b": {}}
    new = {"a": {}, "b": {"flows": [{"_id": "f", "_integrationId": "b"}]}}
    (change,) = two(old, new)
    assert (change.action, change.before, change.integration, change.id) == ("moved", "a", "b", "f")
    assert [one.path for one in change.fields] == ["/_integrationId"]
    same = {"a": {}, "b": {"flows": [{"_id": "f", "_integrationId": "a"}]}}
    comparison = two(old, same)
    assert said(comparison) == [("moved", "flows", "b", "f")]
    assert comparison.summary.changes["flows"] == {"moved": 1}
    twice = {"a": FLOW, "b": FLOW, "c": {}}
    assert said(two(twice, {"a": {}, "b": {}, "c": FLOW})) == [
        ("removed", "flows", "a", "f"),
        ("removed", "flows", "b", "f"),
        ("added", "flows", "c", "f"),
    ]


def test_records_without_an_id_and_with_one_id_are_all_there(two: Two) -> None:
    """Equal ones are found equal however many there are; the rest comes and goes."""
    nameless = [{"name": "x"}, {"name": "x"}, {"_id": 5}, {"_id": None}]
    twice = [{"_id": "d", "n": 1}, {"_id": "d", "n": 2}, {"_id": "d", "n": 3}]
    same = {"i": {"flows": [*nameless, *twice]}}
    assert not said(two(same, same))
    new = {"i": {"flows": [{"name": "x"}, {"_id": 6}, {"_id": None}, {"_id": "d", "n": 2}, {"_id": "d", "n": 9}]}}
    assert sorted(map(str, said(two(same, new)))) == sorted(
        map(
            str,
            [
                ("removed", "flows", "i", None),
                ("removed", "flows", "i", None),
                ("added", "flows", "i", None),
                ("changed", "flows", "i", "d"),
                ("removed", "flows", "i", "d"),
            ],
        )
    )


def test_order_and_spaces_are_no_change(two: Two) -> None:
    """Of keys in an object, and between values."""
    assert not two.flows(b'{"_id":"f","a":{"x":1,"y":[1,2]}}', b'{ "a": {"y":[1, 2],"x":1}, "_id" : "f" }')


def test_a_line_that_cannot_be_read(two: Two) -> None:
    """Is an error with a name, and so is one that holds no record."""
    for record in (b'{"_id":', b"[1]", b'"x"', b'{"_id": "\xff"}'):
        with pytest.raises(InventoryDamagedError, match="holds no record"):
            two.flows({"_id": "f"}, record)
        with pytest.raises(InventoryDamagedError, match="holds no record"):
            two.flows(record, {"_id": "f"})
    comparison = two({"i": {"flows": [{"_id": "f"}]}}, {"i": {"flows": [{"_id": "g"}]}})
    path = comparison.old.directory / "flows.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InventoryDamagedError, match="cut off"):
        list(comparison)


# Fields


def test_values_of_two_types_are_two_values(two: Two) -> None:
    """1, 1.0, "1" and true; null and nothing; an object and a list, empty ones too."""
    values = ["1", "1.0", '"1"', "true", "null", "{}", "[]", "[1]", "[true]", "[1.0]", '["1"]', "1e400", "-1e400"]
    for one in values:
        for other in values:
            for form in ('{"_id":"f","a":%s}', '{"_id":"f","a":[0,{"b":%s}]}', '{"_id":"f","a":[%s,7]}'):
                found = differences(read((form % one).encode()), read((form % other).encode()), strict=False)
                assert len(found) == (one != other), (one, other)


def test_numbers_that_python_cannot_hold_are_texts(two: Two) -> None:
    """And are told apart."""
    found = two.flows(b'{"_id":"f","a":1e400,"b":0.10000000000000000001}', b'{"_id":"f","a":1e500,"b":0.1}')
    assert [one.path for one in found[0].fields] == ["/a", "/b"]
    assert str(found[0].fields[0].new).endswith("1e500")
    assert two.fields({"a": float("nan")}, {"a": float("inf")}) == [("changed", "/a", "nan", "inf")]
    assert two.flows(b'{"_id":"f","a":%s}' % (b"9" * 5000), b'{"_id":"f","a":%s}' % (b"8" * 5000))


def test_paths_are_json_pointers(two: Two) -> None:
    """Whatever keys are called."""
    keys = ["a.b", "a/b", "a~b", "c['d']", 'e"', "", "__x", "\ud800", "0", "root", "f\n", "x" * 200]
    found = two.fields({"o": dict.fromkeys(keys, 1)}, {"o": dict.fromkeys(keys, 2)})
    assert sorted(path for _, path, *_ in found) == sorted(
        "/o/" + key.replace("~", "~0").replace("/", "~1") for key in keys
    )
    assert two.fields({}, {"__class__": {"__init__": 1}}) == [("added", "/__class__", None, {"__init__": 1})]
    assert two.fields({"a": "\ud800"}, {"a": "\ud801"}) == [("changed", "/a", "\ud800", "\ud801")]


def test_what_is_nested_too_deeply(two: Two) -> None:
    """Is compared as a whole, and never breaks anything."""

    def nested(levels: int, value: int) -> bytes:
        return b'{"_id":"f","a":%s%d%s}' % (b'{"b":[' * (levels // 2), value, b"]}" * (levels // 2))

    (change,) = two.flows(nested(300, 1), nested(300, 2))
    assert [(one.path[:9], one.old, one.new) for one in change.fields] == [
        ("/a/b/0/b/", *["[nested too deeply to show]"] * 2)
    ]
    for levels in (40, 100, 400, 900, 5000, 100_000):
        assert not two.flows(nested(levels, 1), nested(levels, 1))
        (change, *more) = two.flows(nested(levels, 1), nested(levels, 2))
        assert len(more) <= 1
        assert change.redacted(REDACTION).kind == "flows"
        for one in change.fields:
            json.dumps([one.old, one.new])


def test_steps_of_a_flow(two: Two) -> None:
    """Are matched by what they run, and their order counts."""
    one, other, third = ({"type": "import", "_importId": name, "n": 1} for name in ("x", "y", "z"))
    assert two.fields({"pageProcessors": [one, other]}, {"pageProcessors": [third, one, other | {"n": 2}]}) == [
        ("added", "/pageProcessors/0", None, third),
        ("changed", "/pageProcessors/2/n", 1, 2),
    ]
    assert two.fields({"pageProcessors": [one, other]}, {"pageProcessors": [other, one]}) == [
        ("reordered", "/pageProcessors", ["_importId x", "_importId y"], ["_importId y", "_importId x"])
    ]
    twice = [one, one | {"n": 2}]
    assert two.fields({"pageProcessors": twice}, {"pageProcessors": [one, one | {"n": 3}]}) == [
        ("changed", "/pageProcessors/1/n", 2, 3)
    ]
    branch = {"name": "b", "pageProcessors": [one, other]}
    router = {"id": "r", "branches": [branch]}
    (change,) = two.flows(
        {"_id": "f", "routers": [router]},
        {"_id": "f", "routers": [{"id": "q"}, router | {"branches": [branch | {"pageProcessors": [one]}]}]},
    )
    assert [(field.action, field.old_path, field.new_path, field.within) for field in change.fields] == [
        ("added", None, "/routers/0", ("q",)),
        ("removed", "/routers/0/branches/0/pageProcessors/1", None, ("r", "b", "_importId y")),
    ]


def test_lists_whose_order_means_nothing(two: Two) -> None:
    """Grants by their integration, ids that are registered; with `everything` the order counts here too."""
    grants = [{"_integrationId": str(one), "accessLevel": "manage"} for one in range(3)]
    lower = grants[0] | {"accessLevel": "monitor"}
    assert two.fields({"integrationAccessLevel": grants}, {"integrationAccessLevel": [*grants[1:], lower]}) == [
        ("changed", "/integrationAccessLevel/2/accessLevel", "manage", "monitor")
    ]
    ids = {"_registeredConnectionIds": ["a", "b", "c"]}
    assert two.fields(ids, {"_registeredConnectionIds": ["d", "c", "b"]}) == [
        ("removed", "/_registeredConnectionIds/0", "a", None),
        ("added", "/_registeredConnectionIds/0", None, "d"),
    ]
    turned = {"_registeredConnectionIds": ["c", "b", "a"]}
    assert not two.fields(ids, turned)
    assert two.fields(ids, turned, everything=True) == [
        ("reordered", "/_registeredConnectionIds", ["a", "b", "c"], ["c", "b", "a"])
    ]


def test_other_lists(two: Two) -> None:
    """Of the same length item by item, else whole items come and go; long ones as wholes."""
    assert two.fields({"m": [{"x": 1}, {"x": 2}]}, {"m": [{"x": 1}, {"x": 3}]}) == [("changed", "/m/1/x", 2, 3)]
    assert two.fields({"m": [{"x": 1}, {"x": 2}]}, {"m": [{"x": 0}, {"x": 1}, {"x": 2}]}) == [
        ("added", "/m/0", None, {"x": 0})
    ]
    long = [{"x": one} for one in range(5000)]
    assert two.fields({"m": long}, {"m": long[1:]}) == [("changed", "/m", long, long[1:])]


# What does not count


def test_volatile_fields_do_not_count_and_are_told(two: Two) -> None:
    """With how many records differ in nothing else; only where the API has them, and not with `everything`."""
    old = [{"_id": str(one), "lastExecutedAt": "1", "settings": {"lastExecutedAt": 1}} for one in range(3)]
    new = [one | {"lastExecutedAt": "2"} for one in old]
    new[0]["name"] = "x"
    new[1]["settings"] = {"lastExecutedAt": 2}
    comparison = two({"i": {"flows": old}}, {"i": {"flows": new}})
    found = {change.id: [one.path for one in change.fields] for change in comparison}
    assert found == {"0": ["/name"], "1": ["/settings/lastExecutedAt"]}
    assert comparison.summary.ignored_only == {"flows": 1}
    assert comparison.summary.ignored_fields == {"/lastExecutedAt": 3}
    assert set(comparison.ignored) == {path for paths in VOLATILE.values() for path in paths}
    everything = two({"i": {"flows": old}}, {"i": {"flows": new}}, everything=True)
    assert everything.summary.changes["flows"] == {"changed": 3}
    assert everything.ignored == ()


def test_every_volatile_field(two: Two) -> None:
    """Of each kind; the size of a queue, but not its name."""
    assert not said(
        two(
            {"i": {"connections": [{"_id": "c", "queueSize": 1, "queues": [{"name": "q", "size": 1}]}]}},
            {"i": {"connections": [{"_id": "c", "queueSize": 2, "queues": [{"name": "q", "size": 2}]}]}},
            {"kinds": KINDS, "records": {"i": {"_id": "i", "numFlows": 1, "numError": 2}}},
            {"kinds": KINDS, "records": {"i": {"_id": "i", "numFlows": 2}}},
        )
    )


def test_a_record_that_was_saved_is_reported(two: Two) -> None:
    """For a secret is masked: of a new password nothing else is seen."""
    assert two.fields({"lastModified": "1"}, {"lastModified": "2"}) == [("changed", "/lastModified", "1", "2")]
    assert not two.fields({"lastModified": "1"}, {"lastModified": "2"}, ignore=["lastModified"])


def test_fields_to_ignore(two: Two) -> None:
    """By name anywhere, by pointer in one place, by pointer with a star; what is no field is refused."""
    old = {"a": {"n": 1, "m": 1, "x": [{"n": 1, "y": 1}]}, "n": 1, "a.b": 1}
    new = {"a": {"n": 2, "m": 2, "x": [{"n": 2, "y": 2}]}, "n": 2, "a.b": 2}

    def paths(*ignore: str) -> list[str]:
        return [path for _, path, *_ in two.fields(old, new, ignore=ignore)]

    assert paths() == ["/a/m", "/a/n", "/a/x/0/n", "/a/x/0/y", "/a.b", "/n"]
    assert paths("n") == ["/a/m", "/a/x/0/y", "/a.b"]
    assert paths("/a/n", "/a/x/*/y", "/a.b") == ["/a/m", "/a/x/0/n", "/n"]
    assert paths("/a/x/0", "/*/m", "/missing/x") == ["/a/n", "/a.b", "/n"]
    assert two.fields({"x": [1, 2]}, {"x": [9, 3]}, ignore=["/x/0"]) == [("changed", "/x/1", 2, 3)]
    for wrong in ("", "a.b", "a[0]"):
        with pytest.raises(ArgumentError):
            paths(wrong)
    with pytest.raises(ArgumentError, match="collection"):
        two.fields(old, new, ignore="name")


# What nobody can know


def test_a_branch_that_was_not_read(two: Two) -> None:
    """Is unknown, on whichever side, and its records neither came nor went."""
    for olds, news in (({"missing": [("i", "flows")]}, {}), ({}, {"missing": [("i", "flows")]})):
        comparison = two({"i": FLOW}, {"i": FLOW}, olds, news)
        assert not said(comparison)
        ((what, kind, integration, old, new),) = unknown(comparison)
        assert (what, kind, integration) == ("branch", "flows", "i")
        assert ((old or new), (old and new)) == ("denied: 403", None)
    both = {"missing": [("i", "flows")]}
    assert unknown(two({"i": FLOW}, {"i": FLOW}, both, both)) == [
        ("branch", "flows", "i", "denied: 403", "denied: 403")
    ]


def test_a_list_of_integrations_that_broke_off(two: Two) -> None:
    """What is not in it is unknown with everything in it; what is in it is compared."""
    old = {"a": FLOW, "b": FLOW}
    new = {"a": {"flows": [{"_id": "f", "name": "x"}]}, "c": FLOW}
    comparison = two(old, new, {}, {"broken": True})
    assert said(comparison) == [
        ("added", "integrations", "c", "c"),
        ("changed", "flows", "a", "f"),
        ("added", "flows", "c", "f"),
    ]
    assert [row[:3] for row in unknown(comparison)] == [
        ("list", "integrations", None),
        ("integration", "integrations", "b"),
    ]
    comparison = two(old, new, {"broken": True}, {})
    assert said(comparison) == [
        ("removed", "integrations", "b", "b"),
        ("changed", "flows", "a", "f"),
        ("removed", "flows", "b", "f"),
    ]
    assert [row[:3] for row in unknown(comparison)] == [
        ("list", "integrations", None),
        ("integration", "integrations", "c"),
    ]


def test_an_integration_that_was_not_to_be_had(two: Two) -> None:
    """Is unknown, and the others are not."""
    comparison = two({"a": FLOW, "b": FLOW}, {}, {}, {"unreadable": ["b"]})
    assert said(comparison) == [("removed", "integrations", "a", "a"), ("removed", "flows", "a", "f")]
    assert unknown(comparison) == [("integration", "integrations", "b", None, "missing: no such one")]


def test_kinds_that_only_one_of_the_two_has(two: Two) -> None:
    """Are unknown once, as a whole; also those of an integration that is new."""
    comparison = two({"a": FLOW}, {"a": FLOW, "b": FLOW}, {"kinds": ["ashares"]}, {"kinds": ["flows", "ashares"]})
    assert said(comparison) == [("added", "integrations", "b", "b")]
    assert unknown(comparison) == [("kind", "flows", None, "not asked for", None)]


def test_two_plans(two: Two) -> None:
    """Sort records in two ways: those of both are compared, those of one are unknown."""
    new = {"a": {"flows": [{"_id": "f", "name": "x"}, {"_id": "g"}]}, "b": {}}
    nobodys = {"flows": [{"_id": "h"}]}
    comparison = two({"a": FLOW, "b": {"flows": [{"_id": "z"}]}}, new, {}, {"plan": "account", "unassigned": nobodys})
    assert said(comparison) == [("changed", "flows", "a", "f")]
    assert [row[:3] for row in unknown(comparison)] == [("placement", "flows", None), ("placement", "ashares", None)]


def test_what_belongs_to_no_integration(two: Two) -> None:
    """Is compared where both read the account's lists, and unknown where one did not read them to the end."""
    plan = {"plan": "account"}
    one, other = ({"flows": [{"_id": name}]} for name in "xy")
    comparison = two({"a": {}}, {"a": {}}, plan | {"unassigned": one}, plan | {"unassigned": other})
    assert said(comparison) == [("removed", "flows", None, "x"), ("added", "flows", None, "y")]
    assert not unknown(comparison)
    comparison = two({"a": {}}, {"a": {}}, plan | {"unassigned": one}, plan | {"missing": [("a", "flows")]})
    assert not said(comparison)
    assert [row[:3] for row in unknown(comparison)] == [("branch", "flows", "a"), ("unassigned", "flows", None)]
    comparison = two({"a": FLOW}, {}, plan, plan | {"unassigned": FLOW})
    assert said(comparison) == [("removed", "integrations", "a", "a"), ("moved", "flows", None, "f")]


def test_a_branch_that_the_manifest_does_not_have(two: Two) -> None:
    """Is no empty one: nothing is made of such a directory."""
    two({"i": FLOW}, {"i": FLOW})
    change_manifest(two.folder / "new", branches=[])
    with pytest.raises(InventoryDamagedError, match="names 0 branches of 2"):
        Inventory.open(two.folder / "new")


# What should not be compared


@pytest.mark.parametrize(
    ("olds", "news", "words"),
    [
        ({}, {"url": "https://eu/v1"}, "address: https://x/v1 and https://eu/v1"),
        ({"account": {"user": "a"}}, {"account": {"user": "b"}}, "user of the token: a and b"),
        ({"account": {"scope": "*"}}, {"account": {"scope": ["flows"]}}, "scope of the token"),
        ({}, {"redaction": Redaction(key="k" * 16)}, "redaction: none and secrets by key"),
        ({"redaction": Redaction(key="l" * 16)}, {"redaction": Redaction(key="k" * 16)}, "redaction: secrets by key"),
    ],
)
def test_what_is_not_of_one_kind(two: Two, olds: Any, news: Any, words: str) -> None:
    """Is refused, since differences would mean nothing; with `allow_mismatch` a note says so."""
    with pytest.raises(InventoryMismatchError, match="--allow-mismatch") as caught:
        two({"i": FLOW}, {"i": FLOW}, olds, news)
    assert words in str(caught.value)
    (note,) = two({"i": FLOW}, {"i": FLOW}, olds, news, allow_mismatch=True).notes
    assert words in note


def test_what_is_not_known_of_the_account_is_no_reason(two: Two) -> None:
    """An inventory without a user, and scopes in another order."""
    assert not two({}, {}, {"account": {"user": "a"}}, {}).notes
    assert not two({}, {}, {"account": {"scope": ["a", "b"]}}, {"account": {"scope": ["b", "a"]}}).notes
    assert not two({}, {}, {"account": {"user": "a", "scope": "*"}}, {"account": {"user": "a", "scope": "*"}}).notes


def test_without_the_extra(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how to get it, before anything is read."""
    monkeypatch.setitem(sys.modules, "deepdiff", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'aiointegrator\[report\]'"):
        two({}, {})


# Secrets


def test_secrets_are_compared_as_they_are_and_shown_hidden(two: Two) -> None:
    """By where they stand in the record; a change is seen."""
    old = {"_id": "f", "http": {"auth": {"token": {"value": "one-secret"}}}, "name": "n", "note": "password=hunter2"}
    new = {"_id": "f", "http": {"auth": {"token": {"value": "two-secret"}}}, "name": "n", "note": "password=hunter3"}
    (change,) = two.flows(old, new)
    hidden = change.redacted(REDACTION)
    assert "one-secret" in str(change.fields)
    assert [one.path for one in hidden.fields] == [one.path for one in change.fields]
    for one in hidden.fields:
        assert one.old != one.new
        assert "[redacted" in one.old
    for word in ("secret", "hunter"):
        assert word not in repr((hidden, hidden.old, hidden.new))
    share = {"_id": "s", "sharedWithUser": {"name": "Ada Moreno", "email": "ada@x.org"}}
    (change,) = two({"i": {"ashares": [share]}}, {"i": {}})
    assert change.name == "Ada Moreno <ada@x.org>"
    assert "Ada" not in repr(change.redacted(Redaction(users=True, key="k" * 16)))


def test_secrets_in_keys_and_lists(two: Two) -> None:
    """Are hidden in paths too."""
    secret = "https://x/?api_key=0123456789abcdef"
    (change,) = two.flows(
        {"_id": "f", "o": {secret: {"a": 1}}, "l": [{"name": secret, "x": 1}, {"name": "b"}]},
        {"_id": "f", "o": {secret: {"a": 2}}, "l": [{"name": "b"}, {"name": secret, "x": 2}]},
    )
    assert "0123456789abcdef" in repr(change)
    assert len(change.fields) == 3
    assert "0123456789abcdef" not in repr(change.redacted(REDACTION))


def test_names_of_items_that_are_hidden(two: Two) -> None:
    """An item is called by a marker where the field that names it is hidden; other names stay."""
    users = Redaction(users=True, key="k" * 16)
    items = [{"name": "Ada Moreno", "x": 1}, {"name": "Bo Lind", "x": 1}]
    changed = [{"name": "Bo Lind", "x": 1}, {"name": "Ada Moreno", "x": 2}]
    (change,) = two.flows(
        {
            "_id": "f",
            "sampleData": items,
            "l": items,
            "webhook": {"key": "hmac-one"},
            "encrypted": {"_xIds": ["a", "b"]},
        },
        {
            "_id": "f",
            "sampleData": changed,
            "l": changed,
            "webhook": {"key": "hmac-two"},
            "encrypted": {"_xIds": ["b", "a"]},
        },
    )
    hidden = {one.path: one for one in change.redacted(users).fields}
    assert "hmac-" not in repr(hidden)
    assert hidden["/l"].old == ["Ada Moreno", "Bo Lind"]
    assert hidden["/l/1/x"].within == ("Ada Moreno",)
    shown = [hidden[path] for path in hidden if path.startswith("/sampleData")]
    assert len(shown) == 2
    assert "Ada" not in repr(shown)
    assert "Bo" not in repr(shown)
    marker = users.record({"sampleData": "Ada Moreno"})["sampleData"]
    assert hidden["/sampleData/1/x"].within == (marker,)
    assert hidden["/sampleData"].new[1] == marker
    assert "Ada" in repr(change.redacted(REDACTION))


# Properties


def made(value: Any, changes: Sequence[FieldChange], old_at: Any = (), new_at: Any = ()) -> Any:
    """An old value with every change of it made."""
    if not isinstance(value, dict | list):
        return value
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    gone = {one.old_at[-1] for one in changes if one.action == "removed" and one.old_at[:-1] == old_at}
    come = {one.new_at[-1]: one.new for one in changes if one.action == "added" and one.new_at[:-1] == new_at}
    kept = [key for key in keys if key not in gone]
    places: dict[Any, Any] = dict(zip(kept, kept, strict=True))
    if isinstance(value, list):
        size = len(kept) + len(come)
        places = dict(zip(kept, (place for place in range(size) if place not in come), strict=True))
        for one in changes:
            if one.action == "reordered" and one.old_at == old_at:
                places = {key: one.new.index(one.old[key]) for key in kept}
    found = {places[key]: made_inside(value[key], changes, (*old_at, key), (*new_at, places[key])) for key in kept}
    assert not found.keys() & come.keys()
    found |= come
    return found if isinstance(value, dict) else [found[place] for place in range(len(found))]


def made_inside(value: Any, changes: Sequence[FieldChange], old_at: Any, new_at: Any) -> Any:
    for one in changes:
        if one.action == "changed" and one.old_at == old_at:
            assert one.new_at == new_at
            return one.new
    return made(value, changes, old_at, new_at)


def exact(value: Any) -> str:
    """JSON that is the same for values that are the same, and for no others."""
    return json.dumps(value, sort_keys=True)


KEYS = st.sampled_from(["_id", "id", "name", "a", "_xIds", "pageProcessors", "aliases", "__a", "x.y", "/~", ""])
LEAVES = st.sampled_from([0, 1, 1.0, True, False, None, "", "1", "a", "b", "c", "\ud800", [], {}])
VALUES = st.recursive(
    LEAVES, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=4), max_leaves=12
)
NAMED = st.lists(st.fixed_dictionaries({"_id": st.sampled_from("abcdef")}, optional={"a": VALUES}), max_size=5)
RECORDS = st.dictionaries(KEYS, VALUES | NAMED, max_size=5)
FLOWS = st.lists(
    st.fixed_dictionaries({}, optional={"_id": st.sampled_from(["f", "g", "h", 1]), "a": LEAVES}), max_size=4
)
ACCOUNTS = st.dictionaries(st.sampled_from("xyz"), st.fixed_dictionaries({"flows": FLOWS, "ashares": FLOWS}))


@settings(max_examples=100, deadline=None)
@given(RECORDS, RECORDS)
def test_the_changes_of_the_fields_are_all_of_it(old: Any, new: Any) -> None:
    """Made on the old record, they give the new one; and there are none where nothing changed."""
    data = [json.dumps(one).encode() for one in (old, new)]
    located = differences(read(data[0]), read(data[1]), strict=True)
    change = record_change("changed", "flows", ("i", "i"), "f", (data[0], data[1]), located)
    assert exact(made(old, change.fields)) == exact(new)
    assert bool(located) == (exact(old) != exact(new)) == differ(read(data[0]), read(data[1]), strict=True)
    for one in change.fields:
        hidden = change.redacted(REDACTION).fields
        assert [one.action for one in hidden] == [one.action for one in change.fields]


@settings(max_examples=25, deadline=None)
@given(ACCOUNTS, ACCOUNTS)
def test_the_changes_of_the_account_are_all_of_it(old: Any, new: Any) -> None:
    """Made on the old account, they give the new one; compared the other way round, what came is what went."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = written(Path(folder) / "old", old), written(Path(folder) / "new", new)
        forth, back = list(compare(one, other, everything=True)), list(compare(other, one, everything=True))
        assert not list(compare(one, Inventory.open(one.directory)))
    found = rows(old)
    for change in forth:
        if change.old is not None:
            found[
                change.kind, change.before if change.action == "moved" else change.integration, exact(change.old)
            ] -= 1
        if change.new is not None:
            found[change.kind, change.integration, exact(change.new)] += 1
    assert +found == rows(new)
    assert min(found.values(), default=0) >= 0
    turned = {"added": "removed", "removed": "added", "changed": "changed", "moved": "moved"}
    assert sorted((turned[one.action], one.kind, str(one.id)) for one in forth) == sorted(
        (one.action, one.kind, str(one.id)) for one in back
    )


def rows(account: Any) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for one, lists in account.items():
        found["integrations", one, exact({"_id": one, "name": f"Integration {one}"})] += 1
        for kind, records in lists.items():
            found.update((kind, one, exact(record)) for record in records)
    return found


# Size


def test_memory_does_not_grow_with_the_changes(two: Two) -> None:
    """What is held of 400 records that have changed is far less than they are."""
    records = [{"_id": str(one), "text": str(one) * 4000} for one in range(400)]
    comparison = two({"i": {"flows": records}}, {"i": {"flows": [one | {"n": 1} for one in records]}})
    size = (comparison.old.directory / "flows.jsonl").stat().st_size
    assert comparison.summary.total == 400
    tracemalloc.start()
    assert sum(1 for _ in comparison._changes(detailed=False)) == 400
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size / 2
