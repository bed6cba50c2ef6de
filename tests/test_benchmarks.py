"""What README says of speed is what the committed results say."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/report.py, which is no package."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("bench_report", BENCHMARKS / "report.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.pop("_picture", None)
    return module


def test_readme_and_pictures_follow_from_the_results(report: ModuleType) -> None:
    """Nobody writes in them by hand; `python benchmarks/report.py` makes them anew."""
    made = report.files()
    assert report.README in made
    assert len(made) == 1 + len(report.NAMES)
    for path, text in made.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run python benchmarks/report.py"


def test_every_benchmark_has_its_result_and_its_place(report: ModuleType) -> None:
    """No file is without a row in benchmarks/README.md, and no promise is left out."""
    programs = {path.stem for path in BENCHMARKS.glob("[!_]*.py")} - {"report", "outages"}
    assert programs == set(report.NAMES)
    explained = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    shown = report.README.read_text(encoding="utf-8")
    for name, result in report.results().items():
        assert f"| `{name}.py` |" in explained
        assert result["settings"]["repeat"] >= 7
        for target in result["targets"]:
            assert target["what"] in shown


def test_the_matrix_of_outages_has_its_result_and_its_place() -> None:
    """Every crawl in the table kept to its limits."""
    assert "| `outages.py` |" in (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    found = json.loads((BENCHMARKS / "results/outages.json").read_text(encoding="utf-8"))
    assert len(found["cases"]) == 4 * 7 * 3 * 2
    assert not [case for case in found["cases"] if case["failures"]]


def test_each_result_has_its_date_and_its_machine(report: ModuleType) -> None:
    """One sentence for each machine says which results are of which date; where all are of one, it says no more."""
    found = json.loads(json.dumps({name: report.results()[name] for name in ("call", "page", "crawl")}))
    for result in found.values():
        result["when"] = "2026-01-02"
    assert report.report(found).startswith("Measured on 2026-01-02: ")
    found["page"]["when"] = "2026-01-01"
    first = report.report(found).split("\n")[0]
    assert first.startswith("Measured on 2026-01-01 (`page.py`) and on 2026-01-02 (`call.py`, `crawl.py`): ")
    found["crawl"]["machine"]["cores"] = 64
    lines = [line for line in report.report(found).split("\n") if line.startswith("Measured ")]
    assert [line.split(":")[0] for line in lines] == [
        "Measured on 2026-01-01 (`page.py`) and on 2026-01-02 (`call.py`)",
        "Measured on 2026-01-02 (`crawl.py`)",
    ]


def test_what_was_missed_is_said(report: ModuleType) -> None:
    """In bold, with its number."""
    found = json.loads(json.dumps(report.results()))
    target = found["page"]["targets"][0]
    target["median"], target["most"], target["met"] = 1234.5, 2000.0, False
    assert "| **missed**, `page.py` |" in report.report({"page": found["page"]})
    assert "1,234" in report.report({"page": found["page"]})


def test_pictures_are_drawings(report: ModuleType) -> None:
    """Well-formed, with a colour for a dark page."""
    for path, text in report.files().items():
        if path.suffix == ".svg":
            assert ElementTree.fromstring(text).tag.endswith("svg")
            assert "prefers-color-scheme: dark" in text
