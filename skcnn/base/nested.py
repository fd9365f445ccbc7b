"""What was fitted inside a search, a pipeline or another estimator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sklearn.base import BaseEstimator


def fitted_inside(estimator: Any, is_wanted: Callable[[Any], bool]) -> Iterator[Any]:
    """Give the estimator if it is wanted, else those in it that are.

    Parameters
    ----------
    estimator : estimator
        Also a pipeline, a search, an ensemble, ...
    is_wanted : callable
        Of an estimator. What is inside a wanted one is its own affair.

    Yields
    ------
    estimator
        In the order in which the outer one keeps them: steps, ``best_estimator_``, a
        list ``estimators_``, ... Where nothing was fitted, they are its parameters, so
        not all need to be fitted.
    """
    if is_wanted(estimator):
        yield estimator
    elif isinstance(estimator, BaseEstimator):
        for part in _parts(estimator):
            yield from fitted_inside(part, is_wanted)


def find_inside(estimator: Any, kind: type | tuple[type, ...]) -> Any:
    """Return the first estimator of a class, itself or inside; None: there is none."""
    return next(fitted_inside(estimator, lambda one: isinstance(one, kind)), None)


def _parts(estimator: BaseEstimator) -> list[BaseEstimator]:
    kept = vars(estimator)
    fitted = _estimators(value for name, value in kept.items() if name.endswith("_"))
    # A pipeline fits its parameter `steps`, and a FrozenEstimator's was fitted before.
    return list(fitted) or list(_estimators(kept.values()))


def _estimators(values: Iterable[Any]) -> Iterator[BaseEstimator]:
    """Give the estimators among values, and those in lists of them or of steps."""
    for value in values:
        if isinstance(value, BaseEstimator):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _estimators(value)
