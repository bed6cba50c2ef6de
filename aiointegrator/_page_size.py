"""`PageSize`: which `limit` the pages of one list are asked with, once the one that was asked does not do.

Pure decisions, without I/O. Next links are opaque: nothing but their `limit` is ever changed
(developer.celigo.com and celigo-cli, seen 2026-11-20; the largest `limit` of a list is not published).
"""

from __future__ import annotations

import re

USUAL = 1000
"""Records of a page without a `limit` (developer.celigo.com; another of its pages says 100)."""
REFUSALS = 3
"""Smaller limits that are tried before `limit` is left out, where that may help."""
REFUSED = ", and the server refuses a smaller `limit` (400)"
_NUMBER = re.compile(r"0*([1-9][0-9]{0,15})", re.ASCII)


class NoSmallerPageError(ValueError):
    """No other `limit` makes the page small enough: `what` is too large, and `why` it cannot be smaller."""

    def __init__(self, what: str, why: str = "") -> None:
        super().__init__(what, why)
        self.what, self.why = what, why


class PageSize:
    """The `limit` of the pages of one list.

    Args:
        log: the list holds rows of a log, which have no identity: none may be read twice.

    Attributes:
        limit: the most that is asked for; None changes no link.
    """

    __slots__ = ("_log", "_proven", "_refusals", "_refused", "_without_is_too_large", "limit")

    def __init__(self, *, log: bool = False) -> None:
        self.limit: int | None = None
        self._log = log
        self._proven = False  # a page came with this limit, so another refusal has another reason
        self._refusals = 0
        self._refused: int | None = None  # the smallest limit that the server refused
        self._without_is_too_large = False

    def applied(self, address: str) -> str:
        """Return the address of a further page with a `limit` that is small enough; nothing else in it is changed."""
        if self.limit is None:
            return address
        asked = limit_of(address)
        return address if asked is not None and asked <= self.limit else with_limit(address, self.limit)

    def worked(self) -> None:
        """Note that a page came."""
        self._proven = self.limit is not None

    def after_too_large(self, address: str, begun: int | None, *, first: bool) -> str:
        """Return the address to ask instead of one whose page is too large.

        The limit is halved. Halves that cannot fit, since fewer records of this place were too large, are skipped.

        Args:
            address: what was asked.
            begun: how many of its records begin within the most bytes; None if that is not known.
            first: it is the first page of the list.

        Raises:
            NoSmallerPageError: no smaller page can be had; the text says why.
        """
        asked = limit_of(address)
        self._check(address, asked, begun, first)
        if asked is None:
            self._without_is_too_large = True
        most = max(1, begun - 1) if begun is not None else USUAL
        limit = (asked or max(begun or USUAL, 2)) // 2
        while limit > most:
            limit //= 2
        if self._refused is not None:
            limit = min(limit, self._refused // 2)
        if limit < 1:
            raise NoSmallerPageError("a page", REFUSED)
        return self._with(address, limit)

    def _check(self, address: str, asked: int | None, begun: int | None, first: bool) -> None:
        if asked is not None and self.limit is not None and begun is not None and begun > asked:
            raise NoSmallerPageError("a page", f", and the server ignores `limit` ({asked:,} asked for, more came)")
        if asked == 1:
            raise NoSmallerPageError("a single record")
        if self._log and not first and "page" in _names(address):
            raise NoSmallerPageError("a page", ", and its link counts pages, so another `limit` would read other rows")

    def after_refusal(self, address: str, *, first: bool) -> str | None:
        """Return the address to ask instead of one that was refused with 400, or None if its `limit` is not the reason.

        A smaller limit is asked for, and in the end none. A limit that the server took before is not the reason, nor
        one that it put into its own link, unless it refused another one.

        Raises:
            NoSmallerPageError: the server takes no limit that makes the page small enough.
        """
        asked = limit_of(address)
        ours = first or self.limit is not None or self._refused is not None
        if asked is None or self._proven or not ours:
            return None
        self._refused = asked
        self._refusals += 1
        if asked > 1 and (self._refusals <= REFUSALS or self._without_is_too_large):
            return self._with(address, asked // 2)
        if self._without_is_too_large:
            raise NoSmallerPageError("a page", REFUSED)
        self.limit = None
        return with_limit(address, None)

    def _with(self, address: str, limit: int) -> str:
        self.limit, self._proven = limit, False
        return with_limit(address, limit)


def limit_of(address: str) -> int | None:
    """Return the `limit` in the query of an address; None if there is none, or no number."""
    for pair in address.partition("?")[2].split("&"):
        name, _, value = pair.partition("=")
        if name == "limit":
            found = _NUMBER.fullmatch(value)
            return int(found[1]) if found else None
    return None


def with_limit(address: str, limit: int | None) -> str:
    """Return the address with this `limit` in its query, or with none; every other byte stays."""
    path, _, query = address.partition("?")
    pairs: list[str] = []
    new = [f"limit={limit}"] if limit is not None else []
    for pair in query.split("&") if query else ():
        if pair.partition("=")[0] != "limit":
            pairs.append(pair)
        else:
            pairs += new
            new = []
    pairs += new
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def _names(address: str) -> set[str]:
    return {pair.partition("=")[0] for pair in address.partition("?")[2].split("&")}
