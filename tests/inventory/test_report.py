"""The report as a file: what it says, what it hides, what it leaves out, and that no name of the account gets through."""

from __future__ import annotations

import base64
import builtins
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import reports

from aiointegrator import ArgumentError, ConfigurationError
from aiointegrator.cli import run
from aiointegrator.inventory import (
    Inventory,
    InventoryExistsError,
    InventoryMismatchError,
    InventoryWriteError,
    Redaction,
    build_database,
    write_report,
)
from aiointegrator.inventory import _report as report_module
from aiointegrator.inventory._report.bounds import Bounds
from aiointegrator.inventory._report.safe_text import SafeText, lasting, moment
from aiointegrator.testing import FakeAccount, seeded_account

VOID = {"meta", "br", "input", "link", "img", "hr", "base"}
EMPTY = {"path", "rect"}


class Read(HTMLParser):
    """A page taken apart: elements must be closed in their order; text, attributes, scripts and styles apart."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.content: dict[str, list[str]] = {"script": [], "style": []}
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in EMPTY, tag
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.content.get(self.open[-1] if self.open else "", self.text).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELIGO_REDACTION_KEY", "a key for the tests of the report")


def page_of(inventory: Inventory, tmp_path: Path, **options: Any) -> str:
    return write_report(inventory, tmp_path / "report.html", fresh=True, **options).read_text(encoding="utf-8")


def words(page: str) -> str:
    return re.sub(r"\s+", " ", " ".join(Read(page).text))


def account() -> FakeAccount:
    return seeded_account(5, flows=(3, 6))


def test_a_complete_account(tmp_path: Path) -> None:
    """Everything stands in it in the order of the issue, each integration with its flows, steps and connections."""
    held = account()
    page = page_of(reports.written(tmp_path / "i", held), tmp_path)
    said, parts = words(page), Read(page)
    headings = re.findall(r'<section id="(\w+)"', page)
    assert headings == ["completeness", "totals", "integrations", "access", "findings", "details", "redaction", "about"]
    assert "Complete Everything that was asked for was read: 25 lists of 5 integrations." in said
    assert "5f0000000000000000000001" in said
    assert "12.0 seconds" in said
    assert "2026-11-24 09:30 UTC" in said
    assert "not known" not in said.split("Totals")[1].split("Access")[0]
    for one, record in held.integrations.items():
        assert record["name"] in said
        for kind in ("flows", "exports", "imports", "connections"):
            assert all(item["name"] in said for item in held.records(kind, one))
    assert len(parts.all("article")) == 5
    assert "The account's owner is in no answer of the API" in said


def test_its_title_may_be_chosen(tmp_path: Path) -> None:
    """Heading and tab say what it is, or what one wants them to say, harmless; the address stands below."""
    inventory = reports.written(tmp_path / "i", account())
    assert "<title>integrator.io account inventory</title>" in page_of(inventory, tmp_path)
    place = tmp_path / "report.html"
    command = ["report", str(inventory.directory), "--out", str(place), "--fresh", "--title", "</title><h1>A & B"]
    assert run(command) == 0
    page = place.read_text()
    assert "<title>&lt;/title&gt;&lt;h1&gt;A &amp; B</title>" in page
    assert "<h1><bdi>&lt;/title&gt;&lt;h1&gt;A &amp; B</bdi></h1>" in page
    assert "https://api.integrator.io/v1 , as read" in words(page)


def test_what_was_not_read_is_not_known(tmp_path: Path) -> None:
    """A gap is said first, in words, with who said why, and nowhere taken for none."""
    held = account()
    name = list(held.integrations.values())[1]["name"]
    gaps = {(1, "flows"), (2, "ashares")}
    inventory = reports.written(tmp_path / "i", held, kinds=("flows", "exports", "imports", "ashares"), gaps=gaps)
    page = page_of(inventory, tmp_path)
    said = words(page)
    assert "Incomplete 2 parts of the account could not be read." in said
    assert "403: you may not read this" in said
    assert "Its flows are not known. Refused" in said
    assert "at least" in said.split("Totals")[2].split("Each thing")[0]
    assert "Connections not known not asked for by this crawl" in said
    row = next(row for row in page.split("<tr>") if name in row and "#i" in row)
    assert row.count("not known") == 2
    assert "without flows" in row
    assert "without users (ashares)" in page
    assert "--redact" not in said.split("About this report")[1]
    assert "It has no flows." not in said
    assert "What could not be checked" in said


def test_what_changed(tmp_path: Path) -> None:
    """Changes since an older inventory: rights first, field by field, and what nobody can say."""
    held = account()
    old = reports.written(tmp_path / "old", held)
    new = reports.written(tmp_path / "new", reports.later(held), gaps={(1, "exports")})
    said = words(page_of(new, tmp_path, compare_with=old)).split("Changes")[2].split("All integrations")[0]
    assert said.index("/accessLevel") < said.index(", renamed")
    assert "New flow" in said
    assert "1 part is not known , since one of the two did not read it" in said


def test_a_right_that_came_or_went_says_its_level(tmp_path: Path) -> None:
    """A share that came or went shows the level in those integrations, once for all in which it is the same."""
    held, without = account(), account()
    share = next(iter(held.ashares.values()))[0] | {"_id": "6f0000000000000000000008", "accessLevel": None}
    one, two, three = list(held.integrations)[:3]
    levels = {one: "manage", two: "monitor", three: "monitor"}
    share["integrationAccessLevel"] = [{"_integrationId": a, "accessLevel": b} for a, b in levels.items()]
    for owner in levels:
        held.ashares[owner].append(share)
    old, new = reports.written(tmp_path / "old", without), reports.written(tmp_path / "new", held)
    came = words(page_of(new, tmp_path, compare_with=old)).split("From what to what")[1].split("Fields that")[0]
    assert "users (ashares) added 3 integrations level in 1 of them nothing → manage" in came
    assert "level in 2 of them nothing → monitor" in came
    went = words(page_of(old, tmp_path, compare_with=new))
    assert "level in 2 of them monitor → nothing" in went
    assert went.split("From what to what")[1].count(" rights ") == 1


def test_of_two_grants_the_higher_one_is_shown(tmp_path: Path) -> None:
    """In the matrix and among the changes; and a production admin is named as one."""
    held, without = account(), account()
    one = next(iter(held.integrations))
    grants = [{"_integrationId": one, "accessLevel": level} for level in ("monitor", "manage", "monitor")]
    person = {"_id": "u9", "name": "Zora", "email": "zora@example.com"}
    share = {"_id": "6f0000000000000000000008", "accepted": True, "isProductionAdmin": True, "sharedWithUser": person}
    held.ashares[one].append(share | {"integrationAccessLevel": grants})
    old, new = reports.written(tmp_path / "old", without), reports.written(tmp_path / "new", held)
    said = words(page_of(new, tmp_path, compare_with=old))
    assert "level nothing → manage" in said.split("From what to what")[1].split("Fields that")[0]
    assert re.search("Zora zora@example.com none production admin, which may allow more manage on 1", said)


def test_two_addresses_are_compared_only_anyway(tmp_path: Path) -> None:
    """Inventories of two addresses are refused; with --allow-mismatch the page says first what may be no change."""
    old = reports.written(tmp_path / "old", account(), base_url="https://api.eu.integrator.io/v1")
    new = reports.written(tmp_path / "new", account())
    with pytest.raises(InventoryMismatchError, match="--allow-mismatch"):
        page_of(new, tmp_path, compare_with=old)
    assert not (tmp_path / "report.html").exists()
    place = tmp_path / "report.html"
    compared = ["report", str(new.directory), "--compare", str(old.directory), "--out", str(place)]
    assert run(compared) != 0
    assert run([*compared, "--allow-mismatch"]) == 0
    assert "differences may mean nothing: address: https://api.eu.integrator.io/v1 and" in words(place.read_text())


@pytest.mark.parametrize("compared", [False, True])
def test_no_name_gets_through(tmp_path: Path, compared: bool) -> None:
    """Of an account that is hostile in every field, nothing becomes a tag, an attribute, a link or a script."""
    url = 'https://x/v1"><script>window.pwned=12</script>'
    held = reports.hostile_account()
    inventory = reports.written(
        tmp_path / "i", held, base_url=url, scope=list(reports.EVIL), gaps={(1, "flows")}, error=reports.EVIL[0]
    )
    options = {"compare_with": reports.written(tmp_path / "o", reports.later(held), base_url=url,
                                               scope=list(reports.EVIL))} if compared else {}  # fmt: skip
    page = page_of(inventory, tmp_path, redaction=None, **options)
    parts = Read(page)
    assert parts.open == []
    assert len(parts.content["script"]) == len(parts.content["style"]) == 1
    names = {tag for tag, _ in parts.tags}
    assert not names & {"img", "iframe", "link", "base", "form", "object", "embed", "audio", "video", "foreignobject"}
    for tag, attributes in parts.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "action")], tag
        if tag == "a":
            assert re.fullmatch(r"#\w+", attributes["href"] or "")
    assert [meta for meta in parts.all("meta") if (meta.get("http-equiv") or "").lower() == "refresh"] == []
    shown = "".join(parts.text)
    for evil in reports.EVIL[:7]:
        assert evil in shown, evil
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)
    assert "(cut; 10,000 characters)" in shown


def test_the_policy_names_what_is_ours(tmp_path: Path) -> None:
    """The policy allows nothing but the one style and the one script, by the digests of what stands in the page."""
    parts = Read(page_of(reports.written(tmp_path / "i", account()), tmp_path))
    policy = next(meta["content"] for meta in parts.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")

    def digest(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    (script,), (style,) = parts.content["script"], parts.content["style"]
    assert policy == (
        f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; base-uri 'none'; "
        "form-action 'none'"
    )
    tags = [tag for tag, _ in parts.tags]
    first = [tags.index(tag) for tag in ("style", "script", "body")]
    assert tags.index("meta") + 1 < min(first)


def test_it_can_be_read_by_all(tmp_path: Path) -> None:
    """A language, one first heading, none left out, tables with captions and scopes, pictures with titles, and no
    name twice."""
    page = page_of(reports.written(tmp_path / "i", account()), tmp_path)
    parts = Read(page)
    assert parts.all("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in parts.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(parts.all("caption")) == len(parts.all("table")) > 5
    assert all(header.get("scope") for header in parts.all("th"))
    ids = [attributes["id"] for _, attributes in parts.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in parts.tags:
        for one in (attributes.get("aria-labelledby") or "").split():
            assert one in ids
        if (href := attributes.get("href")) is not None:
            assert href[1:] in ids
    graphs = [svg for svg in parts.all("svg") if svg.get("role") == "img"]
    assert graphs
    assert all(svg["aria-labelledby"] for svg in graphs)


def test_secrets_are_hidden_unless_told_otherwise(tmp_path: Path) -> None:
    """A signed address and a token in a name or an error are markers; people only where asked; and it says so."""
    held = account()
    next(iter(held.integrations.values()))["name"] = "Bearer abcdefghijklmnop1234"
    error = "https://bucket.example/x?X-Amz-Signature=deadbeefdeadbeef"
    inventory = reports.written(tmp_path / "i", held, gaps={(1, "flows")}, error=error)
    hidden, open_ = page_of(inventory, tmp_path), page_of(inventory, tmp_path, redaction=None)
    people = page_of(inventory, tmp_path, redaction=Redaction(users=True))
    for secret in ("abcdefghijklmnop1234", "deadbeefdeadbeef"):
        assert secret in open_
        assert secret not in hidden + people
    assert re.search(r"In this report \d+ texts have such a marker", words(hidden))
    assert "Nothing was replaced." in words(open_)
    assert "example.com" in hidden
    assert "@example.com" not in people
    names = {share["sharedWithUser"]["name"] for shares in held.ashares.values() for share in shares}
    assert not [name for name in names if name in people]


def test_a_large_account_is_bounded(tmp_path: Path) -> None:
    """What has no room is counted, and the command that shows it stands there."""
    held = seeded_account(6, flows=(8, 8))
    small = Bounds(
        steps=30, steps_each=20, pictures=1, picture_rows=4, people=3, matrix_rows=2, matrix_columns=2, findings=1,
        gaps=1, integrations=5,
    )  # fmt: skip
    inventory = reports.written(tmp_path / "i", held, gaps={(1, "ashares"), (2, "ashares")})
    place = tmp_path / "r.html"
    report_module._written(inventory, place, None, Redaction(), fresh=False, bounds=small)
    page = place.read_text(encoding="utf-8")
    said = words(page)
    assert page.count('class="graph"') == 1
    assert "Left out of the picture for want of room: 4 flows" in said
    assert "There is no picture, for want of room." in said
    for shown, everything, what in ((5, 6, "integrations"), (1, 2, "gaps"), (2, 5, "integrations")):
        assert f"The first {shown} of {everything} {what} are shown." in said
    ids = [one for one in held.integrations if f"--where \"integration = '{one}'\"" in page]
    assert len(ids) >= 4
    assert len(re.findall(r'<tr class="flow">', page)) < 10


def test_an_id_that_a_shell_would_obey_is_in_no_command(tmp_path: Path) -> None:
    """A command is shown with an id only where a person may paste it without a thought."""
    held = account()
    for name in ("integrations", "flows", "exports", "imports", "connections", "ashares"):
        by_id = getattr(held, name)
        by_id["'; rm -rf /; '"] = by_id.pop(next(iter(by_id)))
    held.integrations["'; rm -rf /; '"]["_id"] = "'; rm -rf /; '"
    inventory = reports.written(tmp_path / "i", held)
    report_module._written(
        inventory, tmp_path / "r.html", None, None, fresh=True, bounds=Bounds(steps=1, steps_each=1, pictures=0)
    )
    commands = re.findall(r"<code>(.*?)</code>", (tmp_path / "r.html").read_text())
    assert len([command for command in commands if "integration" in command]) > 4
    assert not [command for command in commands if "rm -rf" in command]


def test_nothing_is_overwritten_or_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is there stays unless told otherwise, the inventory's own always; a failure leaves nothing."""
    inventory = reports.written(tmp_path / "i", account())
    place = tmp_path / "report.html"
    place.write_text("mine")
    build_database(inventory.directory)
    with pytest.raises(InventoryExistsError, match="--fresh"):
        write_report(inventory, place)
    for name in ("manifest.json", "inventory.sqlite", "flows.jsonl"):
        with pytest.raises(ArgumentError, match="inventory itself"):
            write_report(inventory, tmp_path / "i" / name, fresh=True)
    with pytest.raises(ArgumentError, match="directory"):
        write_report(inventory, tmp_path)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(InventoryWriteError, match="No space left on device; no report was written"):
            write_report(inventory, place, fresh=True)
    assert place.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"i", "report.html"}

    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(report_module, "write_page", stopped)
        with pytest.raises(KeyboardInterrupt):
            write_report(inventory, place, fresh=True)
    assert {path.name for path in tmp_path.iterdir()} == {"i", "report.html"}


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where jinja2 is missing, the error says what to install, and nothing is written."""
    inventory = reports.written(tmp_path / "i", account())
    importing = builtins.__import__

    def refuse(name: str, *rest: Any, **options: Any) -> Any:
        if name.split(".")[0] == "jinja2":
            raise ImportError(name)
        return importing(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ConfigurationError, match=r"pip install 'aiointegrator\[report\]'"):
        write_report(inventory, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_the_inventory_is_imported_without_it() -> None:
    """Importing `aiointegrator.inventory` loads neither jinja2 nor deepdiff."""
    code = "import sys, aiointegrator.inventory; assert not {'jinja2', 'markupsafe', 'deepdiff'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`report` prints the path on stdout, says on stderr what a reader must know, and opens no socket."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    reports.written(tmp_path / "i", account(), gaps={(1, "flows")})
    place = tmp_path / "made" / "report.html"
    assert run(["report", str(tmp_path / "i"), "--out", str(place), "--no-redact"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{place}\n"
    assert "INCOMPLETE: 1 parts" in err
    assert "as the server sent them" in err
    assert run(["report", str(tmp_path / "i"), "--out", str(place)]) == 78
    assert "--fresh" in capsys.readouterr().err
    assert run(["report", str(tmp_path / "i"), "--out", str(place), "--fresh", "--redact-users"]) == 0


def test_text_is_made_harmless() -> None:
    """Any value is one line without what turns, hides or breaks; a cut says so; nothing is an error."""
    pen = SafeText(None)
    assert pen.text(None) == ""
    assert pen.text(7) == "7"
    assert pen.text("a\nb\tc\u2028d") == "a b c d"
    assert pen.text("\u202ea\u2066b\x00\ud800\U000e0041") == "\ufffda\ufffdb\ufffd\ufffd\ufffd"
    assert pen.text("x" * 30, 10) == "xxxxxxxxxx… (cut; 30 characters)"
    assert pen.text("سلام 👩‍🔧") == "سلام 👩‍🔧"
    assert pen.name("", "an id") == "an id"
    assert pen.name(None, None) == "(no name)"
    assert [moment(value) for value in (None, 7, "soon", "0001-01-01T00:00:00+14:00")] == [None] * 4
    assert [lasting(5), lasting(600), lasting(7200)] == ["5.0 seconds", "10 minutes", "2 h 00 min"]


def test_what_the_manifest_says_in_other_words(tmp_path: Path) -> None:
    """A manifest that is old, odd or of a crawl in pieces is said as far as it goes; a broken list is a gap of all."""
    inventory = reports.written(tmp_path / "i", account(), scope=["a", "b"])
    manifest = {key: value for key, value in inventory.manifest.items() if key not in ("sha256", "requests")} | {
        "account": {"scope": ["flows:read", 7]}, "resumed": ["2026-11-24T10:00:00Z", "later"],
        "started": "once", "finished": "later", "plan": "account", "complete": False,
        "gaps": [{"integration": None, "kind": "integrations", "status": "failed", "error": "broke off"}],
    }  # fmt: skip
    (tmp_path / "i" / "manifest.json").write_text(json.dumps(manifest))
    said = words(page_of(Inventory.open(tmp_path / "i"), tmp_path))
    for text in (
        "Read as user not known: the API did not say",
        "Scope of the token flows:read, 7",
        "Gone on with 2 times, last on 2026-11-24 10:00 UTC",
        "Requests not known",
        "as read later",
        "the lists of the account were read, and sorted",
        "the whole account integrations failed: no usable answer came broke off",
        "The list of integrations was not read to its end, so there may be more integrations than these.",
    ):
        assert text in said, text
    totals = said.split("Totals")[2].split("Each thing")[0]
    assert totals.count("at least") == 6
    manifest |= {"account": {}, "gaps": [], "complete": True}
    (tmp_path / "i" / "manifest.json").write_text(json.dumps(manifest))
    assert "Scope of the token not known" in words(page_of(Inventory.open(tmp_path / "i"), tmp_path))


def test_what_belongs_to_no_integration(tmp_path: Path) -> None:
    """It has a section of its own, with its flows and steps."""
    held = account()
    inventory = reports.written(tmp_path / "i", held, unassigned=True)
    said = words(page_of(inventory, tmp_path)).split("Each integration")[2]
    own = said.split("Belongs to no integration")[1].split("What was redacted")[0]
    assert held.standalone["flows"][0]["name"] in own
    assert "In no flow that was read Try something" in own
