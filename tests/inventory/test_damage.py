"""Damage to the files of an inventory: found, said in one line, or cured; never taken for data."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from inventories import change_manifest, seal

from aiointegrator.inventory import (
    Database,
    Inventory,
    InventoryDamagedError,
    InventoryError,
    InventoryVersionError,
)

from . import damaging

COMMANDS = (
    "show I",
    "show I flows",
    "search I x",
    "lint I",
    "graph I",
    "access I",
    "check I",
    "diff I I",
    "export I O",
)


# Half crawls


def test_a_damaged_half_crawl_is_refused_or_cured(tmp_path: Path, quick: None) -> None:
    """80 of them; `damaging.py` does as many as wanted."""
    seen = damaging.damaged_and_resumed(80, 15, tmp_path)
    ends = {end: sum(number for (_, one), number in seen.items() if one == end) for _, end in seen}
    assert min(ends.values()) > 10
    assert len({what for what, _ in seen}) > 10


# The manifest


def test_every_flipped_bit_of_a_manifest_is_seen(directory: Path) -> None:
    """Wherever it is, and the line names the file."""
    path = directory / "manifest.json"
    content = path.read_bytes()
    for bit in random.Random(1).sample(range(len(content) * 8), 200):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(InventoryError, match=r"manifest\.json"):
            Inventory.open(directory)


WRONG = [None, True, -1, 10**30, 1.5, "x", "\ud800", [], [1], {}, {"a": 1}]
RAW = ["1e400", "NaN", "-Infinity", "9" * 5000, "[" * 100_000 + "]" * 100_000, '"\udcff"', '{"a":1,"a":1}']


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where values stand in a manifest; of lists, in their first item."""
    if at:
        yield at
    for key in value if isinstance(value, dict) else range(min(1, len(value))) if isinstance(value, list) else ():
        yield from places(value[key], (*at, key))


def test_a_manifest_of_another_form_is_one_line(directory: Path) -> None:
    """Whatever value stands in whatever place, or none, with a digest that is right or without one."""
    path = directory / "manifest.json"
    manifest = {key: value for key, value in json.loads(path.read_text()).items() if key != "sha256"}
    refused, chance = 0, random.Random(8)
    for place in places(manifest):
        for value in chance.sample([*WRONG, *RAW, ...], 5):
            content = json.loads(json.dumps(manifest))
            around = content
            for key in place[:-1]:
                around = around[key]
            if value is ...:
                del around[place[-1]]
            else:
                around[place[-1]] = "@" if value in RAW else value
            text = json.dumps(content, indent=1).replace('"@"', value if value in RAW else '"@"')
            for said in (text, seal(text)):
                path.write_bytes(said.encode("utf-8", "surrogateescape"))
                refused += one_line(directory)
    assert refused > 300


def one_line(directory: Path) -> bool:
    """Whether an inventory is refused; if so, in one line that names the place and the remedy, else it can be used."""
    said = ""
    try:
        inventory = Inventory.open(directory)
    except InventoryError as error:
        said = str(error)
    if said:
        assert str(directory) in said
        assert "copy the whole directory again" in said or "use a newer version" in said
        assert said.isprintable()
        return True
    assert inventory._repr_html_()
    assert inventory.complete is not bool(inventory.gaps)
    return False


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_says_it_in_one_line(
    directory: Path, command: Callable[[str], tuple[int, str]], words: str
) -> None:
    """`check` too."""
    change_manifest(directory, sealed=True, counts={"flows": []})
    code, said = command(words)
    assert code == (1 if words == "check I" else 78)
    assert said.count("\n") == 1
    assert "manifest.json has no usable counts.flows: it must be a whole number" in said


def test_a_manifest_without_a_digest_is_read(directory: Path) -> None:
    """It is of an older version: its gaps do not name the branches, and all of its fields are known."""
    wanted = Inventory.open(directory).gaps
    change_manifest(directory, gaps=[])
    inventory = Inventory.open(directory)
    inventory.verify()
    assert inventory.gaps == wanted != ()
    with Database(directory) as base:
        assert len(list(base.rows("gaps"))) == 1
    for values in ({"sha257": "0" * 64}, {"branches": [{**row, "x": 1} for row in inventory.manifest["branches"]]}):
        path = directory / "manifest.json"
        before = path.read_text()
        change_manifest(directory, **values)
        with pytest.raises(InventoryDamagedError, match="must have no other fields"):
            Inventory.open(directory)
        path.write_text(before)
    path.write_text(before.replace('"requests": 1,', '"requests": 1, "requests": 1,'))
    with pytest.raises(InventoryDamagedError, match="must have each field once"):
        Inventory.open(directory)


def test_a_newer_manifest_may_say_more(directory: Path) -> None:
    """Fields that this version does not know, under a digest; a newer schema is refused by its number."""
    change_manifest(directory, sealed=True, news={"x": 1})
    assert Inventory.open(directory).manifest["news"] == {"x": 1}
    change_manifest(directory, sealed=True, schema=7)
    with pytest.raises(InventoryVersionError, match="schema 7.*reads schema 1; use a newer version"):
        Inventory.open(directory)


