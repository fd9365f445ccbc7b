"""Learning rates: one number per optimizer step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from skcnn.training.callbacks import Monitor
from skcnn.training.trapezoid import Trapezoid

SCHEDULES = ("constant", "one_cycle", "cosine", "exponential", "plateau")

# One-cycle (Smith and Topin, 2018): the rate climbs for the first part of all steps
# from a tenth of its peak, then falls to a thousandth of it, each along a line.
_WARM_UP = 0.25
_FIRST, _LAST = 0.1, 1e-3

# Decay per epoch of reports 3 (C1-C4): 1e-3 * 0.9**epoch.
_EXPONENTIAL_DECAY = 0.9

# Plateau: Keras' ReduceLROnPlateau with the patience of a short training.
_PLATEAU_FACTOR, _PLATEAU_PATIENCE, _PLATEAU_MIN_DELTA = 0.2, 3, 1e-4


class Schedule:
    """The learning rate of every step of one fit.

    Parameters
    ----------
    kind : str or callable
        One of ``SCHEDULES``, a :class:`Trapezoid`, or a function of the epoch (counted
        from 0) that returns the rate.
    peak : float
        The rate that ``learning_rate`` stands for.
    monitor : Monitor, optional
        What ``"plateau"`` watches.
    """

    def __init__(
        self,
        kind: str | Callable[[int], float],
        peak: float,
        monitor: Monitor | None = None,
    ):
        self.kind = kind
        self.peak = peak
        self.monitor = monitor
        self.scale = 1.0
        self.best = -np.inf
        self.waited = 0

    def rates(self, epoch: int, progress: np.ndarray, current: float) -> np.ndarray:
        """Return the rates of some steps of an epoch, float32 of shape (n_steps,).

        Parameters
        ----------
        epoch : int
            Counted from 0, over all fits.
        progress : array of shape (n_steps,)
            How far each step is on the fit's way, from 0 to 1: see :class:`Plan`.
        current : float
            The optimizer's rate as it stands; ``"constant"`` keeps it, so that a
            callback which sets the rate has the last word.
        """
        n_steps = len(progress)
        if isinstance(self.kind, Trapezoid):
            return (self.peak * self.kind.parts(progress)).astype(np.float32)
        if callable(self.kind):
            return np.full(n_steps, self._called(epoch), dtype=np.float32)
        if self.kind == "constant":
            return np.full(n_steps, current, dtype=np.float32)
        if self.kind == "exponential":
            rate = self.peak * _EXPONENTIAL_DECAY**epoch
            return np.full(n_steps, rate, dtype=np.float32)
        if self.kind == "plateau":
            return np.full(n_steps, self.peak * self.scale, dtype=np.float32)
        shape = _one_cycle if self.kind == "one_cycle" else _cosine
        return (self.peak * shape(progress)).astype(np.float32)

    def _called(self, epoch: int) -> float:
        rate = float(self.kind(epoch))
        if not (math.isfinite(rate) and rate >= 0):
            raise ValueError(
                f"lr_schedule returned {rate} for epoch {epoch}; it must return a "
                "finite rate of at least 0."
            )
        return rate

    def observe(self, logs: Mapping[str, float]) -> None:
        """Take note of an epoch's metrics (only ``"plateau"`` cares)."""
        if self.kind != "plateau":
            return
        value = self.monitor.value(logs)
        if value > self.best + _PLATEAU_MIN_DELTA:
            self.best, self.waited = value, 0
            return
        self.waited += 1
        if self.waited >= _PLATEAU_PATIENCE:
            self.scale *= _PLATEAU_FACTOR
            self.waited = 0

    def memory(self) -> dict[str, float]:
        """Return what ``"plateau"`` has noted, for a checkpoint."""
        return {"scale": self.scale, "best": self.best, "waited": self.waited}


def _one_cycle(part: np.ndarray) -> np.ndarray:
    """Rise along a line, then fall along another one."""
    rise = _FIRST + (1 - _FIRST) * part / _WARM_UP
    fall = 1 - (1 - _LAST) * (part - _WARM_UP) / (1 - _WARM_UP)
    return np.where(part < _WARM_UP, rise, fall)


def _cosine(part: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.cos(np.pi * np.clip(part, 0, 1)))
