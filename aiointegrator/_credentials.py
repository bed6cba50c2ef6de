"""The token: where it comes from, and how a refused one is replaced once for everybody."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, cast

from . import _wire
from ._messages import Secret


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
        """The text with asterisks where the token, or the one before it, stands, as it is or as JSON may escape it."""
        for token in (self.known, self._before):
            if token is not None:
                text = text.replace(token.get_secret_value().encode(), b"**********")
                if b"\\" in text:
                    text = re.sub(_escaped(token.get_secret_value()), b"**********", text)
        return text

    async def _ask(self) -> Secret:
        answer = cast("TokenProvider", self._provider)()
        return _checked(await answer if inspect.isawaitable(answer) else answer)


def _escaped(token: str) -> bytes:
    r"""A pattern for the token in JSON, where any character may be `\u002d`, and a slash is `\/` with some."""
    return b"".join(
        rb"(?:\\?%b|\\u00(?i:%02x))" % (re.escape(character).encode(), ord(character)) for character in token
    )


def _checked(token: TokenText) -> Secret:
    return Secret(_wire.token(token.get_secret_value() if hasattr(token, "get_secret_value") else token))
