"""`Pager`: a list that arrives in pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Coroutine, Generator
from contextlib import aclosing
from typing import Any, Generic, Protocol, TypeVar, Unpack

from . import _wire
from ._messages import Page, Reply, Request
from .config import CallOptions
from .errors import IntegratorError, PaginationError
from .models._shapes import Items, ItemsShape, Shape

T = TypeVar("T")

AHEAD = 2
"""Pages that may be under way, or lie ready, behind the one in use."""


class Door(Protocol):
    """What a pager needs of the session manager."""

    @property
    def max_pages(self) -> int:
        """Pages that a list may have."""
        ...

    def next_page(self, request: Request, reply: Reply) -> str | None:
        """The address of the page after this one, or None; raises UnsafeLinkError."""
        ...

    def shown_address(self, address: str) -> str:
        """The address of a page with asterisks where our token stands in it; it is followed as it is."""
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


class Pager(Generic[T]):
    """A list of `T` that arrives in pages. Nothing is asked before it is used, and each use begins anew.

        flows = await client.integrations.list_flows(id)             # the whole list
        async for flow in client.integrations.list_flows(id): ...    # one by one, page by page
        async for page in client.integrations.list_flows(id).pages(): ...

    Every page is read, or an error raised: an error in the middle says in `resume_from` where to go on, and holds in
    `items` what `await` had read so far.

    Raises:
        PaginationError: the next links go in a circle, or there are more than `max_pages` pages.
        UnsafeLinkError: a next link leads to a foreign host or out of the API.
    """

    __slots__ = ("_door", "_options", "_request", "_shape")

    def __init__(self, door: Door, request: Request, shape: ItemsShape[T], options: CallOptions) -> None:
        self._door = door
        self._request = request
        self._shape = shape
        self._options = options

    def __repr__(self) -> str:
        return f"<Pager {self._request.operation} {self._request.path}>"

    def __await__(self) -> Generator[Any, None, list[T]]:
        return self.collect().__await__()

    def __aiter__(self) -> AsyncIterator[T]:
        return self._each()

    def plain(self) -> Pager[dict[str, Any]]:
        """The same list with its records as plain dicts, keys in the order that the server sent."""
        return Pager(self._door, self._request, self._shape.plain(), self._options)

    def raw(self) -> Pager[bytes]:
        """The same list with its records as JSON, each byte for byte as the server sent it.

        Nothing is decoded: a page costs a tenth of what models cost, with the `speed` extra installed.
        """
        return Pager(self._door, self._request, self._shape.raw(), self._options)

    def starting_at(self, link: str) -> Pager[T]:
        """The rest of the list from the page at `link`, which is an error's `resume_from`."""
        rest = self._request._replace(path=self._door.shown_address(_wire.page_address(link)), query=())
        return Pager(self._door, rest, self._shape, _without_query(self._options))

    async def pages(self) -> AsyncGenerator[Items[T], None]:
        """One list for each page, as it comes; the next ones are under way meanwhile."""
        walk = _Walk(self)
        try:
            while walk.request is not None:
                page = await walk.page()
                yield page.value
                walk.go_on(page.reply)
        except IntegratorError as error:
            error.resume_from = walk.resume_from()
            raise
        finally:
            await walk.stop()

    async def _each(self) -> AsyncGenerator[T, None]:
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page:
                    yield item

    async def collect(self, took: Callable[[Items[T]], object] | None = None) -> list[T]:
        """The whole list, as `await` gives it; `took` is called with each page as it comes."""
        items: list[T] = []
        walk = _Walk(self)
        try:
            while walk.request is not None:
                page = await walk.page()
                items += page.value
                if took is not None:
                    took(page.value)
                walk.go_on(page.reply)
        except IntegratorError as error:
            error.resume_from = walk.resume_from()
            error.items = items
            raise
        finally:
            if walk.ahead:
                await walk.stop()
        return items


class _Walk(Generic[T]):
    """Where a reader of a list stands, and which pages are under way.

    A page's headers name the next one, so that is asked for before this page's body has been read and parsed. It is
    used only if the whole page still names it.
    """

    __slots__ = ("_farthest", "_options", "_pager", "_seen", "ahead", "request")

    def __init__(self, pager: Pager[T]) -> None:
        self.request: Request | None = pager._request
        self.ahead: dict[str, asyncio.Task[Page[Items[T]]]] | None = None
        self._pager = pager
        self._options = pager._options
        self._seen: set[str] | None = None
        self._farthest: tuple[Request, Reply] | None = None

    def page(self) -> Awaitable[Page[Items[T]]]:
        """The page at `request`, under way or yet to be asked for."""
        assert self.request is not None
        if self.ahead and (under_way := self.ahead.pop(self.request.path, None)) is not None:
            self._ask_ahead()
            return under_way
        pager = self._pager
        return pager._door.fetch_page(self.request, pager._shape, self._headed, **self._options)

    def go_on(self, reply: Reply) -> None:
        """Make `request` the page that this one names, or None.

        Raises:
            UnsafeLinkError, PaginationError: it names one that is not followed.
        """
        request, self.request = self.request, None
        assert request is not None
        door = self._pager._door
        following = door.next_page(request, reply)
        if following is None:
            return
        self._seen = self._seen or set()
        self._seen.add(_wire.address(request))
        _guard(self._pager._request, following, self._seen, door.max_pages, reply.attempts)
        self.request = self._page_at(following)
        self._options = _without_query(self._options)

    def resume_from(self) -> str | None:
        """The address of the page that did not come; None where it came, and names one that is not followed."""
        return _wire.address(self.request) if self.request is not None else None

    async def stop(self) -> None:
        """Ask for no more, and drop what is under way."""
        tasks = list((self.ahead or {}).values())
        self.request = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _headed(self, request: Request, reply: Reply) -> None:
        """The headers of a page are there; of one that can be a page."""
        if reply.status == 200:
            self._farthest = request, reply
            self._ask_ahead()

    def _ask_ahead(self) -> None:
        ahead, seen = self.ahead or {}, self._seen or ()
        if self._farthest is None or self.request is None or len(ahead) >= AHEAD:
            return
        pager, door = self._pager, self._pager._door
        try:
            following = door.next_page(*self._farthest)
        except IntegratorError:  # told once the page before it has been used
            return
        known = following in ahead or following in seen or following == _wire.address(self.request)
        if following is None or known or len(seen) + len(ahead) + 1 >= door.max_pages:
            return
        ask = door.fetch_page(self._page_at(following), pager._shape, self._headed, **_without_query(self._options))
        name = f"{self.request.operation}, a page ahead"
        ahead[following] = asyncio.create_task(ask, name=name)
        self.ahead = ahead

    def _page_at(self, link: str) -> Request:
        return self._pager._request._replace(path=link, query=())


def _guard(request: Request, following: str, seen: Collection[str], most: int, attempts: int) -> None:
    if following in seen:
        raise PaginationError(
            f"{request.operation}: the next links go in a circle; the list has no end",
            request=request,
            attempts=attempts,
        )
    if len(seen) >= most:
        raise PaginationError(
            f"{request.operation}: more than {most:,} pages; raise max_pages if the list is really so long",
            request=request,
            attempts=attempts,
        )


def _without_query(options: CallOptions) -> CallOptions:
    """The next link holds the query already."""
    rest = options.copy()
    rest.pop("query", None)
    return rest
