"""Seeds for what an estimator is made of."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state


def set_seeds(estimator: BaseEstimator, seed: int) -> None:
    """Set every nested ``random_state`` that is None, each to one of its own.

    They follow from the seed and the parameter's full name, not from the estimator's
    place, so that others can come and go.
    """
    for name, value in sorted(estimator.get_params().items()):
        if name.rpartition("__")[2] == "random_state" and value is None:
            words = np.random.SeedSequence([seed, *name.encode()]).generate_state(1)
            estimator.set_params(**{name: int(words[0] >> 1)})


def seed_parts(random_state: object, *parts: BaseEstimator) -> None:
    """Set every ``random_state`` of unfitted parts that is None.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        Of the estimator that holds the parts. None: they stay as they are.
    *parts : estimator
        Clones, which the fit may change.
    """
    if random_state is None:
        return
    generator = check_random_state(random_state)
    for part in parts:
        set_seeds(part, generator.randint(2**31 - 1))


@contextmanager
def numpy_seeded(seed: int) -> Iterator[None]:
    """Seed NumPy's global state for a moment, and leave it as it was.

    A ``random_state`` of None that no parameter reaches (the default part of an
    ensemble, a user's function) draws from there. Other threads would draw from it
    too, so this is done in the main one only, where joblib's workers work.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
