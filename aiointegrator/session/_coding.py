"""Undo the Content-Encoding of an answer, piece by piece, and say whether the whole of it came.

aiohttp's own decoder takes a gzip stream that is cut for a whole one, refuses one that is padded with zeros, and does
not know the name `x-gzip`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from aiohttp import compression_utils

_LIBRARIES: Any = compression_utils
"""Where aiohttp imports what there is for zstd and brotli: the standard library's from Python 3.14 on, or packages."""

STEP = 256 * 1024
"""Bytes that one piece has at most, so that a small body that unpacks into a large one holds the event loop briefly."""

MOST_MEMBERS = 1024
"""Streams that may follow one another in one body; each costs a copy of what follows it."""


class CodingError(ValueError):
    """The body is not coded as its header says, or cut."""


class Decoder(Protocol):
    """What undoes a coding."""

    def decoded(self, data: bytes) -> Iterator[bytes]:
        """What `data`, the next bytes of the body, stand for, in pieces of at most `STEP` bytes.

        Raises:
            CodingError: they are not coded so.
        """
        ...

    def is_whole(self) -> bool:
        """Whether the body may end here."""
        ...


class _Members:
    """A coding whose streams may follow one another: gzip, deflate, zstd. Zeros after a stream are padding.

    `begin` makes the decompressor of one stream from its first bytes.
    """

    def __init__(self, begin: Callable[[bytes], Any], errors: tuple[type[Exception], ...]) -> None:
        self._begin = begin
        self._errors = errors
        self._stream: Any = None
        self._members = 0

    def decoded(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._stream is None:
                data = data.lstrip(b"\0") if self._members else data
                if not data:
                    return
                self._next_stream(data)
            try:
                piece = self._stream.decompress(data, STEP)
            except self._errors as error:
                raise CodingError(str(error)) from None
            if piece:
                yield piece
            ended = self._stream.eof
            data = self._stream.unused_data if ended else getattr(self._stream, "unconsumed_tail", b"")
            if ended:
                self._stream = None
            elif not piece:
                return

    def is_whole(self) -> bool:
        return self._stream is None

    def _next_stream(self, data: bytes) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise CodingError(f"it has more than {MOST_MEMBERS:,} streams")
        self._stream = self._begin(data)


class _Brotli:
    """Brotli, where a library for it is installed."""

    def __init__(self) -> None:
        self._stream = _LIBRARIES.BrotliDecompressor()
        self._begun = False

    def decoded(self, data: bytes) -> Iterator[bytes]:
        self._begun = True
        try:
            while piece := self._stream.decompress_sync(data, STEP):
                yield piece
                data = b""
        except Exception as error:  # each of the two libraries has an error of its own
            raise CodingError(str(error)) from None

    def is_whole(self) -> bool:
        return not self._begun or bool(self._stream._obj.is_finished())


def _gzip(_: bytes) -> Any:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _deflate(first: bytes) -> Any:
    """With the header of zlib, which belongs to it, or without, as some servers send it."""
    with_header = first[0] & 0xF == 8
    return zlib.decompressobj(zlib.MAX_WBITS if with_header else -zlib.MAX_WBITS)


def _zstd(_: bytes) -> Any:
    return _LIBRARIES.ZstdDecompressor()


def decoder_of(coding: str | None) -> Decoder | None:
    """What undoes the coding that a Content-Encoding names; None where there is none, or one that nobody here knows."""
    match (coding or "").strip().lower():
        case "gzip" | "x-gzip":
            return _Members(_gzip, (zlib.error,))
        case "deflate":
            return _Members(_deflate, (zlib.error,))
        case "zstd" if _LIBRARIES.HAS_ZSTD:
            return _Members(_zstd, (Exception,))
        case "br" if _LIBRARIES.HAS_BROTLI:
            return _Brotli()
    return None
