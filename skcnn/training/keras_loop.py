"""Keras' own training loop, for what the fast one cannot do."""

from __future__ import annotations

import time
from dataclasses import replace

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


def seconds_to_assess(model, data: TrainingData, batch_size: int) -> float:
    """Return how long Keras will take for the held-out rows, by the first of them."""
    part = replace(data, indices=data.indices[:batch_size])
    source = _Source(part, batch_size)
    try:
        for _ in range(2):  # the first time it is traced
            began = time.perf_counter()
            keras.Model.evaluate(model, source.dataset(), verbose=0)
            seconds = time.perf_counter() - began
    finally:
        vars(source).clear()
    return seconds * len(data) / len(part)


def fit_by_keras(model, train, validation, *, batch_size, rates, callbacks, **options):
    """Train by ``keras.Model.fit`` on ``tf.data`` pipelines over the same rows."""
    sources = [_Source(train, batch_size, rates)]
    if validation is not None:
        if rates.plan.pace is not None:
            seconds = seconds_to_assess(model, validation, batch_size)
            rates.plan.pace.per_end = seconds
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
    """Set the rate of every step, note it, and stop where the plan ends."""

    def __init__(self, schedule, plan, seed: int):
        super().__init__()
        self.schedule = schedule
        self.plan = plan
        self.seed = seed
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Note which epoch begins, and whether its steps have rates of their own."""
        self.epoch = epoch
        self.began = time.perf_counter()
        self.plan.begin_epoch(epoch)
        self.current = None
        if self.model.steers_rate and self.schedule.kind != "constant":
            self.current = self.model.rate

    def on_train_batch_begin(self, batch, logs=None):
        """Set the rate of this step."""
        if self.current is not None:
            progress = self.plan.progress(1)
            rate = self.schedule.rates(self.epoch, progress, self.current)[0]
            self.model.optimizer.learning_rate.assign(rate)

    def on_train_batch_end(self, batch, logs=None):
        """Count: Keras may make several steps at a time."""
        done = self.plan.done - self.plan.first_of_epoch
        self.plan.advance(batch + 1 - done)
        if self.plan.is_cut_off:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        """Add our columns."""
        self.model.has_trained = True
        logs["learning_rate"] = self.model.rate
        logs["seconds"] = time.perf_counter() - self.began
        logs |= self.plan.logs()
        self.schedule.observe(logs)
        self.plan.end_epoch()
        if self.plan.is_cut_off:
            self.model.stop_training = True


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
