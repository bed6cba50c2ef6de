"""Every way in which an answer can go wrong on the wire, one row each, and what a client has to make of it."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from dataclasses import dataclass
from typing import Literal

from raw_server import Play, answer, close_delimited, cut, cut_short, then_close

from aiointegrator import IntegratorError, ReadError, UnreadableReplyError

BODY = b'{"_id": "a"}'
"""What reads and writes alike take for their answer."""

Meaning = Literal["fine", "again"]
"""`fine`: the answer is taken. `again`: nobody knows what happened, so a read is repeated and a create is not."""


@dataclass(frozen=True)
class Fault:
    """One row.

    Attributes:
        name: what goes wrong.
        play: what the server sends for the first request.
        meaning: what follows.
        error: what a create raises where it is not fine.
        reused: the connection may carry the next request.
    """

    name: str
    play: Play
    meaning: Meaning = "again"
    error: type[IntegratorError] = ReadError
    reused: bool = False


def head(*lines: str) -> bytes:
    """Status line and headers of a 200."""
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: application/json", *lines, "", ""]).encode()


def chunked(*chunks: bytes) -> bytes:
    """Chunks without the last one."""
    return b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)


def then_reset(sent: bytes) -> Play:
    """These bytes, and a reset instead of an end."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        await asyncio.sleep(0.01)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return play


