"""The tree of errors: drawn as it is, picklable, and without the token."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import traceback

import pytest

import aiointegrator.errors as errors_module
from aiointegrator._messages import Request
from aiointegrator.errors import ErrorDetail, IntegratorError, StatusError, for_status

TREE = sorted(
    (c for c in vars(errors_module).values() if inspect.isclass(c) and issubclass(c, IntegratorError)),
    key=lambda c: c.__name__,
)
REQUEST = Request(
    "flows.get",
    "GET",
    "/v1/flows/f1",
    query=(("include", "name"),),
    body=b'{"password":"hunter2"}',
    headers=(("Authorization", "Bearer sekret-token-123"),),
)
ALSO = {
    "ConfigurationError": ValueError,
    "ArgumentError": ValueError,
    "ClientClosedError": RuntimeError,
    "ConnectTimeoutError": errors_module.RequestTimeoutError,
    "NotJSONError": ValueError,
}


def drawn() -> dict[str, str]:
    """Every class of the drawing with the parent that it hangs from."""
    parents: dict[str, str] = {}
    above: dict[int, str] = {}
    for line in (errors_module.__doc__ or "").splitlines():
        found = re.match(r"(?P<lead>[\s│├└─]*)(?P<name>[A-Z]\w+Error)(?:\s{2,}\S.*)?$", line)
        if found and (found["name"] == "IntegratorError" or "─" in found["lead"]):
            column = len(found["lead"])
            shallower = [place for place in above if place < column]
            above = {place: above[place] for place in shallower} | {column: found["name"]}
            parents[found["name"]] = above[max(shallower)] if shallower else ""
    return parents


def full(cls: type[IntegratorError]) -> IntegratorError:
    error = cls(
        "flows.get: GET /v1/flows/f1 -> 429",
        request=REQUEST,
        status=429,
        errors=(ErrorDetail(), ErrorDetail("rate_limited", "slow down", "x")),
        attempts=3,
        retry_after=2.5,
        maybe_applied=True,
        body="slow down",
    )
    error.items = [{"_id": "1"}]
    error.resume_from = "/v1/flows?after=1"
    return error


def test_the_drawing_names_every_class() -> None:
    """The tree in the docstring holds exactly the classes that there are."""
    assert set(drawn()) == {cls.__name__ for cls in TREE}


@pytest.mark.parametrize("cls", TREE, ids=lambda c: c.__name__)
def test_the_drawing_hangs_each_class_right(cls: type[IntegratorError]) -> None:
    """Each class stands in the drawing under its own first base."""
    parent = cls.__bases__[0].__name__ if cls is not IntegratorError else ""
    assert drawn()[cls.__name__] == parent


@pytest.mark.parametrize(("name", "other"), ALSO.items())
def test_also_a(name: str, other: type[BaseException]) -> None:
    """What the drawing says in brackets is so: a wrong setting is a ValueError, and so on."""
    assert issubclass(getattr(errors_module, name), other)


@pytest.mark.parametrize("cls", TREE, ids=lambda c: c.__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_keeps_everything(cls: type[IntegratorError], protocol: int) -> None:
    """Every error comes back from a pickle as the same class with the same message and attributes."""
    error = full(cls)
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is cls
    assert str(back) == str(error)
    assert vars(back) == vars(error)
    assert back.code == "rate_limited"


@pytest.mark.parametrize("cls", TREE, ids=lambda c: c.__name__)
def test_copy_keeps_everything(cls: type[IntegratorError]) -> None:
    """A copied error is the same error, notes included."""
    error = full(cls)
    error.add_note("a note")
    assert vars(copy.copy(error)) == vars(error)


@pytest.mark.parametrize("cls", TREE, ids=lambda c: c.__name__)
def test_plain_defaults(cls: type[IntegratorError]) -> None:
    """An error outside of a call says so: nothing asked, nothing answered, nothing sent."""
    error = cls("why")
    assert str(error) == "why"
    assert (error.operation, error.method, error.path, error.status, error.code) == (None,) * 5
    assert (error.errors, error.attempts, error.retry_after, error.maybe_applied) == ((), 0, None, False)
    assert (error.body, error.items, error.resume_from) == ("", None, None)


@pytest.mark.parametrize("cls", TREE, ids=lambda c: c.__name__)
def test_no_token_in_an_error(cls: type[IntegratorError]) -> None:
    """An error shows neither headers nor body of its request, however it is printed or pickled."""
    error = full(cls)
    seen = [repr(error), str(error), repr(vars(error)), repr(pickle.dumps(error, 0))]
    seen += traceback.format_exception(error)
    for text in seen:
        assert "sekret" not in text
        assert "hunter2" not in text


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "InvalidRequestError"),
        (422, "InvalidRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (429, "RateLimitedError"),
        (500, "ServerError"),
        (503, "ServerError"),
        (599, "ServerError"),
        (999, "ServerError"),
        (302, "StatusError"),
        (418, "StatusError"),
        (100, "StatusError"),
    ],
)
def test_status_names_its_class(status: int, name: str) -> None:
    """Each refusing status has its class; one without its own is a plain StatusError."""
    assert for_status(status).__name__ == name


def test_every_status_is_a_status_error() -> None:
    """No status whatever is left without an error."""
    assert all(issubclass(for_status(status), StatusError) for status in range(1000))


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ((), None),
        ((ErrorDetail(message="only text"),), None),
        ((ErrorDetail(code=""), ErrorDetail(code="second")), "second"),
        ((ErrorDetail(code="first"), ErrorDetail(code="second")), "first"),
    ],
)
def test_code_is_the_first_one(details: tuple[ErrorDetail, ...], code: str | None) -> None:
    """`code` is the first code that the server's entries have."""
    assert IntegratorError("x", errors=details).code == code
