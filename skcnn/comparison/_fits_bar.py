"""The fits of a comparison as somebody sees them who waits."""

from __future__ import annotations

import math
from collections.abc import Collection

from joblib import effective_n_jobs

from skcnn.base import words
from skcnn.base.stopwatch import Stopwatch
from skcnn.base.time_limit import TimeLimit
from skcnn.base.work_bar import WorkBar, in_words
from skcnn.comparison._units import Outcome, Unit

# What a fit takes is guessed where so much of it is done.
_TELLING = 0.05


class FitsBar:
    """Shows which fit is being made, how far it is, and what is left.

    Parameters
    ----------
    units : collection of Unit
        What is to be done.
    n_all : int
        With those that are done already.
    limit : TimeLimit
        Knows what units take.
    n_jobs : int, optional
        Of several fits at a time the epochs are not heard.
    verbose : int
        0: nothing is shown.
    """

    def __init__(
        self,
        units: Collection[Unit],
        n_all: int,
        limit: TimeLimit,
        n_jobs: int | None,
        verbose: int,
    ):
        self.left = {unit.id: unit for unit in units}
        self.n_all = n_all
        self.limit = limit
        self.n_jobs = n_jobs
        self.verbose = verbose
        self._running: dict[str, Stopwatch] = {}
        self._what = self._where = ""
        self._part = 0.0

    def __enter__(self) -> FitsBar:
        self._bar = WorkBar(self.n_all, self._n_done, bool(self.verbose), self._hear)
        self._bar.__enter__()
        return self

    def __exit__(self, *error) -> None:
        try:
            self._show(is_due=True)
        finally:
            self._bar.__exit__(*error)

    def started(self, unit: Unit) -> None:
        """Show that a unit has begun."""
        self._running[unit.id] = Stopwatch()
        self._what, self._where = f"{unit.name}, {unit.place}", ""
        self._part = 0.0
        self._show()

    def ended(self, unit: Unit, outcome: Outcome) -> None:
        """Show that a unit is done."""
        del self.left[unit.id]
        self._running.pop(unit.id, None)
        self._where, self._part = "", 0.0
        self._show()
        if self.verbose and not self._bar.moves:
            done = f"[{self._n_done}/{self.n_all}] {unit.name}, {unit.place}"
            parts = [f"{done}: {_result(outcome)}", self._left_in_words()]
            self._bar.line("; ".join(filter(None, parts)))

    def _hear(self, part: float, where: str) -> None:
        self._part, self._where = max(self._part, part), where
        self._show()

    def _show(self, is_due: bool = False) -> None:
        if is_due or self._bar.is_due:
            done, fits = self._n_done, f"{self._n_done}/{self.n_all} fits"
            texts = self._where, fits, self._left_in_words()
            self._bar.move(done + self._part, self._what, *texts)

    # --- what is left -----------------------------------------------------------------

    @property
    def _n_done(self) -> int:
        return self.n_all - len(self.left)

    def _left_in_words(self) -> str:
        left, is_whole = self._seconds_left()
        if left > self.limit.left or not (is_whole or self.limit.left == math.inf):
            return in_words(self.limit.left, "at most")
        return in_words(left, "about" if is_whole else "over")

    # Workers are given units by another thread: what is walked over is copied first.

    def _seconds_left(self) -> tuple[float, bool]:
        """Return the seconds that are left, and whether those are all."""
        total, unknown, guesses = 0.0, False, self._guesses()
        for unit in list(self.left.values()):
            whole = self.limit.seconds(unit.name, len(unit.train))
            if whole is None and unit.name in guesses:
                whole = guesses[unit.name] * len(unit.train)
            if whole is None:
                unknown = True
                continue
            running = self._running.get(unit.id)
            total += max(whole - running.seconds, 0.0) if running else whole
        at_a_time = min(effective_n_jobs(self.n_jobs), max(len(self.left), 1))
        return total / at_a_time, not unknown

    def _guesses(self) -> dict[str, float]:
        """Return the seconds per row of who is fitted for the first time."""
        return {
            self.left[id].name: watch.seconds / self._part / len(self.left[id].train)
            for id, watch in list(self._running.items())
            if self._part > _TELLING
        }


def _result(outcome: Outcome) -> str:
    if outcome.error and outcome.predictions is None:
        return f"failed ({outcome.error})"
    name, score = next(iter(outcome.scores.items()))
    seconds = words.seconds(outcome.seconds)
    return f"{name} {score:.4f}, {seconds}"
