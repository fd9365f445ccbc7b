"""How many steps a fit makes, and how far on its way each of them is.

The rates of a schedule depend on the part of the way that is done. Without a limit that
is the part of all steps. With one, the seconds that steps take are measured as they are
made, and the plan is changed where they say so: from then on, the rest of the way is
spread over the steps that the time allows. The changes alone decide the rates, never
the clock: who gives them back gets the same fit.
"""

from __future__ import annotations

import math
from itertools import pairwise
from numbers import Integral, Real

import numpy as np

from skcnn.base.stopwatch import Stopwatch
from skcnn.base.time_limit import check_max_seconds

# Seconds of one call into the graph: long enough to make the way in cheap. And at most
# this part of a limit, so that the first calls, planned by guess, are not far off.
_CHUNK_SECONDS, _CHUNK_PART = 0.5, 1 / 20

# A plan is made again after this part of the time that was left, and at first whenever
# twice as much was measured; it is changed where the rest differs by more than that.
_WINDOW_PART, _TOLERANCE = 1 / 4, 0.02


class Plan:
    """The steps of one fit, from 0 on.

    Parameters
    ----------
    max_seconds : float, sequence of (int, int) or None
        A number: the limit. Pairs: ``changes`` of another fit, to be made again.
    watch : Stopwatch, optional
        Runs since the call of the fit; needed for a limit.
    share : float, default=1.0
        Part of the time left that the steps may take: others come later.

    Attributes
    ----------
    changes : list of (int, int)
        Pairs (step, end): from ``step`` on, the fit is to end after ``end`` steps.
    done : int
        Steps made.
    """

    def __init__(self, max_seconds=None, watch: Stopwatch | None = None, share=1.0):
        self._of = (max_seconds, share)
        is_limit = isinstance(max_seconds, Real)
        self.pace = Pace(max_seconds, watch, share) if is_limit else None
        self._given = [] if is_limit or max_seconds is None else list(max_seconds)
        self.changes: list[tuple[int, int]] = []
        self.done = 0
        self.first_of_epoch = 0

    def __fingerprint__(self) -> tuple:
        return self._of

    def begin(self, n_steps: int, n_epochs: int, first_epoch: int = 0) -> None:
        """Plan all epochs of so many steps each; the clock may make them fewer."""
        self.n_steps = n_steps
        self.first_epoch = first_epoch
        self.longest = n_steps * n_epochs
        self.changes = [(0, self.longest)]
        if self.pace is not None:
            self.pace.begin()
        self._follow()

    @property
    def end(self) -> int:
        """Steps after which the fit is to end."""
        return self.changes[-1][1]

    @property
    def has_ended(self) -> bool:
        """Whether all steps are made."""
        return self.done >= self.end

    @property
    def is_cut_off(self) -> bool:
        """Whether it has ended before all epochs were made."""
        return self.has_ended and self.end < self.longest

    @property
    def ahead(self) -> int:
        """Steps that can be made before the plan may change."""
        end = min(self.end, self._given[0][0]) if self._given else self.end
        return end - self.done

    def progress(self, n_steps: int) -> np.ndarray:
        """Return how far the next steps are on the way, from 0 to below 1."""
        begins = 0.0
        for (first, end), (last, _) in pairwise(self.changes):
            begins += (1 - begins) * (last - first) / (end - first)
        first, end = self.changes[-1]
        steps = np.arange(self.done, self.done + n_steps)
        return begins + (1 - begins) * ((steps - first) / max(end - first, 1))

    # --- as the fit goes on -----------------------------------------------------------

    def begin_epoch(self, epoch: int) -> None:
        """Note which epoch begins: a fit that is resumed leaves some out."""
        whole = (epoch - self.first_epoch) * self.n_steps
        self.done = max(self.done, min(whole, self.end))
        self.first_of_epoch = self.done
        if self.pace is not None:
            self.pace.begin_epoch()
        self._follow()

    def end_epoch(self) -> None:
        """Note that an epoch has ended, validation and callbacks included."""
        self.first_of_epoch = self.done
        if self.pace is not None:
            self.pace.end_epoch()
            self._plan_anew()

    def advance(self, n_steps: int) -> None:
        """Note that steps were made."""
        self.done += n_steps
        self._follow()
        if self.pace is not None and self.pace.note(n_steps):
            self._plan_anew()

    def _follow(self) -> None:
        """Change the plan where the one that was given says so."""
        while self._given and self._given[0][0] <= self.done:
            self._change(*self._given.pop(0))

    def _plan_anew(self) -> None:
        """Change the plan where what was measured says so."""
        to_border = self.n_steps - (self.done - self.first_of_epoch)
        rest = self.pace.affordable(to_border, self.n_steps)
        if rest is None or self.has_ended:
            return
        wanted, planned = min(rest, self.longest - self.done), self.end - self.done
        if abs(wanted - planned) > _TOLERANCE * planned or wanted < 1:
            self._change(self.done, self.done + wanted)

    def _change(self, step: int, end: int) -> None:
        end = max(min(end, self.longest), self.done)
        if self.changes[-1][0] == step:
            self.changes.pop()
        if not self.changes or self.end != end:
            self.changes.append((step, end))

    @property
    def chunk_seconds(self) -> float:
        """What one call into the graph should take."""
        if self.pace is None:
            return _CHUNK_SECONDS
        return min(_CHUNK_SECONDS, self.pace.max_seconds * _CHUNK_PART)

    def logs(self) -> dict[str, float]:
        """Return the column that says how much of an epoch was made."""
        if self._of[0] is None:
            return {}
        return {"steps": float(self.done - self.first_of_epoch)}

    # --- a fit that was killed and goes on --------------------------------------------

    def memory(self) -> dict:
        """Return what was planned and done, and the seconds left, for a checkpoint."""
        left = None if self.pace is None else self.pace.left
        return {"changes": self.changes, "done": self.done, "left": left}

    def fits(self, memory: dict) -> bool:
        """Tell whether :meth:`memory` of such a plan has returned that."""
        return (
            memory.keys() == {"changes", "done", "left"}
            and is_plan(memory["changes"])
            and type(memory["done"]) is int
            and isinstance(memory["left"], type(self.memory()["left"]))
        )

    def go_on(self, memory: dict) -> None:
        """Take up what :meth:`memory` has returned."""
        self.changes = [(int(step), int(end)) for step, end in memory["changes"]]
        self.done = self.first_of_epoch = memory["done"]
        self._given = [one for one in self._given if one[0] > self.changes[-1][0]]
        if self.pace is not None:
            self.pace.go_on(memory["left"])
            self._plan_anew()


