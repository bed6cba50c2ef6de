"""The token: checked, hidden, and replaced once for everybody."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import SecretStr

from aiointegrator.errors import ConfigurationError
from aiointegrator.session._credentials import Credentials

SECRET = "sekret.Token-123"


def returns(*tokens: str | SecretStr) -> Callable[[], str | SecretStr]:
    left = list(tokens)
    return lambda: left.pop(0)


def returns_later(*tokens: str) -> Callable[[], Awaitable[str]]:
    left = list(tokens)

    async def provider() -> str:
        await asyncio.sleep(0)
        return left.pop(0)

    return provider


@pytest.mark.parametrize(
    "token",
    [
        SECRET,
        SECRET + "\n",
        SECRET + "\r\n",
        SecretStr(SECRET),
        returns(SECRET),
        returns(SecretStr(SECRET)),
        returns_later(SECRET),
    ],
)
async def test_every_way_to_give_a_token(token: Any) -> None:
    """Text, SecretStr, and a callable of either, sync or async, all give the token to send."""
    credentials = Credentials(token)
    for _ in range(2):
        assert (await credentials.current(asyncio.Lock())).get_secret_value() == SECRET


@pytest.mark.parametrize(
    "bad", ["", " ", "\n", f"{SECRET} x", f"Bearer {SECRET}", f"{SECRET}\n\n{SECRET}", f'"{SECRET}"']
)
@pytest.mark.parametrize("wrap", [str, SecretStr])
def test_a_bad_token_is_not_shown(bad: str, wrap: Callable[[str], Any]) -> None:
    """A text that can be no token is refused at once, by a message without it."""
    with pytest.raises(ConfigurationError) as caught:
        Credentials(wrap(bad))
    assert "sekret" not in "".join(traceback.format_exception_only(caught.value))


@pytest.mark.parametrize("bad", [None, 5, b"abc", ["abc"]])
def test_a_token_is_text(bad: Any) -> None:
    """What is neither text nor callable is refused."""
    with pytest.raises(ConfigurationError, match="token must be text"):
        Credentials(bad)


@pytest.mark.parametrize("bad", ["", f"{SECRET} x", None])
async def test_a_provider_is_checked_too(bad: Any) -> None:
    """What a provider returns is checked like any token, and the next call asks again."""
    answers = [bad, SECRET]
    credentials = Credentials(lambda: answers.pop(0))
    lock = asyncio.Lock()
    with pytest.raises(ConfigurationError) as caught:
        await credentials.current(lock)
    assert "sekret" not in str(caught.value)
    assert (await credentials.current(lock)).get_secret_value() == SECRET


async def test_the_repr_hides_the_token() -> None:
    """Neither `repr` nor `str` shows the token, before or after it is known."""
    for credentials in (Credentials(SECRET), Credentials(returns(SECRET))):
        await credentials.current(asyncio.Lock())
        assert "sekret" not in f"{credentials!r} {credentials} {vars(credentials)} {credentials.account!r}"


def test_the_account_key() -> None:
    """Two clients with one token share an account key; another token or provider has another."""
    provider = returns(SECRET)
    assert Credentials(SECRET).account == Credentials(SecretStr(SECRET)).account
    assert Credentials(SECRET).account != Credentials("another").account
    assert Credentials(provider).account == Credentials(provider).account
    assert Credentials(provider).account != Credentials(returns(SECRET)).account


async def test_the_account_key_of_a_provider_stays() -> None:
    """Asking the provider does not change the account that its tokens are counted on."""
    credentials = Credentials(returns(SECRET))
    before = credentials.account
    await credentials.current(asyncio.Lock())
    assert credentials.account == before


async def test_a_fixed_token_cannot_be_renewed() -> None:
    """A refused fixed token stays refused."""
    credentials = Credentials(SECRET)
    assert not await credentials.renewed(SecretStr(SECRET), asyncio.Lock())


@pytest.mark.parametrize("provider", [returns("first", "second"), returns_later("first", "second")])
async def test_many_refusals_ask_once(provider: Any) -> None:
    """Any number of calls that were refused with one token ask the provider once, and all go on with the new one."""
    credentials, lock = Credentials(provider), asyncio.Lock()
    refused = await credentials.current(lock)
    assert await asyncio.gather(*(credentials.renewed(refused, lock) for _ in range(50))) == [True] * 50
    assert (await credentials.current(lock)).get_secret_value() == "second"


async def test_first_use_asks_once() -> None:
    """Any number of first calls at once ask the provider once."""
    credentials, lock = Credentials(returns_later("only")), asyncio.Lock()
    tokens = await asyncio.gather(*(credentials.current(lock) for _ in range(50)))
    assert {token.get_secret_value() for token in tokens} == {"only"}


async def test_the_same_token_again_is_no_renewal() -> None:
    """A provider that answers the refused token again has not helped."""
    credentials, lock = Credentials(returns("same", "same")), asyncio.Lock()
    assert not await credentials.renewed(await credentials.current(lock), lock)


async def test_a_failing_provider_is_heard() -> None:
    """An error of the provider reaches the caller as it is, and the next call may ask again."""
    answers: list[Any] = [OSError("no vault"), SECRET]

    def provider() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    credentials, lock = Credentials(provider), asyncio.Lock()
    with pytest.raises(OSError, match="no vault"):
        await credentials.current(lock)
    assert (await credentials.current(lock)).get_secret_value() == SECRET


@pytest.mark.parametrize(
    "said",
    [
        "a/b+c==",
        "a\\/b+c==",
        "a/b\\u002bc\\u003D\\u003d",
        "\\u0061/b+c==",
        "\\\\a/b+c==",
        r"\u0061\u002f\u0062\u002b\u0063==",
    ],
)
def test_a_token_said_back_is_hidden(said: str) -> None:
    """However JSON escapes it, and nothing else with it."""
    hidden = Credentials("a/b+c==").hidden_in(f'{{"x": "{said}, \\u0061/b"}}'.encode())
    assert hidden.endswith(b'**********, \\u0061/b"}')
    assert b"c=" not in hidden
