"""A real Chromium without a window, driven through its DevTools protocol: what a page does, and what it asks for."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)


def found() -> str | None:
    """Where Chromium is: what CHROMIUM names, or one of its names on PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One tab. `events` is everything that it said: requests, messages, dialogs, exceptions."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._serial = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.events: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            waiting = self._waiting.pop(said.get("id", 0), None)
            if waiting is None:
                self.events.append(said)
                if said.get("method") == "Page.javascriptDialogOpening":
                    await self._send("Page.handleJavaScriptDialog", {"accept": True})
            elif not waiting.done():
                waiting.set_result(said)

    async def _send(self, method: str, values: dict[str, Any]) -> int:
        self._serial += 1
        await self._socket.send_json({"id": self._serial, "method": method, "params": values})
        return self._serial

    async def call(self, method: str, **values: Any) -> dict[str, Any]:
        """Ask for something; returns the answer's result."""
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[self._serial + 1] = future
        await self._send(method, values)
        answer = await asyncio.wait_for(future, 20)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def open(self, path: Path) -> None:
        """Load a file and wait until it is there."""
        self.events.clear()
        await self.call("Page.navigate", url=path.resolve().as_uri())
        for _ in range(1000):
            if any(event.get("method") == "Page.loadEventFired" for event in self.events):
                break
            await asyncio.sleep(0.01)
        else:
            raise AssertionError("the page did not load")
        await self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def look(self, width: int, *, height: int = 900, dark: bool = False, media: str = "") -> None:
        """Take a window's size and what its owner prefers."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def said(self, *methods: str) -> list[dict[str, Any]]:
        """The parameters of the events of these names."""
        return [event["params"] for event in self.events if event.get("method") in methods]

    async def close(self) -> None:
        """Stop listening."""
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading


@asynccontextmanager
async def chromium() -> AsyncIterator[Page]:
    """Start it with a profile of its own, and give a tab that tells what it does."""
    program = found()
    assert program is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            *OPTIONS,
            f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            port = await asyncio.wait_for(_port(process), 30)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    tabs = await answer.json(content_type=None)
                tab = next(tab for tab in tabs if tab["type"] == "page")
                async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    page = Page(socket)
                    for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
                        await page.call(f"{domain}.enable")
                    yield page
                    await page.close()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _port(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        if said := re.search(rb"ws://127\.0\.0\.1:(\d+)/", line):
            return said[1].decode()
    raise AssertionError("Chromium ended before it listened")
