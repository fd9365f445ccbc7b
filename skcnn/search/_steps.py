"""The last step of a pipeline, which goes on, and those before, which are fitted once.

Of what is no pipeline, it is the last step itself, and there are none before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline


def last_step(estimator):
    """Return what goes on."""
    for pipeline in _pipelines(estimator):
        estimator = pipeline.steps[-1][1]
    return estimator


def with_last_step(estimator, last):
    """Return a shallow copy that has another last step."""
    if not isinstance(estimator, Pipeline):
        return last
    own = copy(estimator)
    *first, (name, inner) = estimator.steps
    own.steps = [*first, (name, with_last_step(inner, last))]
    return own


def first_steps(estimator) -> list:
    """Return all steps but the last one."""
    return [step for pipe in _pipelines(estimator) for _, step in pipe.steps[:-1]]


def put_first_steps(estimator, steps) -> None:
    """Put others in the place of all steps but the last one."""
    left = iter(steps)
    for pipe in _pipelines(estimator):
        pipe.steps[:-1] = [(name, next(left)) for name, _ in pipe.steps[:-1]]


def _pipelines(estimator) -> Iterator[Pipeline]:
    while isinstance(estimator, Pipeline):
        yield estimator
        estimator = estimator.steps[-1][1]


@contextmanager
def held(estimator, steps: list | None) -> Iterator[None]:
    """Keep the first steps as they were fitted while a pipeline is fitted.

    Parameters
    ----------
    estimator : estimator
    steps : list or None
        The fitted ones; None: there are none yet.
    """
    if steps is None:
        yield
        return
    is_real = [hasattr(step, "fit") for step in steps]
    fitted = [Fitted(s) if real else s for s, real in zip(steps, is_real, strict=True)]
    put_first_steps(estimator, fitted)
    try:
        yield
    finally:
        put_first_steps(estimator, steps)


class Fitted(BaseEstimator):
    """A step that was fitted before, and asks for the metadata that it asked for."""

    def __init__(self, step):
        self.step = step

    def fit(self, X, y=None, **params):
        """Do nothing."""
        del X, y, params
        return self

    def transform(self, X, **params):
        """Transform as the fitted step does."""
        return self.step.transform(X, **params)

    def get_metadata_routing(self):
        """Return the requests of the step."""
        return self.step.get_metadata_routing()

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_clone__(self):
        return self
