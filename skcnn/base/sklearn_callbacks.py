"""scikit-learn's callbacks (1.9 and later): what they hear of a fit.

Of a network's fit they hear each epoch, of a fit around others each part, of all others
that they begin and end.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9 has none

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing."""

    def with_callbacks(method):  # type: ignore[misc]
        """Return the method as it is."""
        return method

    _ARE_THERE = False
else:
    _ARE_THERE = True


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


def tells_of_fit(n_parts: int | None = 0) -> Callable:
    """Let scikit-learn's callbacks hear when a ``fit`` begins and ends.

    Parameters
    ----------
    n_parts : int or None
        Parts of it at most (see :func:`part_of_fit`); None: any number.
    """

    def decorate(fit):
        if not _ARE_THERE:
            return fit

        @wraps(fit)
        def told(self, *args, **params):
            if not has_callbacks(self):
                return fit(self, *args, **params)
            came = inspect.signature(fit).bind(self, *args, **params).arguments
            weights = came.get("sample_weight")
            given = {
                "estimator": self,
                "X": came["X"],
                "y": came.get("y"),
                "metadata": {} if weights is None else {"sample_weight": weights},
            }
            task = self._init_callback_context(max_subtasks=n_parts)
            task.call_on_fit_task_begin(**given)
            fit(self, *args, **params)
            task.call_on_fit_task_end(**given, reconstruction_attributes={})
            return self

        return with_callbacks(told)

    return decorate


@contextmanager
def part_of_fit(whole, name: str, part=None) -> Iterator[None]:
    """Let what happens in the block be a subtask of a fit that tells of itself.

    Parameters
    ----------
    whole : estimator
        Its ``fit`` has :func:`tells_of_fit`.
    name : str
    part : estimator, optional
        What is fitted: if it tells of its fit, that is this subtask.
    """
    fit = vars(whole).get("_callback_fit_ctx")
    if fit is None:
        yield
        return
    with ExitStack() as until_done:
        task = fit.subcontext(task_name=name)
        # scikit-learn warns of those that tell nothing: they are a single step here.
        if hasattr(part, "set_callbacks"):
            until_done.enter_context(task.propagate_callback_context(part))
        task.call_on_fit_task_begin(estimator=whole)
        yield
        task.call_on_fit_task_end(estimator=whole)


def has_callbacks(estimator) -> bool:
    """Tell whether anybody set callbacks of scikit-learn's, on it or on its search."""
    return bool(getattr(estimator, "_skl_callbacks", ()))
