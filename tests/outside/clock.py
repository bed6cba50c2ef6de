"""A wall clock that jumps by hours and days, forth and back, twice a second while a crawl runs. Needs libfaketime.

Deadlines, pauses and the bucket go by the monotonic clock, so the crawl takes as long as without jumps.
"""

from __future__ import annotations

import itertools
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from programs import crawl, environment, lines, manifest, needs, running, serve, version

PORT, INTEGRATIONS = 18476, 300
JUMPS = ("+1d", "-1d", "+3650d", "-2h", "+0d", "-3650d", "+90s")


def timed(out: Path, settings: dict[str, str]) -> tuple[float, int]:
    """Seconds and exit code of a crawl at 120 requests a second."""
    begin = time.monotonic()
    done = subprocess.run(
        crawl(out, "--rate", "120", "--burst", "60"),
        env={**environment(f"http://127.0.0.1:{PORT}"), **settings},
        check=False,
        timeout=200,
        capture_output=True,
    )
    return time.monotonic() - begin, done.returncode


def main() -> None:
    needs("faketime")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    size = ("--integrations", str(INTEGRATIONS), "--latency-ms", "5", "--no-bucket", "--faults", "0.05")
    stop, jumps = threading.Event(), 0
    with tempfile.TemporaryDirectory() as here:
        file = Path(here, "time")
        file.write_text("+0d")
        faked = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

        def jump() -> None:
            nonlocal jumps
            for step in itertools.cycle(JUMPS):
                if stop.wait(0.5):
                    return
                file.write_text(step)
                jumps += 1

        with running(*serve(PORT, *size), port=PORT):
            usual, code = timed(Path(here, "usual"), {})
            assert code == 0
            jumping = threading.Thread(target=jump)
            jumping.start()
            try:
                odd, code = timed(Path(here, "odd"), faked)
            finally:
                stop.set()
                jumping.join()
        found = manifest(Path(here, "odd"))
        assert found is not None
        print(
            f"{version('faketime', '--version')}: {jumps} jumps, from {found['started']} to {found['finished']} by that "
            f"clock; exit code {code}, {odd:.1f} s against {usual:.1f} s without"
        )
        assert code == 0
        assert lines(Path(here, "odd")) == found["counts"] == lines(Path(here, "usual"))
        assert abs(odd - usual) < 0.25 * usual


if __name__ == "__main__":
    main()
