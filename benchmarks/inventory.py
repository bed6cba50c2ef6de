"""What does working with a large inventory cost? 5,000 integrations, 200,000 records, 264 MB, each command by itself.

    python benchmarks/inventory.py [--integrations 5000] [--repeat 7]

Each run is a process of its own, from its start to its end, with its peak of memory; the command line's are as anybody
starts them, with what they print thrown away. Beside loading stands `json.loads` of every line, beside comparing two
dicts of everything, beside searching `grep`. The search is asked inside an open database: the slowest of six questions.
A command that this version does not have is named, and not measured. The two dicts take 3 GB of memory.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from pathlib import Path

import _bench

LIMIT_MB, LIMIT_MS = 300, 100
WORDS = ("netsuite refund", "ada moreno 777", "order", "lines taxes", "4711", "nothing such")
PARSE = """
import json, sys, pathlib
for path in pathlib.Path(sys.argv[1]).glob("*.jsonl"):
    for line in path.open("rb"):
        json.loads(line)
"""
LOAD = "import sys; from aiointegrator.inventory import build_database; build_database(sys.argv[1])"
SEARCH = f"""
import json, sys, time
from aiointegrator.inventory import Database
times = []
with Database(sys.argv[1]) as base:
    for words in {WORDS!r}:
        begin = time.perf_counter()
        list(base.search(words, limit=50))
        times.append(1e3 * (time.perf_counter() - begin))
print(json.dumps(times))
"""
DICTS = """
import json, sys, pathlib
def everything(place):
    return {(path.name, row["integration"], row["data"]["_id"]): row["data"]
            for path in pathlib.Path(place).glob("*.jsonl") for row in map(json.loads, path.open("rb"))}
old, new = map(everything, sys.argv[1:3])
for key in old.keys() | new.keys():
    if old.get(key) != new.get(key):
        print(key, [field for field in {*old.get(key, ()), *new.get(key, ())}
                    if old.get(key, {}).get(field) != new.get(key, {}).get(field)])
"""
PARSING, LOADING, COMPARING, GREP = "json.loads of every line", "load: inventory.sqlite", "two dicts", "grep"
OLD, NEW, OUT = "{old}", "{new}", "{out}"
COMMANDS = {
    "search": ["inventory", "search", OLD, WORDS[0]],
    "diff": ["inventory", "diff", OLD, NEW, "--format", "json"],
    "export csv": ["inventory", "export", OLD, OUT, "--format", "csv"],
    "export jsonl": ["inventory", "export", OLD, OUT, "--format", "jsonl"],
    "export sqlite": ["inventory", "export", OLD, OUT + ".sqlite"],
    "graph": ["inventory", "graph", OLD, "--output", "json"],
    "lint": ["inventory", "lint", OLD],
    "access": ["inventory", "access", OLD, "--output", "jsonl"],
    "report": ["report", NEW, "--compare", OLD, "--out", OUT + ".html"],
}
"""Of the command line. One that is a module of `cli/` is measured as soon as that is there."""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def ways() -> tuple[dict[str, list[str]], list[str]]:
    """What can be measured, and the commands that are not there."""
    found = {PARSING: python(PARSE, OLD), LOADING: python(LOAD, OLD)}
    absent = [name for name, command in COMMANDS.items() if not is_there(command)]
    for name, command in COMMANDS.items():
        if name not in absent:
            found[name] = [sys.executable, "-m", "aiointegrator", *command]
    return found | {COMPARING: python(DICTS, OLD, NEW)}, absent


def is_there(command: list[str]) -> bool:
    """Whether this version has a command."""
    words = [word for word in command[:2] if "{" not in word]
    module = "inventory" if words[-1] == "search" else words[-1]
    return importlib.util.find_spec(f"aiointegrator.cli.{module}") is not None


def one(way: list[str], old: Path, new: Path) -> _bench.Ended:
    """Run it once, and throw away what it says and leaves."""
    with tempfile.TemporaryDirectory(dir=old.parent) as out:
        filled = [part.format(old=old, new=new, out=f"{out}/out") if "{" in part[:5] else part for part in way]
        return _bench.ended(
            ["sh", "-c", 'exec "$@" >/dev/null', "sh", *filled], CELIGO_REDACTION_KEY="of the benchmark alone"
        )


def measured(old: Path, new: Path, names: dict[str, list[str]], repeat: int) -> dict[str, list[_bench.Ended]]:
    """Every way in turn."""
    found: dict[str, list[_bench.Ended]] = {name: [] for name in names}
    for repetition in range(repeat + 1):  # the first one compiles and makes the database, and does not count
        for name, way in names.items():
            print(f"{repetition}/{repeat} {name}", end="\033[K\r", file=sys.stderr, flush=True)
            done = one(way, old, new)
            if repetition:
                found[name].append(done)
    return found


def searched(old: Path, repeat: int) -> dict[str, list[float]]:
    """Milliseconds of the slowest question in an open database, and of grep."""
    found: dict[str, list[float]] = {GREP: [], "search, the slowest of six": []}
    for repetition in range(repeat + 1):
        # not into /dev/null, by which grep would know that the first line is enough
        command = ["sh", "-c", 'grep -ic "$1" "$2"/*.jsonl', "sh", WORDS[0].split()[0], str(old)]
        grep = _bench.ended(command)
        times = json.loads(_bench.ended(python(SEARCH, str(old))).output)
        if repetition:
            found[GREP].append(1e3 * (grep.end - grep.begin))
            found["search, the slowest of six"].append(max(times))
    return found


def targets(peaks: dict[str, list[float]], searches: dict[str, list[float]], size: str) -> list[dict[str, object]]:
    """What is promised."""
    made = [
        _bench.target("5", f"{size}: {name}, peak of memory", _bench.spread(list_), LIMIT_MB, "MB")
        for name, list_ in peaks.items()
        if name not in (PARSING, COMPARING)
    ]
    slowest = _bench.spread(searches["search, the slowest of six"])
    return [*made, _bench.target("5", f"{size}: the slowest of six searches", slowest, LIMIT_MS, "ms")]


def main() -> None:
    chosen = _bench.options(__doc__, integrations=5000, repeat=7).parse_args()
    _bench.pin()
    with tempfile.TemporaryDirectory() as place:
        old, new = Path(place) / "old", Path(place) / "new"
        make = [sys.executable, str(_bench.HERE / "_accounts.py"), str(old), str(new), str(chosen.integrations)]
        records, size = json.loads(_bench.ended(make).output)
        names, absent = ways()
        for name in absent:
            print(f"not measured, since this version does not have it: {name}", flush=True)
        found = measured(old, new, names, chosen.repeat)
        searches = searched(old, chosen.repeat)
    what = f"{records:,} records, {size / 1e6:.0f} MB ({chosen.repeat} repetitions)"
    times = {name: [run.end - run.begin for run in runs] for name, runs in found.items()}
    peaks = {name: [run.peak / 1e6 for run in runs] for name, runs in found.items()}
    tables = [
        _bench.table(f"Time of a whole process, {what}", "s", times, PARSING),
        _bench.table(f"Peak of memory, {what}", "MB", peaks, PARSING),
        _bench.table(f"Search, {what}", "ms", searches, GREP),
    ]
    promises = targets(peaks, searches, f"{records:,} records")
    _bench.save("inventory", vars(chosen), tables, promises, absent=absent)


if __name__ == "__main__":
    main()
