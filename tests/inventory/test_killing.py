"""A crawl that is killed loses nothing that it had."""

from __future__ import annotations

from pathlib import Path

from inventory.killing import killed_and_resumed


async def test_crawls_that_are_killed_and_resumed_equal_the_uninterrupted_one(tmp_path: Path) -> None:
    """Eight crawls, by SIGKILL at random moments, and nobody is asked twice; `killing.py` does 200 or as many as wanted."""
    seen = await killed_and_resumed(8, 7, tmp_path)
    assert seen["equal to the uninterrupted one"] == 8
    assert seen["killed"] >= 6
    assert seen["killed with some branches on disk"] >= 2
