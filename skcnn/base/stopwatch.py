"""Seconds since something began; tests put a clock of their own in place."""

from __future__ import annotations

import time

clock = time.monotonic


class Stopwatch:
    """A clock that starts when it is made."""

    def __init__(self) -> None:
        self.began = clock()

    @property
    def seconds(self) -> float:
        """Seconds since then."""
        return clock() - self.began
