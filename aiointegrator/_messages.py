"""What is asked and what is answered, as frozen plain values."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from . import _exact_json
from .errors import NotJSONError

T_co = TypeVar("T_co", covariant=True)

Repeat = Literal["safe", "idempotent", "unsafe"]
"""For an automatic retry: `safe` reads, `idempotent` writes that may be repeated, `unsafe` ones that may not."""


class Secret:
    """A text that is shown to nobody who does not ask for it by name: not by repr, not in a pickle.

    pydantic's `SecretStr` does the same, and takes as long to import as all the rest of this library.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def get_secret_value(self) -> str:
        """The text."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(**********)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


class Operation(NamedTuple):
    """One operation of the description: the routes of the pretend server and the retry class of a path come from it."""

    name: str
    method: str
    path: str
    repeat: Repeat
    success: tuple[int, ...]
    timeout: float
    result: str
    query: tuple[str, ...] = ()


class Request(NamedTuple):
    """One call, complete but for the host and the token.

    `path` is filled in, percent-encoded and begins with `/v1/`; `body` is JSON; `timeout` is the operation's own total
    deadline in seconds, used where the caller and the client give none.
    """

    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    repeat: Repeat = "safe"
    timeout: float = 30.0
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def read_only(self) -> bool:
        """Whether the call certainly changes nothing on the server."""
        return self.repeat == "safe" and self.method in ("GET", "HEAD")


class Reply(NamedTuple):
    """One answer: status, headers as they came, and the whole decoded body in bytes.

    `attempts` is the number of requests that went on the wire for it.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    attempts: int = 1

    def __repr__(self) -> str:
        return f"<Reply {self.status}, {len(self.body):,} bytes>"

    def all(self, name: str) -> list[str]:
        """Every value of the header `name`, in any letter case, in the order received."""
        wanted, length = name.lower(), len(name)
        found = []
        for key, value in self.headers:
            if len(key) == length and key.lower() == wanted:
                found.append(value)
        return found

    def header(self, name: str) -> str | None:
        """The first value of the header `name`, or None."""
        return next(iter(self.all(name)), None)

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. A number that Python would write in another way is one that remembers how it came.

        Raises:
            NotJSONError: the body is not JSON (NaN is not), or nested too deeply. It is a ValueError too.
        """
        try:
            return _exact_json.read(self.body.removeprefix(BOM_UTF8), strict=True)
        except RecursionError:
            why = "it is nested too deeply"
        except UnicodeDecodeError as error:
            why = f"it is not UTF-8 (byte {error.start})"
        except ValueError as error:
            why = str(error)
        # raised here: the error of the standard library holds the whole body
        raise NotJSONError(f"the body is not JSON: {why}", status=self.status, attempts=self.attempts)


class Page(NamedTuple, Generic[T_co]):
    """One page of a list: what it holds, and the answer that it came in, whose headers name the next one."""

    value: T_co
    reply: Reply
