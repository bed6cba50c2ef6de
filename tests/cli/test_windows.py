"""Commands in a process that lacks what Windows lacks, as far as that can be played here; see `windows.py`."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from aiointegrator.testing import FakeIntegrator

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    "whoami",
    "crawl --out half --resume",
    "crawl --out d",
    "crawl --out d --fresh --kinds flows,exports,imports,connections,ashares",
    "crawl --out d --resume",
    "inventory show d flows --limit 2",
    "inventory search d order",
    "inventory lint d -o table",
    "inventory access d -o csv",
    "inventory graph d",
    "inventory check d",
    "inventory export d csv",
    "inventory export d csv --fresh",
    "inventory export d jsonl -o jsonl",
    "inventory export d e.sqlite",
    "inventory export d e.sqlite --fresh",
    "inventory export d parquet -o parquet",
    "inventory diff d d",
    "report d --out r.html --compare d",
]


async def run(fake: FakeIntegrator, folder: Path, commands: list[list[str]]) -> subprocess.CompletedProcess[str]:
    strict = ("-X", "warn_default_encoding", "-W", "error")
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, *strict, str(ROOT / "tests" / "windows.py"), json.dumps(commands)],
        env=os.environ
        | {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url, "PYTHONPATH": str(ROOT)}
        | {"XDG_CONFIG_HOME": str(folder / "config")},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def test_every_command_works(fake: FakeIntegrator, tmp_path: Path) -> None:
    """With replaced files, databases and reports, and no lock or half file is left."""
    first = next(iter(fake.account.integrations))
    fake.deny("list_flows", first)
    done = await run(fake, tmp_path, [["crawl", "--out", "half"]])
    assert "ended with 5" in done.stderr
    fake.answer("list_flows", 0, first)
    done = await run(fake, tmp_path, [line.split() for line in COMMANDS])
    assert done.returncode == 0, done.stderr[-2000:]
    assert "\r" not in done.stdout + done.stderr
    assert [path.name for path in tmp_path.rglob(".*")] == []
    assert b"\r" not in (tmp_path / "r.html").read_bytes()
