"""What a program is built from, and how it is put together."""

from __future__ import annotations

import inspect
import json
import random
import threading
import uuid
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from skcnn.training.augmentation import build_augmentation, mixes
from skcnn.training.fast_model import FastModel
from skcnn.training.fused import with_fused_layers
from skcnn.training.precision import dtype_policy
from skcnn.training.reconstruction import Reconstruction
from skcnn.training.runtime import start_tensorflow

tf = start_tensorflow()
import keras  # noqa: E402  (TensorFlow's threads are set before Keras starts it)


@dataclass(frozen=True)
class Blueprint:
    """All that decides the graphs of a network; it can be pickled.

    Attributes
    ----------
    build : callable
        Without arguments; returns an uncompiled functional Keras network that takes
        scaled images and gives logits or probabilities.
    key : Hashable
        Equal for networks whose programs are interchangeable.
    dtype : str
        NumPy name of the images' dtype.
    precision : str
        ``"float32"`` or ``"bfloat16"`` or ``"auto"``.
    augment : tuple of str or keras layer or None
    one_hot : int or None
        Number of classes where the loss wants one-hot targets.
    reconstruction : Reconstruction or None
        For a network that gives images: what they should be.
    """

    build: Callable[[], keras.Model]
    key: Hashable
    dtype: str
    precision: str
    augment: object = None
    one_hot: int | None = None
    reconstruction: Reconstruction | None = None

    def assemble(self) -> FastModel:
        """Return the network as an uncompiled :class:`FastModel`."""
        augment = self.augment
        with seeded(0):
            network = with_fused_layers(self.network())
            if isinstance(augment, keras.layers.Layer):
                # The user's layer has a state of its own that a fit would change.
                augment = type(augment).from_config(augment.get_config())
        with built_with("float32"):
            model = FastModel(inputs=network.inputs, outputs=network.outputs)
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
        """Return the plain network, built under this blueprint's precision."""
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


# One build at a time borrows the global random states: else two threads would give
# them back to each other.
_RANDOM_STATES = threading.RLock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Set Python's and NumPy's random states, and give them back as they were.

    Layers without a seed draw one from there when they are made.
    """
    with _RANDOM_STATES:
        before = random.getstate(), np.random.get_state()  # noqa: NPY002  (not ours)
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])  # noqa: NPY002


def config_key(thing) -> Hashable:
    """Describe a Keras object, name, class or function, or a list of them, as a key."""
    if isinstance(thing, (list, tuple)):
        return tuple(config_key(one) for one in thing)
    if isinstance(thing, dict):
        return tuple((name, config_key(one)) for name, one in thing.items())
    if hasattr(thing, "get_config") and not inspect.isclass(thing):
        config = {k: v for k, v in thing.get_config().items() if k != "name"}
        try:
            return type(thing), json.dumps(config, sort_keys=True, default=_plain)
        except TypeError:
            return uuid.uuid4().hex  # holds something that cannot be compared
    return thing if isinstance(thing, Hashable) else uuid.uuid4().hex


def strategy_key() -> int | None:
    """Name the distribution strategy in force: variables belong to one strategy.

    A program keeps its strategy alive, so no other one gets the same number.
    """
    return id(tf.distribute.get_strategy()) if tf.distribute.has_strategy() else None


def _plain(value):
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError


def needs_one_hot(loss, n_outputs: int, augment) -> bool:
    """Tell whether the targets of a loss are one-hot rows rather than codes."""
    if n_outputs < 2:
        return False
    if isinstance(augment, tuple) and mixes(augment):
        return True
    name = loss if isinstance(loss, str) else type(loss).__name__
    if callable(loss) and not isinstance(loss, keras.losses.Loss):
        name = getattr(loss, "__name__", "sparse")
        if not getattr(loss, "__module__", "").startswith("keras."):
            return False  # a function of the user's gets the codes, as in scikeras
    return "sparse" not in name.lower()
