"""Drive one fit through scikeras, which only this file knows.

``scikeras.wrappers.KerasClassifier`` is composed, never inherited by an estimator: it
brings ``model__*`` and its metadata to the build function, collects callbacks, and
counts epochs. It never sees an image, a label or a weight array of the user's: what it
drives are row numbers and class codes. Its tags and its random state stay inside.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from scikeras.wrappers import KerasClassifier

from skcnn.keras_door import keras
from skcnn.training.callbacks import fresh_callbacks
from skcnn.training.optimizers import template
from skcnn.training.plan import Settings
from skcnn.training.routes import make


class _AsItIs:
    """Encodes nothing.

    scikeras' own encoders are pipelines of scikit-learn, whose ``fit`` others watch
    (mlflow's autolog), and whose output the user's ``set_config`` changes.
    """

    def fit(self, values):
        """Learn nothing."""
        return self

    def transform(self, values):
        """Return what came."""
        return values


class _Codes(_AsItIs):
    """For class codes, all of which are there when the network is built."""

    def fit(self, values):
        """Take note of the codes."""
        self.codes = values
        return self

    def get_metadata(self) -> dict:
        """Return what a build function finds in ``meta``."""
        return {
            "classes_": self.codes,
            "n_classes_": len(self.codes),
            "n_outputs_": 1,
            "n_outputs_expected_": 1,
        }


class _Driver(KerasClassifier):
    """scikeras' classifier for row numbers and class codes."""

    feature_encoder = property(lambda self: _AsItIs())
    target_encoder = property(lambda self: _Codes())


def make_driver(
    build: Callable, n_classes: int, settings: Settings, own_callbacks: list
) -> KerasClassifier:
    """Return a scikeras classifier whose network has been built.

    Parameters
    ----------
    build : callable
        Called once as ``build(meta, compile_kwargs, **model_parameters)``; it returns
        a compiled Keras model.
    n_classes : int
    settings : Settings
    own_callbacks : list of keras.callbacks.Callback
        Run after the user's.
    """
    routed = settings.routed
    driver = _Driver(
        model=partial(build),  # scikeras takes functions and partials, no methods
        warm_start=True,  # ``initialize`` below builds; ``fit`` must not build again
        random_state=None,  # ours is in the program; theirs is global
        optimizer=template(settings.optimizer, routed),
        loss=make("loss", settings.loss, routed),
        metrics=make("metrics", settings.metrics, routed),
        callbacks=make("callbacks", fresh_callbacks(settings.callbacks), routed),
        # Ours comes last, so that it makes the history: one of the user's goes on
        # from fit to fit.
        fit__callbacks=[*own_callbacks, keras.callbacks.History()],
        verbose=0,
        **{name: routed[name] for name in routed if name.startswith("model__")},
    )
    # All classes are named here, though the rows of a fit may lack one.
    codes = np.arange(n_classes)
    return driver.initialize(codes[:, None], codes)


def users_callbacks(driver: KerasClassifier) -> list[keras.callbacks.Callback]:
    """Return the callbacks of its fits that are not ours, in their order."""
    callbacks = keras.tree.flatten(driver._fit_callbacks)
    return callbacks[: len(callbacks) - len(driver.fit__callbacks)]


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
