"""scikit-learn's callbacks (1.9 and later): the epochs of a fit are its tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9 has none

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing."""

    def with_callbacks(method):  # type: ignore[misc]
        """Return the method as it is."""
        return method


# Attributes of an estimator that scikit-learn looks at when a fit has failed.
NOTES = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")


class EpochTasks:
    """One fit as scikit-learn's callbacks see it: a task, with one subtask per epoch.

    Parameters
    ----------
    estimator : estimator
        It has callbacks (see :func:`has_callbacks`).
    X, y : images, labels or callables that return them
        What callbacks may score on.
    metadata : dict
        Further arguments of a scorer, such as ``sample_weight``.
    n_epochs : int
        At most.

    Attributes
    ----------
    left_by : callable
        Returns, of what a training gives back, the attributes of a fitted estimator.
    """

    left_by: Callable[[Any], dict[str, Any]]

    def __init__(self, estimator, X, y, metadata: Mapping[str, Any], n_epochs: int):
        self._given = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._fit = estimator._init_callback_context(max_subtasks=n_epochs)
        self._fit.call_on_fit_task_begin(**self._given)
        self._n_epochs = 0

    def begin_epoch(self) -> None:
        """Tell that an epoch begins."""
        self._n_epochs += 1
        self._epoch = self._fit.subcontext(task_name=f"epoch {self._n_epochs}")
        self._epoch.call_on_fit_task_begin(**self._given)

    def end_epoch(self, result: Callable[[], Any]) -> bool:
        """Tell that an epoch has ended; return whether the training is to stop.

        Parameters
        ----------
        result : callable
            Returns what the training would give back if it had ended here.
        """
        return self._epoch.call_on_fit_task_end(
            **self._given, reconstruction_attributes=lambda: self.left_by(result())
        )

    def end(self) -> None:
        """Tell that the fit has ended: the estimator is fitted."""
        self._fit.call_on_fit_task_end(**self._given, reconstruction_attributes={})


def has_callbacks(estimator) -> bool:
    """Tell whether anybody set callbacks of scikit-learn's, on it or on its search."""
    return bool(getattr(estimator, "_skl_callbacks", ()))
