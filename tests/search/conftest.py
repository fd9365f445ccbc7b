"""A classifier that goes on by `partial_fit`, costs nothing and tells what it did."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin


@dataclass
class Calls:
    """What was done, in order; copies of an estimator share it."""

    made: list = field(default_factory=list)
    fails: object = None
    """Called with quality and epoch: whether to raise."""
    seconds: object = None
    """Called with each call: the clock goes on by so much."""

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return _the_calls, ()

    def __fingerprint__(self):
        return ()


CALLS = Calls()


def _the_calls():
    return CALLS


class Learner(ClassifierMixin, BaseEstimator):
    """It is right about a share of the rows: ``quality`` and a little per epoch."""

    def __init__(self, quality=0.5, calls=None):
        self.quality = quality
        self.calls = calls

    def fit(self, X, y, sample_weight=None):
        self._note("fit", X, y, sample_weight)
        self.n_epochs_ = 10
        return self

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        self.n_epochs_ = getattr(self, "n_epochs_", 0) + 1
        self._note("partial_fit", X, y, sample_weight)
        return self

    def _note(self, name, X, y, sample_weight):
        if self.calls is not None:
            epoch = getattr(self, "n_epochs_", 0)
            if self.calls.fails is not None and self.calls.fails(self.quality, epoch):
                raise RuntimeError(f"no luck in epoch {epoch}")
            self.calls.made.append((name, self.quality, epoch, len(X), sample_weight))
            if self.calls.seconds is not None:
                self.calls.seconds(name)
        self.classes_ = np.unique(y)

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y, sample_weight=None):
        return min(1.0, self.quality + self.n_epochs_ / 1000)


@pytest.fixture
def calls():
    """Give what `Learner(calls=...)` writes into, empty."""
    CALLS.made.clear()
    CALLS.fails = CALLS.seconds = None
    yield CALLS
    CALLS.made.clear()
    CALLS.fails = CALLS.seconds = None


@pytest.fixture
def learner(calls):
    """Give an unfitted `Learner` that notes its calls."""
    return Learner(calls=calls)


@pytest.fixture(scope="session")
def table():
    """Give (X, y): 60 rows of four numbers, three classes."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    return rng.normal(size=(60, 4)) + y[:, None], y


@pytest.fixture(scope="session")
def cnn(make_cnn):
    """Give the small network, with the schedule that it has by default."""
    return make_cnn(lr_schedule="one_cycle", epochs=9)
