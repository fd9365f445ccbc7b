"""Keras' own training loop, for what the fast one cannot do."""

from __future__ import annotations

import time

from skcnn.keras_door import keras, tf
from skcnn.training.callbacks import has_batch_hooks
from skcnn.training.data import TrainingData


def needs_keras(model, callbacks) -> bool:
    """Tell whether a fit asks for something that only Keras' own loop does."""
    return (
        model.run_eagerly
        or model.jit_compile
        or tf.distribute.has_strategy()
        # There may be lists in the list; Keras flattens them, too.
        or any(map(has_batch_hooks, keras.tree.flatten(callbacks)))
    )


def fit_by_keras(model, train, validation, *, batch_size, rates, callbacks, **options):
    """Train by ``keras.Model.fit`` on ``tf.data`` pipelines over the same rows."""
    sources = [_Source(train, batch_size, rates)]
    if validation is not None:
        sources.append(_Source(validation, batch_size))
    try:
        return keras.Model.fit(
            model,
            sources[0].dataset(),
            # First: the user's callbacks see its columns, and have the last word.
            callbacks=[rates, *callbacks],
            validation_data=sources[1].dataset() if validation is not None else None,
            shuffle=False,  # the rows come shuffled
            verbose=0,
            **options,
        )
    finally:
        # Keras leaves its validation images here when a fit does not end, and
        # TensorFlow never forgets a generator: both let go of the images now.
        model._eval_epoch_iterator = None
        for source in sources:
            vars(source).clear()


class Rates(keras.callbacks.Callback):
    """Set the rate of every step, and note it."""

    def __init__(self, schedule, n_steps: int, seed: int):
        super().__init__()
        self.schedule = schedule
        self.n_steps = n_steps
        self.seed = seed
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Draw up the rates of the epoch's steps."""
        self.epoch = epoch
        self.began = time.perf_counter()
        self.rates = None
        if self.model.steers_rate and self.schedule.kind != "constant":
            self.rates = self.schedule.rates(epoch, self.n_steps, self.model.rate)

    def on_train_batch_begin(self, batch, logs=None):
        """Set the rate of this step."""
        if self.rates is not None:
            self.model.optimizer.learning_rate.assign(self.rates[batch])

    def on_epoch_end(self, epoch, logs=None):
        """Add our columns."""
        self.model.has_trained = True
        logs["learning_rate"] = self.model.rate
        logs["seconds"] = time.perf_counter() - self.began
        self.schedule.observe(logs)


class _Source:
    """Batches of a fit's rows, shuffled anew in each epoch where ``rates`` knows it."""

    def __init__(self, data: TrainingData, batch_size: int, rates: Rates | None = None):
        self.data = data
        self.batch_size = batch_size
        self.rates = rates

    def _batches(self):
        data = self.data
        if self.rates is not None:
            data = data.shuffled(self.rates.seed, self.rates.epoch)
        for start in range(0, len(data), self.batch_size):
            yield data.tensors(start, start + self.batch_size)

    def dataset(self) -> tf.data.Dataset:
        """Return them as images, targets and weights."""
        specs = [
            tf.TensorSpec([None, *part.shape[1:]], part.dtype)
            for part in self.data.tensors(0, 1)
        ]
        n_batches = -(-len(self.data) // self.batch_size)
        return tf.data.Dataset.from_generator(
            self._batches, output_signature=tuple(specs)
        ).apply(tf.data.experimental.assert_cardinality(n_batches))
