"""A Keras model whose ``fit`` and ``predict`` are fast for arrays in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from skcnn.training.callbacks import has_batch_hooks
from skcnn.training.runtime import start_tensorflow
from skcnn.training.schedules import Schedule
from skcnn.training.table import Table

tf = start_tensorflow()
import keras  # noqa: E402  (TensorFlow's threads are set before Keras starts it)

# Images that travel into the graph at once: enough steps to make the way in cheap,
# few enough to keep the progress bar alive and the copy small.
_CHUNK_SECONDS = 0.5
_CHUNK_BYTES = 2**22
# Images per call of a prediction: small enough to stay in the processor's cache.
_PREDICT_BATCH = 256

# Arguments of ``keras.Model.fit`` that the fast way knows nothing of, and the values
# that ask for nothing.
_NEUTRAL = {
    "validation_split": (0, 0.0),
    "class_weight": (None,),
    "steps_per_epoch": (None,),
    "validation_steps": (None,),
    "validation_freq": (1,),
    "shuffle": (True,),
}


@dataclass
class Run:
    """What one fit needs and ``keras.Model.fit`` has no argument for."""

    images: np.ndarray
    """Training images (n, h, w, c), in the dtype they came in."""
    schedule: Schedule
    seed: int
    """Decides, with the epoch's number, the order of the rows."""
    validation_images: np.ndarray | None = None
    on_steps: Callable[[int, int], None] | None = None
    """Called with (steps done, steps of the epoch) several times per epoch."""
    chunk: int = 1
    """Steps of the next call into the graph."""


