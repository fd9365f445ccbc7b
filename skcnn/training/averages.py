"""Averages of a network's weights over a part of its training."""

from __future__ import annotations

import math
import uuid

from skcnn.keras_door import held_interrupts, keras
from skcnn.training.data import TrainingData

# How often weights are taken in an epoch. At the ends of epochs alone there would be no
# average where a rung has a single one.
_PER_EPOCH = 8

# Images that batch normalisation sees with averaged weights, at once.
_N_IMAGES = 256


class WeightAverage(keras.callbacks.Callback):
    """Average all weights behind a time, an eighth of an epoch apart.

    At a constant rate the weights walk around a better point than any that they are at
    (Izmailov et al., "Averaging weights leads to wider optima and better
    generalization", 2018). What batch normalisation keeps belongs to the weights on the
    way, so it is measured anew for their average. Keras' own loop tells of the ends of
    epochs alone.

    Parameters
    ----------
    since : float
        In epochs from the beginning of the training.
    """

    def __init__(self, since: float):
        super().__init__()
        self.since = since
        self._epoch = 0
        # A fit works on a shallow copy of a callback, which holds the same lists.
        self.sums: list = []
        self.epochs: list[int] = []
        """Of each time, the epoch that it was in."""

    def on_epoch_begin(self, epoch, logs=None):
        """Note which epoch begins."""
        self._epoch = epoch

    def next_stop(self, done: int, n_steps: int) -> int:
        """Return the step of this epoch where weights are taken next, or its last."""
        before = (self.since - self._epoch) * _PER_EPOCH
        number = 1 + max(done * _PER_EPOCH // n_steps, math.floor(before))
        return -(-min(number, _PER_EPOCH) * n_steps // _PER_EPOCH)

    def on_steps(self, done: int, n_steps: int) -> None:
        """Take the weights in, if so many steps of this epoch are where it is done."""
        is_stop = done == self.next_stop(done - 1, n_steps)
        if is_stop and self._epoch + done / n_steps > self.since:
            self._take()

    def on_epoch_end(self, epoch, logs=None):
        """Take the weights in, where nobody has told of steps."""
        if epoch + 1 > self.since and epoch not in self.epochs:
            self._take()

    def _take(self) -> None:
        weights = self.model.get_weights()
        sums = self.sums or [0.0] * len(weights)
        self.sums[:] = [total + w for total, w in zip(sums, weights, strict=True)]
        self.epochs.append(self._epoch)

    def settle(self, data: TrainingData) -> None:
        """Let batch normalisation see images with the averaged weights.

        Frozen layers keep what they have, and so do those whose momentum is 1. The
        model is afterwards as it was, its random numbers included.
        """
        layers, kind = self.model._flatten_layers(), keras.layers.BatchNormalization
        norms = [one for one in layers if isinstance(one, kind) and one.trainable]
        norms = [norm for norm in norms if norm.momentum < 1]
        if not norms or not self.epochs:
            return
        before = [(variable, variable.numpy()) for variable in self.model.variables]
        momenta = [norm.momentum for norm in norms]
        try:
            self.model.set_weights(self._mean())
            for norm in norms:
                norm.momentum = 0.0  # what it sees, and that alone
            # TensorFlow crashes where an interrupt meets it as it makes tensors.
            with held_interrupts():
                images, *_ = data.tensors(0, _N_IMAGES)
                self.model(self.model.prepared(images), training=True)
            self.sums[:], self.epochs[:] = self.model.get_weights(), self.epochs[-1:]
        finally:
            for norm, momentum in zip(norms, momenta, strict=True):
                norm.momentum = momentum
            for variable, value in before:
                variable.assign(value)

    def _mean(self) -> list:
        n = len(self.epochs)
        return [(total / n).astype(total.dtype) for total in self.sums]

    def state(self) -> dict:
        """Return the average, as fields of a ``NetworkState``."""
        return {"weights": tuple(self._mean()), "token": uuid.uuid4().hex}
