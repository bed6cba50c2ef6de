"""The house has floors: imports go down, and the check that says so can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def check(root: Path) -> subprocess.CompletedProcess[str]:
    lint = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(lint), "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "", "COVERAGE_PROCESS_START": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "aiointegrator", root / "aiointegrator", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_every_import_goes_down(copy: Path) -> None:
    """The house as it is keeps its floors."""
    done = check(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("_wire/links.py", "from ..session import SessionManager"),
        ("errors.py", "from .config import Settings"),
        ("pager.py", "from .session import SessionManager"),
        ("client.py", "import tenacity"),
        ("orchestrators/crawl.py", "import aiohttp"),
        ("session/_manager.py", "from ..testing import FakeIntegrator"),
        ("testing/state.py", "from ..client import IntegratorClient"),
        ("testing/bucket.py", "from .._wire import segment"),
        ("_codegen/names.py", "from ..errors import IntegratorError"),
        ("cli/commands/api.py", "from ..._codegen import names"),
        ("config.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .client import IntegratorClient"),
    ],
)
def test_a_planted_import_is_found(copy: Path, module: str, line: str) -> None:
    """An import that goes up, sideways or past the door is found, one for type checking too."""
    path = copy / "aiointegrator" / module
    before = path.read_text()
    path.write_text(
        before.replace("from __future__ import annotations\n", f"from __future__ import annotations\n{line}\n", 1)
    )
    try:
        done = check(copy)
    finally:
        path.write_text(before)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout
