"""One try to read a signed address: without our token, and without its own showing up anywhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from .. import _wire
from .._messages import Reply, Request, Secret
from ..errors import ConfigurationError, ReplyTooLargeError, UnreadableReplyError, UnsafeLinkError
from ._call import Call, no_answer
from ._connector import ConnectionLost, no_silent_resend
from ._pool import Transport

CHUNK = 256 * 1024
MOST_HOPS = 5
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(slots=True, eq=False, kw_only=True)
class Download(Call):
    """A call that reads `address` into `file`, at `most` so many bytes."""

    address: Secret
    file: IO[bytes]
    most: int


async def download(call: Download, transport: Transport, user_agent: str) -> int:
    """Read the address, and where it leads to, into the file from its beginning; returns the number of bytes."""
    address = call.address
    for _ in range(MOST_HOPS + 1):
        found = await _hop(call, address, transport, user_agent)
        if isinstance(found, Secret):
            address = found
        elif isinstance(found, Exception):
            raise found.with_traceback(None)
        else:
            return found
    raise UnsafeLinkError(
        f"{call.request.operation}: more than {MOST_HOPS} redirects; nothing was downloaded", request=call.request
    )


async def _hop(call: Download, address: Secret, transport: Transport, user_agent: str) -> int | Secret | Exception:
    """Bytes written, where to go on, or what went wrong.

    An error is returned, not raised: the frames of this function hold the address.
    """
    request = call.request
    unsafe = _unsafe(address, request)
    if unsafe is not None:
        return unsafe
    try:
        url = address.get_secret_value()
        proxy, secure = transport.proxy.of(url), url[:6].lower() == "https:"
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1, ssl=transport.tls() if secure else True),
                timeout=call.timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                middlewares=(no_silent_resend,),
            ) as bare,
            bare.get(
                URL(_wire.in_url(url), encoded=True),
                allow_redirects=False,
                headers={"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "identity"},
                proxy=proxy.get_secret_value() if proxy else None,
            ) as response,
        ):
            if response.status in REDIRECTS and "Location" in response.headers:
                return _onward(address, response.headers["Location"])
            if response.status != 200:
                reply = Reply(response.status, tuple(response.headers.items()), b"", call.tries)
                return _wire.refusal(request, reply, datetime.now(UTC))
            return await _save(response, call)
    except ConfigurationError as error:
        return error
    except (aiohttp.ClientError, ConnectionLost, OSError, EOFError) as error:
        return no_answer(request, error.error if isinstance(error, ConnectionLost) else error)


def _onward(address: Secret, location: str) -> Secret:
    """Where a redirect leads; nowhere if that cannot be read, which `_unsafe` refuses."""
    try:
        return Secret(urljoin(address.get_secret_value(), location))
    except ValueError:
        return Secret("")


def _unsafe(address: Secret, request: Request) -> UnsafeLinkError | None:
    try:
        url = URL(_wire.in_url(address.get_secret_value()), encoded=True)
        safe = url.scheme == "https" or (url.scheme == "http" and _wire.is_loopback(url.host or ""))
        safe = safe and _wire.is_host(url.host or ".") and url.user is None and url.password is None
        safe = safe and urlsplit(address.get_secret_value()).port != 0
    except (ValueError, TypeError):
        safe = False
    if safe:
        return None
    return UnsafeLinkError(
        f"{request.operation}: the signed address is not https, or holds a password; nothing was downloaded",
        request=request,
    )


async def _save(response: aiohttp.ClientResponse, call: Download) -> int | Exception:
    if response.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
        return _unreadable(call.request, "it came compressed, which was not asked for")
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        return _unreadable(call.request, "a page came where a file was expected")
    file = call.file
    if (response.content_length or 0) > call.most:
        return _too_large(call)
    failure = await asyncio.to_thread(_begin, file)
    size = 0
    async for chunk in response.content.iter_chunked(CHUNK):
        size += len(chunk)
        if size > call.most:
            return _too_large(call)
        failure = failure or await asyncio.to_thread(_write, file, chunk)
        if failure:
            return failure
    if size == 0:
        return _unreadable(call.request, "it is empty")
    counted = response.content_length is not None or "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    if not counted and not await asyncio.to_thread(_is_zip, file):
        return _unreadable(call.request, "it came without a length, and is no whole zip")
    return size


def _begin(file: IO[bytes]) -> OSError | None:
    try:
        file.seek(0)
        file.truncate()
    except OSError as error:
        return error
    return None


def _write(file: IO[bytes], chunk: bytes) -> OSError | None:
    """The disk's error is returned, so that it is not taken for the network's."""
    try:
        file.write(chunk)
    except OSError as error:
        return error
    return None


def _is_zip(file: IO[bytes]) -> bool:
    import zipfile  # for the rare download that needs it

    return zipfile.is_zipfile(file)


def _too_large(call: Download) -> ReplyTooLargeError:
    return ReplyTooLargeError(
        f"{call.request.operation}: the file is larger than max_download_bytes ({call.most:,} bytes); "
        "allow more with max_download_bytes=",
        request=call.request,
    )


def _unreadable(request: Request, why: str) -> UnreadableReplyError:
    return UnreadableReplyError(f"{request.operation}: the download is unreadable: {why}", request=request)
