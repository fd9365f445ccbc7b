"""Seeds for what an estimator is made of."""

from __future__ import annotations

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
