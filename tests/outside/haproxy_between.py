"""HAProxy in between: two servers behind it, one of them killed again and again. Needs haproxy.

What it answers itself, 502 and 503 without Retry-After and cut connections, must cost nothing but time.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections import Counter
from pathlib import Path

from programs import crawl, environment, lines, manifest, needs, running, serve, version

PORT, BACKEND, INTEGRATIONS = 18472, 18473, 400
CONFIGURATION = """
global
  maxconn 2000
defaults
  mode http
  timeout connect 500ms
  timeout client 5s
  timeout server 5s
  retries 0
  option httplog
frontend api
  bind 127.0.0.1:{port}
  default_backend accounts
backend accounts
  balance roundrobin
  server a 127.0.0.1:{a} check inter 200ms fall 1
  server b 127.0.0.1:{b} check inter 200ms fall 1
"""


def comes_and_goes(port: int, stop: threading.Event, times: Counter[str]) -> None:
    """A server that lives for a second and is killed."""
    while not stop.wait(0.3):
        with running(*serve(port, *SIZE), port=port):
            times["killed"] += 1
            stop.wait(1.0)


SIZE = ("--integrations", str(INTEGRATIONS), "--latency-ms", "5", "--no-bucket")


def main() -> None:
    needs("haproxy")
    stop, times = threading.Event(), Counter[str]()
    with tempfile.TemporaryDirectory() as here:
        file, out = Path(here, "haproxy.cfg"), Path(here, "out")
        file.write_text(CONFIGURATION.format(port=PORT, a=BACKEND, b=BACKEND + 1))
        away = threading.Thread(target=comes_and_goes, args=(BACKEND + 1, stop, times))
        with running(*serve(BACKEND, *SIZE), port=BACKEND), running("haproxy", "-f", str(file), "-db", port=PORT):
            away.start()
            try:
                done = subprocess.run(
                    crawl(out, "--rate", "150", "--burst", "50"),
                    env=environment(f"http://127.0.0.1:{PORT}"),
                    check=False,
                    timeout=300,
                )
            finally:
                stop.set()
                away.join()
        found, counted = manifest(out), lines(out)
    assert found is not None
    print(
        f"{version('haproxy', '-v')}: a server behind it killed {times['killed']} times; exit code {done.returncode}, "
        f"{found['requests']:,} requests, {found['retries']:,} repeated"
    )
    assert found["retries"] > 0, "nothing went wrong, so nothing was shown"
    assert done.returncode == 0
    assert counted == found["counts"]
    assert counted["integrations"] == INTEGRATIONS


if __name__ == "__main__":
    main()
