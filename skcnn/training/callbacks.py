"""Callbacks: our own (finite loss, early stopping, progress), and the user's."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from tqdm.auto import tqdm

from skcnn.base.sklearn_callbacks import EpochTasks
from skcnn.base.told import Listener
from skcnn.keras_door import keras
from skcnn.training.plan import Plan
from skcnn.training.routes import make


class Monitor:
    """A column of the history, with its sign turned so that more is better.

    Parameters
    ----------
    column : str
    sign : int, optional
        1 where the metric should grow, -1 where it should fall; None: :meth:`ask`
        finds out.
    """

    def __init__(self, column: str, sign: int | None = None):
        self.column = column
        self.sign = sign

    def ask(self, model, validates: bool) -> None:
        """Ask the metric of a compiled model in which direction it improves.

        Parameters
        ----------
        model : FastModel
        validates : bool
            Whether there are validation rows, so that all columns are there twice.

        Raises
        ------
        ValueError
            For an unknown column, and for a metric that does not tell.
        """
        metrics = {"loss": None, **model.metrics_by_name()}
        known = [*metrics, *(f"val_{name}" for name in metrics if validates)]
        self._check_is_in(known)
        metric = metrics.get(self.column, metrics.get(self.column.removeprefix("val_")))
        direction = "down" if metric is None else _direction(metric)
        if direction not in ("up", "down"):
            name = _who_tells(metric).__name__
            raise ValueError(
                f"monitor={self.column!r}: {name} does not say whether more of it is "
                f'better. Set {name}._direction = "up" or {name}._direction = "down" '
                "before the fit, or monitor 'loss' or 'accuracy' (with or without "
                "'val_')."
            )
        self.sign = 1 if direction == "up" else -1

    def value(self, logs: Mapping[str, float] | None) -> float:
        """Return the metric of an epoch, turned so that more is better."""
        self._check_is_in(logs or {})
        return self.sign * logs[self.column]

    def _check_is_in(self, known) -> None:
        if self.column not in known:
            raise ValueError(
                f"monitor={self.column!r} is no metric of this fit; known are "
                f"{sorted(known)}."
            )


def _direction(metric) -> str | None:
    """Return what Keras' metrics say about themselves, and users' own may say."""
    said = getattr(_who_tells(metric), "_direction", None)
    return getattr(metric, "_direction", said)


def _who_tells(metric):
    """Return the class of a metric, or the function that it is about."""
    return getattr(metric, "_fn", type(metric))


_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


def has_batch_hooks(callback) -> bool:
    """Tell whether a Keras callback wants to be called around every batch."""
    if getattr(callback, "save_freq", None) == "epoch":
        return False  # ModelCheckpoint and BackupAndRestore count batches only if told
    base = keras.callbacks.Callback
    # An attribute of the instance is a hook, too: LambdaCallback has its hooks there.
    hooks = {name: getattr(callback, name, None) for name in _BATCH_HOOKS}
    return any(
        getattr(hook, "__func__", hook) is not getattr(base, name, None)
        for name, hook in hooks.items()
    )


def fresh_callbacks(callbacks, routed: Mapping) -> tuple[keras.callbacks.Callback, ...]:
    """Return callbacks of the same kind for one fit.

    Classes are made into objects with the parameters of ``callbacks__``; functions are
    called. Of an instance the fit gets a shallow copy: Keras' callbacks remember the
    best value of the previous fit in attributes, while what a callback holds (a list, a
    trial, a file, a bar) is the user's own.
    """
    made = make("callbacks", _fresh(callbacks), routed)
    return tuple(_flat(made))


def _fresh(callbacks):
    if callbacks is None:
        return None
    if isinstance(callbacks, dict):
        return {name: _fresh(one) for name, one in callbacks.items()}
    if isinstance(callbacks, (list, tuple)):
        return [_fresh(one) for one in callbacks]
    if _is_callback_class(callbacks):
        return callbacks
    if isinstance(callbacks, keras.callbacks.Callback):
        return _shallow_copy(callbacks)
    return _made_by(callbacks)


def _flat(callbacks) -> list:
    if callbacks is None:
        return []
    if isinstance(callbacks, dict):
        callbacks = list(callbacks.values())
    if isinstance(callbacks, list):
        return [one for some in callbacks for one in _flat(some)]
    return [callbacks]


def _is_callback_class(thing) -> bool:
    return inspect.isclass(thing) and issubclass(thing, keras.callbacks.Callback)


def _shallow_copy(callback):
    """Return a copy whose own methods, kept as attributes, are those of the copy."""
    own = copy.copy(callback)
    for name, value in vars(own).items():
        if inspect.ismethod(value) and value.__self__ is callback:
            setattr(own, name, value.__func__.__get__(own))
    return own


def _made_by(function):
    """Call a function without arguments that makes a callback."""
    if not callable(function) or _needs_arguments(function):
        raise TypeError(f"{_WANTED}, got {function!r}.")
    made = function()
    if not isinstance(made, keras.callbacks.Callback):
        raise TypeError(f"{_WANTED}; {function!r} returned {made!r}.")
    return made


_WANTED = (
    "callbacks must hold Keras callbacks (instances, classes, or functions without "
    "arguments that return one)"
)


def _needs_arguments(function) -> bool:
    try:
        inspect.signature(function).bind()
    except TypeError:
        return True
    except ValueError:
        return False  # a built-in that has no signature
    return False


class FiniteLoss(keras.callbacks.Callback):
    """Stop the fit with an error once the loss is not finite any more."""

    def on_epoch_end(self, epoch, logs=None):
        """Look at the loss, and at the validation loss where there is one."""
        for name in ("loss", "val_loss"):
            value = (logs or {}).get(name, 0.0)
            if not np.isfinite(value):
                raise ValueError(
                    f"The {name} is {value} after epoch {epoch + 1}: the training "
                    "has diverged. Use a smaller learning_rate, and check that the "
                    "pixels are scaled (rescale='auto')."
                )


class EarlyStopping(keras.callbacks.Callback):
    """Stop when the monitored metric no longer improves; keep the best weights.

    Keras' own callback remembered the best value of an earlier fit in several
    releases, and counts improvement by another rule than scikit-learn: here an epoch
    counts as better if it improves on the best one by more than ``tol``, as in
    :class:`sklearn.neural_network.MLPClassifier`, while the best weights are those of
    the best epoch by however little.
    """

    def __init__(self, monitor: Monitor, n_iter_no_change: int, tol: float):
        super().__init__()
        self.monitor = monitor
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.best = -np.inf
        self.best_epoch = None
        self.best_weights = None
        self.waited = 0

    def on_epoch_end(self, epoch, logs=None):
        """Compare, keep, count, stop."""
        value = self.monitor.value(logs)
        self.waited = 0 if value > self.best + self.tol else self.waited + 1
        if value > self.best:
            self.best, self.best_epoch = value, epoch
            self.best_weights = self.model.get_weights()
        if self.has_ended:
            self.model.stop_training = True

    @property
    def has_ended(self) -> bool:
        """Tell whether there were enough epochs without improvement."""
        return self.waited >= self.n_iter_no_change

    def memory(self) -> dict:
        """Return what was noted apart from the weights, for a checkpoint."""
        return {
            "best": float(self.best),
            "best_epoch": self.best_epoch,
            "waited": self.waited,
        }

    def on_train_end(self, logs=None):
        """Bring the best weights back."""
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


class Epochs(keras.callbacks.Callback):
    """Tell scikit-learn's callbacks of epochs; stop where one of them says so.

    Parameters
    ----------
    tasks : EpochTasks
    rows : list of dict
        Metrics of the epochs before, of a fit that is resumed.
    result : callable
        Returns, of the metrics of all epochs, what the fit would give back now.
    """

    def __init__(self, tasks: EpochTasks, rows: list, result: Callable):
        super().__init__()
        self.tasks = tasks
        self.rows = list(rows)
        self.result = result

    def on_epoch_begin(self, epoch, logs=None):
        """Begin a task."""
        self.tasks.begin_epoch()

    def on_epoch_end(self, epoch, logs=None):
        """End it."""
        self.rows.append(dict(logs))
        if self.tasks.end_epoch(partial(self.result, self.rows)):
            self.model.stop_training = True


class Told(keras.callbacks.Callback):
    """Tell whoever listens how many epochs are made, of how many."""

    def __init__(self, listener: Listener, plan: Plan):
        super().__init__()
        self.listener = listener
        self.plan = plan

    def move(self) -> None:
        """Tell of the steps that are made, of those that are planned now."""
        done, end, n_steps = self.plan.done, self.plan.end, self.plan.n_steps
        epoch, last = -(-done // n_steps), -(-end // n_steps)
        self.listener(done / max(end, 1), f"epoch {epoch} of {last}")

    def on_epoch_end(self, epoch, logs=None):
        """Tell of an epoch."""
        self.move()


class Progress(keras.callbacks.Callback):
    """One tqdm bar per fit, with loss, accuracy and the time left."""

    def __init__(self, name: str, plan: Plan):
        super().__init__()
        self.name = name
        self.plan = plan
        self.bar = None

    def on_train_begin(self, logs=None):
        """Open the bar."""
        self.bar = tqdm(
            total=self.plan.end,
            desc=self.name,
            unit="step",
            bar_format="{desc} {percentage:3.0f}%|{bar}| "
            "{elapsed}<{remaining}{postfix}",
        )

    def move(self) -> None:
        """Show the steps that are made, of those that are planned now."""
        self.bar.n, self.bar.total = self.plan.done, self.plan.end
        self.bar.refresh()

    def on_epoch_end(self, epoch, logs=None):
        """Show the epoch's metrics."""
        self.move()
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        self.bar.set_postfix({n: f"{logs[n]:.3f}" for n in names if n in logs})

    def close(self) -> None:
        """Leave the bar as it is, and the line below to the next one."""
        if self.bar is not None:
            self.bar.close()
