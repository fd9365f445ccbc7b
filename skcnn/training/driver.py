"""Drive one fit: through scikeras, which only this file knows, or directly.

``scikeras.wrappers.KerasClassifier`` is composed, never inherited: it routes
``optimizer__*``, ``loss__*``, ``metrics__*``, ``callbacks__*`` and ``model__*``, makes
callbacks out of classes, and counts epochs. It never sees an image, a label or a
weight array of the user's: what it drives are row numbers and class codes. Its tags,
its label encoding and its random state stay inside.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

import numpy as np

from skcnn.training.callbacks import fresh_callbacks
from skcnn.training.fast_model import FastModel
from skcnn.training.runtime import start_tensorflow

start_tensorflow()
from scikeras.wrappers import KerasClassifier  # noqa: E402  (it imports Keras)


def make_driver(
    build: Callable,
    n_classes: int,
    *,
    optimizer,
    loss,
    metrics=None,
    callbacks=None,
    own_callbacks: list = (),
    routed: dict | None = None,
) -> KerasClassifier:
    """Return a scikeras classifier whose network has been built.

    Parameters
    ----------
    build : callable
        Called once as ``build(meta, compile_kwargs, **model_parameters)``; it returns
        a compiled Keras model.
    n_classes : int
    optimizer, loss, metrics, callbacks
        As scikeras takes them: names, classes or instances.
    own_callbacks : list of keras.callbacks.Callback
        Run after the user's.
    routed : dict, optional
        Parameters with a scikeras prefix, such as ``optimizer__momentum``.
    """
    driver = KerasClassifier(
        model=partial(build),  # scikeras takes functions and partials, no methods
        warm_start=True,  # ``initialize`` below builds; ``fit`` must not build again
        random_state=None,  # ours is in the program; theirs is global
        optimizer=optimizer,
        loss=loss,
        metrics=metrics,
        callbacks=fresh_callbacks(callbacks),
        fit__callbacks=list(own_callbacks),
        verbose=0,
        **(routed or {}),
    )
    # All classes are named here, so that rows which lack one are coded the same way.
    codes = np.arange(n_classes)
    driver.initialize(codes[:, None], codes)
    return driver


def drive(
    driver: KerasClassifier,
    rows: np.ndarray,
    codes: np.ndarray,
    weights: np.ndarray | None,
    *,
    batch_size: int,
    first_epoch: int,
    last_epoch: int,
    validation: tuple | None,
) -> dict[str, list[float]]:
    """Train, and return the history of this fit, one list per figure.

    Parameters
    ----------
    rows : array of int, shape (n,)
    codes : array of int, shape (n,)
    weights : array of float, shape (n,), optional
    validation : tuple (rows, codes, weights), optional
    """
    driver.fit(
        rows[:, None],
        codes,
        sample_weight=weights,
        batch_size=batch_size,
        initial_epoch=first_epoch,
        epochs=last_epoch - first_epoch,
        validation_data=validation,
    )
    return dict(driver.model_.history.history)


def instances(callbacks) -> list:
    """Return fresh Keras callbacks as one list, whatever scikeras' form they came in.

    Parameters
    ----------
    callbacks : list, dict, keras.callbacks.Callback, class or None
    """
    callbacks = fresh_callbacks(callbacks)
    if callbacks is None:
        return []
    if isinstance(callbacks, dict):
        callbacks = list(callbacks.values())
    if isinstance(callbacks, (list, tuple)):
        return [one for some in callbacks for one in instances(some)]
    return [callbacks() if inspect.isclass(callbacks) else callbacks]


def drive_directly(
    model: FastModel,
    callbacks: list,
    rows: np.ndarray,
    codes: np.ndarray | None,
    weights: np.ndarray | None,
    *,
    batch_size: int,
    first_epoch: int,
    last_epoch: int,
    validation: tuple | None,
) -> dict[str, list[float]]:
    """Train without scikeras, which cannot do without labels; see :func:`drive`."""
    history = model.fit(
        rows,
        codes,
        sample_weight=weights,
        batch_size=batch_size,
        initial_epoch=first_epoch,
        epochs=last_epoch,
        validation_data=validation,
        callbacks=callbacks,
    )
    return dict(history.history)
