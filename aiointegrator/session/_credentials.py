"""The token: where it comes from, and how a refused one is replaced once for everybody."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, cast
from urllib.parse import unquote

from .. import _wire
from .._messages import Secret
from ..errors import ErrorDetail, IntegratorError

HIDDEN = b"**********"
_SHORTEST = 8
"""Characters of a token that is looked for outside of what a server says; real ones have 32 and more."""
_MOST_ADDRESSES = 1000


class SecretText(Protocol):
    """What holds a text hidden, as pydantic's `SecretStr` does."""

    def get_secret_value(self) -> str:
        """The text."""
        ...


TokenText: TypeAlias = str | SecretText
TokenProvider: TypeAlias = Callable[[], TokenText | Awaitable[TokenText]]
Token: TypeAlias = TokenText | TokenProvider


class Credentials:
    """One account's token. A callable is asked on first use, and again after a 401.

    Args:
        token: text, a `SecretStr`, or a callable, sync or async, that returns one.

    Raises:
        ConfigurationError: a text that can be no token; the message does not show it.
    """

    def __init__(self, token: Token) -> None:
        self._provider: TokenProvider | None = None
        self.known: Secret | None = None
        self._before: Secret | None = None
        self.hidden_addresses: dict[str, Secret] = {}
        if callable(token):
            self._provider = token
        else:
            self.known = _checked(token)

    def __repr__(self) -> str:
        return "Credentials(**********)"

    @property
    def account(self) -> object:
        """A key that is the same for the same token, without holding it."""
        if self._provider is not None or self.known is None:
            return id(self._provider)
        return hashlib.sha256(self.known.get_secret_value().encode()).digest()

    async def current(self, single_flight: asyncio.Lock) -> Secret:
        """The token to send; the provider is asked where there is none yet."""
        if self.known is not None:
            return self.known
        async with single_flight:
            if self.known is None:
                self.known = await self._ask()
            return self.known

    async def renewed(self, refused: Secret, single_flight: asyncio.Lock) -> bool:
        """Whether there is another token than the refused one; any number of callers ask the provider once."""
        if self._provider is None:
            return False
        async with single_flight:
            if self.known == refused:
                self.known, self._before = await self._ask(), refused
            return self.known != refused

    def hidden_in(self, text: bytes) -> bytes:
        """A text of the server with asterisks where the token, or the one before it, stands, however it is escaped."""
        for token in self._tokens():
            text = hidden(text, token)
        return text

    def hidden_in_text(self, text: str) -> str:
        """The same of text that is ours in part, which a token of a few letters would tear apart."""
        data = text.encode("utf-8", "surrogatepass")
        for token in self._tokens(_SHORTEST):
            data = hidden(data, token)
        return data.decode("utf-8", "surrogatepass")

    def hide_in(self, error: IntegratorError) -> None:
        """Hide the token in everything that an error says; a server may say back what it was sent."""
        error.args = tuple(self.hidden_in_text(part) if isinstance(part, str) else part for part in error.args)
        for name in ("path", "body", "resume_from"):
            value = getattr(error, name)
            if value:
                setattr(error, name, self.hidden_in_text(value))
        if error.errors:
            error.errors = tuple(map(self._hidden_entry, error.errors))

    def _hidden_entry(self, entry: ErrorDetail) -> ErrorDetail:
        said = (entry.code, entry.message, entry.field)
        return ErrorDetail(*(None if part is None else self.hidden_in_text(part) for part in said))

    # Addresses of the server that hold the token. They are shown with asterisks, and followed as they are

    def stands_in(self, address: str) -> bool:
        """Whether the token stands in an address, or in a header with addresses."""
        return any(token in address or token in _unescaped(address) for token in self._tokens(_SHORTEST))

    def shown_address(self, address: str) -> str:
        """The address with asterisks where the token stands; `address_of` finds it by them."""
        shown = self.hidden_in_text(address)
        if shown != address:
            self.hidden_addresses[shown] = Secret(address)
            if len(self.hidden_addresses) > _MOST_ADDRESSES:
                self.hidden_addresses.pop(next(iter(self.hidden_addresses)), None)
        return shown

    def address_of(self, shown: str) -> str:
        """The address itself that is shown with asterisks where the token stands."""
        found = self.hidden_addresses.get(shown)
        return shown if found is None else found.get_secret_value()

    def _tokens(self, shortest: int = 1) -> list[str]:
        known = [token.get_secret_value() for token in (self.known, self._before) if token is not None]
        return [token for token in known if len(token) >= shortest]

    async def _ask(self) -> Secret:
        answer = cast("TokenProvider", self._provider)()
        return _checked(await answer if inspect.isawaitable(answer) else answer)


def hidden(text: bytes, token: str) -> bytes:
    """The text with asterisks where a token stands, however it is escaped."""
    text = text.replace(token.encode(), HIDDEN)
    if not _is_escaped_in(text, token):
        return text
    text = re.sub(b"".join(map(_escaped, token)), HIDDEN, text)
    return HIDDEN if _is_escaped_in(text, token) else text  # one escape within another of another kind


def _is_escaped_in(text: bytes, token: str) -> bool:
    return any(sign in text for sign in _SIGNS) and token in _unescaped(text.decode("utf-8", "replace"))


def _escaped(character: str) -> bytes:
    r"""A pattern for a character of a token, which may be escaped.

    JSON writes `\u002d` for one, or `\/` for a slash, with more backslashes inside of another text; an address writes
    `%2D`, or `%252D` inside of another one; HTML writes `&#45;` or `&#x2d;`.
    """
    code = ord(character)
    kinds = (
        rb"\\{0,3}%b" % re.escape(character).encode(),
        rb"\\{1,3}u00(?i:%02x)" % code,
        rb"%%(?:25){0,3}(?i:%02x)" % code,
        rb"&#0{0,4}%d;" % code,
        rb"&#[xX]0{0,4}(?i:%x);" % code,
    )
    return b"(?:" + b"|".join(kinds) + b")"


_SIGNS = (b"\\", b"%", b"&#")
_CODE = re.compile(r"\\u00([0-9a-fA-F]{2})|&#[xX]0*([0-9a-fA-F]{1,2});|&#0*([0-9]{1,3});")


def _unescaped(text: str) -> str:
    """The text with such escapes undone, four times over; that is quick, unlike a search for all of them at once."""
    for _ in range(4):
        before = text
        text = unquote(_CODE.sub(_character, text).replace("\\", ""))
        if text == before:
            break
    return text


def _character(found: re.Match[str]) -> str:
    return chr(int(found[3]) if found[3] else int(found[1] or found[2], 16))


def _checked(token: TokenText) -> Secret:
    return Secret(_wire.token(token.get_secret_value() if hasattr(token, "get_secret_value") else token))
