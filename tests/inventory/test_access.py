"""Who can do what: one definition of it, three states of what is not said, and nothing that is left out in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inventory.making import make

from aiointegrator import ArgumentError
from aiointegrator._domain.access_levels import effective, higher, standing
from aiointegrator.inventory import OWNER_NOTE, Database, Inventory, Right, access_notes, access_of, lint


def share(one: str, account: Any = None, grants: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    found = [{"_integrationId": place, "accessLevel": level} for place, level in (grants or {}).items()]
    person = {"_id": f"u{one}", "name": f"N {one}", "email": f"{one}@Example.com"}
    level = {} if account is None else {"accessLevel": account}
    return {"_id": one, "accepted": True, "sharedWithUser": person, "integrationAccessLevel": found, **level, **fields}


ADMIN = share("admin", "administrator", accountMFARequired=True, accountSSORequired=False)
MIXED = share("mixed", "monitor", {"i": "manage"})
SINGLE = share("single", None, {"i": "monitor", "elsewhere": "manage"}, accountMFARequired=None)
PENDING = share("pending", None, {"j": "manage"}, accepted=False)
OFF = share("off", "administrator", disabled=True)
ACCOUNT: dict[str, Any] = {
    "i": {"ashares": [ADMIN, MIXED, SINGLE, OFF]},
    "j": {"ashares": [ADMIN, MIXED, PENDING, OFF]},
}


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return make(tmp_path / "i", ACCOUNT)


def worth(rights: Any) -> set[tuple[str, str | None, str, str]]:
    return {(right.share, right.integration, right.effective, right.may_change) for right in rights}


def test_everybody_and_everywhere(inventory: Inventory) -> None:
    """Account-wide rights once, grants where they are, pending and disabled ones as such, and unseen integrations."""
    rights = list(access_of(inventory))
    assert worth(rights) == {
        ("admin", None, "administrator", "yes"),
        ("mixed", None, "monitor", "no"),
        ("mixed", "i", "manage", "yes"),
        ("single", "i", "monitor", "no"),
        ("single", "elsewhere", "manage", "yes"),
        ("pending", "j", "pending", "no"),
        ("off", None, "none", "no"),
    }
    assert len(rights) == 7
    by_place = {(right.share, right.integration): right for right in rights}
    assert by_place["single", "elsewhere"].integration_seen is False
    assert by_place["single", "i"].integration_name == "name of i"
    assert by_place["mixed", "i"] == Right(
        "mixed", "umixed", "N mixed", "mixed@Example.com", "i", "name of i", True, "manage", "yes", "manage", "monitor",
        "manage", "integration", "active", True, None, None, "not known", "not known", None,
    )  # fmt: skip
    off = by_place["off", None]
    assert (off.level, off.standing, off.disabled, off.via) == ("administrator", "disabled", True, "account")


@pytest.mark.parametrize(
    ("levels", "wanted", "may_change"),
    [
        (["monitor", "manage"], "manage", "yes"),
        (["manage", "monitor"], "manage", "yes"),
        (["monitor", "monitor"], "monitor", "no"),
        ([None, "monitor", None], "monitor", "no"),
        (["monitor", "owner"], "monitor or owner", "not known"),
    ],
)
def test_of_two_grants_the_higher_one_counts(tmp_path: Path, levels: list[Any], wanted: str, may_change: str) -> None:
    """In rights, in the tables, in what lint says, and where the inventory does not have the integration."""
    grants = [{"_integrationId": place, "accessLevel": level} for level in levels for place in ("i", "gone")]
    one = share("s", integrationAccessLevel=grants)
    inventory = make(tmp_path / "i", {"i": {"ashares": [one]}})
    assert worth(access_of(inventory)) == {("s", "i", wanted, may_change), ("s", "gone", wanted, may_change)}
    with Database(inventory.directory) as base:
        assert [row["effective"] for row in base.rows("access")] == [wanted]
        assert [row["granted_level"] for row in base.rows("ashares")] == [wanted]
    off = make(tmp_path / "j", {"i": {"ashares": [one | {"disabled": True}]}})
    (finding,) = lint(off, select=["disabled-share"])
    assert f"the level {wanted} " in finding.message


ADMINS = [
    (share("s", "monitor", isProductionAdmin=True), {(None, "monitor", "not known")}),
    (share("s", "monitor", isProductionAdmin="maybe"), {(None, "monitor", "not known")}),
    (share("s", "monitor", isProductionAdmin=False), {(None, "monitor", "no")}),
    (share("s", "manage", isProductionAdmin=True), {(None, "manage", "yes")}),
    (
        share("s", None, {"i": "monitor"}, isProductionAdmin=True),
        {(None, "none", "not known"), ("i", "monitor", "not known")},
    ),
    (share("s", isProductionAdmin=True), {(None, "none", "not known"), ("i", "none", "not known")}),
    (share("s", "monitor", isProductionAdmin=True, accepted=False), {(None, "pending", "no")}),
    (share("s", "monitor", isProductionAdmin=True, disabled=True), {(None, "none", "no")}),
]


@pytest.mark.parametrize(("one", "wanted"), ADMINS)
def test_what_a_production_admin_may_change(
    tmp_path: Path, one: dict[str, Any], wanted: set[tuple[str | None, str, str]]
) -> None:
    """Is not known where the level alone would say no, since the API does not say what that allows."""
    inventory = make(tmp_path / "i", {"i": {"ashares": [one]}})
    rights = list(access_of(inventory))
    assert {(right.integration, right.effective, right.may_change) for right in rights} == wanted
    said = one["isProductionAdmin"]
    assert {right.production_admin for right in rights} == {said if isinstance(said, bool) else None}
    (right,) = access_of(inventory, integration="i")
    assert right.may_change == max(answer for _, _, answer in wanted)
    with Database(inventory.directory) as base:
        assert [row["production_admin"] for row in base.rows("access")] == [said]


def test_requirements_have_three_states(inventory: Inventory) -> None:
    """Set, not set, and not known where the server says nothing."""
    rights = {right.share: (right.mfa, right.sso) for right in access_of(inventory)}
    assert rights["admin"] == ("set", "not set")
    assert rights["single"] == rights["mixed"] == ("not known", "not known")


def test_one_integration(inventory: Inventory) -> None:
    """Everybody who has a right on it, by the account or by a grant; also one that only a grant names."""
    wanted = {("admin", "j", "administrator", "yes"), ("mixed", "j", "monitor", "no"), ("off", "j", "none", "no")}
    assert worth(access_of(inventory, integration="j")) == wanted | {("pending", "j", "pending", "no")}
    assert worth(access_of(inventory, integration="name of j")) == worth(access_of(inventory, integration="j"))
    assert ("single", "elsewhere", "manage", "yes") in worth(access_of(inventory, integration="elsewhere"))
    with pytest.raises(ArgumentError, match="no integration 'nowhere'"):
        access_of(inventory, integration="nowhere")


def test_one_person(inventory: Inventory) -> None:
    """In whatever case the address is written; nobody is nobody."""
    assert worth(access_of(inventory, user=" ADMIN@example.COM")) == {("admin", None, "administrator", "yes")}
    assert list(access_of(inventory, user="nobody@example.com")) == []


def test_who_may_change_what_uses_a_thing(tmp_path: Path) -> None:
    """Integrations with an enabled flow that uses it, through its steps, and neither by registration nor by running next."""
    steps = {"exports": [{"_id": "e", "_connectionId": "c"}], "connections": [{"_id": "c", "name": "Shop"}]}
    flow = {"_id": "f", "pageGenerators": [{"_exportId": "e"}]}
    accounts = {
        "i": ACCOUNT["i"] | steps | {"flows": [flow]},
        "j": ACCOUNT["j"]
        | steps
        | {"flows": [{"_id": "g", "_runNextFlowIds": ["f"]}, flow | {"_id": "d", "disabled": True}]},
    }
    registered = {one: {"_registeredConnectionIds": ["c"]} for one in accounts}
    inventory = make(tmp_path / "1", accounts, records=registered)
    assert worth(access_of(inventory, uses=("connections", "Shop"))) == worth(access_of(inventory, integration="i"))
    assert worth(access_of(inventory, uses=("flows", "g"))) == worth(access_of(inventory, integration="j"))
    with pytest.raises(ArgumentError, match="one of them"):
        access_of(inventory, uses=("flows", "g"), integration="i")
    alone = make(tmp_path / "2", {"i": ACCOUNT["i"] | steps}, unassigned={"flows": [flow]})
    assert worth(access_of(alone, uses=("connections", "c"))) == {
        ("admin", None, "administrator", "yes"), ("mixed", None, "monitor", "no"), ("off", None, "none", "no"),
    }  # fmt: skip
    gap = make(tmp_path / "3", accounts, missing=[("j", "flows")])
    assert any("which other flows" in note for note in access_notes(gap, uses=("connections", "c")))


def test_what_was_not_read_is_said(tmp_path: Path, inventory: Inventory) -> None:
    """The owner always; a list that was not read; and shares that were not asked for are an error."""
    assert access_notes(inventory) == access_notes(inventory, integration="i") == (OWNER_NOTE,)
    gap = make(tmp_path / "1", ACCOUNT, missing=[("j", "ashares")])
    assert access_notes(gap, integration="i") == (OWNER_NOTE,)
    assert "not read: denied" in access_notes(gap, integration="name of j")[1]
    assert "ashares were not read whole" in access_notes(gap)[1]
    assert "not in the inventory" in access_notes(gap, integration="elsewhere")[1]
    assert ("admin", "j", "administrator", "yes") in worth(access_of(gap, integration="j"))
    unasked = make(tmp_path / "2", {"i": {}}, kinds=("flows",))
    with pytest.raises(ArgumentError, match="--kinds ashares"):
        access_of(unasked)


def test_odd_shares_are_shown(tmp_path: Path) -> None:
    """Levels that we do not know, of any type; no id, no person, no level, a share that belongs nowhere."""
    shares: list[Any] = [
        share("new", "owner", {"i": "manage"}),
        share("number", 3),
        share("listed", None),
        {"sharedWithUser": "x", "accessLevel": ["a"], "integrationAccessLevel": [3, {"_integrationId": 4}]},
        {"accessLevel": "manage", "accepted": None, "lastSignIn": 5},
    ]
    inventory = make(tmp_path / "i", {"i": {"ashares": shares}}, unassigned={"ashares": [share("nowhere", None)]})
    rights = {(right.share, right.integration): right for right in access_of(inventory) if right.share}
    both = rights["new", "i"]
    assert (both.level, both.may_change, both.via) == ("owner or manage", "not known", "both")
    assert (rights["number", None].level, rights["number", None].may_change) == ("3", "not known")
    assert (rights["listed", "i"].effective, rights["listed", "i"].level) == ("none", None)
    assert rights["nowhere", None].effective == "none"
    nameless = [right for right in access_of(inventory) if not right.share]
    assert {(right.level, right.standing, right.last_sign_in) for right in nameless} == {
        ('["a"]', "not known", None), ("manage", "not known", "5"),
    }  # fmt: skip


LEVELS = st.sampled_from([None, "monitor", "manage", "administrator", "new", "newer"])
TRUTHS = st.sampled_from([None, True, False])


@given(LEVELS, LEVELS, TRUTHS, TRUTHS, TRUTHS)
def test_what_a_share_amounts_to(account: Any, granted: Any, accepted: Any, disabled: Any, dismissed: Any) -> None:
    """The higher of two known levels, both where one is unknown; nothing while it does not count."""
    level = higher(account, granted)
    assert higher(account, account) == account
    for one in (account, granted):
        assert one is None or one in str(level) or {one, level} <= {"monitor", "manage", "administrator"}
    stands = standing({"accepted": accepted, "disabled": disabled, "dismissed": dismissed})
    now = effective(level, stands)
    if disabled or dismissed or level is None:
        assert now == "none"
    else:
        assert now == ("pending" if accepted is False else level)


def test_the_view_and_the_rights_agree(inventory: Inventory) -> None:
    """One definition, asked in two ways."""
    with Database(inventory.directory) as base:
        rows = list(base.rows("access"))
    assert len(rows) == 8
    for one in ("i", "j"):
        rights = {
            right.share: (right.level, right.effective, right.standing)
            for right in access_of(inventory, integration=one)
        }
        view = {
            row["ashare"]: (row["level"], row["effective"], row["standing"])
            for row in rows
            if row["integration"] == one
        }
        assert view == rights
