"""Faults that are played by seed: the same seed plays the same faults on the same requests."""

from __future__ import annotations

import random
import zlib
from collections import Counter
from dataclasses import dataclass, field

FAULTS = ("500", "502", "503", "429", "reset_before", "reset_after", "truncate", "slow")
"""What can be played: a status, a connection cut before or after the work was done, half a body, a late answer."""


@dataclass
class Faults:
    """A share of requests that go wrong.

    Args:
        seed: which ones.
        rate: share of requests, 0 to 1.
        kinds: some of `FAULTS`.
        in_a_row: most faults that one method and path meets before it is let through.
        delay: seconds that `slow` takes.
    """

    seed: int = 1
    rate: float = 0.1
    kinds: tuple[str, ...] = ("500", "502", "503", "429", "reset_before", "truncate")
    in_a_row: int = 2
    delay: float = 0.2
    _tries: Counter[str] = field(default_factory=Counter, repr=False)

    def __post_init__(self) -> None:
        unknown = set(self.kinds) - set(FAULTS)
        if unknown or not 0 <= self.rate <= 1:
            raise ValueError(f"faults are some of {', '.join(FAULTS)}, at a rate from 0 to 1")

    def next(self, method: str, target: str) -> str | None:
        """What happens to this request, or None."""
        key = f"{method} {target}"
        self._tries[key] += 1
        if self._tries[key] > self.in_a_row:
            return None
        chance = random.Random(zlib.crc32(f"{self.seed} {key} {self._tries[key]}".encode()))
        return chance.choice(self.kinds) if chance.random() < self.rate else None
