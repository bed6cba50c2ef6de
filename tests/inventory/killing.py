"""Crawls that are killed with SIGKILL at random moments and resumed. As a script: `killing.py [KILLS] [SEED]`."""

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
BRANCHES = ("flows", "exports", "imports", "ashares")


def content(directory: Path) -> tuple[dict[str, Counter[bytes]], list[Any], dict[str, int]]:
    """Every record, every branch, and the counts, in no order."""
    records = {path.name: Counter(path.read_bytes().splitlines()) for path in directory.glob("*.jsonl")}
    manifest = json.loads((directory / "manifest.json").read_text())
    branches = sorted(manifest["branches"], key=lambda row: (row["integration"], row["kind"]))
    return records, branches, manifest["counts"]


async def crawl(fake: FakeIntegrator, out: Path, kill_after: float | None) -> int:
    """A process that crawls, and is killed after so many requests, or a moment later; its exit code."""
    variables = {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aiointegrator", "crawl", "--out", str(out), "--resume", "--quiet"),
        env=os.environ | variables,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    if kill_after is not None:
        while process.returncode is None and sum(fake.asked.values()) < kill_after:
            await asyncio.sleep(0.002)
        if kill_after >= len(fake.account.integrations) * 4 + 2:  # everything was asked: now while it ends
            await asyncio.sleep(random.random() * 0.15)
        if process.returncode is None:
            process.kill()
    return await process.wait()


def asked(fake: FakeIntegrator) -> set[tuple[str, str]]:
    """The branches that the server was asked for since it last forgot."""
    targets = [target.split(" ")[1].split("?")[0].split("/") for target in fake.asked]
    return {(parts[3], parts[4]) for parts in targets if len(parts) == 5}


async def killed_and_resumed(kills: int, seed: int, folder: Path) -> Counter[str]:
    """Crawl until so many processes were killed; each finished crawl must equal the one that nobody interrupted.

    After each kill, the next process must ask for no branch that the directory had, and for each other at most once.
    """
    chance, seen = random.Random(seed), Counter[str]()
    async with FakeIntegrator(seeded_account(24, seed=seed), latency=0.004) as fake:
        assert await crawl(fake, folder / "whole", None) == 0
        wanted = content(folder / "whole")
        everything = {(one, kind) for one in fake.account.integrations for kind in DEFAULT_KINDS}
        out = folder / "out"
        while seen["killed"] < kills or (out.exists() and not (out / "manifest.json").exists()):
            account = {"user": fake.account.token_info["_userId"]}
            have = branches_on_disk(out, DEFAULT_KINDS, f"{fake.url}/v1", account=account)
            fake.forget()
            last = len(everything) - len(have) + 2
            code = await crawl(fake, out, chance.randint(0, last) if seen["killed"] < kills else None)
            assert asked(fake) <= everything - have
            assert max(fake.asked.values(), default=0) <= 1
            assert sum(fake.asked.values()) <= last  # the branches, whose token it is, and the list
            seen["killed" if code == -9 else "finished"] += 1
            seen["killed with something on disk"] += code == -9 and (out / ".journal").exists()
            if not code:
                assert content(out) == wanted
                Inventory.open(out).verify()
                assert not list(out.glob(".*"))
                shutil.rmtree(out)
            else:
                assert code == -9
                if (out / "manifest.json").exists():  # it was killed behind its last step, or in it
                    assert content(out) == wanted
                    shutil.rmtree(out)
    return seen


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        print(dict(asyncio.run(killed_and_resumed(kills, seed, Path(folder)))))


if __name__ == "__main__":
    main()
