"""Keras' own training loop, for what the fast one cannot do."""

from __future__ import annotations

import time
from types import SimpleNamespace

from skcnn.keras_door import keras, tf
from skcnn.training.callbacks import has_batch_hooks


def needs_keras(model, callbacks) -> bool:
    """Tell whether a fit asks for something that only Keras' own loop does."""
    return (
        model.run_eagerly
        or model.jit_compile
        or tf.distribute.has_strategy()
        # There may be lists in the list; Keras flattens them, too.
        or any(map(has_batch_hooks, keras.tree.flatten(callbacks or ())))
    )


def fit_by_keras(model, table, held_out, batch_size, epochs, initial_epoch, callbacks):
    """Train by ``keras.Model.fit`` on ``tf.data`` pipelines over the same rows."""
    schedule = _Rates(model.run, -(-table.n_rows // batch_size))
    try:
        return keras.Model.fit(
            model,
            table.dataset(batch_size, model.run.seed, schedule.clock),
            epochs=epochs,
            initial_epoch=initial_epoch,
            # First: the user's callbacks see its columns, and have the last word.
            callbacks=[schedule, *(callbacks or ())],
            validation_data=held_out and held_out.dataset(batch_size),
            shuffle=False,  # the rows come shuffled
            verbose=0,
        )
    finally:
        # Keras leaves its validation images here when a fit does not end, and
        # TensorFlow never forgets a generator: both let go of the images now.
        model._eval_epoch_iterator = None
        table.forget()
        if held_out is not None:
            held_out.forget()


class _Rates(keras.callbacks.Callback):
    """Set the rate of every step, and note it."""

    def __init__(self, run, n_steps):
        super().__init__()
        self.fast_run = run
        self.n_steps = n_steps
        # All that TensorFlow's generators, which live forever, may know of a fit.
        self.clock = SimpleNamespace(epoch=0)

    def on_epoch_begin(self, epoch, logs=None):
        """Draw up the rates of the epoch's steps."""
        self.clock.epoch = epoch
        self.began = time.perf_counter()
        schedule = self.fast_run.schedule
        self.rates = None
        if self.model.steers_rate and schedule.kind != "constant":
            self.rates = schedule.rates(epoch, self.n_steps, self.model.rate)

    def on_train_batch_begin(self, batch, logs=None):
        """Set the rate of this step."""
        if self.rates is not None:
            self.model.optimizer.learning_rate.assign(self.rates[batch])

    def on_epoch_end(self, epoch, logs=None):
        """Add our columns."""
        self.model.has_trained = True
        logs["learning_rate"] = self.model.rate
        logs["seconds"] = time.perf_counter() - self.began
        self.fast_run.schedule.observe(logs)
