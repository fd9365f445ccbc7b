"""What a fitted network is, apart from any model: NumPy arrays."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import numpy as np


def _new_token() -> str:
    # uuid4 asks the operating system, so no random state of the user's is touched.
    return uuid.uuid4().hex


@dataclass(frozen=True)
class NetworkState:
    """The fitted weights of one estimator. Never changed once made.

    Attributes
    ----------
    weights : tuple of ndarray
        In the order of ``keras.Model.weights``, float32.
    scaling : tuple of float
        Scale and offset of the pixels.
    optimizer : tuple of ndarray or None
        The optimizer's variables, kept for ``partial_fit`` and ``warm_start``.
    seeds : tuple of ndarray
        States of the seed generators (dropout), where a training goes on.
    token : str
        Names these very weights, here and in any other process: models remember
        by it whose weights they hold.
    """

    weights: tuple[np.ndarray, ...]
    scaling: tuple[float, float]
    optimizer: tuple[np.ndarray, ...] | None = None
    seeds: tuple[np.ndarray, ...] = ()
    token: str = field(default_factory=_new_token)

    def __fingerprint__(self) -> tuple:
        # The token is another one after each load, of the same weights.
        return self.weights, self.scaling, self.optimizer, self.seeds
