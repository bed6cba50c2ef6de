"""`Inventory`: an inventory on disk with every analysis as a method. It delegates, and decides nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from ._store.reader import InventoryReader

if TYPE_CHECKING:
    from ._access.rights import Right
    from ._diff.compare import Comparison
    from ._graph.build import Graph
    from ._lint.run import Finding


class Inventory(InventoryReader):
    """An inventory on disk. `Inventory.open` opens it; the analyses are loaded when they are first used.

        inventory = Inventory.open("inventory")
        for flow in inventory.records("flows", models=True):
            print(flow.id, flow.name)

    Attributes:
        directory: where it is.
        manifest: what the crawl says of itself, as README describes it.
    """

    def diff(
        self,
        other: InventoryReader,
        *,
        ignore: Iterable[str] = (),
        everything: bool = False,
        allow_mismatch: bool = False,
    ) -> Comparison:
        """What came, went and changed from this inventory to a later one, as `compare` says it.

        Args:
            other: the later one.
            ignore, everything, allow_mismatch: as of `compare`.

        Raises:
            ConfigurationError: deepdiff is not installed, which comes with the extra `report`.
            InventoryMismatchError: the two are not of one account.
        """
        from ._diff.compare import compare

        return compare(self, other, ignore=ignore, everything=everything, allow_mismatch=allow_mismatch)

    def access(
        self, *, user: str | None = None, integration: str | None = None, uses: tuple[str, str] | None = None
    ) -> Iterator[Right]:
        """Who may do what, as `access_of` says it; the account's owner is in no answer of the API.

        Args:
            user: an e-mail address, in any letter case.
            integration: the id of an integration.
            uses: a kind and an id; rights on the integrations that use it.

        Raises:
            ArgumentError: no such integration or thing.
        """
        from ._access.review import access_of

        return access_of(self, user=user, integration=integration, uses=uses)

    def graph(
        self,
        *,
        start: tuple[str, str] | None = None,
        direction: Literal["uses", "used-by"] = "uses",
        depth: int | None = None,
        integration: str | None = None,
    ) -> Graph:
        """What uses what, as `graph_of` says it.

        Args:
            start: a kind and an id to begin at; the whole inventory where it is left out.
            direction: from there to what it uses, or to what uses it.
            depth: steps to go at most.
            integration: only what belongs to the integration with this id.

        Raises:
            ArgumentError: no such thing or integration.
        """
        from ._graph.build import graph_of

        return graph_of(self, start=start, direction=direction, depth=depth, integration=integration)

    def lint(self, *, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Iterator[Finding]:
        """What deserves a second look, rule by rule; `not_checked` says where the rules could not look.

        Args:
            select: names of rules, or patterns such as `unused-*`; none are all.
            ignore: those that are left out.

        Raises:
            ArgumentError: no such rule.
        """
        from ._lint.run import lint

        return lint(self, select=select, ignore=ignore)
