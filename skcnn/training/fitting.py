"""One fit from start to end: borrow a program, train it, copy out what it learned."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from dataclasses import dataclass, field, fields

import numpy as np

from skcnn.training.blueprint import (
    Blueprint,
    config_key,
    needs_one_hot,
    strategy_key,
)
from skcnn.training.callbacks import EarlyStopping, FiniteLoss, Progress
from skcnn.training.checkpoints import Checkpoint, fingerprint, stable_name
from skcnn.training.driver import drive, make_driver
from skcnn.training.fast_model import Run
from skcnn.training.optimizers import (
    default_rate,
    given_rate,
    optimizer_key,
    own_optimizer,
    set_rate_and_decay,
    template,
)
from skcnn.training.outputs import accuracy_metric, default_loss
from skcnn.training.programs import POOL, Program
from skcnn.training.runtime import start_tensorflow
from skcnn.training.schedules import Schedule
from skcnn.training.state import NetworkState

start_tensorflow()
import keras  # noqa: E402  (TensorFlow's threads are set before Keras starts it)


@dataclass(frozen=True)
class Rows:
    """Images with their codes and weights; ``rows`` are those that take part."""

    images: np.ndarray
    codes: np.ndarray
    weights: np.ndarray | None = None
    rows: np.ndarray | None = None

    def arrays(self):
        """Return rows, their codes, and their weights (mean one) or None."""
        rows = np.arange(len(self.codes)) if self.rows is None else self.rows
        if self.weights is None:
            return rows, self.codes[rows], None
        weights = self.weights[rows]
        # A new array: the caller's weights are never changed.
        return rows, self.codes[rows], (weights / weights.mean()).astype(np.float32)


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
    """

    build: Callable[[], keras.Model]
    key: Hashable | None
    n_outputs: int
    logits: bool
    weights: list[np.ndarray] | None = None
    compiled: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Fitted:
    """What a fit gives back."""

    state: NetworkState
    blueprint: Blueprint
    history: dict[str, list[float]]
    best_epoch: int | None
    logits: bool
    n_parameters: int


def fit_network(
    make_draft: Callable[..., Draft],
    n_classes: int,
    settings: Settings,
    train: Rows,
    validation: Rows | None,
    scaling: tuple[float, float],
    state: NetworkState | None = None,
) -> Fitted:
    """Train a network and return its weights as NumPy arrays.

    Parameters
    ----------
    make_draft : callable
        Called once as ``make_draft(meta, **model_parameters)`` with what scikeras
        routes to a build function.
    n_classes : int
    settings : Settings
    train, validation : Rows
    scaling : tuple of float
        Scale and offset of the pixels.
    state : NetworkState, optional
        Weights to go on with (``warm_start``, ``partial_fit``).

    Raises
    ------
    ValueError
        Where the loss is not finite after an epoch.
    """
    last_epoch = settings.first_epoch + settings.epochs
    stopping = _early_stopping(settings)
    checkpoint = _checkpoint(settings, stopping, train, validation, state)
    lease = _Lease(make_draft, settings, train.images.dtype)
    with lease.until_done:
        driver = make_driver(
            lease.build,
            n_classes,
            optimizer=template(settings.optimizer, settings.routed),
            loss=settings.loss,
            metrics=settings.metrics,
            callbacks=settings.callbacks,
            own_callbacks=_own_callbacks(
                settings, stopping, checkpoint, lease.until_done
            ),
            routed=settings.routed,
        )
        rate = lease.start(state, scaling)
        schedule = Schedule(
            settings.lr_schedule,
            rate,
            settings.first_epoch,
            last_epoch,
            settings.monitor,
        )
        first_epoch = settings.first_epoch
        if checkpoint:
            first_epoch += checkpoint.resume(
                lease.program, schedule, lease.network_name()
            )
        if stopping and stopping.has_ended:
            first_epoch = last_epoch  # killed between its last epoch and its end
        model = lease.program.model
        model.run = Run(
            train.images,
            schedule,
            settings.seed,
            None if validation is None else validation.images,
        )
        try:
            history = drive(
                driver,
                *train.arrays(),
                batch_size=settings.batch_size,
                first_epoch=first_epoch,
                last_epoch=last_epoch,
                validation=None if validation is None else validation.arrays(),
            )
        finally:
            model.run = None  # a program must not keep the caller's images alive
        return Fitted(
            state=lease.program.capture(scaling, settings.goes_on),
            blueprint=lease.blueprint,
            history=_ordered(checkpoint.history() if checkpoint else history),
            best_epoch=stopping.best_epoch if stopping else None,
            logits=lease.logits,
            n_parameters=model.count_params(),
        )


def _ordered(history: dict[str, list[float]]) -> dict[str, list[float]]:
    """Return the columns in the order of the documentation; Keras sorts them."""
    first = ("loss", "accuracy", "val_loss", "val_accuracy")
    last = ("learning_rate", "seconds")
    others = [name for name in history if name not in first + last]
    return {n: history[n] for n in (*first, *others, *last) if n in history}


def _early_stopping(settings: Settings) -> EarlyStopping | None:
    if not settings.early_stopping:
        return None
    return EarlyStopping(settings.monitor, settings.n_iter_no_change, settings.tol)


