"""`Pager`: a list that arrives in pages."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import aclosing
from typing import Any, Generic, TypeVar

from . import _wire
from ._decoding.shapes import ItemsShape
from ._messages import Request
from ._repeats import Repeats
from ._walk import PageSource, Walk, without_query
from .config import CallOptions
from .errors import IntegratorError, InvalidRequestError, ReplyTooLargeError
from .models._items import Items

T = TypeVar("T")


class Pager(Generic[T]):
    """A list of `T` that arrives in pages. Nothing is asked before it is used, and each use begins anew.

        flows = await client.integrations.list_flows(id)             # the whole list
        async for flow in client.integrations.list_flows(id): ...    # one by one, page by page
        async for page in client.integrations.list_flows(id).pages(): ...

    Every page is read, or an error raised: an error in the middle says in `resume_from` where to go on, and holds in
    `items` what `await` had read so far.

    If the list changes while it is read, the server may return a record on two pages. It appears once: `await` keeps
    the later one, at the place of the first; iteration keeps the first, which it has handed out. Only records with an
    `_id` are compared, only in lists of several pages, and rows of logs never.

    If a page is larger than `max_body_bytes`, the same place is asked again with a smaller `limit`.

    Attributes:
        duplicates: records that the last use left out because the server returned them twice.

    Raises:
        PaginationError: the next links go in a circle, or there are more than `max_pages` pages.
        UnsafeLinkError: a next link leads to a foreign host or out of the API.
        ReplyTooLargeError: a single record is larger than `max_body_bytes`, or the server ignores or refuses a
            smaller `limit`.
    """

    __slots__ = ("_door", "_options", "_request", "_shape", "duplicates")

    def __init__(self, door: PageSource, request: Request, shape: ItemsShape[T], options: CallOptions) -> None:
        self.duplicates = 0
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
        """The rest of the list from the page at `link`, which is an error's `resume_from`.

        It knows nothing of the pages before, so a record that came on one of them may come again.
        """
        rest = self._request._replace(path=self._door.shown_address(_wire.page_address(link)), query=())
        return Pager(self._door, rest, self._shape, without_query(self._options))

    async def pages(self, again: Callable[[T], object] | None = None) -> AsyncGenerator[Items[T], None]:
        """One list for each page, as it comes; the next ones are under way meanwhile.

        `again` is called with each record that is left out because it came before.
        """
        walk, repeats = self._begin()
        try:
            while walk.request is not None:
                try:
                    page = await walk.page()
                except (ReplyTooLargeError, InvalidRequestError) as error:
                    await walk.ask_for_less(error)
                    continue
                if repeats is not None:
                    repeats.drop(page.value, again, more=page.reply.header("Link") is not None)
                    self.duplicates = repeats.count
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
        walk, repeats = self._begin()
        try:
            while walk.request is not None:
                try:
                    page = await walk.page()
                except (ReplyTooLargeError, InvalidRequestError) as error:
                    await walk.ask_for_less(error)
                    continue
                if repeats is None:
                    items += page.value
                else:
                    repeats.merge(items, page.value)
                    self.duplicates = repeats.count
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

    def _begin(self) -> tuple[Walk[T], Repeats | None]:
        self.duplicates = 0
        walk = Walk(self._door, self._request, self._shape, self._options)
        return walk, None if self._shape.log else Repeats()
