"""What did the last run say? Makes README's table and the pictures from the JSON files in results/.

python benchmarks/report.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _picture

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
NAMES = ("call", "page", "bucket", "crawl", "memory", "pages", "startup", "soak", "inventory")
BESIDE = {
    "call": "64 in flight",
    "page": "A page",
    "crawl": "Requests a second",
    "inventory": "Time of a whole process",
}
"""Of these, the table that README shows beside the promises."""


def results() -> dict[str, Any]:
    """What is in results/, in our order."""
    paths = {name: HERE / "results" / f"{name}.json" for name in NAMES}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def report(found: dict[str, Any]) -> str:
    """README's part, in Markdown."""
    return "\n".join([*_where(found), "", *_promises(found), *_beside(found)]) + "\n"


def _where(found: dict[str, Any]) -> Iterator[str]:
    machines: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for name, result in found.items():
        machines.setdefault(_machine(result["machine"]), {}).setdefault(result["when"], []).append(f"`{name}.py`")
    one = len({(machine, day) for machine, days in machines.items() for day in days}) == 1
    for machine, days in sorted(machines.items()):
        when = " and ".join(f"on {day}" if one else f"on {day} ({', '.join(days[day])})" for day in sorted(days))
        yield f"Measured {when}: {', '.join(machine)}. Median (least–most); a promise that was not kept is in bold."


def _machine(machine: dict[str, Any]) -> tuple[str, ...]:
    libraries = ", ".join(f"{name} {machine['libraries'][name]}" for name in ("aiohttp", "pydantic"))
    return f"{machine['cores']} cores {machine['processor']}", f"Python {machine['python']}", libraries


def _promises(found: dict[str, Any]) -> Iterator[str]:
    yield "| what | wanted | measured | |"
    yield "|---|---|---|---|"
    for name, result in found.items():
        for target in result["targets"]:
            measured = f"{_number(target['median'])}{_spread(target)} {target['unit']}"
            bound = f"{'≥' if target['at_least'] else '≤'} {_number(target['limit'])} {target['unit']}"
            kept = "kept" if target["met"] else "**missed**"
            yield f"| {target['what']} | {bound} | {measured} | {kept}, `{name}.py` |"


def _beside(found: dict[str, Any]) -> Iterator[str]:
    for name, part in BESIDE.items():
        if name not in found:
            continue
        table = next(one for one in found[name]["tables"] if part in one["title"])
        yield ""
        yield f"| {table['title']} | {table['unit']} | × {table['reference']} |"
        yield "|---|---|---|"
        for row in table["rows"]:
            ratio = {"median": row["ratio"], "least": row["ratio_least"], "most": row["ratio_most"]}
            median = f"{_number(row['median'])}{_spread(row)}"
            yield f"| {row['name']} | {median} | {_number(row['ratio'])}{_spread(ratio)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _spread(values: dict[str, Any]) -> str:
    least, most = _number(values["least"]), _number(values["most"])
    return "" if least == most else f" ({least}–{most})"


def written(text: str, part: str) -> str:
    """README with this part between its marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{part}{END}{rest.split(END)[1]}"


def files() -> dict[Path, str]:
    """Every file that follows from the results, as it should be."""
    found = results()
    made = {HERE / "results" / f"{name}.svg": _picture.picture(result["tables"]) for name, result in found.items()}
    return made | {README: written(README.read_text(encoding="utf-8"), report(found))}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(HERE.parent)}")
