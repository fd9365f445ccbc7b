"""A Keras model whose ``fit`` and ``predict`` are fast for arrays in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from skcnn.keras_door import held_interrupts, keras, tf
from skcnn.training.autoencoding import Reconstruction
from skcnn.training.averages import WeightAverage
from skcnn.training.data import TrainingData, as_encoded, as_images
from skcnn.training.graphs import PREDICT_BATCH, Inference, Traced, loop
from skcnn.training.keras_layers import set_weights
from skcnn.training.keras_loop import Rates, fit_by_keras, needs_keras
from skcnn.training.kernel_gradient import fast_kernel_gradients
from skcnn.training.own_steps import OwnSteps
from skcnn.training.plan import Plan
from skcnn.training.schedules import Schedule

# Images that travel into the graph at once: enough steps to make the way in cheap, few
# enough to keep the copy small (and the progress bar alive: `Plan.chunk_seconds`).
_CHUNK_BYTES = 2**22


class FastModel(keras.Model):
    """A functional Keras model that trains a whole epoch inside the graph.

    ``fit`` takes :class:`TrainingData`: the images stay where they are, and what
    travels is one chunk of rows at a time, in its own dtype. Each chunk runs in one
    call of one traced loop around Keras' own ``train_step``, or around steps of ours
    that come to the same; scaling and augmentation happen in the graph. ``predict``
    calls a traced function directly. What the fast way cannot do (callbacks with batch
    hooks, a distribution strategy) is done by Keras' own ``fit`` on a ``tf.data``
    pipeline over the same rows.

    Attributes
    ----------
    image_shape : tuple of int
        (h, w, c).
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
    reconstruction : Reconstruction or None
        For a network that gives images: what they should be.
    own_steps : OwnSteps or None
        Steps in place of Keras' own, where they come to the same.
    has_trained : bool
        Whether an epoch has ended: from then on nothing is made by half.
    """

    def equip(
        self,
        dtype: np.dtype,
        one_hot,
        augmentation,
        make_plain,
        reconstruction: Reconstruction | None = None,
    ) -> None:
        """Add the parts that a plain model lacks, and compile the loops lazily."""
        self.one_hot = one_hot
        self.augmentation = augmentation
        self.make_plain = make_plain
        self.reconstruction = reconstruction
        self.own_steps: OwnSteps | None = None
        self.has_trained = False
        self.scaling = tf.Variable([1.0, 0.0], trainable=False)
        self.augmentation_seed = tf.Variable(0, dtype=tf.int32, trainable=False)
        # Keras looks for it in its layers each time.
        self.image_shape = tuple(self.input_shape[1:])
        images = tf.TensorSpec([None, *self.image_shape], tf.as_dtype(dtype))
        vector = targets = tf.TensorSpec([None], tf.float32)
        if self._has_clean_images:
            targets = tf.TensorSpec(images.shape, reconstruction.clean_dtype)
        data = (images, targets, vector, tf.TensorSpec([4], tf.float32))
        batch = tf.TensorSpec([], tf.int32)
        self._train_chunk = Traced(self._train_chunk_in_graph, *data, vector, batch)
        self._assess_chunk = Traced(self._assess_chunk_in_graph, *data, batch)
        self._infer = Inference(self)

    # --- inside the graph -----------------------------------------------------

    def prepared(self, raw, scaling=None):
        """Scale raw pixels as the network wants them, (n, h, w, c) float32."""
        scale, offset = tf.unstack(self.scaling) if scaling is None else scaling
        return tf.cast(raw, tf.float32) * scale + offset

    @property
    def _has_clean_images(self) -> bool:
        task = self.reconstruction
        return task is not None and task.clean_dtype is not None

    def _example(self, data, scaling=None):
        """Return what Keras' own steps take: images, targets and weights."""
        raw, given, weights = data
        images = self.prepared(raw, scaling)
        if self.reconstruction is None:
            return images, self._targets(given), weights
        is_clean_images = given.shape.rank == raw.shape.rank
        clean = self.prepared(given, scaling) if is_clean_images else images
        # A weight per image meets the losses (n, h, w) of its pixels.
        return images, clean, weights[:, None, None]

    def _targets(self, targets):
        if self.one_hot is None:
            return targets[:, None]  # as scikeras gives them to a loss of the user's
        return tf.one_hot(tf.cast(targets, tf.int32), self.one_hot)

    def _training_example(self, data, scaling=None):
        """Return the same for a step of the training: augmented."""
        images, targets, weights = self._example(data, scaling)
        if self.augmentation is not None:
            step = tf.cast(self.optimizer.iterations.value, tf.int32)
            seed = tf.stack([self.augmentation_seed, step])
            shape = images.shape
            images, targets = self.augmentation(images, targets, seed)
            # TensorFlow loses sight of it where pixels move; layers may need it.
            images.set_shape(shape)
        return images, targets, weights

    def train_step(self, data):
        """Scale, augment, and let Keras do its step."""
        return super().train_step(self._training_example(data))

    def test_step(self, data):
        """Scale, and let Keras do its step."""
        return super().test_step(self._example(data))

    def _symbolic_build(self, iterator=None, data_batch=None):
        """Show Keras, under a distribution strategy, a batch as the steps see it."""
        if data_batch is not None:
            data_batch = (data_batch[0], *self._example(data_batch)[1:])
        super()._symbolic_build(iterator, data_batch)

    def predict_step(self, data):
        """Scale, and let Keras do its step."""
        raw = data[0] if isinstance(data, tuple) else data
        return super().predict_step((self.prepared(raw),))

    def _train_chunk_in_graph(
        self, images, targets, weights, totals, rates, batch_size
    ):
        def step(number, data):
            if self.steers_rate:
                self.optimizer.learning_rate.assign(tf.gather(rates, number))
            if self.own_steps is None:
                self.train_step(data)
                return tf.zeros(3)
            return self.own_steps.train(*self._training_example(data, scaling))

        scaling = tf.unstack(self.scaling)
        data = (images, targets, weights)
        with fast_kernel_gradients(self):
            return self._in_batches(step, data, batch_size, totals)

    def _assess_chunk_in_graph(self, images, targets, weights, totals, batch_size):
        def step(number, data):
            del number
            if self.own_steps is None:
                self.test_step(data)
                return tf.zeros(3)
            return self.own_steps.assess(*self._example(data, scaling))

        scaling = tf.unstack(self.scaling)
        return self._in_batches(step, (images, targets, weights), batch_size, totals)

    def _in_batches(self, step, data, batch_size, totals):
        """Run a step over all batches of a chunk; return the totals after it."""
        n_rows = tf.shape(data[1])[0]
        sums = loop(
            lambda number, part: step(number, tuple(map(part, data))),
            n_rows,
            batch_size,
            totals[:3],
        )
        totals = tf.concat([sums, totals[3:] + tf.cast(n_rows, tf.float32)], axis=0)
        if self.own_steps is not None:
            self.own_steps.note(totals)
        return totals

    # --- outside --------------------------------------------------------------

    @property
    def steers_rate(self) -> bool:
        """False where the optimizer's rate is a Keras schedule of the user's."""
        return isinstance(self.optimizer._learning_rate, keras.Variable)

    @property
    def rate(self) -> float:
        """The optimizer's rate as it stands."""
        return float(tf.convert_to_tensor(self.optimizer.learning_rate))

    def metrics_by_name(self) -> dict[str, keras.Metric]:
        """Return the metrics that the model was compiled with (before any step)."""
        metrics = self._compile_metrics
        if metrics is None:
            return {}
        if not metrics.built:
            # Keras waits for the first batch, to know what "accuracy" means for it.
            targets = keras.KerasTensor((None, self.one_hot or 1))
            metrics.build(targets, self.outputs[0])
        return {metric.name: metric for metric in metrics.metrics}

    def fit(
        self,
        x: TrainingData,
        *,
        schedule: Schedule,
        plan: Plan,
        seed: int,
        batch_size: int,
        epochs: int,
        initial_epoch: int = 0,
        validation_data: TrainingData | None = None,
        callbacks: Sequence = (),
        on_steps: Callable[[], None] | None = None,
    ) -> keras.callbacks.History:
        """Train on images in memory; see :meth:`keras.Model.fit`.

        Parameters
        ----------
        x, validation_data : TrainingData
        schedule : Schedule
        plan : Plan
            It has begun, with the steps of an epoch. Where it ends within an epoch, so
            does the fit.
        seed : int
            Decides, with the epoch's number, the order of the rows.
        batch_size, epochs, initial_epoch, callbacks
            As Keras has them.
        on_steps : callable, optional
            Called several times per epoch.
        """
        # Ours, and last: one of the user's would go on from fit to fit.
        callbacks = [*callbacks, keras.callbacks.History()]
        average = next((c for c in callbacks if isinstance(c, WeightAverage)), None)
        self._initial_epoch = None
        if needs_keras(self, callbacks):
            return fit_by_keras(
                self,
                x,
                validation_data,
                batch_size=batch_size,
                rates=Rates(schedule, plan, seed),
                epochs=epochs,
                initial_epoch=initial_epoch,
                callbacks=callbacks,
            )
        callbacks = keras.callbacks.CallbackList(
            callbacks, model=self, verbose=0, epochs=epochs, steps=plan.n_steps
        )
        self.stop_training = False
        self._chunk = 1
        callbacks.on_train_begin()
        if validation_data is not None and plan.pace is not None:
            plan.pace.per_end = self._seconds_to_assess(validation_data, batch_size)
        logs = {}
        # Keras' BackupAndRestore says here where it goes on.
        for epoch in range(self._initial_epoch or initial_epoch, epochs):
            plan.begin_epoch(epoch)
            callbacks.on_epoch_begin(epoch)
            start = time.perf_counter()
            rates = partial(schedule.rates, epoch, current=self.rate)
            logs = self._train_epoch(
                x.shuffled(seed, epoch), plan, rates, batch_size, on_steps, average
            )
            if validation_data is not None:
                callbacks.on_test_begin()
                metrics = self._assess(validation_data, batch_size)
                callbacks.on_test_end(metrics)
                logs |= {f"val_{name}": value for name, value in metrics.items()}
            logs["learning_rate"] = self.rate
            logs["seconds"] = time.perf_counter() - start
            logs |= plan.logs()
            schedule.observe(logs)
            self.has_trained = True
            callbacks.on_epoch_end(epoch, logs)
            plan.end_epoch()
            if self.stop_training or plan.has_ended:
                break
        self.optimizer.finalize_variable_values(self.trainable_weights)
        callbacks.on_train_end(logs)
        return self.history

    def _train_epoch(
        self, data, plan, rates, batch_size, on_steps, average
    ) -> dict[str, float]:
        """Train one epoch, or up to the plan's end; return loss and metrics."""
        totals, done = self._begin_to_count(), 0
        while done < plan.n_steps and not plan.has_ended:
            began = time.perf_counter()
            stop = min(done + min(self._chunk, plan.ahead), plan.n_steps)
            if average is not None:
                stop = min(stop, average.next_stop(done, plan.n_steps))
            # TensorFlow crashes where an interrupt meets it as it makes tensors.
            with held_interrupts():
                # Unnamed, so that one piece is gone before the next one is made.
                totals = self._train_chunk(
                    *data.tensors(done * batch_size, stop * batch_size),
                    totals,
                    tf.constant(rates(plan.progress(stop - done))),
                    tf.constant(batch_size, tf.int32),
                )
            if plan.pace is not None:
                totals.numpy()  # a GPU says here that it has done it
            self._chunk = _next_chunk(
                stop - done,
                time.perf_counter() - began,
                data.row_bytes * batch_size,
                plan.chunk_seconds,
            )
            plan.advance(stop - done)
            done = stop
            if average is not None:
                average.on_steps(done, plan.n_steps)
            if on_steps is not None:
                on_steps()
        return self._counted(totals)

    def _seconds_to_assess(self, data, batch_size) -> float:
        """Return how long the held-out rows will take, by the first of them."""
        part = replace(data, indices=data.indices[: max(batch_size, PREDICT_BATCH)])
        for _ in range(2):  # the first time it is traced
            began = time.perf_counter()
            self._assess(part, batch_size)
            seconds = time.perf_counter() - began
        return seconds * len(data) / len(part)

    def _assess(self, data, batch_size) -> dict[str, float]:
        """Return loss and metrics of the held-out rows."""
        totals = self._begin_to_count()
        step = max(batch_size, PREDICT_BATCH)
        rows = step * max(1, _CHUNK_BYTES // (step * data.row_bytes))
        for start in range(0, len(data), rows):
            with held_interrupts():
                totals = self._assess_chunk(
                    *data.tensors(start, start + rows),
                    totals,
                    tf.constant(step, tf.int32),
                )
        return self._counted(totals)

    def _begin_to_count(self):
        """Return no losses, hits and weights of no rows; reset Keras' metrics."""
        with held_interrupts():
            if self.own_steps is None:
                self.reset_metrics()
            return tf.zeros(4)

    def _counted(self, totals) -> dict[str, float]:
        if self.own_steps is None:
            return _floats(self.get_metrics_result())
        return self.own_steps.logs(totals)

    def predict(self, x, batch_size=None, verbose=0, layer=None, after=None, **others):
        """Return the network's raw output for images ``x`` (n, h, w, c).

        With the name of a ``layer``, return what that layer gives, float32; with
        ``after``, ``x`` is what the layer of that name gave. An unknown name is a
        ValueError that lists the known ones. Keras' own ``predict`` is used for
        anything but an array.
        """
        if not isinstance(x, np.ndarray) or others:
            return super().predict(x, batch_size=batch_size, verbose=verbose, **others)
        if layer is None and after is None:
            x = as_images(x, self.image_shape)
        return self._infer(x, batch_size, layer, after)

    def evaluate(
        self, x=None, y=None, batch_size=None, verbose=0, sample_weight=None, **others
    ):
        """Return loss and metrics on images that a callback brings.

        Parameters
        ----------
        x : array-like of shape (n, h, w, c)
            Images as the estimator got them: they are scaled here.
        y : array-like of shape (n,), (n, 1) or (n, k)
            Class numbers, or one-hot rows; for a network that gives images, the images
            that ``x`` should become.
        sample_weight : array of shape (n,), optional
        batch_size, verbose, **others
            As in :meth:`keras.Model.evaluate`, which does the work. It gets what is no
            array as it came (Keras' own loop passes its validation rows).
        """
        if isinstance(x, list) or hasattr(x, "__array__"):
            x, y, sample_weight = self._given(x, y, sample_weight)
        # Keras counts in the metrics of the fit, which may be amid an epoch.
        counted = [(v, v.numpy()) for v in self.metrics_variables]
        try:
            return super().evaluate(
                x, y, batch_size, verbose, sample_weight=sample_weight, **others
            )
        finally:
            for variable, value in counted:
                variable.assign(value)

    def _given(self, x, y, weights):
        """Return images, targets and weights as the steps take them."""
        x = as_images(x, self.image_shape)
        if self.reconstruction is None:
            y = as_encoded(y, len(x), self.output_shape[-1])
        else:
            y = as_images(y, self.image_shape)
        return x, y, np.ones(len(x), np.float32) if weights is None else weights

    def forget_graphs(self) -> None:
        """Let go of the graphs now; Python frees the model, a web of cycles, later."""
        self._train_chunk = self._assess_chunk = self._infer = None

    def save(self, filepath, **options):
        """Save the network so that plain Keras loads it (a ``ModelCheckpoint`` does).

        It is the network alone: it takes scaled images and gives its own output.
        """
        network = self.make_plain()
        set_weights(network, self.get_weights())
        network.save(filepath, **options)


def _next_chunk(n_steps, seconds, step_bytes, wanted) -> int:
    """Return how many steps the next call should take, for so many seconds."""
    soon_back = n_steps * wanted / max(seconds, 1e-6)
    small = _CHUNK_BYTES / step_bytes
    return max(1, int(min(soon_back, small, 64 * n_steps)))


def _floats(logs) -> dict[str, float]:
    arrays = {name: np.asarray(value) for name, value in logs.items()}
    for name, array in arrays.items():
        if array.size != 1:
            raise ValueError(
                f"metrics: {name!r} gives {array.size} numbers, and one per epoch is "
                "wanted; those of Keras that count per class take average='macro'."
            )
    return {name: float(array.item()) for name, array in arrays.items()}
