"""Tell whether `inventory.sqlite` is as it was made, by a checksum in its header.

SQLite keeps no checksums, so a flipped bit in a record would be shown as the account's data. To read the whole file
takes about half a second for each gigabyte, so a file that still has the time of change in its header is trusted.
Header fields: https://www.sqlite.org/fileformat2.html#the_database_header
"""

from __future__ import annotations

import os
import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from .files import CHUNK

_CHECKSUM = slice(60, 64)
"""`user_version`, which SQLite leaves to applications."""
_MADE = slice(68, 72)
"""`application_id`, which it leaves to them too: the time as seconds since 1970."""
_HEADER = 100


def seal(path: Path) -> None:
    """Write time and checksum into the header of a database that nobody has open, and bring it onto the disk."""
    made = int(time.time()) & ~1  # some file systems keep times to two seconds
    with path.open("r+b") as file:
        _put(file, _MADE, made)
        _put(file, _CHECKSUM, _checksum(file))
        file.flush()
        os.fsync(file.fileno())
    os.utime(path, (made, made))


def is_as_made(path: Path, *, thorough: bool = False) -> bool:
    """Whether a database is as it was made; `thorough` reads it also where its time says so.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER)
        made = int.from_bytes(header[_MADE], "big")
        if not thorough and os.fstat(file.fileno()).st_mtime_ns == made * 10**9:
            return True
        if len(header) < _HEADER or _checksum(file) != int.from_bytes(header[_CHECKSUM], "big"):
            return False
    with suppress(OSError):  # a copy has a time of its own: from now on it is trusted too
        os.utime(path, (made, made))
    return True


def _put(file: BinaryIO, where: slice, value: int) -> None:
    file.seek(where.start)
    file.write(value.to_bytes(where.stop - where.start, "big"))


def _checksum(file: BinaryIO) -> int:
    """The checksum of everything but itself."""
    file.seek(0)
    checksum = zlib.crc32(file.read(_CHECKSUM.start))
    file.seek(_CHECKSUM.stop)
    while chunk := file.read(CHUNK):
        checksum = zlib.crc32(chunk, checksum)
    return checksum
