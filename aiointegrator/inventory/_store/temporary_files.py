"""The hidden files of an inventory's directory. Only a process that holds the directory's lock removes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..._domain.kinds import KINDS
from .files import DATABASE, INTEGRATIONS, JOURNAL, MANIFEST, NEW_JOURNAL, file_of, part_of, sorted_name


def every_file(directory: Path) -> Iterator[Path]:
    """Every file that a crawl or its database may have, hidden ones too."""
    for name in (MANIFEST, DATABASE, *map(file_of, (INTEGRATIONS, *KINDS))):
        yield directory / name
        yield part_of(directory, name)
    for kind in (INTEGRATIONS, *KINDS):
        yield part_of(directory, sorted_name(kind))
    yield directory / JOURNAL
    yield directory / NEW_JOURNAL


def remove_passing(directory: Path) -> None:
    """Remove what a killed process left while it began or finished a crawl or made the database.

    A crawl that can be resumed needs none of it.
    """
    for path in (directory / NEW_JOURNAL, part_of(directory, MANIFEST)):
        path.unlink(missing_ok=True)
    for kind in (INTEGRATIONS, *KINDS):
        part_of(directory, sorted_name(kind)).unlink(missing_ok=True)
    remove_database(part_of(directory, DATABASE))


def remove_crawl(directory: Path) -> None:
    """Remove an interrupted crawl with everything else that is hidden: its journal first, which needs the rest."""
    (directory / JOURNAL).unlink(missing_ok=True)
    for kind in (INTEGRATIONS, *KINDS):
        part_of(directory, file_of(kind)).unlink(missing_ok=True)
    remove_passing(directory)


def remove_database(path: Path) -> None:
    """Remove a database with all that belongs to it."""
    path.unlink(missing_ok=True)
    remove_beside(path)


def remove_beside(path: Path) -> None:
    """Remove the files of a transaction of a database; SQLite would apply them to another one of its name."""
    for ending in ("-journal", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
