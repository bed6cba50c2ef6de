"""Which enabled flows use a thing, and whose they are."""

from __future__ import annotations

import sqlite3
from typing import Any

from .._sql.lookup import resolve
from .._store.files import INTEGRATIONS

_USERS = (
    "WITH RECURSIVE users(kind, id) AS (SELECT ?, ? UNION SELECT u.kind, u.id FROM users t "
    "JOIN uses u ON u.target = t.id AND u.target_kind = t.kind WHERE t.kind <> 'flows' AND u.kind <> 'integrations') "
)


def owners_of_users(base: sqlite3.Connection, kind: str, one: str) -> list[str | None]:
    """The integrations with an enabled flow that uses a thing, directly or by what it runs; None for no integration.

    What a flow runs next is no use of it. An integration uses itself.

    Raises:
        ArgumentError: there is no such thing.
    """
    kind, found = resolve(base, kind, one)
    if kind == INTEGRATIONS:
        return [found]
    sql = (
        f"{_USERS} SELECT DISTINCT f.integration FROM users t JOIN flows f ON t.kind = 'flows' AND f.id = t.id "  # noqa: S608 - ours
        "WHERE f.enabled ORDER BY f.integration"
    )
    owners: list[Any] = [owner for (owner,) in base.execute(sql, (kind, found))]
    return owners
