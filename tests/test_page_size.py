"""Which `limit` is asked for, once a page is too large or a `limit` is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aiointegrator._page_size import NoSmallerPageError, PageSize, limit_of, with_limit


@pytest.mark.parametrize(
    ("address", "limit", "found"),
    [
        ("/v1/flows", 5, "/v1/flows?limit=5"),
        ("/v1/flows?", 5, "/v1/flows?limit=5"),
        ("/v1/flows?limit=10", 5, "/v1/flows?limit=5"),
        ("/v1/flows?limit=10", None, "/v1/flows"),
        ("/v1/flows?a=%2F+&limit=10&after=b==&&c", 5, "/v1/flows?a=%2F+&limit=5&after=b==&&c"),
        ("/v1/flows?a=1&limit=10&limit=20", 5, "/v1/flows?a=1&limit=5"),
        ("/v1/flows?a=1&limit=10&b", None, "/v1/flows?a=1&b"),
        ("/v1/flows?mylimit=3&limits=4", 5, "/v1/flows?mylimit=3&limits=4&limit=5"),
        ("/v1/flows?after=x", None, "/v1/flows?after=x"),
    ],
)
def test_only_the_limit_of_an_address_changes(address: str, limit: int | None, found: str) -> None:
    """Everything else of a link is opaque, and stays byte for byte."""
    assert with_limit(address, limit) == found


@pytest.mark.parametrize(
    ("address", "limit"),
    [
        ("/v1/flows", None),
        ("/v1/flows?limit=10", 10),
        ("/v1/flows?a=1&limit=007", 7),
        ("/v1/flows?limit=", None),
        ("/v1/flows?limit=0", None),
        ("/v1/flows?limit=-1", None),
        ("/v1/flows?limit=ten", None),
        ("/v1/flows?limit=\u0665", None),
        ("/v1/flows?limit=" + "9" * 5000, None),
        ("/limit=5", None),
    ],
)
def test_the_limit_of_an_address(address: str, limit: int | None) -> None:
    """A number, or none."""
    assert limit_of(address) == limit


Fits = Callable[[int | None], tuple[str, int | None]]
"""What a server makes of a limit: `fine`, `refused`, or `large` and how many records began."""


def path(start: str, fits: Fits, *, first: bool = True, log: bool = False) -> list[int | str | None]:
    """Every limit that is asked for, and at the end what became of it."""
    size, address = PageSize(log=log), start
    asked: list[int | str | None] = []
    while len(asked) < 100:
        limit = limit_of(address)
        asked.append(limit)
        what, begun = fits(limit)
        if what == "fine":
            return [*asked, "fine"]
        try:
            if what == "large":
                following: str | None = size.after_too_large(address, begun, first=first)
            else:
                following = size.after_refusal(address, first=first)
        except NoSmallerPageError as error:
            return [*asked, error.what + error.why]
        if following is None:
            return [*asked, "not the limit"]
        address = following
    return asked


REFUSES = "a page, and the server refuses a smaller `limit` (400)"


def up_to(most: int, begun: int | None = None) -> Fits:
    """A server whose pages are too large above so many records."""
    return lambda limit: ("fine", None) if limit is not None and limit <= most else ("large", begun)


def taking(accepted: Callable[[int], bool], fits: Fits) -> Fits:
    """A server that refuses other limits."""
    return lambda limit: fits(limit) if limit is None or accepted(limit) else ("refused", None)


@pytest.mark.parametrize(
    ("start", "fits", "asked"),
    [
        ("/v1/x?limit=8", up_to(0), [8, 4, 2, 1, "a single record"]),
        ("/v1/x?limit=8", up_to(3), [8, 4, 2, "fine"]),
        ("/v1/x?limit=1000", up_to(100, 101), [1000, 62, "fine"]),
        ("/v1/x?limit=1000", up_to(600, 601), [1000, 500, "fine"]),
        ("/v1/x", up_to(600, 601), [None, 300, "fine"]),
        ("/v1/x", up_to(600), [None, 500, "fine"]),
        ("/v1/x", up_to(1, 2), [None, 1, "fine"]),
        ("/v1/x", up_to(0, 1), [None, 1, "a single record"]),
        (
            "/v1/x",
            lambda _: ("large", 40),
            [None, 20, "a page, and the server ignores `limit` (20 asked for, more came)"],
        ),
        (
            "/v1/x?limit=30",
            lambda _: ("large", 40),
            [30, 15, "a page, and the server ignores `limit` (15 asked for, more came)"],
        ),
        ("/v1/x?limit=1000", taking(lambda limit: limit <= 250, lambda _: ("fine", None)), [1000, 500, 250, "fine"]),
        (
            "/v1/x?limit=1000",
            taking(lambda _: False, lambda _: ("fine", None)),
            [1000, 500, 250, 125, None, "fine"],
        ),
        ("/v1/x?limit=1", taking(lambda _: False, lambda _: ("fine", None)), [1, None, "fine"]),
        ("/v1/x?limit=2", lambda _: ("refused", None), [2, 1, None, "not the limit"]),
        ("/v1/x", lambda _: ("refused", None), [None, "not the limit"]),
        ("/v1/x", taking(lambda _: False, up_to(9)), [None, 500, 250, 125, 62, 31, 15, 7, 3, 1, REFUSES]),
        ("/v1/x", taking(lambda limit: limit <= 9, up_to(9)), [None, 500, 250, 125, 62, 31, 15, 7, "fine"]),
        (
            "/v1/x?limit=1000",
            taking(lambda limit: limit <= 9, up_to(9, 100)),
            [1000, 500, 250, 125, None, 50, 25, 12, 6, "fine"],
        ),
        (
            "/v1/x?limit=1000",
            taking(lambda _: False, up_to(9, 4)),
            [1000, 500, 250, 125, None, 2, 1, REFUSES],
        ),
    ],
)
def test_the_limits_that_are_asked_for(start: str, fits: Fits, asked: list[int | str | None]) -> None:
    """Halved, less what cannot fit; refused ones smaller, and then none; and an end in every case."""
    assert path(start, fits) == asked


@pytest.mark.parametrize("start", ["/v1/x?limit=1000&after=b", "/v1/x?after=b"])
def test_a_refusal_of_the_servers_own_link_has_another_reason(start: str) -> None:
    """Of a cursor that is too old, for one."""
    assert path(start, lambda _: ("refused", None), first=False)[1:] == ["not the limit"]


def test_a_limit_that_was_taken_before_is_not_questioned() -> None:
    """Nor one that came out of a refusal; a link of the server's own is, where it refused others."""
    size = PageSize()
    assert size.after_too_large("/v1/x?limit=8", None, first=True) == "/v1/x?limit=4"
    size.worked()
    assert size.after_refusal("/v1/x?limit=4&after=b", first=False) is None
    size = PageSize()
    assert size.after_refusal("/v1/x?limit=1", first=True) == "/v1/x"
    size.worked()
    assert size.after_refusal("/v1/x?after=b&limit=50", first=False) == "/v1/x?after=b&limit=25"


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ("/v1/x?after=b", "/v1/x?after=b&limit=4"),
        ("/v1/x?limit=8&after=b", "/v1/x?limit=4&after=b"),
        ("/v1/x?limit=4&after=b", "/v1/x?limit=4&after=b"),
        ("/v1/x?limit=2&after=b", "/v1/x?limit=2&after=b"),
        ("/v1/x?limit=all&after=b", "/v1/x?limit=4&after=b"),
    ],
)
def test_the_limit_is_kept_for_the_rest_of_the_list(link: str, asked: str) -> None:
    """A next link never goes back to larger pages."""
    size = PageSize()
    assert size.applied(link) == link
    size.after_too_large("/v1/x?limit=8", None, first=True)
    assert size.applied(link) == asked


@pytest.mark.parametrize(("first", "log", "refused"), [(False, True, True), (True, True, False), (False, False, False)])
def test_a_log_whose_links_count_pages_keeps_its_size(first: bool, log: bool, refused: bool) -> None:
    """Page 3 of another size holds rows that were read; only records with an id can be told apart."""
    found = path("/v1/x?page=3&limit=8", up_to(4), first=first, log=log)
    assert found[-1] == (
        "a page, and its link counts pages, so another `limit` would read other rows" if refused else "fine"
    )
