"""One fit from start to end: borrow a program, train it, copy out what it learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partial

from skcnn.training.callbacks import EarlyStopping, FiniteLoss, Progress
from skcnn.training.checkpoints import Checkpoint, fingerprint, stable_name
from skcnn.training.driver import drive, drive_directly, instances, make_driver
from skcnn.training.lease import Lease
from skcnn.training.optimizers import template
from skcnn.training.plan import Draft, Fitted, Rows, Settings
from skcnn.training.run import Run
from skcnn.training.schedules import Schedule
from skcnn.training.state import NetworkState


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

    def prepare(lease, own_callbacks):
        driver = make_driver(
            lease.build,
            n_classes,
            optimizer=template(settings.optimizer, settings.routed),
            loss=settings.loss,
            metrics=settings.metrics,
            callbacks=settings.callbacks,
            own_callbacks=own_callbacks,
            routed=settings.routed,
        )
        return partial(drive, driver)

    return _fit(prepare, make_draft, settings, train, validation, scaling, state)


def fit_autoencoder(
    make_draft: Callable[..., Draft],
    settings: Settings,
    train: Rows,
    validation: Rows | None,
    scaling: tuple[float, float],
    state: NetworkState | None = None,
) -> Fitted:
    """Train a network that gives images; see :func:`fit_network`.

    There are no labels, and so no scikeras. ``make_draft`` is called as
    ``make_draft(meta=None, compile_kwargs=...)``; its draft brings the loss.
    """

    def prepare(lease, own_callbacks):
        wanted = {
            "optimizer": template(settings.optimizer, {}),
            "loss": settings.loss,
            "metrics": settings.metrics,
        }
        model = lease.build(None, wanted)
        callbacks = [*instances(settings.callbacks), *own_callbacks]
        return partial(drive_directly, model, callbacks)

    return _fit(prepare, make_draft, settings, train, validation, scaling, state)


def _fit(prepare, make_draft, settings, train, validation, scaling, state) -> Fitted:
    """Borrow, prepare, start, train, copy out.

    ``prepare(lease, own_callbacks)`` has the lease build the network, and returns the
    function that trains it.
    """
    last_epoch = settings.first_epoch + settings.epochs
    stopping = _early_stopping(settings)
    checkpoint = _checkpoint(settings, stopping, train, validation, state)
    lease = Lease(make_draft, settings, train.images.dtype)
    with lease.until_done:
        drive_network = prepare(
            lease, _own_callbacks(settings, stopping, checkpoint, lease.until_done)
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
        model.run = _run(settings, schedule, train, validation)
        try:
            history = drive_network(
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


def _run(settings, schedule, train, validation) -> Run:
    run = Run(train.images, schedule, settings.seed, clean=train.clean)
    if validation is not None:
        run.validation_images = validation.images
        run.validation_clean = validation.clean
    return run


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
        if field.name not in ("checkpoint_dir", "verbose", "layers_needed")
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
