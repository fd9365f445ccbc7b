"""Classifiers that cost nothing, one that says what it was asked, and results."""

from collections import UserList
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
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


@pytest.fixture(scope="session")
def make_results():
    """Give a function that makes the results of a comparison.

    ``rows``: name -> (score, fit seconds), the best first; a text instead of a pair is
    the error of an estimator that failed. ``p``: {name, other} as a frozenset -> its
    Holm-adjusted p-value (else 0.5); ``p_alone`` the same before that (else as
    adjusted). ``sd`` and ``n_folds`` are those of every row.
    """

    def make(
        rows, *, p=(), p_alone=(), sd=0.004, n_folds=3, score="accuracy", test=None
    ):
        table = pd.DataFrame(
            [
                (np.nan, np.nan, np.nan, row)
                if isinstance(row, str)
                else (row[0], sd if n_folds > 1 else np.nan, row[1], "")
                for row in rows.values()
            ],
            index=pd.Index(rows, name="estimator"),
            columns=[score, f"{score}_sd", "fit_seconds", "error"],
        )
        if test is not None:
            table[f"test_{score}"] = test
        pairs = list(combinations(rows, 2))
        adjusted = [dict(p).get(frozenset(pair), 0.5) for pair in pairs]
        alone = [
            dict(p_alone).get(frozenset(pair), value)
            for pair, value in zip(pairs, adjusted, strict=True)
        ]
        pairwise = pd.DataFrame(
            {
                "first": [first for first, _ in pairs],
                "second": [second for _, second in pairs],
                "p": alone,
                "p_holm": adjusted,
            }
        )
        return SimpleNamespace(
            table_=table, pairwise_=pairwise, scoring_=(score,), splits_=[()] * n_folds
        )

    return make
