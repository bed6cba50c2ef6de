"""What an absence is worth: whether everything of a kind was read, so that what is not there does not exist.

The lists of the integrations hold what belongs to an integration. Flows and connections that belong to none are seen by
`plan="account"` alone, so that after any other crawl nobody can say that one of them does not exist.
"""

from __future__ import annotations

from collections import Counter

from ..._domain.kinds import KINDS
from .files import INTEGRATIONS
from .reader import InventoryReader

OUTSIDE = "what belongs to no integration was not read; crawl --plan account reads it"

_ALONE = ("flows", "connections")
"""What can exist without an integration that lists it."""


class Whole:
    """Which kinds of an inventory were read whole.

    Args:
        inventory: an inventory.
    """

    def __init__(self, inventory: InventoryReader) -> None:
        self._kinds = {INTEGRATIONS, *inventory.kinds}
        self._gaps = Counter(gap.kind for gap in inventory.gaps)
        self.outside = inventory.manifest.get("plan") == "account"
        """Whether what belongs to no integration was read too."""

    def lacks(self, kind: str) -> str | None:
        """Why not everything of a kind is there that integrations have; None where it is."""
        if kind not in (INTEGRATIONS, *KINDS):
            return f"a crawl does not read {kind}"
        if kind not in self._kinds:
            return f"the crawl did not ask for {kind}"
        if self._gaps[INTEGRATIONS]:
            return "the list of integrations was not read to its end"
        if number := self._gaps[kind]:
            return (
                f"the {kind} of {number:,} integrations were not read" if number > 1 else f"{kind} were not read whole"
            )
        return None

    def asked(self, kind: str) -> bool:
        """Whether the crawl asked for a kind at all."""
        return kind in self._kinds

    def unproved(self, kind: str) -> str | None:
        """Why something that is not in the inventory may exist all the same; None where it cannot."""
        if reason := self.lacks(kind):
            return reason
        return OUTSIDE if kind in _ALONE and not self.outside else None
