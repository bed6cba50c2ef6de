"""Each rule finds what it should, leaves alone what it should not, and says where it could not look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from inventory.making import make

from aiointegrator import ArgumentError
from aiointegrator.inventory import RULES, Database, Inventory, access_of, graph_of, lint, not_checked
from aiointegrator.orchestrators import KINDS

NOW = datetime(2026, 11, 24, tzinfo=UTC)
POLLED = {"_connectionId": "c", "adaptorType": "HTTPExport"}
FLOW = {"_id": "f", "name": "Orders", "pageGenerators": [{"_exportId": "e"}], "pageProcessors": [{"_importId": "m"}]}
SOUND: dict[str, Any] = {
    "flows": [FLOW | {"schedule": "? 5 * ? * *"}],
    "exports": [{"_id": "e", "name": "Get", **POLLED}],
    "imports": [{"_id": "m", "_connectionId": "c"}],
    "connections": [{"_id": "c", "name": "Shop"}],
    "ashares": [{"_id": "s", "accepted": True, "accessLevel": "manage", "createdAt": "2020-01-01T00:00:00Z"}],
}
REGISTERED = {"i": {"_registeredConnectionIds": ["c"]}}


def one(directory: Path, own: dict[str, Any] | None = None, **changes: Any) -> Inventory:
    """An account of one integration in which nothing is to be found, but for these records."""
    settings: dict[str, Any] = {"records": REGISTERED, "unassigned": {}} | changes
    return make(directory, {"i": SOUND | (own or {})}, **settings)


def found(inventory: Inventory, rule: str, **options: Any) -> list[tuple[str, str | None]]:
    """Id and integration of what a rule finds."""
    findings = list(lint(inventory, select=[rule], now=NOW, **options))
    assert all(finding.rule == rule and finding.message for finding in findings)
    return [(finding.id, finding.integration) for finding in findings]


def reasons(inventory: Inventory, rule: str) -> list[tuple[bool, str]]:
    return [(row.partly, row.reason) for row in not_checked(inventory, select=[rule])]


def test_a_sound_account_has_no_findings(tmp_path: Path) -> None:
    """And where everything was read, everything was checked."""
    inventory = one(tmp_path / "i")
    assert list(lint(inventory, now=NOW)) == []
    assert not_checked(inventory) == ()


def test_offline_connection(tmp_path: Path) -> None:
    """In an enabled flow, through any of its steps; what only disabled flows use is left alone."""
    offline = {"connections": [{"_id": "c", "name": "Shop", "offline": True}]}
    inventory = one(tmp_path / "1", offline)
    (finding,) = lint(inventory, select=["offline-connection"])
    assert (finding.kind, finding.id, finding.name, finding.integration) == ("connections", "c", "Shop", "i")
    assert finding.message == "offline, and used by 1 enabled flow: Orders"
    disabled = offline | {"flows": [FLOW | {"disabled": True}]}
    assert not found(one(tmp_path / "2", disabled), "offline-connection")


@pytest.mark.parametrize(
    ("rule", "kind"), [("unused-export", "exports"), ("unused-import", "imports"), ("unused-connection", "connections")]
)
def test_unused(tmp_path: Path, rule: str, kind: str) -> None:
    """By nothing but itself and its registration; another integration, or an import that looks up, is a use."""
    spare = {"_id": "spare", "_keepDeltaBehindExportId": "spare", "_borrowConcurrencyFromConnectionId": "spare"}
    records = {kind: [*SOUND[kind], spare]}
    registered = {"i": {"_registeredConnectionIds": ["c", "spare"]}}
    inventory = one(tmp_path / "1", records, records=registered)
    assert found(inventory, rule) == [("spare", "i")]
    key = {"exports": "_exportId", "imports": "_importId", "connections": "_connectionId"}[kind]
    lookup = {"_id": "m", "_connectionId": "c", "lookups": [{key: "spare"}]}
    other = {"i": SOUND | records, "j": {"imports": [lookup]}}
    assert not found(make(tmp_path / "2", other, unassigned={}), rule)
    for missing in ("flows", "imports"):
        gap = make(tmp_path / f"3{missing}", other, missing=[("j", missing)], unassigned={})
        assert not found(gap, rule)
        assert reasons(gap, rule) == [(False, f"{missing} were not read whole")]
    kinds = tuple(one for one in KINDS if one != "flows")
    assert reasons(make(tmp_path / "4", other, kinds=kinds), rule) == [(False, "the crawl did not ask for flows")]
    broken = one(tmp_path / "5", records, listing_breaks=True)
    assert not found(broken, rule)
    assert "list of integrations" in reasons(broken, rule)[0][1]


def test_unused_where_what_is_alone_was_not_read(tmp_path: Path) -> None:
    """Is found, as unused by what was read, and said to be checked in part."""
    inventory = one(tmp_path / "i", {"exports": [*SOUND["exports"], {"_id": "spare"}]}, unassigned=None)
    assert found(inventory, "unused-export") == [("spare", "i")]
    (partly, reason), unread = reasons(inventory, "unused-export")
    assert partly
    assert "--plan account" in reason
    assert unread == (True, "what was found may be used by APIs, tools and MCP servers, which were not read")


@pytest.mark.parametrize(
    ("flow", "export", "starts"),
    [
        ({}, {}, False),
        ({"schedule": ""}, {"type": "delta"}, False),
        ({"pageGenerators": []}, {}, False),
        ({"schedule": {"cron": "x"}}, {}, True),
        ({"pageGenerators": [{"_exportId": "e", "schedule": "? 5 * ? * *"}]}, {}, True),
        ({}, {"type": "webhook"}, True),
        ({}, {"type": "distributed"}, True),
        ({}, {"type": "something new"}, True),
        ({}, {"adaptorType": "AS2Export"}, True),
        ({}, {"_connectionId": None}, True),
        ({"disabled": True}, {}, True),
        ({"isAbstract": True}, {}, True),
        ({"pageGenerators": None, "_exportId": "e"}, {}, False),
        ({"pageGenerators": None, "_exportId": "e"}, {"type": "webhook"}, True),
    ],
)
def test_no_trigger(tmp_path: Path, flow: dict[str, Any], export: dict[str, Any], starts: bool) -> None:
    """A schedule, one of a generator, and whatever may listen start a flow; a type that we do not know may."""
    records = {"flows": [FLOW | flow], "exports": [SOUND["exports"][0] | export]}
    assert found(one(tmp_path / "i", records), "no-trigger") == ([] if starts else [("f", "i")])


@pytest.mark.parametrize("starter", [{"_runNextFlowIds": ["f"]}, {"_runNextExportIds": ["e"]}])
def test_a_flow_that_another_one_starts_has_a_trigger(tmp_path: Path, starter: dict[str, Any]) -> None:
    """In whichever integration that is; and where one was not read, nobody can say."""
    other = {"flows": [{"_id": "g", "schedule": "x", **starter}]}
    accounts = {"i": SOUND | {"flows": [FLOW]}, "j": other}
    assert not found(make(tmp_path / "1", accounts, unassigned={}), "no-trigger")
    gap = make(tmp_path / "2", accounts, missing=[("j", "flows")], unassigned={})
    assert not found(gap, "no-trigger")
    assert reasons(gap, "no-trigger") == [(False, "flows were not read whole")]


CYCLE = {"a": ["b"], "b": ["c"], "c": ["a"]}


def chained(following: dict[str, list[str]], **fields: dict[str, Any]) -> dict[str, Any]:
    """Flows that run each other next, with further fields of some."""
    flows = [{"_id": one, "name": one.upper(), "_runNextFlowIds": ids} for one, ids in following.items()]
    return {"flows": [flow | fields.get(str(flow["_id"]), {}) for flow in flows]}


@pytest.mark.parametrize(
    ("following", "fields", "wanted"),
    [
        (CYCLE, {}, "abc"),
        ({"a": ["a"]}, {}, "a"),
        (CYCLE | {"c": ["a", "d"], "d": ["e"], "e": []}, {}, "abc"),  # what hangs on it has somebody who starts it
        (CYCLE, {"b": {"schedule": "? 5 * ? * *"}}, ""),
        (CYCLE, {"b": {"schedule": " \n"}}, "abc"),
        (CYCLE, {"b": {"isAbstract": True}}, ""),
        (CYCLE, {"b": {"disabled": True}}, "ac"),
        (CYCLE, {"b": {"pageGenerators": [{"_exportId": "hook"}]}}, ""),
        (CYCLE | {"x": ["b"]}, {"x": {"schedule": "x"}}, ""),
        (CYCLE | {"x": ["b"]}, {}, "x"),
        (CYCLE | {"x": ["y"], "y": ["x"]}, {"x": {"schedule": "x"}}, "abc"),
        ({"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": ["c"]}, {"a": {"schedule": "x"}}, ""),
        ({"a": ["b"], "b": ["c"], "c": []}, {}, "a"),
    ],
)
def test_flows_that_only_start_each_other(
    tmp_path: Path, following: dict[str, list[str]], fields: dict[str, Any], wanted: str
) -> None:
    """In a cycle that nothing outside starts, of however many flows; the flows that a cycle runs next are left alone."""
    records = chained(following, **fields) | {"exports": [{"_id": "hook", "type": "webhook"}], "imports": []}
    assert [id_ for id_, _ in found(one(tmp_path / "i", records), "no-trigger")] == list(wanted)


def test_a_cycle_by_page_generators_and_over_integrations(tmp_path: Path) -> None:
    """A flow may be named by its page generator, and a cycle may cross integrations."""
    flows = [FLOW | {"_id": "f", "_runNextFlowIds": ["g"]}, {"_id": "g", "name": "Back", "_runNextExportIds": ["e"]}]
    accounts = {"i": SOUND | {"flows": flows[:1]}, "j": {"flows": flows[1:]}}
    findings = list(lint(make(tmp_path / "i", accounts, unassigned={}), select=["no-trigger"]))
    assert {(finding.id, finding.message) for finding in findings} == {
        ("f", "enabled, and started only in a cycle of flows that nothing outside starts, by Back"),
        ("g", "enabled, and started only in a cycle of flows that nothing outside starts, by Orders"),
    }


def test_a_long_cycle_takes_no_time(tmp_path: Path) -> None:
    """Of 2,000 flows, and neither does a long chain."""
    following = {f"a{n}": [f"a{(n + 1) % 2000}"] for n in range(2000)} | {f"b{n}": [f"b{n + 1}"] for n in range(2000)}
    assert len(found(one(tmp_path / "i", chained(following) | {"imports": []}), "no-trigger")) == 2001


def test_a_trigger_that_was_not_read(tmp_path: Path) -> None:
    """Makes no finding, and is counted."""
    gap = one(tmp_path / "i", {"flows": [FLOW]}, missing=[("i", "exports")])
    assert not found(gap, "no-trigger")
    assert (True, "of 1 enabled flows a page generator was not read") in reasons(gap, "no-trigger")


BLANKS: list[dict[str, Any]] = [
    {"_id": "f", "schedule": "x", "_exportId": blank, "pageGenerators": [{"_exportId": blank, "schedule": "x"}],
     "pageProcessors": [{"_importId": blank}], "_runNextFlowIds": [blank], "_integrationId": blank,
     "routers": [{"branches": [{"name": "b", "pageProcessors": [{"_importId": blank}]}]}]}
    for blank in ("", " ", "\t")
]  # fmt: skip


@pytest.mark.parametrize("flow", BLANKS)
def test_blank_ids_are_missing_ids(tmp_path: Path, flow: dict[str, Any]) -> None:
    """No finding, no row, no column and no node is about an id of no characters."""
    blank = flow["_exportId"]
    records: dict[str, Any] = {
        "flows": [flow],
        "exports": [{"_id": "e", "_connectionId": blank, "hooks": {"preSavePage": {"_scriptId": blank}}}],
        "imports": [{"_id": "m", "_connectionId": blank}],
        "connections": [{"_id": "c", "_agentId": blank}],
        "ashares": [
            {"_id": "s", "accepted": True, "sharedWithUser": {"_id": blank},
             "integrationAccessLevel": [{"_integrationId": blank, "accessLevel": "manage"}]}
        ],
    }  # fmt: skip
    own = {"i": {"_registeredConnectionIds": ["c", blank], "_parentId": blank, "_connectorId": blank}}
    inventory = make(tmp_path / "i", {"i": records}, records=own, unassigned={})
    findings = [(finding.rule, finding.id) for finding in lint(inventory, now=NOW)]
    assert sorted(findings) == [
        ("registered-unused", "c"), ("unused-connection", "c"), ("unused-export", "e"), ("unused-import", "m"),
    ]  # fmt: skip
    assert not [node for node in graph_of(inventory).nodes if not node.id.strip() and node.kind != "unassigned"]
    assert [(right.user, right.integration, right.effective) for right in access_of(inventory)] == [(None, "i", "none")]
    with Database(tmp_path / "i") as base:
        assert [row["step"] for row in base.rows("flow_steps") if row["role"] != "empty"] == []
        assert {row["id"] for row in base.rows("used_by")} == {"c"}
        for kind, column in (("exports", "connection"), ("connections", "agent"), ("integrations", "parent")):
            assert [row[column] for row in base.rows(kind, [column])] == [None]


def test_records_whose_own_id_is_blank(tmp_path: Path) -> None:
    """Are there, as records without an id are."""
    inventory = make(tmp_path / "i", {"i": {"flows": [{"_id": " ", "name": "N"}], "exports": [{"_id": ""}]}})
    with Database(inventory.directory) as base:
        assert [(row["id"], row["name"]) for row in base.rows("flows", ["id", "name"])] == [(None, "N")]
    assert found(inventory, "unused-export") == []


def test_missing_reference(tmp_path: Path) -> None:
    """Only where everything of the kind was read."""
    records = {"imports": [], "exports": [{"_id": "e", **POLLED, "hooks": {"preSavePage": {"_scriptId": "s"}}}]}
    inventory = one(tmp_path / "1", records)
    (finding,) = lint(inventory, select=["missing-reference"])
    assert (finding.kind, finding.id, finding.integration) == ("flows", "f", "i")
    assert finding.message == "pageProcessors[0]._importId names the import m, which does not exist"
    assert reasons(inventory, "missing-reference") == [
        (True, "1 scripts that records name: a crawl does not read scripts")
    ]
    gap = one(tmp_path / "2", records, missing=[("i", "imports")])
    assert not found(gap, "missing-reference")
    assert (True, "1 imports that records name: imports were not read whole") in reasons(gap, "missing-reference")
    alone = one(tmp_path / "3", {"connections": []}, unassigned=None)
    assert not found(alone, "missing-reference")
    assert found(one(tmp_path / "4", {"connections": []}), "missing-reference") == [("i", "i"), ("e", "i"), ("m", "i")]


def test_registered_and_unused(tmp_path: Path) -> None:
    """By the integration itself; not where one of its own branches is missing."""
    accounts = {"i": SOUND, "j": {"connections": SOUND["connections"]}}
    registered = {one: {"_registeredConnectionIds": ["c"]} for one in accounts}
    assert found(make(tmp_path / "1", accounts, records=registered), "registered-unused") == [("c", "j")]
    gap = make(tmp_path / "2", accounts, records=registered, missing=[("j", "imports")])
    assert not found(gap, "registered-unused")
    assert reasons(gap, "registered-unused") == [(True, "imports were not read whole")]
    elsewhere = make(tmp_path / "3", accounts, records=registered, missing=[("i", "imports")])
    assert found(elsewhere, "registered-unused") == [("c", "j")]


def test_used_and_unregistered(tmp_path: Path) -> None:
    """Where the integration says what is registered; another says nothing, and is counted."""
    inventory = one(tmp_path / "1", records={"i": {"_registeredConnectionIds": ["other"]}})
    assert found(inventory, "used-unregistered") == [("c", "i")]
    silent = one(tmp_path / "2", records={"i": {"_registeredConnectionIds": None}})
    assert not found(silent, "used-unregistered")
    assert reasons(silent, "used-unregistered") == [(True, "1 integrations do not say what is registered")]


def test_empty_branch(tmp_path: Path) -> None:
    """Of an enabled flow; one that goes on to another router is none."""
    router = {"id": "r", "branches": [{"name": "a"}, {"name": "b", "nextRouterId": "s"}]}
    flow = FLOW | {"routers": [router]}
    (finding,) = lint(one(tmp_path / "1", {"flows": [flow]}), select=["empty-branch"])
    assert finding.message == "branch a of router r has no step"
    assert not found(one(tmp_path / "2", {"flows": [flow | {"disabled": True}]}), "empty-branch")
    gap = one(tmp_path / "3", missing=[("i", "flows")])
    assert reasons(gap, "empty-branch") == [(True, "flows were not read whole")]


def test_a_branch_of_a_router_that_leads_on(tmp_path: Path) -> None:
    """Is not empty; a branch whose next router is a blank id leads nowhere."""
    first = {"id": "r", "nextRouterId": "s", "branches": [{"name": "pass"}, {"name": "too", "nextRouterId": ""}]}
    second = {"id": "s", "branches": [{"name": "end", "nextRouterId": " "}]}
    (finding,) = lint(one(tmp_path / "1", {"flows": [FLOW | {"routers": [first, second]}]}), select=["empty-branch"])
    assert finding.message == "branch end of router s has no step"


def test_unused_by_flows_says_who_else_may_use_it(tmp_path: Path) -> None:
    """In the finding and beside it, since a crawl does not read those; where nothing is unused, nothing is said."""
    spare = {"exports": [*SOUND["exports"], {"_id": "e2"}], "imports": [*SOUND["imports"], {"_id": "m2"}]}
    inventory = one(tmp_path / "1", spare)
    others = "APIs, tools and MCP servers"
    for rule in ("unused-export", "unused-import"):
        (finding,) = lint(inventory, select=[rule])
        assert finding.message == f"unused by flows; {others} may use it, and were not read"
        assert reasons(inventory, rule) == [(True, f"what was found may be used by {others}, which were not read")]
    assert reasons(inventory, "unused-connection") == []
    spare = {"connections": [*SOUND["connections"], {"_id": "c2"}]}
    assert len(reasons(one(tmp_path / "2", spare), "unused-connection")) == 1


def test_pending_invitation(tmp_path: Path) -> None:
    """For as many days as asked, once for each share; one without a date is counted, and a disabled one is none."""

    def share(one: str, **fields: Any) -> dict[str, Any]:
        return {"_id": one, "accepted": False, **fields}

    since = (NOW - timedelta(days=30)).isoformat()
    shares = [
        share("old", createdAt=since),
        share("young", createdAt=(NOW - timedelta(days=29)).isoformat()),
        share("undated"),
        share("odd", createdAt=7),
        share("off", createdAt=since, disabled=True),
        {"_id": "silent", "createdAt": since},
    ]
    inventory = make(tmp_path / "i", {"i": {"ashares": shares}, "j": {"ashares": shares[:1]}})
    assert found(inventory, "pending-invitation") == [("old", "i")]
    assert found(inventory, "pending-invitation", pending_days=0) == [("old", "i"), ("young", "i")]
    assert reasons(inventory, "pending-invitation") == [(True, "2 pending invitations do not say since when")]
    unasked = make(tmp_path / "k", {"i": {}}, kinds=("flows",))
    assert reasons(unasked, "pending-invitation") == [(False, "the crawl did not ask for ashares")]


def test_disabled_share(tmp_path: Path) -> None:
    """That still has a level, anywhere."""
    shares = [{"_id": "a", "disabled": True, "accessLevel": "manage"}, {"_id": "b", "disabled": True}]
    assert found(one(tmp_path / "i", {"ashares": shares}), "disabled-share") == [("a", "i")]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_whose_kinds_were_not_asked_for_finds_nothing_and_says_so(tmp_path: Path, rule: str) -> None:
    """Whatever is in the rest."""
    for kind in RULES[rule].reads:
        if kind == "integrations":
            continue
        kinds = tuple(one for one in KINDS if one != kind)
        inventory = make(tmp_path / kind, {"i": SOUND}, kinds=kinds)
        assert found(inventory, rule) == []
        assert (False, f"the crawl did not ask for {kind}") in reasons(inventory, rule)


def test_rules_are_chosen_by_name_or_pattern(tmp_path: Path) -> None:
    """What is no rule is named, with those that there are, before anything is read."""
    inventory = one(tmp_path / "i", {"exports": [*SOUND["exports"], {"_id": "spare"}], "imports": [{"_id": "n"}]})
    rules = {finding.rule for finding in lint(inventory, now=NOW)}
    assert rules == {"unused-export", "unused-import", "missing-reference"}
    assert {f.rule for f in lint(inventory, select=["unused-*"], ignore=["*-import"], now=NOW)} == {"unused-export"}
    for wrong in ({"select": ["unusd"]}, {"ignore": ["x*"]}, {"pending_days": -1}):
        with pytest.raises(ArgumentError):
            lint(inventory, **wrong)
    with pytest.raises(ArgumentError, match="empty-branch"):
        not_checked(inventory, select="nothing")
