"""The end of the time, and how long things take, by those that were done."""

from __future__ import annotations

import math
from collections.abc import Hashable
from numbers import Real
from statistics import median
from typing import Any

from skcnn.base.stopwatch import Stopwatch
from skcnn.base.words import shown


class TimeLimit:
    """Tells what is left of the time, and guesses what things take of it.

    Parameters
    ----------
    max_seconds : float or None
        From now on. None: there is time for all.

    Raises
    ------
    ValueError, TypeError
        For what is no number above zero.
    """

    def __init__(self, max_seconds: float | None):
        check_max_seconds(max_seconds)
        self.max_seconds = max_seconds
        self._watch = Stopwatch()
        self._paces: dict[Hashable, list[float]] = {}

    @property
    def left(self) -> float:
        """Seconds left."""
        limit = math.inf if self.max_seconds is None else self.max_seconds
        return limit - self._watch.seconds

    def note(self, kind: Hashable, amount: int, seconds: float) -> None:
        """Take note of how long an amount of a kind took."""
        if math.isfinite(seconds):
            self._paces.setdefault(kind, []).append(seconds / max(amount, 1))

    def seconds(self, kind: Hashable, amount: float) -> float | None:
        """Return what an amount of a kind should take; None where none was done."""
        paces = self._paces.get(kind)
        return None if paces is None else median(paces) * amount


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
