"""What may be sent twice, operation by operation, as a server saw it. `python tests/faults/table.py` writes the table.

It stands in CONTRIBUTING.md between two marks, and a test compares the two.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

import trustme  # noqa: E402 - after the path is set
from faults.catalogue import BODY, CATALOGUE  # noqa: E402
from raw_server import Play, RawServer, answer, hang  # noqa: E402
from test_contract import CASES  # noqa: E402
from test_tls import serving, trusting  # noqa: E402

from aiointegrator import IntegratorClient, IntegratorError, RetryPolicy, Timeouts  # noqa: E402

QUICK = RetryPolicy(base=0, throttled_base=0)
FINE = answer(200, BODY)
DOUBT = [fault.play for fault in CATALOGUE if fault.name in ("end before the headers", "end within the body", "HTML")]
SOON = "Retry-After: 0.001"
COLUMNS: dict[str, list[Play] | str] = {
    "not sent": "refused",
    "TLS": "tls",
    "425, 429": [answer(425), answer(429), answer(429, b"{}", SOON)],
    "503 with Retry-After": [answer(503, b"{}", SOON)],
    "408, 500, 502, 503, 504, cut, unreadable, silence": [
        *(answer(code) for code in (408, 500, 502, 503, 504)),
        answer(503, b"{}", "Retry-After: soon"),
        *DOUBT,
        hang,
    ],
    "401": [answer(401)],
    "any other": [answer(code, b"") for code in (302, 304, 400, 403, 404, 405, 409, 410, 415, 422, 501, 505)],
}
Cell = tuple[str, bool]


async def seen(operation: str, client: IntegratorClient, requests: Callable[[], int]) -> Cell:
    """`again`, `once` or `never`, and whether the error says that the call may have been carried out."""
    call: Callable[[Any, str, str], Awaitable[object]] = CASES[operation][0]
    doubt = False
    try:
        await call(client, "a", "b")
    except IntegratorError as error:
        doubt = error.maybe_applied
    return ("again" if requests() > 1 else "never"), doubt


def tokens() -> Callable[[], str]:
    numbers = itertools.count()
    return lambda: f"token-{next(numbers)}"


async def played(operation: str, play: Play) -> Cell:
    """What the client makes of one fault."""
    async with RawServer(play, FINE) as server:
        timeouts = Timeouts(read=0.1, total=5)
        async with IntegratorClient(tokens(), base_url=server.url, retry=QUICK, timeout=timeouts) as client:
            return await seen(operation, client, lambda: max(Counter(map(_line, server.requests)).values()))


def _line(request: bytes) -> bytes:
    """Method and target: a list that asks for smaller pages, and a template by POST, are other requests."""
    return request.partition(b"\r\n")[0]


async def refused(operation: str) -> Cell:
    """Nobody listens at first, and then somebody does."""
    async with RawServer(FINE) as server:
        port = int(server.url.rsplit(":", 1)[1])
    async with IntegratorClient("t", base_url=server.url, retry=RetryPolicy(base=0.05)) as client:
        call = asyncio.create_task(seen(operation, client, lambda: 1 + len(late.requests)))
        await asyncio.sleep(0.01)
        late = RawServer(FINE, port=port)
        async with late:
            return await call


@cache
def another_hosts() -> tuple[trustme.CA, trustme.LeafCert]:
    """An authority, and a certificate for another host."""
    authority = trustme.CA()
    return authority, authority.issue_cert("other.example")


async def distrusted(operation: str) -> Cell:
    """The certificate is another host's."""
    authority, certificate = another_hosts()
    async with serving(certificate) as (server, url):
        async with IntegratorClient("t", base_url=url, retry=QUICK, ssl_context=trusting(authority)) as client:
            return await seen(operation, client, lambda: len(server.requests))


async def row(operation: str) -> list[Cell]:
    """One cell for each column; where its faults are not treated alike, that is an error."""
    cells = []
    for name, plays in COLUMNS.items():
        if plays == "refused":
            found = {await refused(operation)}
        elif plays == "tls":
            found = {await distrusted(operation)}
        else:
            found = {await played(operation, play) for play in plays if not isinstance(plays, str)}
        if len(found) != 1:
            raise AssertionError(f"{operation}: {name}: {found}")
        cells.append(found.pop())
    return cells


async def rows() -> dict[str, list[Cell]]:
    """The table, for all operations."""
    return {operation: await row(operation) for operation in CASES}


def text(table: dict[str, list[Cell]]) -> str:
    """The table in Markdown."""
    lines = ["| operation | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for operation, cells in table.items():
        words = [f"**{word}**, in doubt" if doubt else word for word, doubt in cells]
        lines.append(f"| {operation.partition('.')[2]} | " + " | ".join(words) + " |")
    return "\n".join(lines) + "\n"


MARKS = re.compile(r"(<!-- twice: begin -->\n).*?(<!-- twice: end -->)", re.DOTALL)

if __name__ == "__main__":
    path = ROOT / "CONTRIBUTING.md"
    made = text(asyncio.run(rows()))
    path.write_text(MARKS.sub(lambda found: found[1] + made + found[2], path.read_text()))
