"""Call a build function as scikeras does; only this file knows scikeras.

``scikeras.wrappers.KerasClassifier`` brings ``model__*``, its metadata and the
arguments of ``compile`` to the build function. It never sees an image or a label of the
user's: what it is initialised with are class numbers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from skcnn.keras_door import start_tensorflow

start_tensorflow()
from scikeras.wrappers import KerasClassifier  # noqa: E402  (it imports Keras)


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


class _Encoded(_AsItIs):
    """For class numbers, all of which are there when the network is built."""

    def fit(self, values):
        """Take note of the class numbers."""
        self.classes = values
        return self

    def get_metadata(self) -> dict:
        """Return what a build function finds in ``meta``."""
        return {
            "classes_": self.classes,
            "n_classes_": len(self.classes),
            "n_outputs_": 1,
            "n_outputs_expected_": 1,
        }


class _Classifier(KerasClassifier):
    """scikeras' classifier for class numbers."""

    feature_encoder = property(lambda self: _AsItIs())
    target_encoder = property(lambda self: _Encoded())


def build_by_scikeras(
    build: Callable, n_classes: int, compile_arguments: dict, routed: dict
) -> tuple:
    """Return what a build function returns, and the ``compile_kwargs`` it was given.

    Parameters
    ----------
    build : callable
        Called once as ``build(meta, compile_kwargs, **model_parameters)``.
    n_classes : int
    compile_arguments : dict
        ``optimizer``, ``loss`` and ``metrics``.
    routed : dict
        Parameters with a prefix; those of ``model__`` go to ``build``.
    """
    found = []

    def called(meta, compile_kwargs, params, **parameters):
        del params  # scikeras' own; the build function shall see ours
        found.append((build(meta, compile_kwargs, **parameters), compile_kwargs))

    classes = np.arange(n_classes)
    _Classifier(
        model=called,
        random_state=None,  # theirs is global
        **compile_arguments,
        **{name: routed[name] for name in routed if name.startswith("model__")},
    ).initialize(classes[:, None], classes)
    return found[0]
