"""Seconds since something began; tests put a clock of their own in place."""

from __future__ import annotations

import math
import time
from numbers import Real
from typing import Any

from skcnn.base.words import shown

clock = time.monotonic


class Stopwatch:
    """A clock that starts when it is made."""

    def __init__(self) -> None:
        self.began = clock()

    @property
    def seconds(self) -> float:
        """Seconds since then."""
        return clock() - self.began


def check_max_seconds(
    max_seconds: Any, unlike: str = "no finite number above zero"
) -> None:
    """Raise for what is neither None nor a number of seconds; say what it is not."""
    is_number = isinstance(max_seconds, Real) and not isinstance(max_seconds, bool)
    if max_seconds is None or (is_number and 0 < max_seconds < math.inf):
        return
    kind = ValueError if isinstance(max_seconds, Real) else TypeError
    raise kind(
        f"max_seconds={shown(max_seconds)} is {unlike}. Pass max_seconds=60, or None "
        "for no limit."
    )
