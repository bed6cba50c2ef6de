"""The section of each integration: what it holds, who may do what with it, and a picture, as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .bounds import Bounds
from .integrations import FlowRows, IntegrationRow, Integrations
from .picture import Picture

People = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Section:
    """An integration's section.

    Attributes:
        people: what may be done, and by whom; None where nobody knows.
        left_out: flows that are not shown.
        no_picture: there would be a picture, were there room.
    """

    row: IntegrationRow
    flows: list[FlowRows]
    left_out: int
    picture: Picture | None
    no_picture: bool
    people: People | None


def sections_of(
    integrations: Integrations,
    picture: Callable[[IntegrationRow], Picture | None],
    people: Callable[[IntegrationRow], People | None],
    bounds: Bounds,
) -> Iterator[Section]:
    """One section after the other, each made when it is asked for."""
    drawn = 0
    for row in integrations.rows:
        flows = integrations.flows(row)
        wanted = row.raw is not None and bool(row.counts["flows"])
        made = picture(row) if wanted and drawn < bounds.pictures else None
        drawn += made is not None
        no_picture = wanted and made is None and drawn >= bounds.pictures
        yield Section(row, flows, integrations.flows_left_out(row, flows), made, no_picture, people(row))
