"""One fit from start to end: acquire a model, train it, copy out what it learned."""

from __future__ import annotations

import uuid
from collections.abc import Hashable
from contextlib import ExitStack
from dataclasses import dataclass, field, fields, replace

import numpy as np

from skcnn.base.fingerprint import NoFingerprint, fingerprint
from skcnn.base.sklearn_callbacks import EpochTasks
from skcnn.base.told import listener
from skcnn.base.versions import versions
from skcnn.keras_door import held_interrupts, keras
from skcnn.training.averages import WeightAverage
from skcnn.training.callback_state import CallbackStates
from skcnn.training.callbacks import (
    EarlyStopping,
    Epochs,
    FiniteLoss,
    Monitor,
    Progress,
    Told,
)
from skcnn.training.checkpoints import Checkpoint, columns
from skcnn.training.compilation import compile_model
from skcnn.training.data import TrainingData
from skcnn.training.layers import find_layer
from skcnn.training.optimizers import optimizer_key, set_rate_and_decay
from skcnn.training.plan import Plan
from skcnn.training.pool import POOL, CompiledModel
from skcnn.training.schedules import Schedule
from skcnn.training.spec import ModelSpec, strategy_key
from skcnn.training.state import NetworkState

# Settings that decide nothing about the weights. Of callbacks, what the user has set
# decides: an object made of it may hold a number of its own run.
_WITHOUT_EFFECT = ("checkpoint_dir", "verbose", "layers_needed", "callbacks", "tasks")


@dataclass(frozen=True)
class FitConfig:
    """How to train; most names are those of the estimators' parameters."""

    epochs: int
    batch_size: int
    seed: int
    optimizer: keras.optimizers.Optimizer
    """It is only copied from."""
    learning_rate: float
    loss: object
    is_users_optimizer: bool = False
    """Whether it says itself which variables its weight decay leaves out."""
    lr_schedule: object = "constant"
    weight_decay: float | None = None
    compile_options: dict = field(default_factory=dict)
    """Further arguments of ``compile``, with metrics as lists."""
    callbacks: tuple = ()
    """The user's, made for this fit alone."""
    callbacks_as_set: object = None
    """What these were made of."""
    early_stopping: bool = False
    n_iter_no_change: int = 10
    tol: float = 1e-4
    monitor: str = "val_loss"
    plan: Plan = field(default_factory=Plan)
    first_epoch: int = 0
    goes_on: bool = False
    """Whether a later fit may continue, so that the optimizer's variables are kept."""
    initial_weights: list[np.ndarray] | None = None
    """Where the fit begins; None: the initializers draw from the seed."""
    verbose: int = 0
    name: str = "fit"
    checkpoint_dir: object = None
    layers_needed: tuple[str | None, ...] = ()
    """Layers that must exist (see :func:`skcnn.training.layers.find_layer`)."""
    tasks: EpochTasks | None = None
    """What scikit-learn's callbacks hear, where there are any."""

    @property
    def last_epoch(self) -> int:
        """Where the fit ends; epochs are counted on from fit to fit."""
        return self.first_epoch + self.epochs


@dataclass(frozen=True)
class FitResult:
    """What a fit gives back."""

    state: NetworkState
    spec: ModelSpec
    history: dict[str, list[float]]
    best_epoch: int | None
    n_parameters: int
    n_steps: int
    plan: tuple[tuple[int, int], ...]
    """``Plan.changes``."""


