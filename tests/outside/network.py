"""A bad line between two network namespaces: packets lost and connections reset. Needs root, ip and iptables.

Plain http goes to this machine only, so on each side 127.0.0.1 is translated: what the client sends to its own port
goes over the line, as the same connection, to the server's own.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from programs import crawl, environment, lines, manifest, needs, serve, version

PORT, INTEGRATIONS = 18474, 300
HERE, THERE = "aio-here", "aio-there"
ADDRESSES = {HERE: "10.71.0.1", THERE: "10.71.0.2"}
TO_PORT = ("-p", "tcp", "--dport", str(PORT))


def sh(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def inside(name: str, *command: str) -> tuple[str, ...]:
    return ("ip", "netns", "exec", name, *command)


@contextmanager
def two_hosts() -> Iterator[None]:
    """Two namespaces with a cable between them, in which 127.0.0.1:PORT of the one is that of the other."""
    try:
        for name in ADDRESSES:
            sh("ip", "netns", "add", name)
        sh("ip", "link", "add", "cable", "netns", HERE, "type", "veth", "peer", "name", "cable", "netns", THERE)
        for name, own in ADDRESSES.items():
            sh("ip", "-n", name, "addr", "add", f"{own}/24", "dev", "cable")
            for end in ("cable", "lo"):
                sh("ip", "-n", name, "link", "set", end, "up")
            sh(*inside(name, "sysctl", "-w", "net.ipv4.conf.all.route_localnet=1"))
        nat = ("iptables", "-t", "nat", "-A")
        there = f"{ADDRESSES[THERE]}:{PORT}"
        sh(*inside(HERE, *nat, "OUTPUT", "-d", "127.0.0.1", *TO_PORT, "-j", "DNAT", "--to", there))
        sh(*inside(HERE, *nat, "POSTROUTING", "-o", "cable", "-j", "MASQUERADE"))
        sh(*inside(THERE, *nat, "PREROUTING", *TO_PORT, "-j", "DNAT", "--to", f"127.0.0.1:{PORT}"))
        yield
    finally:
        for name in ADDRESSES:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def bad_line() -> None:
    """Three packets in a hundred are lost each way, and one with data in a hundred resets its connection."""
    chance = ("-m", "statistic", "--mode", "random", "--probability")
    for name in ADDRESSES:
        sh(*inside(name, "iptables", "-A", "INPUT", "-i", "cable", "-p", "tcp", *chance, "0.03", "-j", "DROP"))
    reset = ("-m", "length", "--length", "100:", *chance, "0.01", "-j", "REJECT", "--reject-with", "tcp-reset")
    sh(*inside(THERE, "iptables", "-A", "INPUT", "-i", "cable", *TO_PORT, *reset))


def packets(name: str, verdict: str) -> int:
    """How many packets met a rule."""
    rows = sh(*inside(name, "iptables", "-vnxL", "INPUT")).splitlines()
    return sum(int(row.split()[0]) for row in rows if verdict in row)


def main() -> None:
    needs("ip", "iptables")
    with tempfile.TemporaryDirectory() as scratch, two_hosts():
        size = ("--integrations", str(INTEGRATIONS), "--latency-ms", "2", "--no-bucket")
        server = subprocess.Popen(inside(THERE, *serve(PORT, *size)), env=environment(), stderr=subprocess.DEVNULL)
        try:
            time.sleep(2)
            bad_line()
            out = Path(scratch, "out")
            done = subprocess.run(
                inside(HERE, *crawl(out)), env=environment(f"http://127.0.0.1:{PORT}"), check=False, timeout=300
            )
            lost, reset = packets(HERE, "DROP") + packets(THERE, "DROP"), packets(THERE, "REJECT")
        finally:
            server.terminate()
            server.wait(10)
        found, counted = manifest(out), lines(out)
    assert found is not None
    print(
        f"{version('iptables', '--version')}: {lost} packets lost, {reset} resets: exit code {done.returncode}, "
        f"{found['requests']:,} requests, {found['retries']:,} repeated"
    )
    assert lost > 0
    assert reset > 0
    assert done.returncode == 0
    assert counted == found["counts"]
    assert counted["integrations"] == INTEGRATIONS


if __name__ == "__main__":
    main()
