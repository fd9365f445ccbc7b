"""Until when a comparison may begin to fit."""

from __future__ import annotations

import math

from skcnn.base.stopwatch import Stopwatch, check_max_seconds
from skcnn.comparison._units import NO_TIME, Outcome, Unit


class TimeLimit:
    """Tells which units have the time to be done, by those that were.

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
        self._seconds_per_row: dict[str, float] = {}

    @property
    def left(self) -> float:
        """Seconds left."""
        limit = math.inf if self.max_seconds is None else self.max_seconds
        return limit - self._watch.seconds

    def note(self, unit: Unit, outcome: Outcome) -> None:
        """Take note of how long a unit took: the next ones of its kind take as long."""
        seconds = outcome.fit_seconds + outcome.predict_seconds
        if math.isfinite(seconds):
            self._seconds_per_row[unit.name] = seconds / len(unit.train)

    def seconds(self, unit: Unit) -> float | None:
        """Return what a unit should take; None where none of its kind was done."""
        per_row = self._seconds_per_row.get(unit.name)
        return None if per_row is None else per_row * len(unit.train)

    def allows(self, unit: Unit) -> bool:
        """Tell whether a unit should be done in time, as far as anybody knows."""
        return self.left > (self.seconds(unit) or 0.0)

    def left_out(self, scorers) -> Outcome:
        """Return the outcome of a unit that was not begun."""
        return Outcome(
            dict.fromkeys(scorers, math.nan),
            error=f"{NO_TIME} (max_seconds={self.max_seconds:g}); with store=, the "
            "next call goes on with it",
        )
