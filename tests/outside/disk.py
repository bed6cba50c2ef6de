"""A disk that fails: the system calls of the inventory's writer, each in turn, fail or kill the process. Needs strace.

A small crawl is traced once to count its writes, syncs, renames and unlinks. Then it is run again for each of them, with
ENOSPC or EIO in its place, or with SIGKILL at it. What bears a final name afterwards must be whole; and what is there under
hidden names must be enough for `--resume` to finish, which is tried.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from programs import crawl, environment, lines, manifest, needs, running, serve, version

PORT = 18475
CALLS = ("write", "fsync", "rename", "unlink", "openat", "mkdir")
INTEGRATIONS = 12
URL = environment(f"http://127.0.0.1:{PORT}")


def traced(out: Path, *options: str, log: Path) -> int:
    """Run a crawl under strace, which looks at what concerns the directory only; returns the exit code."""
    names = ["manifest.json", *(f"{kind}.jsonl" for kind in KINDS), *(f"{kind}.jsonl.sorted" for kind in KINDS)]
    paths = [out, *(out / f".{name}.part" for name in names), out / ".journal", out / ".journal.new"]
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", str(log), *(word for path in paths for word in ("-P", str(path))), *options,
         *crawl(out)],
        env=URL, check=False, capture_output=True, timeout=120,
    )  # fmt: skip
    return done.returncode


KINDS = ("integrations", "flows", "exports", "imports", "ashares")


def counted(scratch: Path) -> Counter[str]:
    """How often a good crawl makes each of the calls."""
    log = scratch / "log"
    code = traced(scratch / "good", "-e", f"trace={','.join(CALLS)}", log=log)
    assert code == 0
    assert whole(scratch / "good")
    return Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE))


def whole(out: Path) -> bool:
    """Whether the directory holds an inventory; what has a final name without being whole is an error."""
    if not out.exists():
        return False
    found = manifest(out)
    if found is None:
        return False
    assert found["complete"] is True
    assert lines(out) == found["counts"], f"{out}: the manifest does not tell the truth"
    assert found["counts"]["integrations"] == INTEGRATIONS
    return True


def main() -> None:
    needs("strace")
    outcomes: Counter[tuple[str, str]] = Counter()
    size = ("--integrations", str(INTEGRATIONS), "--latency-ms", "0", "--no-bucket")
    with tempfile.TemporaryDirectory() as here, running(*serve(PORT, *size), port=PORT):
        scratch = Path(here)
        calls = counted(scratch)
        for fault in ("error=ENOSPC", "error=EIO", "signal=KILL"):
            for call, times in sorted(calls.items()):
                for number in range(1, times + 1):
                    out = scratch / f"{fault}-{call}-{number}"
                    code = traced(out, "-e", f"inject={call}:{fault}:when={number}", log=scratch / "log")
                    there = whole(out)
                    assert there or code != 0, f"{out}: nothing there, and exit code 0"
                    kept = (out / ".journal").exists()
                    subprocess.run([*crawl(out), "--resume"], env=URL, check=True, capture_output=True, timeout=120)
                    assert whole(out), f"{out}: --resume did not finish it"
                    what = "whole" if there else f"no inventory, {'a journal' if kept else 'nothing'}, exit code {code}"
                    outcomes[fault, what] += 1
    print(f"{version('strace', '--version')}: {sum(calls.values())} calls ({dict(calls)})")
    for (fault, what), times in sorted(outcomes.items()):
        print(f"  {fault}: {times} x {what}")


if __name__ == "__main__":
    main()
