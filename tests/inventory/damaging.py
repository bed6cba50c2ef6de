"""Half crawls that are damaged at random places and resumed. As a script: `damaging.py [TIMES] [SEED]`.

However a bit flips, a block is lost or a piece is copied twice, resuming ends in one of two ways: with an error that names
a file, or with the very bytes that an undisturbed crawl writes.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiointegrator import Branch, CrawlReport, IntegrationSnapshot
from aiointegrator.inventory import Inventory, InventoryError, InventoryWriter

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
KINDS = ("flows", "exports", "ashares")
ACCOUNT: dict[str, dict[str, list[bytes]]] = {
    f"{one:024x}": {
        kind: [
            b'{"_id":"%024x","name":"%s %d"}' % (record * 7 % 5, kind.encode(), record)
            for record in range((one + len(kind)) % 5)
        ]
        for kind in KINDS
    }
    for one in range(12)
}
Damage = Callable[[random.Random, bytes], bytes]

SMALL_ACCOUNT: Any = {
    one: {"flows": [{"_id": f"{one}{n}", "name": f"flow {n}"} for n in range(4)], "ashares": [{"_id": "s"}]}
    for one in "abc"
}
"""Three integrations, for the tests of damage."""


def crawl(writer: InventoryWriter, chance: random.Random, *, stop: int | None = None, refused: float = 0) -> None:
    """Read what the writer lacks, in any order, until so many integrations were read; some of it may be refused."""
    ids = [one for one in ACCOUNT if any((one, kind) not in writer.have for kind in KINDS)]
    chance.shuffle(ids)
    for one in ids[:stop]:
        branches, records = [], {}
        for kind in KINDS:
            if (one, kind) in writer.have:
                continue
            denied = chance.random() < refused
            records[kind] = None if denied else ACCOUNT[one][kind]
            number = 0 if denied else len(ACCOUNT[one][kind])
            branches.append(
                Branch(kind, one, "denied" if denied else "read", number, 1, "refused: 403" if denied else None)
            )
        integration: Any = b'{"_id":"%b"}' % one.encode()
        writer.write(IntegrationSnapshot(one, integration, records, (), tuple(branches)))


def finish(writer: InventoryWriter) -> None:
    writer.finish(CrawlReport(KINDS, MOMENT, MOMENT, True, {}, (), 1, 0, 0))


def half_crawl(directory: Path, chance: random.Random) -> None:
    """A crawl that was interrupted twice, with gaps; or one that ended with gaps."""
    with InventoryWriter(directory, KINDS, "u") as writer:
        crawl(writer, chance, stop=4, refused=0.3)
    with InventoryWriter(directory, KINDS, "u", resume=True) as writer:
        crawl(writer, chance, stop=4, refused=0.3)
    if chance.random() < 0.3:
        with InventoryWriter(directory, KINDS, "u", resume=True) as writer:
            crawl(writer, chance, refused=0.1)
            finish(writer)


def content(directory: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The bytes of the data files, and the manifest without what two crawls need not share."""
    manifest = json.loads((directory / "manifest.json").read_bytes())
    for key in ("started", "resumed", "sha256"):
        del manifest[key]
    return {path.name: path.read_bytes() for path in directory.glob("*.jsonl")}, manifest


# What happens to a file


def _place(chance: random.Random, data: bytes) -> tuple[int, int]:
    begin = chance.randrange(len(data))
    return begin, min(len(data), begin + chance.choice((1, 7, 64, 300)))


def flip_bit(chance: random.Random, data: bytes) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def other_byte(chance: random.Random, data: bytes) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]


def zeros(chance: random.Random, data: bytes) -> bytes:
    begin, end = _place(chance, data)
    return data[:begin] + bytes(end - begin) + data[end:]


def cut_off(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def cut_out(chance: random.Random, data: bytes) -> bytes:
    begin, end = _place(chance, data)
    return data[:begin] + data[end:]


def twice(chance: random.Random, data: bytes) -> bytes:
    begin, end = _place(chance, data)
    return data[:end] + data[begin:]


def swap(chance: random.Random, data: bytes) -> bytes:
    first, middle, last = sorted(chance.randrange(len(data) + 1) for _ in range(3))
    return data[:first] + data[middle:last] + data[first:middle] + data[last:]


def _lines(change: Callable[[random.Random, list[bytes]], Any]) -> Damage:
    def damaged(chance: random.Random, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        change(chance, lines)
        return b"".join(lines)

    damaged.__name__ = f"lines: {change.__name__}"
    return damaged


def doubled(chance: random.Random, lines: list[bytes]) -> None:
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))


def one_less(chance: random.Random, lines: list[bytes]) -> None:
    del lines[chance.randrange(len(lines))]


def shuffled(chance: random.Random, lines: list[bytes]) -> None:
    chance.shuffle(lines)


def fewer(chance: random.Random, lines: list[bytes]) -> None:
    del lines[chance.randrange(len(lines)) :]


DAMAGES: list[Damage] = [
    *(flip_bit, other_byte, zeros, cut_off, cut_out, twice, swap),
    *map(_lines, (doubled, one_less, shuffled, fewer)),
]


def damage(directory: Path, chance: random.Random) -> str:
    """Do something to one file of a directory, or to two; returns what."""
    files = sorted(path for path in directory.iterdir() if path.stat().st_size)
    one = chance.choice(files)
    if chance.random() < 0.05:
        one.unlink()
        return "removed"
    if chance.random() < 0.05:
        other = chance.choice(files)
        first, second = one.read_bytes(), other.read_bytes()
        one.write_bytes(second)
        other.write_bytes(first)
        return "files swapped" if first != second else "nothing"
    change, before = chance.choice(DAMAGES), one.read_bytes()
    one.write_bytes(change(chance, before))
    return change.__name__ if one.read_bytes() != before else "nothing"


def damaged_and_resumed(times: int, seed: int, folder: Path) -> Counter[tuple[str, str]]:
    """So many half crawls, damaged and resumed; by kind of damage, how often which end came of it."""
    chance, seen = random.Random(seed), Counter[tuple[str, str]]()
    with InventoryWriter(folder / "whole", KINDS, "u") as writer:
        crawl(writer, chance)
        finish(writer)
    wanted = content(folder / "whole")
    for number in range(times):
        out = folder / str(number)
        half_crawl(out, chance)
        what = damage(out, chance)
        said = _resumed(out, chance)
        if said is None:
            assert content(out) == wanted, f"{what}: wrong records, seed {seed}, number {number}"
            Inventory.open(out).verify()
            assert not list(out.glob(".*"))
        else:
            assert str(out) in said
            assert "\n" not in said
        seen[what, "as if nothing had happened" if said is None else "refused"] += 1
        shutil.rmtree(out)
    return seen


def _resumed(out: Path, chance: random.Random) -> str | None:
    """Resume a crawl to its end; returns why that was refused."""
    try:
        with InventoryWriter(out, KINDS, "u", resume=True) as writer:
            if not writer.nothing_to_do:
                crawl(writer, chance)
                finish(writer)
    except InventoryError as error:
        return str(error)
    return None


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        for (what, end), number in sorted(damaged_and_resumed(times, seed, Path(folder)).items()):
            print(f"  {what}: {number} x {end}")


if __name__ == "__main__":
    main()