def fit(
    spec: ModelSpec,
    config: FitConfig,
    train: TrainingData,
    validation: TrainingData | None,
    scaling: tuple[float, float],
    state: NetworkState | None = None,
) -> FitResult:
    """Train a network and return its weights as NumPy arrays.

    Parameters
    ----------
    spec : ModelSpec
    config : FitConfig
    train, validation : TrainingData
    scaling : tuple of float
        Scale and offset of the pixels.
    state : NetworkState, optional
        Weights to go on with (``warm_start``, ``partial_fit``).

    Raises
    ------
    TimeoutError
        Where the plan's limit is over before the first step.
    ValueError
        Where the loss is not finite after an epoch; before the training, where
        ``checkpoint_dir`` cannot be written to.
    """
    monitor = Monitor(config.monitor)
    stopping = _early_stopping(config, monitor)
    checkpoint = None
    if config.checkpoint_dir is not None:
        checkpoint = Checkpoint(config.checkpoint_dir, stopping)
    train = train.weighted()
    validation = None if validation is None else validation.weighted()
    pooled = replace(spec, key=_pool_key(spec, config))
    with ExitStack() as until_done:
        with held_interrupts():
            compiled = until_done.enter_context(POOL.acquire_for_fit(pooled))
            _compile(compiled, spec, config)
            # TensorFlow crashes where an interrupt meets it as it makes weights.
            _start(compiled, spec, config, train, scaling, state)
        if stopping or config.lr_schedule == "plateau":
            monitor.ask(compiled.model, validation is not None)
        schedule = Schedule(config.lr_schedule, config.learning_rate, monitor)
        plan, n_steps = config.plan, -(-len(train) // config.batch_size)
        plan.begin(n_steps, config.epochs, config.first_epoch)
        first_epoch = config.first_epoch
        if checkpoint:
            given = {"train": train, "validation": validation, "state": state}
            given |= _deciding(spec, config, scaling, compiled.model)
            first_epoch = _resumed(checkpoint, given, config, compiled, schedule)
        moving: list[Progress | Told] = []
        if (hears := listener()) is not None:
            moving.append(Told(hears, plan))
        if config.verbose:
            moving.append(Progress(config.name, plan))
            until_done.callback(moving[-1].close)  # also where the fit fails

        def move() -> None:
            for one in moving:
                one.move()

        def so_far(rows) -> FitResult:
            state = compiled.snapshot(scaling, config.goes_on)
            return _result(compiled, pooled, plan, state, columns(rows))

        before = checkpoint.rows if checkpoint else []
        epochs = config.tasks and Epochs(config.tasks, before, so_far)
        history = compiled.model.fit(
            train,
            validation_data=validation,
            schedule=schedule,
            plan=plan,
            seed=config.seed,
            batch_size=config.batch_size,
            initial_epoch=first_epoch,
            epochs=config.last_epoch,
            # The order in which they must run.
            callbacks=[
                *config.callbacks,
                *filter(None, [FiniteLoss(), stopping, epochs, checkpoint]),
                *moving,
            ],
            on_steps=move if moving else None,
        ).history
        state = compiled.capture(scaling, config.goes_on)
        for average in (c for c in config.callbacks if isinstance(c, WeightAverage)):
            average.settle(train.shuffled(config.seed, config.last_epoch))
        history = checkpoint.history() if checkpoint else history
        best_epoch = stopping.best_epoch if stopping else None
        return _result(compiled, pooled, plan, state, history, best_epoch)


def _result(compiled, pooled, plan, state, history, best_epoch=None) -> FitResult:
    return FitResult(
        state=state,
        spec=pooled,
        history=_ordered(history),
        best_epoch=best_epoch,
        n_parameters=compiled.model.count_params(),
        n_steps=plan.done,
        plan=tuple(plan.changes),
    )


def _pool_key(spec: ModelSpec, config: FitConfig) -> Hashable:
    """Return what is equal for fits that may use one compiled model in turn."""
    if spec.key is None or not isinstance(spec.augment, (tuple, type(None))):
        return uuid.uuid4().hex  # equal to no other: only its own estimator's
    try:
        compiled = (
            optimizer_key(config.optimizer),
            fingerprint(config.loss, config.compile_options),
        )
    except NoFingerprint:
        return uuid.uuid4().hex
    return (
        spec.key,
        spec.dtype,
        spec.precision,
        spec.augment,
        spec.one_hot,
        spec.reconstruction,
        strategy_key(),
        config.weight_decay is not None,
        config.is_users_optimizer,
        compiled,
    )


def _compile(compiled: CompiledModel, spec: ModelSpec, config: FitConfig) -> None:
    for layer in config.layers_needed:
        find_layer(compiled.model, layer)
    if not compiled.model.compiled:
        compile_model(compiled.model, spec, config)


def _start(compiled: CompiledModel, spec, config, train, scaling, state) -> None:
    """Make the model as new, or as ``state`` left it."""
    if state is not None:
        compiled.go_on(config.seed, scaling, state)
    else:
        compiled.start(config.seed, scaling, config.initial_weights)
        if spec.start is not None:
            spec.start(compiled.model, train, scaling)
    decay = config.weight_decay
    if decay is None:
        decay = config.optimizer.weight_decay
    set_rate_and_decay(compiled.model.optimizer, config.learning_rate, decay)


def _early_stopping(config: FitConfig, monitor: Monitor) -> EarlyStopping | None:
    if not config.early_stopping:
        return None
    return EarlyStopping(monitor, config.n_iter_no_change, config.tol)


def _deciding(spec: ModelSpec, config: FitConfig, scaling, model) -> dict:
    """Return what decides the network, its training, and where it begins.

    What the user's own layers hold is more than the code that made them.
    """
    layers = model._flatten_layers(include_self=False)
    own = [one for one in layers if type(one).__module__.partition(".")[0] != "keras"]
    effective = {
        one.name: getattr(config, one.name)
        for one in fields(config)
        if one.name not in _WITHOUT_EFFECT
    }
    return {
        **effective,
        "network": replace(spec, key=None),  # it may hold for this process alone
        "layers": own if spec.key is None else [],
        "scaling": tuple(map(float, scaling)),
        "versions": versions(),
    }


def _resumed(checkpoint, deciding, config, compiled, schedule) -> int:
    """Return the epoch to begin with, after the last one of a fit that was killed."""
    others = {name: deciding[name] for name in ("lr_schedule", "loss")}
    others["metrics"] = config.compile_options.get("metrics")
    states = CallbackStates(list(config.callbacks), others)
    epoch = checkpoint.resume(compiled, schedule, config.plan, states, deciding)
    if checkpoint.has_ended or config.plan.has_ended:
        return config.last_epoch
    return config.first_epoch if epoch is None else epoch


def _ordered(history: dict[str, list[float]]) -> dict[str, list[float]]:
    """Return the columns in the order of the documentation; Keras sorts them."""
    first = ("loss", "accuracy", "val_loss", "val_accuracy")
    last = ("learning_rate", "seconds", "steps")
    others = [name for name in history if name not in first + last]
    return {n: history[n] for n in (*first, *others, *last) if n in history}
