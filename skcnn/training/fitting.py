"""One fit from start to end: borrow a program, train it, copy out what it learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from skcnn.base.versions import versions
from skcnn.keras_door import held_interrupts
from skcnn.training.callback_state import CallbackStates
from skcnn.training.callbacks import EarlyStopping, FiniteLoss, Progress
from skcnn.training.checkpoints import Checkpoint
from skcnn.training.driver import drive, make_driver, users_callbacks
from skcnn.training.lease import Lease
from skcnn.training.monitor import Monitor
from skcnn.training.own_scaling import decide_scaling
from skcnn.training.plan import Draft, Fitted, Rows, Settings
from skcnn.training.routes import told
from skcnn.training.run import Run
from skcnn.training.schedules import Schedule
from skcnn.training.state import NetworkState

# Settings that decide nothing about the weights.
_WITHOUT_EFFECT = ("checkpoint_dir", "verbose", "layers_needed")


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
        1 where the network gives images: all are of one class.
    settings : Settings
    train, validation : Rows
    scaling : tuple of float
        Scale and offset of the pixels. A network of the user's that scales by itself
        may begin with others, which are those of the state that is returned.
    state : NetworkState, optional
        Weights to go on with (``warm_start``, ``partial_fit``).

    Raises
    ------
    ValueError
        Where the loss is not finite after an epoch; before the training, where
        ``checkpoint_dir`` cannot be written to.
    """
    monitor = Monitor(settings.monitor)
    stopping = _early_stopping(settings, monitor)
    checkpoint = None
    if settings.checkpoint_dir is not None:
        checkpoint = Checkpoint(settings.checkpoint_dir, stopping)
    lease = Lease(make_draft, settings, train.images.dtype)
    with lease.until_done:
        callbacks = _own_callbacks(settings, stopping, checkpoint, lease.until_done)
        with held_interrupts():
            driver = make_driver(lease.build, n_classes, settings, callbacks)
            if stopping or settings.lr_schedule == "plateau":
                monitor.ask(lease.program.model, validation is not None)
        network = lease.draft.network
        if network is not None and settings.rescale == "auto" and state is None:
            scaling = decide_scaling(network, scaling)
        schedule = Schedule(
            settings.lr_schedule,
            lease.start(state, scaling),
            settings.first_epoch,
            settings.last_epoch,
            monitor,
        )
        first_epoch = settings.first_epoch
        if checkpoint:
            given = {"n_classes": n_classes, "scaling": tuple(map(float, scaling))}
            given |= {"train": train, "validation": validation, "state": state}
            first_epoch = _resumed(checkpoint, given, settings, lease, driver, schedule)
        history = _train(driver, settings, first_epoch, schedule, train, validation)
        return Fitted(
            state=lease.program.capture(scaling, settings.goes_on),
            blueprint=lease.blueprint,
            history=_ordered(checkpoint.history() if checkpoint else history),
            best_epoch=stopping.best_epoch if stopping else None,
            logits=lease.logits,
            n_parameters=lease.program.model.count_params(),
        )


def _train(
    driver, settings, first_epoch, schedule, train, validation
) -> dict[str, list[float]]:
    """Train the program that the driver holds; return the history."""
    run = Run(train.images, schedule, settings.seed, clean=train.clean)
    if validation is not None:
        run.validation_images = validation.images
        run.validation_clean = validation.clean
    driver.model_.run = run
    try:
        with told("The fit was given", settings.routed):
            return drive(
                driver,
                *train.arrays(),
                batch_size=settings.batch_size,
                first_epoch=first_epoch,
                last_epoch=settings.last_epoch,
                validation=None if validation is None else validation.arrays(),
            )
    finally:
        driver.model_.run = None  # no program keeps the caller's images alive


def _ordered(history: dict[str, list[float]]) -> dict[str, list[float]]:
    """Return the columns in the order of the documentation; Keras sorts them."""
    first = ("loss", "accuracy", "val_loss", "val_accuracy")
    last = ("learning_rate", "seconds")
    others = [name for name in history if name not in first + last]
    return {n: history[n] for n in (*first, *others, *last) if n in history}


def _early_stopping(settings: Settings, monitor: Monitor) -> EarlyStopping | None:
    if not settings.early_stopping:
        return None
    return EarlyStopping(monitor, settings.n_iter_no_change, settings.tol)


def _resumed(checkpoint, given, settings, lease, driver, schedule) -> int:
    """Return the epoch to begin with, after the last one of a fit that was killed."""
    effective = {
        field.name: getattr(settings, field.name)
        for field in fields(settings)
        if field.name not in _WITHOUT_EFFECT
    }
    others = {name: effective[name] for name in ("lr_schedule", "loss", "metrics")}
    epoch = checkpoint.resume(
        lease.program,
        schedule,
        CallbackStates(users_callbacks(driver), others),
        {**effective, **given, **lease.deciding(), "versions": versions()},
    )
    if checkpoint.has_ended:
        return settings.last_epoch
    return settings.first_epoch if epoch is None else epoch


def _own_callbacks(settings, stopping, checkpoint, until_done) -> list:
    """Return our callbacks in the order in which they must run."""
    callbacks = [FiniteLoss(), stopping, checkpoint]
    if settings.verbose:
        progress = Progress(settings.name, settings.epochs)
        until_done.callback(progress.close)  # also where the fit fails
        callbacks.append(progress)
    return [callback for callback in callbacks if callback is not None]
