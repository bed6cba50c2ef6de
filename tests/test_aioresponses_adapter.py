"""The adapter in conftest.py is still needed; the day it is not, this test fails and both can go."""

from __future__ import annotations

import aiohttp
import pytest
from aioresponses import aioresponses


async def test_aioresponses_alone_does_not_work_with_this_aiohttp() -> None:
    """Without the adapter, aioresponses cannot build a response of aiohttp 3.14."""
    with aioresponses() as mock:
        mock.get("http://127.0.0.1/", payload={})
        async with aiohttp.ClientSession() as session:
            with pytest.raises(TypeError, match="stream_writer"):
                await session.get("http://127.0.0.1/")
