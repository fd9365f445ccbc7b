"""A network as its estimator states it, once, and how a model is made of that."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np

from skcnn.keras_door import building, check_not_forked, keras, tf
from skcnn.training.augmentation import build_augmentation, check_layer
from skcnn.training.autoencoding import Reconstruction
from skcnn.training.copies import copy_of
from skcnn.training.fast_model import FastModel
from skcnn.training.keras_layers import follow_weights, fuse_layers
from skcnn.training.precision import dtype_policy


@dataclass(frozen=True)
class ModelSpec:
    """All that decides the graphs of a network; it can be pickled.

    Attributes
    ----------
    build : callable
        Without arguments; returns an uncompiled functional Keras network that takes
        scaled images.
    key : Hashable or None
        Equal for networks that may share a compiled model; None where that cannot be
        known.
    n_outputs : int
        Units of the last layer.
    logits : bool
        Whether the last layer gives logits rather than probabilities.
    dtype : str
        NumPy name of the images' dtype.
    precision : str
        ``"float32"``, ``"bfloat16"`` or ``"auto"``.
    augment : tuple of str or keras layer or None
    one_hot : int or None
        Number of classes where the loss wants one-hot targets.
    reconstruction : Reconstruction or None
        For a network that gives images instead of scores: what they should be.
    start : callable or None
        ``(model, data, scaling)``: sets first weights that the initializers do not
        draw, where a fit begins anew.
    """

    build: Callable[[], keras.Model]
    key: Hashable | None
    n_outputs: int
    logits: bool
    dtype: str
    precision: str
    augment: object = None
    one_hot: int | None = None
    reconstruction: Reconstruction | None = None
    start: Callable | None = None

    def assemble(self) -> FastModel:
        """Return the network as an uncompiled :class:`FastModel`."""
        augment = self.augment
        with seeded(0):
            network = self.network()
            fuse_layers(network)
            if isinstance(augment, keras.layers.Layer):
                # The user's layer has a state of its own that a fit would change.
                augment = copy_of(augment)
                check_layer(copy_of(augment), network.input_shape[1:])
        with built_with("float32"):
            model = FastModel(inputs=network.inputs, outputs=network.outputs)
        follow_weights(model)
        augmentation = build_augmentation(augment) if augment is not None else None
        if self.reconstruction is not None:
            augmentation = self.reconstruction.augmentation()
        model.equip(
            np.dtype(self.dtype),
            self.one_hot,
            augmentation,
            self.network,
            self.reconstruction,
        )
        return model

    def network(self) -> keras.Model:
        """Return the plain network, built under its precision."""
        with built_with(self.precision), seeded(0):
            return self.build()


@contextmanager
def built_with(precision: str) -> Iterator[None]:
    """Build layers of one precision whatever the user's global policy (per thread)."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype_policy(precision))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Set Python's and NumPy's random states, and give them back as they were.

    Layers without a seed draw one from there when they are made. One build at a time
    borrows them: else two threads would give them back to each other.
    """
    check_not_forked()
    with building():
        before = random.getstate(), np.random.get_state()  # noqa: NPY002  (not ours)
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])  # noqa: NPY002


def strategy_key() -> int | None:
    """Name the distribution strategy in force: variables belong to one strategy.

    A compiled model keeps its strategy alive, so no other one gets the same number.
    """
    return id(tf.distribute.get_strategy()) if tf.distribute.has_strategy() else None


def key_of(build: partial) -> Hashable:
    """Return a key for one of our build functions with its arguments."""
    return build.func, build.args, tuple(sorted(build.keywords.items()))
