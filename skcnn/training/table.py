"""The rows that one fit trains on or is judged by, gathered piece by piece."""

from __future__ import annotations

import numpy as np

from skcnn.keras_door import tf


class Table:
    """Rows of images with their targets and weights, gathered when needed.

    Targets are class codes, or rows of ``clean`` images where there are any. (A network
    that gives images without them makes no use of the codes.)
    """

    def __init__(self, images, rows, codes, weights=None, clean=None):
        self.images = images
        self.clean = clean
        self.rows = np.asarray(rows).reshape(-1)
        self.codes = np.asarray(codes, dtype=np.float32)
        if weights is None:
            weights = np.ones(len(self.rows))
        self.weights = np.asarray(weights, dtype=np.float32)

    @property
    def n_rows(self) -> int:
        """Number of rows that take part."""
        return len(self.rows)

    @property
    def row_bytes(self) -> int:
        """Memory of one image, and of its clean one where there is one."""
        clean = 0 if self.clean is None else self.clean[:1].nbytes
        return max(1, self.images[:1].nbytes + clean)

    def shuffled(self, seed, epoch) -> Table:
        """Return the same rows in the order of this seed and epoch."""
        order = np.random.default_rng([seed, epoch]).permutation(self.n_rows)
        return Table(
            self.images,
            self.rows[order],
            self.codes[order],
            self.weights[order],
            self.clean,
        )

    def part(self, start, stop):
        """Return images, targets and weights of some rows as tensors."""
        rows = self.rows[start:stop]
        return (
            tf.convert_to_tensor(self.images[rows]),
            tf.constant(self.codes[start:stop])
            if self.clean is None
            else tf.convert_to_tensor(self.clean[rows]),
            tf.constant(self.weights[start:stop]),
        )

    def forget(self) -> None:
        """Let go of all arrays, whoever still holds this table."""
        vars(self).clear()

    def dataset(self, batch_size, seed=None, clock=None):
        """Return the same rows as a ``tf.data`` pipeline for Keras' own loop.

        With a ``seed`` they are shuffled anew in each epoch, which ``clock`` knows.
        """

        def batches():
            table = self if seed is None else self.shuffled(seed, clock.epoch)
            for start in range(0, table.n_rows, batch_size):
                yield table.part(start, start + batch_size)

        vector = tf.TensorSpec([None], tf.float32)
        images = tf.TensorSpec([None, *self.images.shape[1:]], self.images.dtype)
        targets = vector
        if self.clean is not None:
            targets = tf.TensorSpec(images.shape, self.clean.dtype)
        return tf.data.Dataset.from_generator(
            batches, output_signature=(images, targets, vector)
        ).apply(tf.data.experimental.assert_cardinality(-(-self.n_rows // batch_size)))
