"""Classifiers that cost nothing, and one that says what was asked of it."""

from collections import UserList

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB


class _Log(UserList):
    """A list that is no part of what a class consists of."""

    def __reduce__(self):
        return _Log, ()


class _Told(ClassifierMixin, BaseEstimator):
    """Takes images, and writes down every call in ``calls``, which clones share."""

    calls = _Log()

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        self.calls.append(("fit", np.shape(X), self.random_state))
        self.classes_ = np.unique(y)
        self._bayes = GaussianNB().fit(np.reshape(X, (len(X), -1)), y)
        return self

    def predict(self, X):
        self.calls.append(("predict", np.shape(X)))
        return self._bayes.predict(np.reshape(X, (len(X), -1)))

    def predict_proba(self, X):
        self.calls.append(("predict_proba", np.shape(X)))
        return self._bayes.predict_proba(np.reshape(X, (len(X), -1)))


class _Failing(ClassifierMixin, BaseEstimator):
    """Raises in fit, unless the labels please it."""

    def __init__(self, error=ValueError, works=None):
        self.error = error
        self.works = works

    def fit(self, X, y):
        if self.works is None or not self.works(y):
            raise self.error("no luck\nat all")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


@pytest.fixture
def told():
    """Give a classifier of images; ``told.calls`` has (method, shape) of every call."""
    estimator = _Told()
    estimator.calls.clear()
    return estimator


@pytest.fixture
def failing():
    """Give the class of a classifier whose fit raises an ``error``.

    Where ``works(y)`` is true it does not, and predicts the first class.
    """
    return _Failing


@pytest.fixture
def rows(shapes):
    """Give `shapes` as flat rows (60, 64), and its labels."""
    X, y = shapes
    return X.reshape(len(X), -1), y
