"""What a search has time for, by what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from skcnn.base.stopwatch import Stopwatch
from skcnn.base.time_limit import TimeLimit
from skcnn.base.told import heard_by, listener
from skcnn.base.words import seconds as in_words


class OutOfTime(BaseException):
    """The time was over within a training; no estimator takes it for its own error.

    Its arguments are those of :meth:`Deadline.note`: the candidate, the epochs that it
    was to be trained for, the seconds that they would have taken, and those before.
    """


@contextmanager
def ended_after(
    limit: float | None, candidate: int, n_epochs: int
) -> Iterator[Callable[[float], float]]:
    """Raise where a training that tells of its way is not done after so many seconds.

    Gives a function that returns how many of all seconds went by before the first step.

    Raises
    ------
    OutOfTime
    """
    if limit is None:
        yield lambda seconds: 0.0
        return
    watch, outer, first = Stopwatch(), listener(), []

    def hear(part: float, where: str) -> None:
        now = part, watch.seconds
        if first and watch.seconds > limit and first[0][0] < part < 1:
            start, pace = _line(*first, now)
            raise OutOfTime(candidate, n_epochs, pace, start)
        if not first and 0 < part < 1:
            first.append(now)
        if outer is not None:
            outer(part, where)

    with heard_by(hear):
        yield lambda seconds: _line(*first, (1.0, seconds))[0] if first else 0.0


def _line(first: tuple[float, float], now: tuple[float, float]) -> tuple[float, float]:
    """Return seconds before the first step, and of all steps, by two moments.

    Moments are (part that is done, seconds). What comes before the steps, such as
    tracing, comes once; taken for a part of their pace, it would be multiplied.
    """
    pace = (now[1] - first[1]) / (now[0] - first[0])
    return max(0.0, first[1] - first[0] * pace), pace


class Deadline(TimeLimit):
    """The end of the time, and what candidates and the refit take of it.

    Parameters
    ----------
    max_seconds : float or None
        Counted from now.

    Attributes
    ----------
    refit_share : float
        Rows of the refit as a part of those of a fold; 0: there is no refit.
    start : float
        Seconds that a training took before its first step, at most.
    """

    def __init__(self, max_seconds: float | None):
        super().__init__(max_seconds)
        self.refit_share = self.start = self._noted = 0.0
        self.is_over = False

    def note(self, candidate, n_epochs, seconds, start: float = 0.0) -> None:
        """Take note of the seconds of a training's steps, and of those before."""
        super().note(candidate, n_epochs, seconds)
        self._noted += seconds
        self.start = max(self.start, start)

    def seconds(self, candidate: int, n_epochs: float) -> float:
        """Guess how long a candidate trains: as before, else as the others do."""
        known = super().seconds(candidate, n_epochs)
        if known is not None:
            return known
        others = [median(paces) for paces in self._paces.values()]
        return median(others or [0.0]) * n_epochs

    def refit_seconds(self, candidate: int, n_epochs: float) -> float:
        """Guess how long a candidate trains on all rows."""
        if not self.refit_share:
            return 0.0
        return self.start + self.refit_share * self.seconds(candidate, n_epochs)

    @property
    def beside(self) -> float:
        """Seconds beside the steps of trainings, such as those of tracing."""
        return max(self.start, self._watch.seconds - self._noted)

    def allows(self, unit_seconds: float, refit_seconds: float) -> bool:
        """Tell whether there is time for a unit, and for a refit behind it.

        The first unit of all is always begun, since nothing is known of it.
        """
        if self.max_seconds is None or not self._paces:
            return True
        self.is_over = self.is_over or unit_seconds + refit_seconds > self.left
        return not self.is_over

    def error(self, least: float) -> TimeoutError:
        """Return what to say where nothing came to its end.

        ``least`` are the seconds of trainings alone.
        """
        least += self.beside
        return TimeoutError(
            f"max_seconds={self.max_seconds:g} is not enough for one candidate on all "
            f"folds and the refit, which take about {in_words(least)} in all. Pass "
            f"max_seconds={max(1, round(1.2 * least))} or more, a smaller max_epochs, "
            "fewer folds (cv), or refit=False. With store=, a call with the same store "
            "goes on from what was trained."
        )
