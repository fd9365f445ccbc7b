"""One unit of work: an estimator fitted once and scored once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from traceback import format_exception

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from skcnn._autoencoder_classifier import AutoencoderClassifier
from skcnn._pretrained_features import PretrainedFeatures
from skcnn.base.nested import fitted_inside
from skcnn.comparison._answers import AskedOnce, to_codes
from skcnn.comparison._scoring import compute_scores, describe_error
from skcnn.contract.estimator import BaseNetwork

# About a hundred lines; some errors quote whole arrays.
_MOST_TRACED = 10_000
_ON_TENSORFLOW = (BaseNetwork, PretrainedFeatures, AutoencoderClassifier)


@dataclass(frozen=True)
class Data:
    """The images of a comparison, and their labels as arrays.

    Attributes
    ----------
    X, y : images, ndarray of shape (n,)
    classes : ndarray of shape (k,)
    X_test, y_test : images, ndarray; or None
    """

    X: object
    y: np.ndarray
    classes: np.ndarray
    X_test: object = None
    y_test: np.ndarray | None = None


@dataclass(frozen=True)
class Unit:
    """An estimator on one fold.

    Attributes
    ----------
    id : str
        Fingerprint of all that decides the result.
    name : str
        The estimator's.
    estimator : estimator
        Unfitted; a clone of it is fitted.
    fold : int, optional
        Number of the fold. None: fitted on all images, scored on the test images.
    train, test : ndarray of int, optional
        Rows of the fold.
    is_stored : bool
        Whether a store may hold its result: another comparison can find it by ``id``.
    """

    id: str
    name: str
    estimator: BaseEstimator
    fold: int | None = None
    train: np.ndarray | None = None
    test: np.ndarray | None = None
    is_stored: bool = True

    def rows(self, data: Data) -> tuple:
        """Return X and y to fit on, X and y to score on; none of them the caller's."""
        if self.fold is None:
            # As copies, which those of a fold are too: an estimator may write to them.
            X_train, X_test = _all_of(data.X), _all_of(data.X_test)
            return X_train, data.y.copy(), X_test, data.y_test.copy()
        return (
            _safe_indexing(data.X, self.train),
            data.y[self.train],
            _safe_indexing(data.X, self.test),
            data.y[self.test],
        )


def _all_of(X):
    return _safe_indexing(X, np.arange(_num_samples(X)))


@dataclass
class Outcome:
    """What came of a unit.

    Attributes
    ----------
    scores : dict of str to float
    fit_seconds, predict_seconds : float
        ``predict`` alone.
    n_parameters : float
        Weights of the networks in the estimator; NaN where there is none.
    history : dict of str to list
        Columns of ``history_``, and the epoch; empty where there is none.
    codes : ndarray of shape (n_test,)
        Predicted labels, as positions in the classes.
    probabilities : ndarray of shape (n_test, k), optional
    error : str
        What went wrong, on one line; empty when all went well.
    traceback : str
        Where the first of it went wrong: the end of Python's text.
    estimator : estimator, optional
        The fitted one, of a unit on test images.
    """

    scores: dict[str, float] = field(default_factory=dict)
    fit_seconds: float = np.nan
    predict_seconds: float = np.nan
    n_parameters: float = np.nan
    history: dict[str, list] = field(default_factory=dict)
    codes: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    error: str = ""
    traceback: str = ""
    estimator: BaseEstimator | None = None


def run_unit(unit: Unit, data: Data, scorers, seed: int, keep: Callable | None):
    """Fit, predict and score; what fails is an outcome too.

    Parameters
    ----------
    unit : Unit
        What to do.
    data : Data
        The images of the comparison.
    scorers : dict
        Of `check_scoring`.
    seed : int
        Of the draws that no ``random_state`` governs.
    keep : callable, optional
        Called with the id and an outcome without error of a unit that is stored, as
        soon as there is one.

    Returns
    -------
    id, outcome : str, Outcome
    """
    try:
        with numpy_seeded(seed):
            outcome = _run(unit, data, scorers)
    except Exception as error:
        none = dict.fromkeys(scorers, np.nan)
        return unit.id, Outcome(
            none, error=describe_error(error), traceback=_traced(error)
        )
    if keep is not None and unit.is_stored and not outcome.error:
        keep(unit.id, outcome)
    return unit.id, outcome


def _run(unit: Unit, data: Data, scorers) -> Outcome:
    X_train, y_train, X_test, y_test = unit.rows(data)
    estimator = clone(unit.estimator)
    _start_tensorflow(estimator)
    started = perf_counter()
    estimator.fit(X_train, y_train)
    fitted = perf_counter()
    answers = AskedOnce(estimator, X_test, data.classes)
    labels = answers.predict(X_test)
    predicted = perf_counter()
    codes = to_codes(labels, data.classes)
    probabilities = None
    if hasattr(answers, "predict_proba"):
        probabilities = np.asarray(answers.predict_proba(X_test), np.float64)
    scores, problems = compute_scores(scorers, answers, X_test, y_test)
    return Outcome(
        scores=scores,
        fit_seconds=fitted - started,
        predict_seconds=predicted - fitted,
        n_parameters=_count_parameters(estimator),
        history=_history(estimator),
        codes=codes,
        probabilities=probabilities,
        error="; ".join(
            f"{name}: {describe_error(error)}" for name, error in problems.items()
        ),
        traceback=_traced(*[*problems.values()][:1]),
        estimator=estimator if unit.fold is None else None,
    )


def _traced(*errors: Exception) -> str:
    texts = (text for error in errors for text in format_exception(error))
    return "".join(texts)[-_MOST_TRACED:]


def _start_tensorflow(estimator) -> None:
    """Start what a network needs, so that the first one is not charged with it."""
    parts = (estimator, *estimator.get_params().values())
    if any(isinstance(part, _ON_TENSORFLOW) for part in parts):
        from skcnn.keras_door import start_tensorflow

        start_tensorflow()


@contextmanager
def numpy_seeded(seed: int) -> Iterator[None]:
    """Seed NumPy's global state for a moment, and leave it as it was.

    A ``random_state`` of None that no parameter reaches (the default part of an
    ensemble, a user's function) draws from there. Other threads would draw from it
    too, so this is done in the main one only, where joblib's workers work.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def _history(estimator) -> dict[str, list]:
    """Return the epochs of the first network in the estimator."""
    for part in fitted_inside(estimator, lambda one: "history_" in vars(one)):
        history = part.history_
        if isinstance(history, pd.DataFrame):
            return {"epoch": history.index.tolist(), **history.to_dict("list")}
    return {}


def _count_parameters(estimator) -> float:
    parts = fitted_inside(estimator, lambda one: "n_parameters_" in vars(one))
    counts = [part.n_parameters_ for part in parts]
    return float(sum(counts)) if counts else np.nan
