"""Train a candidate on, from one epoch to another."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import is_classifier

from skcnn.contract.estimator import BaseNetwork
from skcnn.search._candidates import Candidate
from skcnn.search._steps import first_steps, held, last_step, with_last_step

# The trapezoid: its constant rate as a part of ``learning_rate``, which is the peak of
# a triangle; and the parts of the whole training in which the rate rises and falls.
_PEAK, _RISE, _FALL = 0.5, 0.05, 0.3


@dataclass(frozen=True)
class Rows:
    """What is fitted on.

    Attributes
    ----------
    X, y : array-like
        ``y`` may be None.
    fit_params : dict
        Further arguments of ``fit``.
    """

    X: object
    y: object
    fit_params: dict


def train(candidate: Candidate, estimator, start: int, stop: int, rows: Rows, steps):
    """Train on, and return the estimator as it should be scored.

    Parameters
    ----------
    candidate : Candidate
    estimator : estimator
        It was trained to the epoch ``start``, and is changed.
    start, stop : int
    rows : Rows
    steps : list or None
        Fitted first steps of a pipeline; None: they are fitted here.
    """
    last = last_step(estimator)
    with held(estimator, steps):
        if candidate.goes_on and not isinstance(last, BaseNetwork):
            _train_by_partial_fit(estimator, start, stop, rows, steps)
        elif candidate.goes_on:
            return _train_network(candidate, estimator, start, stop, rows)
        else:
            _fit(estimator, rows)
    return estimator


def _fit(estimator, rows: Rows) -> None:
    labels = () if rows.y is None else (rows.y,)
    estimator.fit(rows.X, *labels, **rows.fit_params)


# --- networks -------------------------------------------------------------------------


def _train_network(candidate: Candidate, estimator, start, stop, rows: Rows):
    from skcnn.training.averages import WeightAverage

    network, average = last_step(estimator), WeightAverage((start + stop) / 2)
    changes = {
        "warm_start": True,
        "epochs": stop - start,
        "lr_schedule": _schedule(network.lr_schedule, start, stop, candidate.last),
        "callbacks": [] if stop == candidate.last else [average],
    }
    with _changed(network, changes):
        _fit(estimator, rows)
    if stop == candidate.last:
        return estimator
    scored = copy(network)
    scored._state = replace(network._state, **average.state())
    return with_last_step(estimator, scored)


def _schedule(own: str, start: int, stop: int, end: int):
    """Return the rates up to an epoch, as ``lr_schedule`` takes them."""
    if own == "constant":
        return own  # it is on the way of a longer training as it is
    from skcnn.training.trapezoid import Trapezoid

    fall = (end * (1 - _FALL), end) if stop == end else (None, None)
    return Trapezoid(start, stop, _PEAK, _RISE * end, *fall, instead_of=own)


@contextmanager
def within(estimator, seconds: float | None) -> Iterator[None]:
    """Let a network plan its fit for so many seconds, if it has no plan of its own."""
    last = last_step(estimator)
    is_free = isinstance(last, BaseNetwork) and last.max_seconds is None
    with _changed(last, {"max_seconds": seconds} if is_free else {}):
        yield


@contextmanager
def _changed(estimator, changes: dict) -> Iterator[None]:
    """Set parameters for a while."""
    before = {name: getattr(estimator, name) for name in changes}
    vars(estimator).update(changes)
    try:
        yield
    finally:
        vars(estimator).update(before)


# --- others ---------------------------------------------------------------------------


def _train_by_partial_fit(estimator, start, stop, rows: Rows, steps) -> None:
    """Go over the rows once per epoch."""
    last, X = last_step(estimator), rows.X
    for step in first_steps(estimator):
        if not hasattr(step, "fit"):
            continue  # "passthrough"
        if steps is None:
            step.fit(X, rows.y)
        X = step.transform(X)
    taken = inspect.signature(last.partial_fit).parameters
    words = {n.rpartition("__")[2]: value for n, value in rows.fit_params.items()}
    words = {name: value for name, value in words.items() if name in taken}
    if is_classifier(last) and "classes" in taken:
        words["classes"] = np.unique(rows.y)
    for _ in range(start, stop):
        last.partial_fit(X, *(() if rows.y is None else (rows.y,)), **words)
