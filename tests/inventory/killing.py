"""Crawls that are killed with SIGKILL at random moments and resumed. As a script: `killing.py [CRAWLS] [SEED]`."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from aiointegrator.inventory import Inventory, branches_on_disk
from aiointegrator.orchestrators import DEFAULT_KINDS
from aiointegrator.testing import FakeIntegrator, seeded_account

ROOT = Path(__file__).parents[2]


def content(directory: Path) -> tuple[dict[str, Counter[bytes]], list[Any], dict[str, int]]:
    """Every record, every branch, and the counts, in no order."""
    records = {path.name: Counter(path.read_bytes().splitlines()) for path in directory.glob("*.jsonl")}
    manifest = json.loads((directory / "manifest.json").read_text())
    branches = sorted(manifest["branches"], key=lambda row: (row["integration"], row["kind"]))
    return records, branches, manifest["counts"]


async def crawl(fake: FakeIntegrator, out: Path, kill: tuple[int, float] | None) -> int:
    """A process that crawls, killed so many seconds after so many requests, if at all; its exit code."""
    variables = {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aiointegrator", "crawl", "--out", str(out), "--resume", "--quiet", "--at-once", "2"),
        env=os.environ | variables,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    if kill is not None:
        requests, seconds = kill
        while process.returncode is None and sum(fake.asked.values()) < requests:
            await asyncio.sleep(0.002)
        await asyncio.sleep(seconds)
        if process.returncode is None:
            process.kill()
    return await process.wait()


def asked(fake: FakeIntegrator) -> set[tuple[str, str]]:
    """The branches that the server was asked for since it last forgot."""
    targets = [target.split(" ")[1].split("?")[0].split("/") for target in fake.asked]
    return {(parts[3], parts[4]) for parts in targets if len(parts) == 5}


async def killed_and_resumed(crawls: int, seed: int, folder: Path) -> Counter[str]:
    """So many crawls, each killed once or twice and then finished; each must equal the one that nobody interrupted.

    After a kill, the next process must ask for no branch that the directory has, and for each other at most once.
    """
    chance, seen = random.Random(seed), Counter[str]()
    async with FakeIntegrator(seeded_account(16, seed=seed), latency=0.01) as fake:
        assert await crawl(fake, folder / "whole", None) == 0
        wanted = content(folder / "whole")
        for number in range(crawls):
            out = folder / str(number)
            for _ in range(chance.choice((1, 1, 1, 2))):
                seen["killed" if await _one(fake, out, chance) == -9 else "finished before the kill"] += 1
                have = len(_have(fake, out))
                seen["killed with some branches on disk"] += (
                    0 < have < len(fake.account.integrations) * len(DEFAULT_KINDS)
                )
            assert await _one(fake, out, None) == 0
            assert content(out) == wanted
            Inventory.open(out).verify()
            assert not list(out.glob(".*.jsonl.part"))
            seen["equal to the uninterrupted one"] += 1
            shutil.rmtree(out)
    return seen


async def _one(fake: FakeIntegrator, out: Path, chance: random.Random | None) -> int:
    """One process, and what it may have asked for; its exit code."""
    missing = {(one, kind) for one in fake.account.integrations for kind in DEFAULT_KINDS} - _have(fake, out)
    fake.forget()
    most = len(missing) + 2  # the branches, whose token it is, and the list of integrations
    kill = None if chance is None else (chance.randint(0, most), chance.choice((0, 0.01, 0.05, 0.2)) * chance.random())
    code = await crawl(fake, out, kill)
    assert asked(fake) <= missing
    assert sum(fake.asked.values()) <= most
    assert code in (0, -9)
    return code


def _have(fake: FakeIntegrator, out: Path) -> frozenset[tuple[str, str]]:
    account = {"user": fake.account.token_info["_userId"]}
    return branches_on_disk(out, DEFAULT_KINDS, f"{fake.url}/v1", account=account)


def main() -> None:
    crawls = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        print(dict(asyncio.run(killed_and_resumed(crawls, seed, Path(folder)))))


if __name__ == "__main__":
    main()
