"""What importing costs: modules, which can be counted; the milliseconds are a benchmark's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import aiointegrator
from aiointegrator import orchestrators

ROOT = Path(__file__).resolve().parents[1]


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has after running this."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split("\n")[-2].split())


def test_the_client_brings_little_beside_its_three_libraries() -> None:
    """At most 60 modules, none of them a model, a command or the pretend server."""
    libraries = loaded("import aiohttp, pydantic, tenacity")
    ours = loaded("import aiohttp, pydantic, tenacity\nfrom aiointegrator import IntegratorClient") - libraries
    assert len(ours) <= 60
    assert not [name for name in ours if name.startswith(("aiointegrator.cli.", "aiointegrator.testing"))]
    models = {f"aiointegrator.models.{path.stem}" for path in (ROOT / "aiointegrator" / "models").glob("[!_]*.py")}
    assert len(models) > 10
    assert not ours & (models | {"aiointegrator.models._base", "pydantic.main", "msgspec"})


def test_help_needs_no_http() -> None:
    """No command is loaded before it is asked for."""
    found = loaded("import aiointegrator.__main__ as m\nm.main(['--help'])")
    assert "aiointegrator.cli.app" in found
    assert not {"aiohttp", "pydantic", "tenacity", "aiointegrator.cli.commands.crawl", "uvloop"} & found


def test_names_that_are_loaded_late_are_there() -> None:
    """Every public name can be had and is listed; another one is an AttributeError."""
    for name in aiointegrator.__all__:
        assert getattr(aiointegrator, name) is not None
        assert name in dir(aiointegrator)
    for module in (aiointegrator, aiointegrator.models, orchestrators):
        with pytest.raises(AttributeError, match="no attribute 'nothing_such'"):
            module.nothing_such  # noqa: B018
    assert {"Flow", "Record", "Items"} <= set(dir(aiointegrator.models))
    assert set(orchestrators.__all__) <= set(dir(orchestrators))
