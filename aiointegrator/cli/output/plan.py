"""`crawl --dry-run`: what would be read, and how long the account's bucket makes that take at least."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ... import IntegratorClient, RateLimit
from ..._domain.kinds import Plan
from ...inventory import Redaction, branches_on_disk
from .terminal import data


async def say_plan(
    client: IntegratorClient,
    out: Path,
    kinds: Sequence[str],
    *,
    plan: Plan,
    resume: bool,
    account: Mapping[str, Any],
    limit: RateLimit,
    redaction: Redaction | None = None,
) -> int:
    """Read the list of integrations, print the plan, and write nothing."""
    have: Collection[tuple[str, str]] = ()
    if resume:
        have = branches_on_disk(out, kinds, client.base_url, plan=plan, account=account, redaction=redaction)
    ids: list[str] = []
    pages = 0
    async for page in client.integrations.list().plain().pages():
        ids += [record["_id"] for record in page if isinstance(record.get("_id"), str)]
        pages += 1
    left = missing(ids, kinds, have)
    requests = least_requests(max(pages, 1), len(left), kinds, plan)
    data(f"integrations: {len(ids):,}")
    data(f"branches: {len(ids) * len(kinds):,}" + (f", {len(left):,} of them not on disk yet" if resume else ""))
    data(f"requests: at least {requests:,}")
    data(f"time: at least {seconds(requests, limit):.0f} s under the account's bucket")
    return 0


def missing(ids: Sequence[str], kinds: Sequence[str], have: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """The branches that are to be read."""
    return [(one, kind) for one in ids for kind in kinds if (one, kind) not in have]


def least_requests(pages: int, branches: int, kinds: Sequence[str], plan: Plan) -> int:
    """Whom the token stands for, the list of integrations, and one page of everything that is to be read."""
    lists = len({*kinds, *(("flows",) if {"exports", "imports"} & set(kinds) else ())})
    return 1 + pages + {"integration": branches, "account": lists, "compare": branches + lists}[plan]


def seconds(requests: int, limit: RateLimit) -> float:
    """How long the bucket takes for them, when it is empty at the start."""
    return max(0.0, (requests - limit.burst) / limit.rate)
