"""What a graph is made of: things of the account, and what one says of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UNASSIGNED = "unassigned"
"""The kind of the one node that stands for no integration; its id is empty."""
State = Literal["present", "missing", "not known"]


@dataclass(frozen=True, slots=True)
class Node:
    """A thing of the account.

    Attributes:
        kind, id: which; the kind `unassigned` stands for no integration.
        name: its name; None where it has none or is not in the inventory.
        state: `present` in the inventory; `missing`: referred to, and everything of its kind was read; `not known`:
            referred to, and nobody can say whether it exists.
        enabled: of a flow that is present, whether it is not disabled.
        offline: of a connection that is present, what the server says; None where it says nothing.
    """

    kind: str
    id: str
    name: str | None
    state: State
    enabled: bool | None = None
    offline: bool | None = None

    @property
    def missing(self) -> bool:
        """Whether it is referred to and does not exist."""
        return self.state == "missing"

    @property
    def key(self) -> tuple[str, str]:
        """Kind and id."""
        return self.kind, self.id


@dataclass(frozen=True, slots=True)
class Edge:
    """One thing uses another.

    Attributes:
        source, target: kind and id of each.
        role: `flow` and `registered` of an integration, `without flow` for an export or import of an integration that
            no flow of it uses; `generator`, `processor` and `legacy` of a flow's step, `next` for what runs after it;
            `connection`, `script`, `lookup cache`, or `reference` for whatever else refers to something.
        path: where in the source's record it says so; None where it is the source's list that says it.
        router, branch: where in a flow the step stands, the router's id and the branch's name.
    """

    source: tuple[str, str]
    target: tuple[str, str]
    role: str
    path: str | None = None
    router: str | None = None
    branch: str | None = None
