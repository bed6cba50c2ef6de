"""Which flows nothing starts.

A flow is started by its schedule, the schedule of one of its page generators, a page generator that listens, or another
flow that runs it next, unless they are a cycle of next flows that nothing outside starts. An export whose kind does not
say that it is polled (a type that we do not know, no connection, AS2 and VAN, where partners send) may listen, and its
flow is not reported. Nor are abstract flows and their instances.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._exact_json import read
from .rule import Asked, Found

_SHOWN = 3

_POLLED = (
    "e.connection IS NOT NULL AND (e.type IS NULL OR e.type IN ('delta', 'once', 'test')) AND "
    "coalesce(e.adaptor_type, '') NOT LIKE 'AS2%' AND coalesce(e.adaptor_type, '') NOT LIKE 'VAN%' AND "
    "coalesce(e.adaptor_type, '') NOT LIKE 'Webhook%'"
)
_SOURCES = (
    "SELECT 1 FROM steps s WHERE s.flow = f.id AND s.integration IS f.integration AND s.kind = 'exports' "
    "AND s.role IN ('generator', 'legacy')"
)
_UNSCHEDULED = "trim(coalesce(f.schedule, ''), ' ' || char(9, 10, 13)) = ''"


def no_trigger(asked: Asked) -> Iterator[Found]:
    """Flows that no schedule and no listener starts, unless another flow does, which is not itself waiting for them."""
    waiting = list(_waiting(asked))
    starters = _starters(asked)
    idle = _idle({one for one, *_ in waiting}, starters)
    for one, integration, enabled in waiting:
        if not enabled:
            continue
        if not starters.get(one):
            yield "flows", one, integration, "enabled, and nothing starts it but a person or a call of the API"
        elif one in idle:
            names = ", ".join(sorted(_name_of(asked, other) for other in starters[one])[:_SHOWN])
            message = f"enabled, and started only in a cycle of flows that nothing outside starts, by {names}"
            yield "flows", one, integration, message


def _waiting(asked: Asked) -> Iterator[tuple[Any, Any, Any]]:
    """Id, integration and whether it is enabled of every flow that does not start by itself."""
    rows = asked.base.execute(
        f"SELECT f.id, f.integration, f.enabled, f.record FROM flows f WHERE {_UNSCHEDULED} "  # noqa: S608 - ours
        f"AND NOT EXISTS ({_SOURCES} AND NOT EXISTS (SELECT 1 FROM exports e WHERE e.id = s.step AND {_POLLED}))"
    )
    for one, integration, enabled, record in rows:
        if not _starts_by_its_record(read(record)):
            yield one, integration, enabled


def _starters(asked: Asked) -> dict[Any, set[Any]]:
    """By flow, the flows that run it next, also those that name one of its page generators."""
    found: dict[Any, set[Any]] = {}
    rows = asked.base.execute(
        "SELECT u.target, u.id FROM uses u WHERE u.target_kind = 'flows' AND instr(u.path, '_runNext') = 1 "
        "UNION SELECT s.flow, u.id FROM uses u JOIN steps s ON s.step = u.target AND s.kind = 'exports' "
        "AND s.role IN ('generator', 'legacy') WHERE u.target_kind = 'exports' AND instr(u.path, '_runNext') = 1"
    )
    for one, starter in rows:
        found.setdefault(one, set()).add(starter)
    return found


def _idle(waiting: set[Any], starters: Mapping[Any, set[Any]]) -> set[Any]:
    """Of the flows that do not start by themselves, those in cycles of next flows that nothing outside starts."""
    following: dict[Any, set[Any]] = {}
    for one, others in starters.items():
        for other in others:
            following.setdefault(other, set()).add(one)
    # a flow that nothing runs next begins a chain: it is a finding itself, and those behind it are not
    begun = [one for one in waiting if not starters.get(one, set()) or starters[one] - waiting]
    left = waiting - set(begun)
    while begun:
        reached = following.get(begun.pop(), set()) & left
        left -= reached
        begun += reached
    ends = [one for one in left if not following.get(one, set()) & left]
    while ends:  # what a cycle runs next, and is in none itself
        left.discard(end := ends.pop())
        ends += [one for one in starters[end] & left if not following[one] & left]
    return left


def _name_of(asked: Asked, flow: Any) -> str:
    found = asked.base.execute("SELECT name FROM things WHERE kind = 'flows' AND id = ?", (flow,)).fetchone()
    return str(found[0] if found and found[0] is not None else flow)[:60]


def _starts_by_its_record(flow: dict[str, Any]) -> bool:
    generators = flow.get("pageGenerators")
    places = generators if isinstance(generators, list) else []
    scheduled = any(isinstance(place, dict) and not _is_blank(place.get("schedule")) for place in places)
    return scheduled or flow.get("isAbstract") is True or not _is_blank(flow.get("_abstractFlowId"))


def _is_blank(value: Any) -> bool:
    return not value or (isinstance(value, str) and not value.strip())


def unread_sources(asked: Asked) -> Iterator[str]:
    (number,) = asked.base.execute(
        f"SELECT count(*) FROM flows f WHERE f.enabled AND {_UNSCHEDULED} "  # noqa: S608 - ours
        f"AND EXISTS ({_SOURCES} AND NOT EXISTS (SELECT 1 FROM exports e WHERE e.id = s.step))"
    ).fetchone()
    if number:
        yield f"of {number:,} enabled flows a page generator was not read"