def bit_by_bit(sent: bytes, pause: float = 0.001) -> Play:
    """One byte at a time."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in sent:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(pause)

    return play


def coded(body: bytes, coding: str) -> bytes:
    """A whole answer whose length is right and whose body says to be coded so."""
    return answer(200, body, f"Content-Encoding: {coding}")


ZIPPED = gzip.compress(BODY)
TEXT = UnreadableReplyError
LENGTH = f"Content-Length: {len(BODY)}"
CHUNKS = "Transfer-Encoding: chunked"
GZIP = "Content-Encoding: gzip"
BYTES = [bytes([byte]) for byte in ZIPPED]

CONNECTION = [
    Fault("end before the headers", cut),
    Fault("reset before the headers", then_reset(b"")),
    Fault("end within the status line", then_close(b"HTTP/1.1 20")),
    Fault("end within the headers", then_close(head(LENGTH)[:-6])),
    Fault("reset within the headers", then_reset(head(LENGTH)[:-6])),
    Fault("end after the headers", then_close(head(LENGTH))),
    Fault("reset after the headers", then_reset(head(LENGTH))),
    Fault("end within the body", cut_short(BODY[:5])),
    Fault("end within a body that is whole JSON already", cut_short(BODY)),
    Fault("reset within the body", then_reset(head(LENGTH) + BODY[:5])),
    Fault("end between chunks", then_close(head(CHUNKS) + chunked(BODY))),
    Fault("reset between chunks", then_reset(head(CHUNKS) + chunked(BODY))),
    Fault("end within a chunk", then_close(head(CHUNKS) + b"c\r\n" + BODY[:5])),
    Fault("end within the size of a chunk", then_close(head(CHUNKS) + chunked(BODY) + b"0")),
    Fault("end within the last chunk", then_close(head(CHUNKS) + chunked(BODY) + b"0\r\n")),
    Fault("end of a body without a length, cut", close_delimited(BODY[:5]), error=TEXT),
    Fault("end of a body without a length, nothing came", close_delimited(b""), error=TEXT),
    Fault("reset of a body without a length, cut", then_reset(head() + BODY[:5]), error=TEXT),
    Fault("reset of a body without a length, whole", then_reset(head() + BODY), "fine"),
    Fault("end of a body without a length, whole", close_delimited(BODY), "fine"),
    Fault("byte by byte", bit_by_bit(answer(200, BODY)), "fine"),
    Fault("the connection is to be closed", then_close(answer(200, BODY, "Connection: close")), "fine"),
    Fault("HTTP/1.0", then_close(answer(200, BODY).replace(b"HTTP/1.1", b"HTTP/1.0")), "fine"),
]

FRAMING = [
    Fault("a chunk's size is no number", head(CHUNKS) + b"zz\r\n" + BODY + b"\r\n0\r\n\r\n"),
    Fault("a chunk's size is negative", head(CHUNKS) + b"-1\r\n" + BODY + b"\r\n0\r\n\r\n"),
    Fault("a chunk's size is huge", then_close(head(CHUNKS) + b"f" * 40 + b"\r\n" + BODY + b"\r\n0\r\n\r\n")),
    Fault("a chunk is longer than its size", head(CHUNKS) + b"5\r\n" + BODY + b"\r\n0\r\n\r\n"),
    Fault("two lengths", head(LENGTH, "Content-Length: 5") + BODY),
    Fault("two lengths in one line", head("Content-Length: 12, 5") + BODY),
    Fault("a length and chunks", head(LENGTH, CHUNKS) + chunked(BODY) + b"0\r\n\r\n"),
    Fault("a length that is no number", head("Content-Length: many") + BODY),
    Fault("a negative length", head("Content-Length: -1") + BODY),
    Fault("a length with a sign", head("Content-Length: +12") + BODY),
    Fault("chunks with a trailer", head(CHUNKS) + chunked(BODY) + b"0\r\nX-T: 1\r\n\r\n", "fine", reused=True),
    Fault("chunks with an extension", head(CHUNKS) + b"c;a=b\r\n" + BODY + b"\r\n0\r\n\r\n", "fine", reused=True),
    Fault("many small chunks", head(CHUNKS) + chunked(*(bytes([b]) for b in BODY)) + b"0\r\n\r\n", "fine", reused=True),
    Fault("another transfer coding", then_close(head("Transfer-Encoding: gzip") + ZIPPED), error=TEXT),
]

CODING = [
    Fault("gzip", coded(ZIPPED, "gzip"), "fine", reused=True),
    Fault("gzip in two members", coded(gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]), "gzip"), "fine", reused=True),
    Fault("gzip under its old name", coded(ZIPPED, "x-gzip"), "fine", reused=True),
    Fault("gzip in capitals", coded(ZIPPED, "GZIP"), "fine", reused=True),
    Fault("gzip padded with zeros", coded(ZIPPED + b"\0" * 512, "gzip"), "fine", reused=True),
    Fault("gzip in chunks of one byte", head(CHUNKS, GZIP) + chunked(*BYTES) + b"0\r\n\r\n", "fine", reused=True),
    Fault("gzip without a length, whole", then_close(head(GZIP) + ZIPPED), "fine"),
    Fault("gzip without a length, only its sum is cut", then_close(head(GZIP) + ZIPPED[:-3]), error=TEXT),
    Fault("gzip of the right length, only its sum is cut", coded(ZIPPED[:-3], "gzip"), error=TEXT),
    Fault("gzip whose sum is wrong", coded(ZIPPED[:-8] + b"\1\2\3\4" + ZIPPED[-4:], "gzip"), error=TEXT),
    Fault("gzip and something else", coded(ZIPPED + b"garbage", "gzip"), error=TEXT),
    Fault("gzip in 5,000 members", coded(gzip.compress(BODY) + gzip.compress(b"") * 5000, "gzip"), error=TEXT),
    Fault("gzip in two members, the second cut", coded(ZIPPED + gzip.compress(b" ")[:-3], "gzip"), error=TEXT),
    Fault("deflate", coded(zlib.compress(BODY), "deflate"), "fine", reused=True),
    Fault("deflate without its header", coded(zlib.compress(BODY)[2:-4], "deflate"), "fine", reused=True),
    Fault("cut deflate of the right length", coded(zlib.compress(BODY)[:-3], "deflate"), error=TEXT),
    Fault("not compressed as it says", coded(BODY, "gzip"), error=TEXT),
    Fault("compressed otherwise than it says", coded(ZIPPED, "deflate"), error=TEXT),
    Fault("cut gzip of the right length", coded(ZIPPED[: len(ZIPPED) // 2], "gzip"), error=TEXT),
    Fault("empty gzip", coded(b"", "gzip"), error=TEXT),
    Fault("gzip with a broken byte", coded(ZIPPED[:12] + b"\xff\xff\xff" + ZIPPED[15:], "gzip"), error=TEXT),
    Fault("a coding that nobody knows", coded(ZIPPED, "x-secret"), error=TEXT),
    Fault("compressed and silent about it", answer(200, ZIPPED), error=TEXT),
]

NO_HTTP = [
    Fault("another protocol", then_close(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")),
    Fault("HTTP/0.9", then_close(b"<html>hello</html>")),
    Fault("zeros", then_close(b"\0" * 1000)),
    Fault("a status that is no number", then_close(b"HTTP/1.1 abc OK\r\n\r\n")),
    Fault("a status of two digits", then_close(b"HTTP/1.1 20 OK\r\n\r\n")),
    Fault("a version that is none", then_close(b"HTTP/x.y 200 OK\r\n\r\n")),
    Fault("an empty line first, and nothing else", then_close(b"\r\n\r\n")),
]

HEADERS = [
    Fault("a header without a colon", then_close(head("broken", LENGTH) + BODY)),
    Fault("a header with a NUL", then_close(head("X-A: a\0b", LENGTH) + BODY)),
    Fault("a header name with a space", then_close(head("X A: b", LENGTH) + BODY)),
    Fault("a header of 40,000 bytes", then_close(head("X-A: " + "a" * 40_000, LENGTH) + BODY)),
    Fault("1,000 headers", then_close(head(*(f"X-{n}: a" for n in range(1000)), LENGTH) + BODY)),
    Fault("headers without an end", then_close(b"HTTP/1.1 200 OK\r\n" + b"X-A: aaaaaaaaaaaa\r\n" * 20_000)),
    Fault("a header of 20,000 bytes", answer(200, BODY, "X-A: " + "a" * 20_000), "fine", reused=True),
    Fault(
        "a header that is no UTF-8",
        answer(200, BODY).replace(b"HTTP/1.1 200 X", b"HTTP/1.1 200 \xff"),
        "fine",
        reused=True,
    ),
]

BODIES = [
    Fault("HTML", answer(200, b"<html><body>Please log in</body></html>"), error=TEXT),
    Fault("nothing", answer(200, b""), error=TEXT),
    Fault("blanks", answer(200, b" \r\n "), error=TEXT),
    Fault("text", answer(200, b"Hello"), error=TEXT),
    Fault("half of it", answer(200, BODY[:5]), error=TEXT),
    Fault("twice", answer(200, BODY + BODY), error=TEXT),
    Fault("NaN", answer(200, b'{"_id": "a", "x": NaN}'), error=TEXT),
    Fault("a number", answer(200, b"5"), error=TEXT),
    Fault("null", answer(200, b"null"), error=TEXT),
    Fault("no UTF-8", answer(200, b'{"_id": "\xff"}'), error=TEXT),
    Fault("UTF-16", answer(200, BODY.decode().encode("utf-16")), error=TEXT),
    Fault("nested without end", answer(200, b'{"_id": ' + b"[" * 100_000), error=TEXT),
    Fault("nested deeply", answer(200, b'{"_id": "a", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}"), error=TEXT),
    Fault("a number of 10,000 digits", answer(200, b'{"_id": "a", "x": ' + b"9" * 10_000 + b"}"), "fine", reused=True),
    Fault("a part of it (206)", answer(206, BODY), error=TEXT),
    Fault("a byte order mark", answer(200, b"\xef\xbb\xbf" + BODY), "fine", reused=True),
    Fault("a key twice", answer(200, b'{"_id": "b", "_id": "a"}'), "fine", reused=True),
    Fault("half an emoji", answer(200, b'{"_id": "a", "name": "\\ud83d"}'), "fine", reused=True),
    Fault("another content type", answer(200, BODY).replace(b"application/json", b"text/html"), "fine", reused=True),
    Fault("a number of 400 digits", answer(200, b'{"_id": "a", "x": ' + b"9" * 400 + b"}"), "fine", reused=True),
]

INTERIM = [
    Fault("100 first", b"HTTP/1.1 100 Continue\r\n\r\n" + answer(200, BODY), "fine", reused=True),
    Fault(
        "102 and 103 first",
        b"HTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 E\r\nLink: </x>\r\n\r\n" + answer(200, BODY),
        "fine",
        reused=True,
    ),
    Fault("100 and then the end", then_close(b"HTTP/1.1 100 Continue\r\n\r\n")),
]

POISON = [
    Fault("bytes too many", answer(200, BODY) + b"garbage\r\n\r\n"),
    Fault("an answer too many", answer(200, BODY) + answer(200, b'{"_id": "stranger"}'), "fine"),
]

CATALOGUE = [*CONNECTION, *FRAMING, *CODING, *NO_HTTP, *HEADERS, *BODIES, *INTERIM, *POISON]
