"""atheris on the readers of Link, Retry-After and error bodies: a million inputs each. Needs atheris (PyPI).

python tests/outside/fuzz.py          all three, one after the other
python tests/outside/fuzz.py links    one; further words go to libFuzzer
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import atheris

RUNS = 1_000_000

with atheris.instrument_imports(include=["aiointegrator._wire", "aiointegrator._messages"]):
    from aiointegrator import _wire
    from aiointegrator._messages import Reply, Request
    from aiointegrator.errors import UnsafeLinkError

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
HERE = Request("flows.list", "GET", "/v1/flows")
BASES = (
    _wire.Base("https://api.integrator.io"),
    _wire.Base("https://gw.example.com:8443", "/celigo"),
    _wire.Base("http://[::1]:8080"),
)


def links(data: bytes) -> None:
    """A Link header is refused, or leads to our own origin."""
    header = data[1:].decode("latin-1")
    base = BASES[data[0] % 3] if data else BASES[0]
    try:
        page = _wire.next_page(base, HERE, Reply(200, (("Link", header),), b""))
    except UnsafeLinkError as error:
        assert len(str(error)) < 200 + 10 * 120  # the link is cut to 120 characters, and escaped  # noqa: PT017 - no test of pytest
        return
    if page is not None:
        address = _wire.url(base, Request("x", "GET", page))
        assert address.startswith(f"{base.url}/")
        assert address.isascii()
        assert address.isprintable()
        assert " " not in address


def retry_after(data: bytes) -> None:
    """A Retry-After is None, or seconds from nothing to a year."""
    value, _, date = data.decode("latin-1").partition("|")
    seconds = _wire.retry_after(Reply(429, (("Retry-After", value), ("Date", date)), b""), NOW)
    assert seconds is None or 0 <= seconds <= 366 * 86_400


def errors(data: bytes) -> None:
    """An error body becomes an error with a bounded, printable message."""
    error = _wire.refusal(HERE, Reply(500, (), data), NOW)
    assert len(str(error)) <= 900
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in str(error))
    assert len(error.body) <= 4000
    assert len(error.errors) <= 50


SEEDS = {
    "links": [b'\0</v1/flows?after=1>; rel="next"', b"\1<https://api.integrator.io/api/v1/x>; a=b; rel=next, <x>"],
    "retry_after": [b"1.5|", b"Fri, 20 Nov 2026 10:00:01 GMT|Fri, 20 Nov 2026 10:00:00 GMT"],
    "errors": [b'{"errors":[{"code":"a","message":"b","field":"c"}]}', b"<html>", b'{"error":{"message":"x"}}'],
}


def main() -> None:
    if len(sys.argv) > 1:
        name, *options = sys.argv[1:]
        atheris.Setup([sys.argv[0], *options], globals()[name])
        atheris.Fuzz()
        return
    for name, seeds in SEEDS.items():
        with tempfile.TemporaryDirectory() as corpus:
            for number, seed in enumerate(seeds):
                Path(corpus, str(number)).write_bytes(seed)
            command = [
                sys.executable,
                __file__,
                name,
                f"-runs={RUNS}",
                "-max_len=400",
                f"-artifact_prefix={corpus}/",
                corpus,
            ]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
        said = [line for line in done.stderr.splitlines() if line.strip()]
        print(f"{name}: exit code {done.returncode}; {said[-1] if said else ''}")
        if done.returncode:
            sys.exit("\n".join(said[-30:]))


if __name__ == "__main__":
    main()