class FastModel(keras.Model):
    """A functional Keras model that trains a whole epoch inside the graph.

    ``fit`` takes row numbers instead of images: the images stay where they are
    (``run.images``), and what travels is one chunk of rows at a time, in its own
    dtype. Each chunk runs in one call of one traced loop around Keras' own
    ``train_step``; scaling and augmentation happen in the graph. ``predict`` calls a
    traced function directly. What the fast way cannot do (callbacks with batch hooks,
    a distribution strategy, any unusual argument) is done by Keras' own ``fit`` on a
    ``tf.data`` pipeline over the same rows.

    Attributes
    ----------
    scaling : tf.Variable of shape (2,)
        Scale and offset: the network sees ``pixels * scale + offset``.
    augmentation_seed : tf.Variable of shape ()
        First half of the augmentation's stateless seed; the step is the second.
    one_hot : int or None
        Number of classes if the loss wants one-hot targets.
    augmentation : callable or None
        ``(images, targets, seed) -> (images, targets)``, training only.
    make_plain : callable
        Returns the network as plain Keras has it, with weights of any value.
    run : Run
        Set by whoever calls ``fit``.
    """

    def equip(self, dtype: np.dtype, one_hot, augmentation, make_plain) -> None:
        """Add the parts that a plain model lacks, and compile the loops lazily."""
        self.one_hot = one_hot
        self.augmentation = augmentation
        self.make_plain = make_plain
        self.run = None
        self.scaling = tf.Variable([1.0, 0.0], trainable=False)
        self.augmentation_seed = tf.Variable(0, dtype=tf.int32, trainable=False)
        images = tf.TensorSpec([None, *self.input_shape[1:]], tf.as_dtype(dtype))
        vector = tf.TensorSpec([None], tf.float32)
        batch = tf.TensorSpec([], tf.int32)
        self._train_chunk = _traced(
            self._train_chunk_in_graph, images, vector, vector, vector, batch
        )
        self._assess_chunk = _traced(
            self._assess_chunk_in_graph, images, vector, vector, batch
        )
        self._inferences = {}

    # --- inside the graph -----------------------------------------------------

    def prepared(self, raw):
        """Scale raw pixels as the network wants them, (n, h, w, c) float32."""
        return tf.cast(raw, tf.float32) * self.scaling[0] + self.scaling[1]

    def _targets(self, codes):
        if self.one_hot is None:
            return codes[:, None]  # as scikeras gives them to a loss of the user's
        return tf.one_hot(tf.cast(codes, tf.int32), self.one_hot)

    def train_step(self, data):
        """Scale, augment, and let Keras do its step."""
        raw, codes, weights = data
        images, targets = self.prepared(raw), self._targets(codes)
        if self.augmentation is not None:
            step = tf.cast(self.optimizer.iterations.value, tf.int32)
            seed = tf.stack([self.augmentation_seed, step])
            images, targets = self.augmentation(images, targets, seed)
        return super().train_step((images, targets, weights))

    def test_step(self, data):
        """Scale, and let Keras do its step."""
        raw, codes, weights = data
        return super().test_step((self.prepared(raw), self._targets(codes), weights))

    def _symbolic_build(self, iterator=None, data_batch=None):
        """Show Keras, under a distribution strategy, a batch as the steps see it."""
        if data_batch is not None:
            raw, codes, weights = data_batch
            data_batch = (raw, self._targets(codes), weights)
        super()._symbolic_build(iterator, data_batch)

    def predict_step(self, data):
        """Scale, and let Keras do its step."""
        raw = data[0] if isinstance(data, tuple) else data
        return super().predict_step((self.prepared(raw),))

    def _train_chunk_in_graph(self, images, codes, weights, rates, batch_size):
        def step(number, rows):
            if self._steers_rate:
                self.optimizer.learning_rate.assign(rates[number])
            self.train_step((images[rows], codes[rows], weights[rows]))

        return _loop(step, tf.shape(codes)[0], batch_size)

    def _assess_chunk_in_graph(self, images, codes, weights, batch_size):
        def step(number, rows):
            del number
            self.test_step((images[rows], codes[rows], weights[rows]))

        return _loop(step, tf.shape(codes)[0], batch_size)

    # --- outside --------------------------------------------------------------

    @property
    def _steers_rate(self) -> bool:
        """False where the optimizer's rate is a Keras schedule of the user's."""
        return isinstance(self.optimizer._learning_rate, keras.Variable)

    @property
    def _rate(self) -> float:
        return float(tf.convert_to_tensor(self.optimizer.learning_rate))

    def fit(
        self,
        x,
        y,
        *,
        batch_size=32,
        epochs=1,
        initial_epoch=0,
        callbacks=None,
        sample_weight=None,
        validation_data=None,
        verbose=0,
        **others,
    ):
        """Train on rows ``x`` of ``run.images``; see :meth:`keras.Model.fit`.

        Parameters
        ----------
        x : array of int, shape (n,) or (n, 1)
            Row numbers into ``run.images``.
        y : array of shape (n,), (n, 1) or (n, k)
            Class codes, or one-hot rows.
        sample_weight : array of shape (n,), optional
        validation_data : tuple (rows, y, sample_weight), optional
            Rows of ``run.validation_images``.

        Returns
        -------
        keras.callbacks.History
        """
        del verbose  # the estimators bring their own progress bar
        table = Table(self.run.images, x, y, sample_weight)
        held_out = None
        if validation_data is not None:
            held_out = Table(self.run.validation_images, *validation_data)
        self._initial_epoch = None
        if self._needs_keras(callbacks, others):
            return self._fit_by_keras(
                table, held_out, batch_size, epochs, initial_epoch, callbacks, others
            )
        callbacks = keras.callbacks.CallbackList(
            callbacks, add_history=True, model=self
        )
        self.stop_training = False
        callbacks.on_train_begin()
        logs = {}
        # Keras' BackupAndRestore says here where it goes on.
        for epoch in range(self._initial_epoch or initial_epoch, epochs):
            callbacks.on_epoch_begin(epoch)
            logs = self._fit_epoch(epoch, table, held_out, batch_size, callbacks)
            callbacks.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        self.optimizer.finalize_variable_values(self.trainable_weights)
        callbacks.on_train_end(logs)
        return self.history

    def _needs_keras(self, callbacks, others) -> bool:
        unusual = any(
            value not in _NEUTRAL.get(name, (None,)) for name, value in others.items()
        )
        return (
            unusual
            or self.run_eagerly
            or tf.distribute.has_strategy()
            or any(has_batch_hooks(callback) for callback in callbacks or ())
        )

    def _fit_epoch(
        self, epoch, table, held_out, batch_size, callbacks
    ) -> dict[str, float]:
        start = time.perf_counter()
        n_steps = -(-table.n_rows // batch_size)
        rates = self.run.schedule.rates(epoch, n_steps, self._rate)
        table = table.shuffled(self.run.seed, epoch)
        self.reset_metrics()
        batch = tf.constant(batch_size, tf.int32)
        done = 0
        while done < n_steps:
            began = time.perf_counter()
            stop = min(done + self.run.chunk, n_steps)
            # Unnamed, so that one piece is gone before the next one is made.
            self._train_chunk(
                *table.part(done * batch_size, stop * batch_size),
                tf.constant(rates[done:stop]),
                batch,
            )
            self.run.chunk = _next_chunk(
                stop - done, time.perf_counter() - began, table.row_bytes * batch_size
            )
            done = stop
            if self.run.on_steps is not None:
                self.run.on_steps(done, n_steps)
        logs = _floats(self.get_metrics_result())
        if held_out is not None:
            callbacks.on_test_begin()
            logs |= self._assess(held_out, batch_size)
            callbacks.on_test_end(logs)
        logs["learning_rate"] = self._rate
        logs["seconds"] = time.perf_counter() - start
        self.run.schedule.observe(logs)
        return logs

    def _assess(self, table, batch_size) -> dict[str, float]:
        """Return the validation columns of one epoch."""
        self.reset_metrics()
        step = max(batch_size, _PREDICT_BATCH)
        rows = step * max(1, _CHUNK_BYTES // (step * table.row_bytes))
        for start in range(0, table.n_rows, rows):
            self._assess_chunk(
                *table.part(start, start + rows), tf.constant(step, tf.int32)
            )
        return {f"val_{k}": v for k, v in _floats(self.get_metrics_result()).items()}

    def _fit_by_keras(
        self, table, held_out, batch_size, epochs, initial_epoch, callbacks, others
    ):
        others = {
            name: value
            for name, value in others.items()
            if value is not None and name != "validation_batch_size"
        }
        if held_out is not None:
            others["validation_data"] = held_out.dataset(batch_size)
        schedule = _KerasSchedule(self.run, -(-table.n_rows // batch_size))
        try:
            return super().fit(
                table.dataset(batch_size, self.run.seed, schedule.clock),
                epochs=epochs,
                initial_epoch=initial_epoch,
                # First: the user's callbacks see its columns, and have the last word.
                callbacks=[schedule, *(callbacks or ())],
                verbose=0,
                **{**others, "shuffle": False},  # the rows come shuffled
            )
        finally:
            # Keras leaves its validation images here when a fit does not end, and
            # TensorFlow never forgets a generator: both let go of the images now.
            self._eval_epoch_iterator = None
            table.forget()
            if held_out is not None:
                held_out.forget()

    def _infer(self, images: np.ndarray) -> np.ndarray:
        """Run one traced call; one graph per dtype, for any number of images."""
        inference = self._inferences.get(images.dtype)
        if inference is None:
            shape = [None, *self.input_shape[1:]]
            inference = self._inferences[images.dtype] = _traced(
                lambda raw: self(self.prepared(raw), training=False),
                tf.TensorSpec(shape, tf.as_dtype(images.dtype)),
            )
        return inference(tf.convert_to_tensor(images)).numpy()

    def predict(self, x, batch_size=None, verbose=0, **others):
        """Return the network's raw output for images ``x`` (n, h, w, c).

        Keras' own ``predict`` is used for anything but an array.
        """
        if not isinstance(x, np.ndarray) or others:
            return super().predict(x, batch_size=batch_size, verbose=verbose, **others)
        step = batch_size or _PREDICT_BATCH
        if len(x) <= step:
            return self._infer(x)
        return np.concatenate(
            [self._infer(x[start : start + step]) for start in range(0, len(x), step)]
        )

    def save(self, filepath, **options):
        """Save the network so that plain Keras loads it (a ``ModelCheckpoint`` does).

        It is the network alone: it takes scaled images and gives its own output.
        """
        network = self.make_plain()
        network.set_weights(self.get_weights())
        network.save(filepath, **options)


class _KerasSchedule(keras.callbacks.Callback):
    """Set the rate of every step, and note it, where Keras' own loop runs."""

    def __init__(self, run, n_steps):
        super().__init__()
        self.fast_run = run
        self.n_steps = n_steps
        # All that TensorFlow's generators, which live forever, may know of a fit.
        self.clock = SimpleNamespace(epoch=0)

    def on_epoch_begin(self, epoch, logs=None):
        self.clock.epoch = epoch
        self.began = time.perf_counter()
        schedule = self.fast_run.schedule
        self.rates = None
        if self.model._steers_rate and schedule.kind != "constant":
            self.rates = schedule.rates(epoch, self.n_steps, self.model._rate)

    def on_train_batch_begin(self, batch, logs=None):
        if self.rates is not None:
            self.model.optimizer.learning_rate.assign(self.rates[batch])

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = self.model._rate
        logs["seconds"] = time.perf_counter() - self.began
        self.fast_run.schedule.observe(logs)


def _traced(function, *signature):
    """Return ``function`` as one graph for arguments of these shapes and types."""
    graph = tf.function(function, input_signature=signature, autograph=False)
    # TensorFlow counts the graphs of all programs as one that is traced too often.
    graph._omit_frequent_tracing_warning = True
    return graph


def _loop(step, n_rows, batch_size):
    """Run ``step(number, slice)`` over all batches, the last one as it is."""
    n_steps = (n_rows + batch_size - 1) // batch_size

    def body(number):
        start = number * batch_size
        step(number, slice(start, tf.minimum(start + batch_size, n_rows)))
        return (number + 1,)

    return tf.while_loop(
        lambda number: number < n_steps,
        body,
        (tf.constant(0),),
        parallel_iterations=1,
    )


def _next_chunk(n_steps, seconds, step_bytes) -> int:
    """Return how many steps the next call should take."""
    soon_back = n_steps * _CHUNK_SECONDS / max(seconds, 1e-6)
    small = _CHUNK_BYTES / step_bytes
    return max(1, int(min(soon_back, small, 64 * n_steps)))


def _floats(logs) -> dict[str, float]:
    return {name: float(value) for name, value in logs.items()}
