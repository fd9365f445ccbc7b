"""Averages of a network's weights over the ends of epochs."""

from __future__ import annotations

import uuid

from skcnn.keras_door import keras


class EpochAverage(keras.callbacks.Callback):
    """Average all weights over the ends of the epochs behind a time.

    At a constant rate the weights walk around a better point than any that they are at
    (Izmailov et al., "Averaging weights leads to wider optima and better
    generalization", 2018). Averages of batch normalisation are weights, too.

    Parameters
    ----------
    since : float
        In epochs from the beginning of the training.
    """

    def __init__(self, since: float):
        super().__init__()
        self.since = since
        # A fit works on a shallow copy of a callback, which holds the same list.
        self.sums: list = []
        self.epochs: list[int] = []

    def on_epoch_end(self, epoch, logs=None):
        """Take the weights of an epoch in."""
        if epoch + 1 <= self.since:
            return
        weights = self.model.get_weights()
        sums = self.sums or [0.0] * len(weights)
        self.sums[:] = [total + w for total, w in zip(sums, weights, strict=True)]
        self.epochs.append(epoch)

    def state(self) -> dict:
        """Return the average, as fields of a ``NetworkState``."""
        n = len(self.epochs)
        weights = tuple((total / n).astype(total.dtype) for total in self.sums)
        return {"weights": weights, "token": uuid.uuid4().hex}
