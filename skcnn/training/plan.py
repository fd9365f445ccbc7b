"""What a fit is told, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np

from skcnn.keras_door import keras
from skcnn.training.blueprint import Blueprint
from skcnn.training.reconstruction import Reconstruction
from skcnn.training.state import NetworkState


@dataclass(frozen=True)
class Rows:
    """Images with their targets and weights; ``rows`` are those that take part.

    Targets are the class codes; for a network that gives images, whose codes are all 0,
    the ``clean`` images, or without them the images themselves.
    """

    images: np.ndarray
    codes: np.ndarray
    weights: np.ndarray | None = None
    rows: np.ndarray | None = None
    clean: np.ndarray | None = None

    def arrays(self):
        """Return rows, their codes, and their weights (mean one) or None."""
        rows = np.arange(len(self.images)) if self.rows is None else self.rows
        if self.weights is None:
            return rows, self.codes[rows], None
        weights = self.weights[rows]
        # A new array: the caller's weights are never changed.
        weights = (weights / weights.mean()).astype(np.float32)
        return rows, self.codes[rows], weights


@dataclass(frozen=True)
class Settings:
    """How to train; the names are those of the estimators' parameters."""

    epochs: int
    batch_size: int
    seed: int
    optimizer: object = "adamw"
    learning_rate: float | None = None
    lr_schedule: object = "constant"
    weight_decay: float | None = None
    loss: object = None
    """None: the cross-entropy that fits the network's last layer."""
    label_smoothing: float = 0.0
    metrics: object = None
    callbacks: object = None
    routed: dict = field(default_factory=dict)
    augment: object = None
    precision: str = "auto"
    rescale: str | None = None
    early_stopping: bool = False
    n_iter_no_change: int = 10
    tol: float = 1e-4
    monitor: str = "val_loss"
    first_epoch: int = 0
    goes_on: bool = False
    """Whether a later fit may continue, so that the optimizer's variables are kept."""
    verbose: int = 0
    name: str = "fit"
    checkpoint_dir: object = None
    layers_needed: tuple[str | None, ...] = ()
    """Layers that must exist (see :func:`skcnn.training.layers.find_layer`)."""

    @property
    def last_epoch(self) -> int:
        """Where the fit ends; epochs are counted on from fit to fit."""
        return self.first_epoch + self.epochs


@dataclass(frozen=True)
class Draft:
    """A network as an estimator describes it, before it has a program.

    Attributes
    ----------
    build : callable
        Without arguments; returns the uncompiled network. Can be pickled.
    key : Hashable or None
        Equal for equal networks; None where that cannot be known.
    n_outputs : int
        Units of the last layer.
    logits : bool
        Whether the last layer gives logits rather than probabilities.
    weights : list of ndarray or None
        Initial weights; None: the layers' initializers draw them from the seed.
    compiled : dict
        What the network brings along of ``optimizer``, ``loss`` and ``metrics``.
    reconstruction : Reconstruction or None
        For a network that gives images instead of scores: what they should be. Its
        fields are a part of the key.
    network : keras.Model or None
        As the user made it, which may scale pixels by itself; None: it is one of ours.
    """

    build: Callable[[], keras.Model]
    key: Hashable | None
    n_outputs: int
    logits: bool
    weights: list[np.ndarray] | None = None
    compiled: dict = field(default_factory=dict)
    reconstruction: Reconstruction | None = None
    network: keras.Model | None = None


@dataclass(frozen=True)
class Fitted:
    """What a fit gives back."""

    state: NetworkState
    blueprint: Blueprint
    history: dict[str, list[float]]
    best_epoch: int | None
    logits: bool
    n_parameters: int
