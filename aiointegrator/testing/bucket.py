"""The pretend account's leaky bucket."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class FakeBucket:
    """A leaky bucket as integrator.io describes its own: over it, a request is refused and does not count.

    Args:
        capacity: requests that fit.
        drain: requests per second that leave.
        clock: monotonic seconds.
    """

    def __init__(
        self, capacity: float = 1000.0, drain: float = 300.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.capacity = capacity
        self.drain = drain
        self.level = 0.0
        self._clock = clock
        self._seen = clock()

    def refuse(self) -> int | None:
        """None where the request fits and is in, else the whole seconds after which to come back."""
        now = self._clock()
        self.level = max(0.0, self.level - (now - self._seen) * self.drain)
        self._seen = now
        if self.level + 1.0 > self.capacity:
            return max(1, math.ceil((self.level + 1.0 - self.capacity) / self.drain))
        self.level += 1.0
        return None
