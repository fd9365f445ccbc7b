"""A search as somebody sees it who waits: epochs, and what is left of them."""

from __future__ import annotations

import math
from collections.abc import Callable

from joblib import effective_n_jobs

from skcnn.base import words
from skcnn.base.work_bar import WorkBar, in_words
from skcnn.search._deadline import Deadline
from skcnn.search._work import Outcome, Unit


class UnitsBar:
    """Shows which candidate is trained, how far it is, and what is left.

    Parameters
    ----------
    epochs_left : callable
        Returns how many epochs are still to be trained, the units that run included.
    deadline : Deadline
    n_jobs : int, optional
        Of several trainings at a time the epochs are not heard.
    verbose : int
        0: nothing is shown.
    """

    def __init__(
        self,
        epochs_left: Callable[[], int],
        deadline: Deadline,
        n_jobs: int | None,
        verbose: int,
    ):
        self.epochs_left = epochs_left
        self.deadline = deadline
        self.n_jobs = n_jobs
        self.verbose = verbose
        self._done = self._running = 0
        self._part = self._seconds = 0.0
        self._what = self._where = ""

    def __enter__(self) -> UnitsBar:
        total = self.epochs_left() if self.verbose else 0
        self._bar = WorkBar(total, 0.0, bool(self.verbose), self._hear)
        self._bar.__enter__()
        return self

    def __exit__(self, *error) -> None:
        try:
            self._show(is_due=True)
        finally:
            self._bar.__exit__(*error)

    def started(self, unit: Unit) -> None:
        """Show that a unit has begun."""
        self._what, self._running = _name(unit), _n_epochs(unit)
        self._where, self._part = "", 0.0
        self._show()

    def ended(self, unit: Unit, outcome: Outcome, score: float) -> None:
        """Show that a unit is done."""
        self._done += _n_epochs(unit)
        self._seconds += outcome.fit_time + outcome.score_time
        self._where, self._part = "", 0.0
        if self._bar.is_due or (self.verbose and not self._bar.moves):
            self._bar.total = self._done + self.epochs_left()
        self._show()
        if self.verbose and not self._bar.moves:
            seconds = words.seconds(outcome.fit_time + outcome.score_time)
            result = "failed" if math.isnan(score) else f"score {score:.4f}"
            done = f"[{self._done}/{self._bar.total} epochs] {_name(unit)}"
            left = self._left_in_words()
            where = f" after epoch {unit.stops[-1]}" if unit.candidate.goes_on else ""
            line = f"{done}: {result}{where}, {seconds}"
            self._bar.line("; ".join(filter(None, [line, left])))

    def _hear(self, part: float, where: str) -> None:
        self._part, self._where = max(self._part, part), where
        self._show()

    @property
    def _n(self) -> float:
        return self._done + self._part * self._running

    def _show(self, is_due: bool = False) -> None:
        if is_due or self._bar.is_due:
            epochs = f"{self._done}/{self._bar.total} epochs"
            texts = self._where, epochs, self._left_in_words()
            self._bar.move(self._n, self._what, *texts)

    def _left_in_words(self) -> str:
        n_left = self._bar.total - self._n
        at_a_time = effective_n_jobs(self.n_jobs)
        left = self._seconds / max(self._done, 1) * n_left / at_a_time
        if left > self.deadline.left or not self._done:
            return in_words(self.deadline.left, "at most")
        return in_words(left)


def _name(unit: Unit) -> str:
    return f"candidate {unit.candidate.index}, fold {unit.fold.number}"


def _n_epochs(unit: Unit) -> int:
    return unit.stops[-1] - unit.start
