"""`Pager`: a list that arrives in pages."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar, Unpack

from . import _wire
from ._messages import Page, Request
from .config import CallOptions
from .errors import IntegratorError, PaginationError
from .models._base import Items, ItemsShape, Shape

T = TypeVar("T")


class Door(Protocol):
    """What a pager needs of the session manager."""

    @property
    def base(self) -> _wire.Base:
        """Where the API lives."""
        ...

    @property
    def max_pages(self) -> int:
        """Pages that a list may have."""
        ...

    async def fetch_page(self, request: Request, shape: Shape[T], **options: Unpack[CallOptions]) -> Page[T]:
        """Ask for one page."""
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

    def __init__(self, door: Door, request: Request, shape: ItemsShape[T], options: CallOptions) -> None:
        self._door = door
        self._request = request
        self._shape = shape
        self._options = options

    def __repr__(self) -> str:
        return f"<Pager {self._request.operation} {self._request.path}>"

    def __await__(self) -> Generator[Any, None, list[T]]:
        return self._collect().__await__()

    def __aiter__(self) -> AsyncIterator[T]:
        return self._each()

    def plain(self) -> Pager[dict[str, Any]]:
        """The same list with its records as plain dicts, keys in the order that the server sent."""
        return Pager(self._door, self._request, self._shape.plain(), self._options)

    def starting_at(self, link: str) -> Pager[T]:
        """The rest of the list from the page at `link`, which is an error's `resume_from`."""
        rest = replace(self._request, path=_wire.page_address(link), query=())
        return Pager(self._door, rest, self._shape, _without_query(self._options))

    async def pages(self) -> AsyncGenerator[Items[T], None]:
        """One list for each page, as it comes."""
        request, options = self._request, self._options
        seen = {_wire.address(request)}
        while True:
            try:
                page = await self._door.fetch_page(request, self._shape, **options)
            except IntegratorError as error:
                error.resume_from = _wire.address(request)
                raise
            yield page.value
            following = _wire.next_page(self._door.base, request, page.reply)
            if following is None:
                return
            _guard(request, following, seen, self._door.max_pages)
            request = replace(self._request, path=following, query=())
            options = _without_query(options)

    async def _each(self) -> AsyncGenerator[T, None]:
        async for page in self.pages():
            for item in page:
                yield item

    async def _collect(self) -> list[T]:
        items: list[T] = []
        try:
            async for page in self.pages():
                items += page
        except IntegratorError as error:
            error.items = items
            raise
        return items


def _guard(request: Request, following: str, seen: set[str], most: int) -> None:
    if following in seen:
        raise PaginationError(
            f"{request.operation}: the next links go in a circle; the list has no end", request=request
        )
    if len(seen) >= most:
        raise PaginationError(
            f"{request.operation}: more than {most:,} pages; raise max_pages if the list is really so long",
            request=request,
        )
    seen.add(following)


def _without_query(options: CallOptions) -> CallOptions:
    """The next link holds the query already."""
    rest = options.copy()
    rest.pop("query", None)
    return rest
