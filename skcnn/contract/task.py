"""What one call of ``fit`` or ``partial_fit`` is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from sklearn.utils import _safe_indexing

from skcnn.base.sklearn_callbacks import EpochTasks, has_callbacks
from skcnn.base.stopwatch import Stopwatch


@dataclass
class FitTask:
    """One call, from its first line on.

    Attributes
    ----------
    goes_on : bool
        Whether it goes on from fitted weights.
    one_epoch : bool
        Whether it is one of ``partial_fit``: one epoch at the constant rate.
    given : tuple of (X, y, sample_weight)
        As they came.
    watch : Stopwatch
        Runs since the call.
    epochs : EpochTasks or None
        What scikit-learn's callbacks hear of it, where there are any.
    """

    goes_on: bool = False
    one_epoch: bool = False
    given: tuple = (None, None, None)
    watch: Stopwatch = field(default_factory=Stopwatch)
    epochs: EpochTasks | None = None

    def tell(self, estimator, n_epochs: int, validation, brought=None) -> None:
        """Let scikit-learn's callbacks, if there are any, hear that it begins.

        Parameters
        ----------
        estimator : estimator
        n_epochs : int
            At most.
        validation : TrainingData or None
        brought : tuple of (X_val, y_val), optional
            Where the user has passed them.
        """
        if self.epochs is None and has_callbacks(estimator) and not self.one_epoch:
            scored = self._scored(validation, brought)
            self.epochs = EpochTasks(estimator, *scored, n_epochs)

    def _scored(self, validation, brought) -> tuple:
        """Return images, labels and metadata to score on: held-out ones if possible."""
        if brought is not None:
            return *brought, {}
        X, y, weights = self.given
        rows = None if validation is None else validation.indices
        # Made when asked for, unless they are there.
        parts = [part if rows is None else _Rows(part, rows) for part in (X, y)]
        return *parts, lambda: _metadata(weights, rows)

    def end(self) -> None:
        """Let scikit-learn's callbacks hear that the estimator is fitted."""
        if self.epochs is not None:
            self.epochs.end()


class _Rows:
    """Some rows of images or labels, when they are called for; None stays None."""

    def __init__(self, values, rows):
        self.values = values
        self.rows = rows

    def __call__(self):
        return None if self.values is None else _safe_indexing(self.values, self.rows)


def _metadata(weights, rows) -> dict:
    if weights is None:
        return {}
    weights = np.asarray(weights)
    return {"sample_weight": weights if rows is None else weights[rows]}
