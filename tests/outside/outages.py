"""The service is away for some seconds: all packets are dropped (iptables), or its process is killed and started again.

Needs root, ip and iptables. A crawl must be complete, send hardly a request more, and take hardly longer than that.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from network import HERE, PORT, THERE, inside, sh, two_hosts
from programs import crawl, environment, lines, manifest, needs, serve, version, wait_for

INTEGRATIONS, AWAY = 600, 10.0
SIZE = ("--integrations", str(INTEGRATIONS), "--latency-ms", "100", "--no-bucket")
ALL = ("INPUT", "-i", "cable", "-j", "DROP")


def start(*before: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*before, *serve(PORT, *SIZE)], env=environment(), stderr=subprocess.DEVNULL)


def crawl_while(goes: Callable[[], object], comes: Callable[[], object], out: Path, *before: str) -> tuple[int, float]:
    """Crawl, and let the service go away in the middle; returns the exit code and the seconds that it took."""
    begin = time.monotonic()
    crawling = subprocess.Popen([*before, *crawl(out)], env=environment(f"http://127.0.0.1:{PORT}"))
    while not (out / ".journal").exists():
        time.sleep(0.01)
    time.sleep(1)
    assert crawling.poll() is None, "it was over before the service went away"
    goes()
    time.sleep(AWAY)
    comes()
    return crawling.wait(200), time.monotonic() - begin


def judge(what: str, out: Path, code: int, seconds: float) -> None:
    found, counted = manifest(out), lines(out)
    assert found is not None
    print(
        f"{what} for {AWAY:.0f} s: exit code {code}, {seconds:.1f} s, {found['requests']:,} requests, "
        f"{found['retries']:,} repeated"
    )
    assert code == 0
    assert found["complete"]
    assert counted == found["counts"]
    assert counted["integrations"] == INTEGRATIONS
    assert found["requests"] <= 1.05 * (1 + 4 * INTEGRATIONS) + 20 + 64


def dropped(scratch: Path) -> None:
    """Nothing arrives in either direction."""
    with two_hosts():
        server = start(*inside(THERE))
        try:
            time.sleep(3)
            rule = [inside(HERE, "iptables", flag, *ALL) for flag in ("-A", "-D")]
            out = scratch / "dropped"
            code, seconds = crawl_while(lambda: sh(*rule[0]), lambda: sh(*rule[1]), out, *inside(HERE))
        finally:
            server.kill()
            server.wait(10)
    judge(f"{version('iptables', '--version')}, all packets dropped", out, code, seconds)


def killed(scratch: Path) -> None:
    """The process is killed with SIGKILL, and another one is started."""
    servers = [start()]
    wait_for("127.0.0.1", PORT)
    out = scratch / "killed"
    try:
        code, seconds = crawl_while(servers[0].kill, lambda: servers.append(start()), out)
    finally:
        for server in servers:
            server.kill()
            server.wait(10)
    judge("the server killed, away and started again", out, code, seconds)


def main() -> None:
    needs("ip", "iptables")
    with tempfile.TemporaryDirectory() as scratch:
        killed(Path(scratch))
        dropped(Path(scratch))


if __name__ == "__main__":
    main()
