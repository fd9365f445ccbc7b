"""Rates of a training whose end is not known when it begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Parts of the peak: the first step's rate, and the last one's.
_FIRST, _LAST = 0.1, 1e-3


@dataclass(frozen=True)
class Trapezoid:
    """A short rise, a constant rate, and, where the training ends, a fall.

    All times are epochs from the beginning of the training, so the rates of two fits,
    of which the second one goes on, are those of one fit.

    Attributes
    ----------
    begin, stop : float
        The epochs that the fit begins with and stops before.
    peak : float
        The constant rate, as a part of ``learning_rate``.
    rise : float
        Epochs of the rise.
    cool_from, end : float or None
        The rate falls between these along a line. None: it does not fall.
    instead_of : str
        The schedule of the estimator, whose default ``learning_rate`` holds.
    """

    begin: float
    stop: float
    peak: float
    rise: float
    cool_from: float | None = None
    end: float | None = None
    instead_of: str = "one_cycle"

    def __call__(self, epoch: int) -> float:
        """Return the part of ``learning_rate`` with which an epoch begins."""
        return float(self._parts_at(np.array([epoch]))[0])

    def parts(self, progress: np.ndarray) -> np.ndarray:
        """Return rates as parts of ``learning_rate``, of the shape of ``progress``.

        ``progress`` is how far steps are on the way of this fit, from 0 to 1.
        """
        return self._parts_at(self.begin + progress * (self.stop - self.begin))

    def _parts_at(self, time: np.ndarray) -> np.ndarray:
        part = np.ones(len(time))
        if self.rise > 0:
            part = np.minimum(_FIRST + (1 - _FIRST) * time / self.rise, 1.0)
        if self.cool_from is not None:
            done = (time - self.cool_from) / (self.end - self.cool_from)
            part = np.minimum(part, 1 - (1 - _LAST) * np.clip(done, 0, 1))
        return self.peak * part