def _checkpoint(settings, stopping, train, validation, state) -> Checkpoint | None:
    if settings.checkpoint_dir is None:
        return None
    arrays = [*vars(train).values()]
    if validation is not None:
        arrays += vars(validation).values()
    if state is not None:
        arrays += state.weights
    named = [
        (field.name, stable_name(getattr(settings, field.name)))
        for field in fields(settings)
        if field.name not in ("checkpoint_dir", "verbose")
    ]
    return Checkpoint(settings.checkpoint_dir, fingerprint(*arrays, named), stopping)


def _own_callbacks(settings, stopping, checkpoint, until_done) -> list:
    """Return our callbacks in the order in which they must run."""
    callbacks = [FiniteLoss(), stopping, checkpoint]
    if settings.verbose:
        progress = Progress(settings.name, settings.epochs)
        until_done.callback(progress.close)  # also where the fit fails
        callbacks.append(progress)
    return [callback for callback in callbacks if callback is not None]


class _Lease:
    """The program of one fit: found or built when scikeras asks for the network."""

    def __init__(self, make_draft, settings: Settings, dtype: np.dtype):
        self.make_draft = make_draft
        self.settings = settings
        self.dtype = dtype
        self.until_done = ExitStack()
        self.program: Program | None = None
        self.blueprint: Blueprint | None = None

    def build(self, meta, compile_kwargs, **parameters):
        """Return a compiled model (scikeras' build function)."""
        draft = self.make_draft(meta=meta, compile_kwargs=compile_kwargs, **parameters)
        wanted = {**compile_kwargs, **draft.compiled}
        if wanted["loss"] is None:
            wanted["loss"] = default_loss(
                draft.n_outputs, draft.logits, self.settings.label_smoothing
            )
        one_hot = needs_one_hot(wanted["loss"], draft.n_outputs, self.settings.augment)
        self.draft, self.wanted = draft, wanted
        self.logits = draft.logits
        self.optimizer = wanted["optimizer"]
        self.brought_optimizer = "optimizer" in draft.compiled
        self.blueprint = Blueprint(
            build=draft.build,
            key=self._key(draft, wanted),
            dtype=self.dtype.name,
            precision=self.settings.precision,
            augment=self.settings.augment,
            one_hot=draft.n_outputs if one_hot else None,
        )
        self.program = self.until_done.enter_context(
            POOL.borrowed_for_fit(self.blueprint.key, self.blueprint.assemble)
        )
        if not self.program.model.compiled:
            self._compile(wanted, draft)
        self.program.initial_weights = draft.weights
        return self.program.model

    def network_name(self) -> str:
        """Return a name for the network, equal for equal ones in any process."""
        return fingerprint(
            stable_name(self.draft.key),
            stable_name(self.wanted),
            *(self.draft.weights or ()),
        )

    def _key(self, draft: Draft, wanted: dict) -> Hashable:
        augment = self.settings.augment
        if draft.key is None or not (augment is None or isinstance(augment, tuple)):
            return uuid.uuid4().hex  # equal to no other: only its own estimator's
        return (
            draft.key,
            self.dtype.name,
            self.settings.precision,
            augment,
            optimizer_key(wanted["optimizer"]),
            strategy_key(),
            self._decays,
            self._excludes,
            config_key(wanted["loss"]),
            config_key(wanted["metrics"]),
        )

    @property
    def _decays(self) -> bool:
        return self.settings.weight_decay is not None

    @property
    def _excludes(self) -> bool:
        """Tell whether biases are left out of the decay: unless Keras' own came."""
        is_given = isinstance(self.settings.optimizer, keras.optimizers.Optimizer)
        return not (is_given or self.brought_optimizer)

    def _compile(self, wanted: dict, draft: Draft) -> None:
        """Compile with variables in place of the rate and the decay."""
        model = self.program.model
        optimizer = own_optimizer(
            wanted["optimizer"],
            excludes=self._excludes,
            decays=self._decays,
        )
        accuracy = accuracy_metric(
            draft.n_outputs, model.one_hot is not None, draft.logits
        )
        model.compile(
            optimizer=optimizer,
            loss=wanted["loss"],
            metrics=[
                m for m in wanted["metrics"] or () if m not in ("acc", "accuracy")
            ],
            weighted_metrics=[accuracy],
            jit_compile=False,  # XLA on processors was measured 4x to 13x slower
        )
        optimizer.build(model.trainable_variables)

    def start(self, state: NetworkState | None, scaling) -> float:
        """Make the program as new, or as ``state`` left it; return the peak rate."""
        self.program.start(self.settings.seed, scaling)
        if state is not None:
            self.program.go_on(state)
        rate, decay = self._rate(), self.settings.weight_decay
        if decay is None:
            decay = self.optimizer.weight_decay
        set_rate_and_decay(self.program.model.optimizer, rate, decay)
        return rate

    def _rate(self) -> float:
        settings = self.settings
        if settings.learning_rate is not None:
            return settings.learning_rate
        has_its_own = (
            self.brought_optimizer
            or isinstance(settings.optimizer, keras.optimizers.Optimizer)
            or "optimizer__learning_rate" in settings.routed
        )
        if has_its_own:
            return given_rate(self.optimizer)
        return default_rate(settings.lr_schedule)
