"""`Walk`: how one reader goes through a list: which page comes next, which are under way, how large they may be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, Unpack

from . import _wire
from ._decoding.shapes import ItemsShape, Shape
from ._messages import Page, Reply, Request
from ._page_size import USUAL, NoSmallerPageError, PageSize, limit_of, with_limit
from .config import CallOptions
from .errors import ArgumentError, IntegratorError, PaginationError, ReplyTooLargeError, larger
from .models._items import Items

T = TypeVar("T")

AHEAD = 2
"""Pages that may be under way, or lie ready, behind the one in use."""


class PageSource(Protocol):
    """What a pager needs of the session manager."""

    @property
    def max_pages(self) -> int:
        """Pages that a list may have."""
        ...

    @property
    def max_body_bytes(self) -> int:
        """Bytes that a page may have."""
        ...

    def next_page(self, request: Request, reply: Reply) -> str | None:
        """The address of the page after this one, or None; raises UnsafeLinkError."""
        ...

    def shown_address(self, address: str) -> str:
        """The address of a page with asterisks where our token stands in it; it is followed as it is."""
        ...

    def changed_address(self, address: str, change: Callable[[str], str]) -> str:
        """The address of a page after a change, with asterisks as `shown_address` gives it."""
        ...

    def fetch_page(
        self,
        request: Request,
        shape: Shape[T],
        headed: Callable[[Request, Reply], None],
        **options: Unpack[CallOptions],
    ) -> Coroutine[Any, Any, Page[T]]:
        """Ask for one page; `headed` is called as soon as its headers are there."""
        ...


class Walk(Generic[T]):
    """Where a reader of a list stands, and which pages are under way.

    A page's headers name the next one, so that is asked for before this page's body has been read and parsed. It is
    used only if the whole page still names it.

    Attributes:
        request: the page that comes next; None at the end of the list.
        ahead: the pages that are under way, by address.
    """

    __slots__ = (
        "_door",
        "_farthest",
        "_first",
        "_most",
        "_options",
        "_place",
        "_refusal",
        "_seen",
        "_shape",
        "_size",
        "ahead",
        "request",
    )

    def __init__(self, door: PageSource, request: Request, shape: ItemsShape[T], options: CallOptions) -> None:
        self.request: Request | None = request
        self.ahead: dict[str, asyncio.Task[Page[Items[T]]]] | None = None
        self._door = door
        self._first = request
        self._shape = shape
        self._options = options
        self._most = door.max_pages
        self._seen: set[str] | None = None
        self._farthest: tuple[Request, Reply] | None = None
        self._size: PageSize | None = None  # for the few lists that need another `limit`
        self._place: str | None = None  # where the page was asked for before its `limit` was changed
        self._refusal: IntegratorError | None = None  # the first refusal of the page

    def page(self) -> Awaitable[Page[Items[T]]]:
        """The page at `request`, under way or yet to be asked for."""
        assert self.request is not None
        if self.ahead and (under_way := self.ahead.pop(self.request.path, None)) is not None:
            self._ask_ahead()
            return under_way
        return self._door.fetch_page(self.request, self._shape, self._headed, **self._options)

    def go_on(self, reply: Reply) -> None:
        """Make `request` the page that this one names, or None.

        Raises:
            UnsafeLinkError, PaginationError: it names one that is not followed.
        """
        request, self.request = self.request, None
        assert request is not None
        door = self._door
        following = door.next_page(request, reply)
        if following is None:
            return
        self._seen = self._seen or set()
        self._seen.add(self._key(_wire.address(request)))
        self._guard(following, reply.attempts)
        if self._size is not None:
            self._size.worked()
            self._place = self._refusal = None
            following = self._small_enough(following)
        self._ask_for(following)

    async def ask_for_less(self, error: IntegratorError) -> None:
        """Make `request` the same page with a smaller `limit`, or with none, because it failed with this error.

        Raises:
            ReplyTooLargeError: there is no smaller page; it says why.
            IntegratorError: the error, if `limit` is not what the server refuses.
        """
        assert self.request is not None
        address = _whole_address(self.request, self._options)
        try:
            less = self._smaller(address, error)
        except NoSmallerPageError as none:
            message = f"{self.request.operation}: {larger(self._door.max_body_bytes, none.what, none.why)}"
            raise ReplyTooLargeError(message, request=self.request, attempts=error.attempts) from error
        if less is None:
            raise self._refusal or error
        await self._drop_ahead()
        self._place = self._place or address
        self._ask_for(self._door.changed_address(address, partial(with_limit, limit=limit_of(less))))

    def _smaller(self, address: str, error: IntegratorError) -> str | None:
        """The address that is asked instead, or None if a `limit` does not help."""
        if self._size is None:
            self._size = PageSize(log=self._shape.log)
            self._seen = self._seen and set(map(self._key, self._seen))
        first = not self._seen
        if isinstance(error, ReplyTooLargeError):
            less: str | None = self._size.after_too_large(address, error.begun, first=first)
        elif error.status == 400:
            less = self._size.after_refusal(address, first=first)
            self._refusal = self._refusal or error
        else:
            return None
        if self._size.limit is not None:  # smaller pages are more pages
            self._most *= -(-(limit_of(address) or USUAL) // self._size.limit)
        return less

    def resume_from(self) -> str | None:
        """The address of the page that did not come; None where it came, and names one that is not followed."""
        if self.request is None:
            return None
        try:
            return self._place or _whole_address(self.request, self._options)
        except ArgumentError:  # which is why it did not come
            return _wire.address(self.request)

    async def stop(self) -> None:
        """Ask for no more, and drop what is under way."""
        self.request = None
        await self._drop_ahead()

    async def _drop_ahead(self) -> None:
        tasks = list((self.ahead or {}).values())
        self.ahead = self._farthest = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _headed(self, request: Request, reply: Reply) -> None:
        """The headers of a page are there; of one that can be a page."""
        length = reply.header("Content-Length") or ""
        too_large = length.isdecimal() and int(length) > self._door.max_body_bytes  # and so is not used
        if reply.status == 200 and not too_large:
            self._farthest = request, reply
            self._ask_ahead()

    def _ask_ahead(self) -> None:
        ahead, seen = self.ahead or {}, self._seen or ()
        if self._farthest is None or self.request is None or len(ahead) >= AHEAD:
            return
        door = self._door
        try:
            following = door.next_page(*self._farthest)
        except IntegratorError:  # told once the page before it has been used
            return
        if following is None:
            return
        key = self._key(following)
        following = self._small_enough(following)
        known = following in ahead or key in seen or key == self._key(_wire.address(self.request))
        if known or len(seen) + len(ahead) + 1 >= self._most:
            return
        ask = door.fetch_page(self._page_at(following), self._shape, self._headed, **without_query(self._options))
        name = f"{self.request.operation}, a page ahead"
        ahead[following] = asyncio.create_task(ask, name=name)
        self.ahead = ahead

    def _guard(self, following: str, attempts: int) -> None:
        assert self._seen is not None
        request = self._first
        if self._key(following) in self._seen:
            raise PaginationError(
                f"{request.operation}: the next links go in a circle; the list has no end",
                request=request,
                attempts=attempts,
            )
        if len(self._seen) >= self._most:
            raise PaginationError(
                f"{request.operation}: more than {self._most:,} pages; raise max_pages if the list is really so long",
                request=request,
                attempts=attempts,
            )

    def _key(self, address: str) -> str:
        """What tells a page from others. Once we change the `limit` of links ourselves, it no longer does."""
        return address if self._size is None else with_limit(address, None)

    def _small_enough(self, address: str) -> str:
        """The address of a further page with the `limit` of this list, if it needs another one."""
        smaller = address if self._size is None else self._size.applied(address)
        if smaller == address:
            return address
        return self._door.changed_address(address, partial(with_limit, limit=limit_of(smaller)))

    def _ask_for(self, address: str) -> None:
        self.request = self._page_at(address)
        self._options = without_query(self._options)

    def _page_at(self, link: str) -> Request:
        return self._first._replace(path=link, query=())


def _whole_address(request: Request, options: CallOptions) -> str:
    """The address of a page, with the query of the options, which only the first page has."""
    return _wire.address(_wire.with_query(request, options.get("query")))


def without_query(options: CallOptions) -> CallOptions:
    """The next link holds the query already."""
    rest = options.copy()
    rest.pop("query", None)
    return rest
