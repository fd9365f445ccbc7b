"""What is known of one system: how it is made, and what its report says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from sklearn.base import BaseEstimator

# What the reports did not use, or used throughout.
PLAIN_TRAINING = {
    "lr_schedule": "constant",
    "label_smoothing": 0.0,
    "augment": None,
}
PLAIN_CNN = {
    **PLAIN_TRAINING,
    "convs_per_block": 1,
    "batch_norm": False,
    "head": "flatten",
}


@dataclass(frozen=True)
class Recipe:
    """One system of the reports, or a baseline.

    Attributes
    ----------
    id : str
        Letter of the report and number of the system.
    task : {"T5", "T10", "TN"}
        T5: Fashion-MNIST with five labels; T10: with ten; TN: digits on noise.
    system : str
        The system in one line.
    estimator : str
        Name of the class.
    params : mapping
        Parameters of the class; ``model`` is the name of a function in
        :mod:`skcnn.networks`.
    make_own : callable, optional
        Makes the estimator where it takes more than a class and its parameters.
    n_parameters : int, optional
        Weights of the network on the images of its task.
    n_frozen : int
        Those of them that are not trained.
    accuracy : float, optional
        Reported accuracy, on test images where the report has them.
    seconds : float, optional
        Reported seconds.
    n_images : int, optional
        Training images of the report, where it did not use all.
    note : str
        What else the report says, and where the recipe departs from it.
    """

    id: str
    task: str
    system: str
    estimator: str = "CNNClassifier"
    params: Mapping[str, object] = field(default_factory=dict)
    make_own: Callable[[], BaseEstimator] | None = None
    n_parameters: int | None = None
    n_frozen: int = 0
    accuracy: float | None = None
    seconds: float | None = None
    n_images: int | None = None
    note: str = ""

    def make(self) -> BaseEstimator:
        """Return an unfitted estimator."""
        if self.make_own is not None:
            return self.make_own()
        params = dict(self.params)
        if "model" in params:
            params["model"] = network_function(params["model"])
        return getattr(import_module("skcnn"), self.estimator)(**params)


def network_function(name: str) -> Callable:
    """Return a function of :mod:`skcnn.networks`, which starts TensorFlow."""
    return getattr(import_module("skcnn.networks"), name)