class Pace:
    """Seconds per step and per end of an epoch, as measured, and what is left.

    Parameters
    ----------
    max_seconds : float
    watch : Stopwatch
    share : float
    """

    def __init__(self, max_seconds: float, watch: Stopwatch, share: float):
        self.max_seconds = max_seconds
        self.watch = watch
        self.share = share
        self.per_step: float | None = None
        self.per_end = 0.0
        """What an end of an epoch takes: validation, callbacks, checkpoints."""
        self._since: float | None = None
        self._has_begun = False
        self._forget(window=0.0)

    def begin(self) -> None:
        """Begin to count: what came before has taken its time."""
        left = self.max_seconds - self.watch.seconds
        self._until = self.watch.seconds + self.share * left

    def go_on(self, left: float) -> None:
        """Have so many seconds left, and steps that were made before."""
        self._until = self.watch.seconds + left
        self._has_begun = True

    @property
    def left(self) -> float:
        """Seconds left."""
        return self._until - self.watch.seconds

    def begin_epoch(self) -> None:
        """Raise where there is no time left to begin."""
        if not self._has_begun:
            self._check()

    def end_epoch(self) -> None:
        """Note what the end of an epoch has taken."""
        now = self.watch.seconds
        if self._since is not None:
            self.per_end = now - self._since
        self._since = now

    def note(self, n_steps: int) -> bool:
        """Note that steps were made; tell whether to plan anew."""
        now = self.watch.seconds
        if self._since is None:  # the first call: it was traced, which is no measure
            self._since = now
            if not self._has_begun:
                self._check()
            self._has_begun = True
            return False
        self._steps += n_steps
        self._seconds += now - self._since
        self._since = now
        if self._seconds < self._window:
            return False
        self.per_step = max(self._seconds / self._steps, 1e-9)
        self._forget(min(2 * self._seconds, self.left * _WINDOW_PART))
        return True

    def _forget(self, window: float) -> None:
        """Measure anew, for so many seconds."""
        self._steps, self._seconds, self._window = 0, 0.0, window

    def affordable(self, to_border: int, n_steps: int) -> int | None:
        """Return how many steps the time left allows, ends of epochs included.

        Parameters
        ----------
        to_border : int
            Steps up to the end of the epoch.
        n_steps : int
            Steps of an epoch.

        Returns
        -------
        int or None
            None where no step was measured yet.
        """
        if self.per_step is None:
            return 0 if self._has_begun and self.left <= 0 else None
        left = self.left
        first = _whole((left - self.per_end) / self.per_step)
        if first <= to_border:
            return first
        left -= to_border * self.per_step + self.per_end
        epochs = _whole(left / (n_steps * self.per_step + self.per_end))
        left -= epochs * (n_steps * self.per_step + self.per_end)
        last = _whole((left - self.per_end) / self.per_step)
        return to_border + epochs * n_steps + min(last, n_steps)

    def _check(self) -> None:
        """Raise where the time is over before anything was trained."""
        spent = self.watch.seconds
        if spent < self.max_seconds:
            return
        least = math.ceil((spent + self.per_end) * 1.1 + 0.1)
        raise TimeoutError(
            f"max_seconds={self.max_seconds:g} is too short: it took {spent:.1f} "
            "seconds to start TensorFlow, to build and trace the network, and to make "
            f"the first step. Set max_seconds={least} at least; where the same network "
            "was fitted before in this process, less will do."
        )


def _whole(number: float) -> int:
    return max(0, math.floor(number))


def is_plan(value) -> bool:
    """Tell whether a value is what ``plan_`` of one training may be."""
    if not (isinstance(value, (list, tuple)) and value and all(map(_is_pair, value))):
        return False
    steps = [step for step, _ in value]
    return steps[0] == 0 and all(a < b for a, b in pairwise(steps))


def check_limit(max_seconds, has_phases: bool = False) -> None:
    """Raise for what is neither None, a number above zero nor a ``plan_``.

    ``has_phases``: the plan of a fit in phases is a tuple of one plan for each.
    """
    if is_plan(max_seconds) and not has_phases:
        return
    is_tuple = isinstance(max_seconds, (list, tuple)) and len(max_seconds) in (1, 2)
    if has_phases and is_tuple and all(map(is_plan, max_seconds)):
        return
    check_max_seconds(
        max_seconds,
        "neither a finite number above zero nor the plan_ of such an estimator",
    )


def _is_pair(value) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and all(isinstance(n, Integral) and n >= 0 for n in value)
        and value[0] <= value[1]
        and value[1] > 0
    )
