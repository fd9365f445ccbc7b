"""Scores by name, and all of them from one prediction."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from inspect import signature

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.metrics import get_scorer, get_scorer_names, make_scorer
from sklearn.utils.metaestimators import available_if

from skcnn.comparison._predictions import Predictions, in_columns

# What a scorer may ask of an estimator.
_RESPONSES = frozenset({"predict", "predict_proba", "decision_function"})

# Columns that the tables have anyway.
_TAKEN = {
    *("id", "estimator", "fold", "n_train", "n_test", "fit_seconds"),
    *("predict_seconds", "seconds_per_1000", "n_parameters", "rank", "error"),
}


def check_scoring(scoring) -> dict[str, str | Callable]:
    """Return scores by their names; a scorer's name stands for itself.

    Parameters
    ----------
    scoring : str, sequence of str, or dict
        Names of scikit-learn's scorers; a dict has names of the user's own and, for
        each, such a name or a callable of (estimator, X, y).

    Raises
    ------
    ValueError
        For no score, an unknown one, or one named twice.
    TypeError
        For something else.
    """
    if isinstance(scoring, str):
        scoring = (scoring,)
    if not isinstance(scoring, (list, tuple, Mapping)):
        raise TypeError(
            "scoring must be a name such as 'accuracy', a sequence of names, or a dict "
            f"of names and scorers, got {scoring!r}."
        )
    if len(scoring) == 0:
        raise ValueError("scoring is empty; the first score decides about the rank.")
    if not isinstance(scoring, Mapping):
        _check_names(scoring)
        scoring = dict(zip(scoring, scoring, strict=True))
    for name, scorer in scoring.items():
        _check_scorer(name, scorer)
    return dict(scoring)


def _check_names(names) -> None:
    for number, name in enumerate(names):
        if not isinstance(name, str):
            raise TypeError(
                f"scoring[{number}] is {name!r}, and a name is wanted. Give it one in "
                "a dict: scoring={'my_score': scorer}."
            )
        if name in names[:number]:
            raise ValueError(f"scoring holds {name!r} twice; once is enough.")


def _check_scorer(name, scorer) -> None:
    if not isinstance(name, str) or name in _TAKEN:
        raise ValueError(
            f"A score cannot be called {name!r}: the tables have other columns "
            f"{sorted(_TAKEN)}, and names are strings."
        )
    if callable(scorer):
        return
    known = get_scorer_names()
    if scorer not in known:
        close = difflib.get_close_matches(str(scorer), known, n=3)
        hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise ValueError(
            f"There is no score {scorer!r}.{hint} scikit-learn's scorers are "
            f"{', '.join(known)}; a callable goes into a dict."
        )


def check_computable(scorers, y: np.ndarray, splits) -> None:
    """Refuse a score that these labels do not allow, before anything is trained.

    A classifier that ignores the images is asked on the fold with the fewest classes:
    "f1" wants two classes, "roc_auc" another name for more of them.
    """
    train, test = min(splits, key=lambda split: len(np.unique(y[split[1]])))
    blank = np.zeros((len(y), 1))
    dummy = DummyClassifier().fit(blank[train], y[train])
    predictions = Predictions.from_estimator(
        dummy, blank[test], y[test], classes=np.unique(y)
    )
    asked = _Asked(dummy, predictions)
    for name, scorer in scorers.items():
        if callable(scorer):
            continue
        try:
            with warnings.catch_warnings():
                # Of what is wrong with the dummy's answers.
                warnings.simplefilter("ignore")
                _check_defined(_named_score(scorer, asked, blank[test], y[test]))
        except AttributeError:
            pass  # it has no decision_function; others do
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"The score {name!r} cannot be computed for these labels and folds: "
                f"{error} For more than two classes there are 'f1_macro', "
                "'roc_auc_ovr' and the like; and folds should hold every class."
            ) from error


def _check_defined(score: float) -> None:
    if np.isnan(score):
        raise ValueError("It is not defined without images of every class.")


class _Asked:
    """A fitted estimator as scorers see it, which has given its predictions.

    It knows the classes of the predictions, whichever of them it was fitted on and in
    whatever order.
    """

    def __init__(self, estimator, predictions: Predictions):
        self._estimator, self._predictions = estimator, predictions
        self.classes_ = predictions.classes

    def predict(self, X):
        return self._predictions.y_pred

    @available_if(lambda self: hasattr(self._estimator, "predict_proba"))
    def predict_proba(self, X):
        return self._predictions.proba

    @available_if(lambda self: hasattr(self._estimator, "decision_function"))
    def decision_function(self, X):
        return self._decision_values

    def __getattr__(self, name):
        return getattr(self._estimator, name)

    @cached_property
    def _decision_values(self):
        values = self._estimator.decision_function(self._predictions.X)
        return in_columns(self._estimator, values, self.classes_)


def _named_score(name: str, asked: _Asked, X, y: np.ndarray) -> float:
    """Return a score of scikit-learn's, which is told of all classes.

    Scores of probabilities take the columns for the labels that ``y`` happens to hold
    unless they are given.
    """
    scorer = get_scorer(name)
    function, response = scorer._score_func, scorer._response_method
    if response != "predict" and "labels" in signature(function).parameters:
        settings = {**scorer._kwargs, "labels": asked.classes_}
        scorer = make_scorer(
            function,
            response_method=response,
            greater_is_better=scorer._sign > 0,
            **settings,
        )
    return float(scorer(asked, X, y))


def compute_scores(
    scorers, estimator, predictions: Predictions
) -> tuple[dict[str, float], dict[str, Exception]]:
    """Return every score, and by name what went wrong with those that are NaN.

    The predictions have their images with them, of which scorers may ask more.
    A score that the estimator cannot give, since it has no ``predict_proba``, is NaN
    without a word.
    """
    scores, problems = {}, {}
    asked, X, y = _Asked(estimator, predictions), predictions.X, predictions.y_true
    for name, scorer in scorers.items():
        try:
            if callable(scorer):  # the user's own may look at more than predictions
                scores[name] = float(scorer(estimator, X, y))
            else:
                scores[name] = _named_score(scorer, asked, X, y)
        except Exception as error:
            scores[name] = np.nan
            if not _is_not_given(error):
                problems[name] = error
    return scores, problems


def _is_not_given(error: Exception) -> bool:
    """Whether a scorer asked for a response that the estimator does not have."""
    text = str(error)
    return isinstance(error, AttributeError) and any(r in text for r in _RESPONSES)


def describe_error(error: Exception) -> str:
    """Return class and first line of an exception."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
