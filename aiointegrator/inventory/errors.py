"""What can be wrong with an inventory, as a branch of the error tree.

IntegratorError
├── ConfigurationError
│   └── InventoryError                  the directory is not what the call needs; it was left as it is
│       ├── NotAnInventoryError         there is no manifest
│       ├── InventoryVersionError       its files have a form that this version does not know
│       ├── InventoryDamagedError       its files are not those that the manifest speaks of
│       ├── InventoryExistsError        there is an inventory already, or an interrupted crawl
│       └── InventoryGapError           what is asked for was never read
└── InventoryWriteError                 the system does not let us write
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import ConfigurationError, IntegratorError, system_reason


class InventoryError(ConfigurationError):
    """The directory is not what the call needs; nothing in it was changed."""


class NotAnInventoryError(InventoryError):
    """The directory holds no manifest: it is no inventory, or not whole."""


class InventoryInterruptedError(NotAnInventoryError):
    """A crawl into the directory was interrupted, and can be resumed."""


class InventoryVersionError(InventoryError):
    """The files have a form that this version of the library does not know."""


class InventoryDamagedError(InventoryError):
    """The files are not those that the manifest speaks of: cut off, changed, or copied by half.

    Attributes:
        problems: each of them, with the file's name.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (message,)


class InventoryExistsError(InventoryError):
    """The directory holds an inventory, or a crawl that was interrupted or is under way; nothing was changed."""


class InventoryMismatchError(InventoryError):
    """An inventory or crawl of another account, address, set of kinds, or redaction than the one beside it."""


class InventoryGapError(InventoryError):
    """What is asked for was not read by the crawl, so that nobody can say whether there is any."""


class InventoryWriteError(IntegratorError):
    """The directory cannot be written: a file is in the way, no permission, or the disk is full."""


@contextmanager
def reading(place: Path) -> Iterator[None]:
    """Turn an error of the system into one that says which file cannot be read, and why.

    Raises:
        InventoryError: with the file that the system names; with `place` where it names none.
    """
    try:
        yield
    except OSError as error:
        failure = InventoryError(f"cannot read {system_reason(error, place)}")
    else:
        return
    raise failure
