"""What README shows works: its Python runs, and so do its commands."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aiointegrator.testing import FakeIntegrator

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
COMMANDS = [
    line.split("#")[0].strip()
    for line in re.findall(r"^    (aiointegrator .*)$", README, flags=re.MULTILINE)
    if "serve" not in line
]


def environment(fake: FakeIntegrator) -> dict[str, str]:
    return os.environ | {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url, "PYTHONPATH": str(ROOT)}


async def run(fake: FakeIntegrator, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    import asyncio

    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "error", *arguments],
        env=environment(fake),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the directory that README reads is kept, once somebody has needed it."""
    return tmp_path_factory.mktemp("crawled")


async def with_inventory(fake: FakeIntegrator, folder: Path, crawled: Path, *, needed: bool) -> None:
    """The directory that README reads, made once as README makes it, and copied."""
    if not needed:
        return
    if not (crawled / "inventory").exists():
        done = await run(fake, ["-m", "aiointegrator", "crawl", "--out", "inventory"], crawled)
        assert done.returncode == 0, done.stderr
    for name in ("inventory", "yesterday"):
        shutil.copytree(crawled / "inventory", folder / name)


def test_there_are_blocks() -> None:
    """The checks below check something."""
    assert len(PYTHON) >= 3
    assert len(COMMANDS) >= 2


@pytest.mark.parametrize("block", PYTHON)
async def test_python_blocks_run(fake: FakeIntegrator, tmp_path: Path, crawled: Path, block: str) -> None:
    """Each block is a program that runs to its end and prints something, without a warning."""
    await with_inventory(fake, tmp_path, crawled, needed='"inventory"' in block)
    done = await run(fake, ["-c", block], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_run(fake: FakeIntegrator, tmp_path: Path, crawled: Path, command: str) -> None:
    """Each command ends with 0."""
    offline = command.startswith(("aiointegrator inventory", "aiointegrator report"))
    await with_inventory(fake, tmp_path, crawled, needed=offline)
    done = await run(fake, ["-m", *shlex.split(command)], tmp_path)
    assert done.returncode == 0, done.stderr
    assert fake.token not in done.stdout + done.stderr
