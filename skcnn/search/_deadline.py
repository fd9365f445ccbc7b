"""What there is time for, by what was measured."""

from __future__ import annotations

import math
import time
from statistics import median

from skcnn.base.words import seconds as in_words

clock = time.perf_counter
"""Seconds; the one clock of a search."""


class Deadline:
    """The end of the time, and what units and the refit take of it.

    Parameters
    ----------
    max_seconds : float or None
        Counted from now.

    Attributes
    ----------
    refit_share : float
        Rows of the refit as a part of those of a fold; 0: there is no refit.
    """

    def __init__(self, max_seconds: float | None):
        self.max_seconds = max_seconds
        self.refit_share = 0.0
        self.started = clock()
        self.is_over = False
        self._measured: dict[int, list[float]] = {}

    def note(self, candidate: int, n_epochs: int, seconds: float) -> None:
        """Note what a unit took."""
        self._measured.setdefault(candidate, []).append(seconds / max(n_epochs, 1))

    def seconds(self, candidate: int, n_epochs: int) -> float:
        """Guess how long a candidate trains: as before, else as the others do."""
        known = self._measured.get(candidate)
        if known is None:
            known = [median(one) for one in self._measured.values()] or [0.0]
        return median(known) * n_epochs

    def refit_seconds(self, candidate: int, last: int) -> float:
        """Guess how long a candidate trains on all rows."""
        return self.refit_share * self.seconds(candidate, last)

    def refit_limit(self, candidate: int, last: int) -> float | None:
        """Return the seconds of the refit of a network, which plans its steps for them.

        Those that are left; but with less than half of what it takes, it would not be
        what was found.
        """
        if self.max_seconds is None:
            return None
        return max(self.left, self.refit_seconds(candidate, last) / 2)

    @property
    def left(self) -> float:
        """Seconds until the end."""
        limit = math.inf if self.max_seconds is None else self.max_seconds
        return limit - (clock() - self.started)

    def allows(self, unit_seconds: float, refit_seconds: float) -> bool:
        """Tell whether there is time for a unit, and for a refit behind it.

        The first unit of all is always begun, since nothing is known of it.
        """
        if self.max_seconds is None or not self._measured:
            return True
        self.is_over = self.is_over or unit_seconds + refit_seconds > self.left
        return not self.is_over

    def error(self, least: float) -> TimeoutError:
        """Return what to say where nothing came to its end."""
        return TimeoutError(
            f"max_seconds={self.max_seconds:g} is not enough for one candidate on all "
            f"folds and the refit, which take about {in_words(least)}. Pass "
            f"max_seconds={max(1, round(1.2 * least))} or more, a smaller max_epochs, "
            "fewer folds (cv), or refit=False. With store=, a call with the same store "
            "goes on from what was trained."
        )