def test_a_manifest_that_contradicts_itself_about_gaps(directory: Path) -> None:
    """Complete with gaps, or incomplete without one; a branch that was read and is a gap, or neither."""
    manifest = json.loads((directory / "manifest.json").read_text())
    gap = manifest["gaps"][0]
    for values, says in (
        ({"complete": True}, "names what was not"),
        ({"gaps": []}, "does not name what"),
        ({"gaps": [gap | {"integration": "a"}]}, "a branch that was read among its gaps"),
        ({"gaps": [gap | {"integration": None}]}, "or one that was not read is not there"),
    ):
        change_manifest(directory, sealed=True, **{"complete": False, "gaps": [gap], **values})
        with pytest.raises(InventoryDamagedError, match=says):
            Inventory.open(directory)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_json(directory: Path, number: str) -> None:
    """Also where anything may stand."""
    change_manifest(directory, account={"scope": "@"})
    path = directory / "manifest.json"
    path.write_text(path.read_text().replace('"@"', number))
    with pytest.raises(InventoryDamagedError, match=r"manifest\.json is cut off or no JSON"):
        Inventory.open(directory)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("name", ["manifest.json", "flows.jsonl"])
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.mkdir, "is not a file"),
        (_fifo, "is not a file"),
        (lambda path: path.symlink_to("nowhere"), "nothing|missing"),
        (lambda path: path.symlink_to(path.name), "Too many levels|missing"),
        (lambda path: path.write_bytes(b""), "cut off or no JSON|has 0 bytes"),
        (lambda path: path.write_bytes(b"\xff\xfe{}"), "cut off or no JSON|has 4 bytes"),
    ],
)
def test_what_is_no_file(directory: Path, name: str, make: Callable[[Path], Any], says: str) -> None:
    """Is named, and nobody waits for a pipe."""
    (directory / name).unlink()
    make(directory / name)
    with pytest.raises(InventoryError, match=rf"{name}.*({says}).*copy the whole directory again"):
        Inventory.open(directory)


@pytest.mark.parametrize("name", ["manifest.json", "flows.jsonl"])
def test_what_may_not_be_read_is_named(
    directory: Path, command: Callable[[str], tuple[int, str]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """And reading is not called writing."""
    original = Path.open

    def refuse(self: Path, mode: str = "r", *more: Any, **options: Any) -> Any:
        if self.name == name and "r" in mode:
            raise PermissionError(13, "Permission denied", str(self))
        return original(self, mode, *more, **options)

    monkeypatch.setattr(Path, "open", refuse)
    for words in ("check I", "show I flows"):
        code, said = command(words)
        assert code in (1, 78)
        assert f"cannot read {directory / name}: Permission denied; make it readable" in said
        assert said.count("\n") == 1


# The data files


def test_damaged_records_are_one_line(directory: Path, command: Callable[[str], tuple[int, str]], quick: None) -> None:
    """Flipped bits that no size tells: each command ends as always, or in one line that names the place."""
    chance = random.Random(2)
    for _ in range(25):
        path = directory / chance.choice(("flows.jsonl", "integrations.jsonl", "ashares.jsonl"))
        content = path.read_bytes()
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        (directory / "inventory.sqlite").unlink(missing_ok=True)
        code, said = command(chance.choice(COMMANDS) if chance.random() < 0.8 else "check I")
        assert code in (0, 1, 78), said
        assert code == 0 or str(directory) in said
        assert code == 0 or said.count("\n") == 1 or "NOT WHOLE" in said  # which says every problem that there is
        path.write_bytes(content)
        shutil.rmtree(directory.parent / "out", ignore_errors=True)


def test_records_that_were_changed_are_not_taken_for_data(
    directory: Path, command: Callable[[str], tuple[int, str]], quick: None
) -> None:
    """Also if the file's size is the same: each command that reads the records compares their digest."""
    path = directory / "flows.jsonl"
    path.write_bytes(path.read_bytes().replace(b"flow 1", b"flow 7", 1))
    for words in COMMANDS:
        if words in ("show I", "check I"):
            continue
        code, said = command(words)
        assert (code, said.count("\n")) == (78, 1), (words, said)
        assert f"{path} was changed" in said
    assert not list(directory.parent.glob("out/*"))
    assert not (directory / "inventory.sqlite").exists()


@pytest.mark.parametrize("form", ["csv", "jsonl", "sqlite"])
@pytest.mark.parametrize("options", ["", " --no-redact"])
def test_a_record_that_cannot_be_read_is_not_exported(
    directory: Path, command: Callable[[str], tuple[int, str]], quick: None, form: str, options: str
) -> None:
    """Nor is a marker in its place, for a manifest without digests of files either."""
    path = directory / "flows.jsonl"
    path.write_bytes(path.read_bytes().replace(b"flow 1", b"flow\xff1", 1))
    for files in (True, False):
        if not files:
            change_manifest(directory, files={})
        code, said = command(f"export I O -o {form}{options}")
        if files or not options or form != "jsonl":
            assert (code, said.count("\n"), str(path) in said) == (78, 1, True), said
