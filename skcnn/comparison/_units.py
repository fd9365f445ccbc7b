"""Units of work: an estimator fitted and scored once, perhaps in another process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from time import perf_counter
from traceback import format_exception

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, clone
from sklearn.utils import _safe_indexing

from skcnn._autoencoder_classifier import AutoencoderClassifier
from skcnn._pretrained_features import PretrainedFeatures
from skcnn.base.nested import fitted_inside
from skcnn.base.seeds import numpy_seeded
from skcnn.comparison._predictions import Predictions
from skcnn.comparison._scoring import compute_scores, describe_error
from skcnn.contract.estimator import BaseNetwork

# About a hundred lines; some errors quote whole arrays.
_MOST_TRACED = 10_000

_KILLED = (
    "Killed: its process ended without a word, also while nothing else ran. Most "
    "likely memory ran out: take fewer or smaller images, or a smaller model"
)

# How the error of a unit begins that was left out.
NO_TIME = "not begun, since no time was left"

_ON_TENSORFLOW = (BaseNetwork, PretrainedFeatures, AutoencoderClassifier)


@dataclass(frozen=True)
class Data:
    """The images of a comparison, and their labels as arrays.

    Attributes
    ----------
    X, y : images, ndarray of shape (n,)
    classes : ndarray of shape (k,)
    X_test, y_test : images, ndarray
        None and empty where there are none.
    """

    X: object
    y: np.ndarray
    classes: np.ndarray
    X_test: object = None
    y_test: np.ndarray = field(default_factory=lambda: np.empty(0))


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
    fold : int or None
        Number of the fold. None: fitted on all images, scored on the test images.
    train, test : ndarray of int
        Rows to fit on, and rows to score on.
    is_stored : bool
        Whether a store may hold its result: another comparison can find it by ``id``.
    """

    id: str
    name: str
    estimator: BaseEstimator
    fold: int | None
    train: np.ndarray
    test: np.ndarray
    is_stored: bool = True

    @property
    def place(self) -> str:
        """What it is fitted on, in words."""
        return "all images" if self.fold is None else f"fold {self.fold}"

    def labels(self, data: Data) -> np.ndarray:
        """Return the labels of the images to score on."""
        return (data.y_test if self.fold is None else data.y)[self.test]

    def rows(self, data: Data) -> tuple:
        """Return X and y to fit on, X and y to score on.

        All are copies, also where they are all the images there are: an estimator may
        write to them.
        """
        X_test = data.X_test if self.fold is None else data.X
        return (
            _safe_indexing(data.X, self.train),
            data.y[self.train],
            _safe_indexing(X_test, self.test),
            self.labels(data),
        )


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
    predictions : Predictions, optional
        Of the images to score on, without these.
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
    predictions: Predictions | None = None
    error: str = ""
    traceback: str = ""
    estimator: BaseEstimator | None = None

    @property
    def seconds(self) -> float:
        """Seconds of both; NaN where it failed."""
        return self.fit_seconds + self.predict_seconds


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
    predictions = Predictions.from_estimator(
        estimator, X_test, y_test, classes=data.classes, indices=unit.test
    )
    scores, problems = compute_scores(scorers, estimator, predictions)
    return Outcome(
        scores=scores,
        fit_seconds=fitted - started,
        predict_seconds=predictions.seconds[0],
        n_parameters=_count_parameters(estimator),
        history=_history(estimator),
        predictions=replace(predictions, X=None),  # the images are not sent back
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


# --- in worker processes ----------------------------------------------------------


def outcomes_of(
    units: Iterable[Unit],
    work: Callable[[Unit], tuple[str, Outcome]],
    scorers: Iterable[str],
    n_jobs: int | None,
    started: Callable[[Unit], None],
    allows: Callable[[Unit], bool] = lambda unit: True,
) -> Iterator[tuple[str, Outcome]]:
    """Do all units, and give their ids and outcomes as they come.

    Where a worker is killed, nobody says which unit it had: those that had been sent
    are done again one at a time, and the one that kills its worker then has an outcome
    with an error.

    Parameters
    ----------
    units : iterable of Unit
    work : callable
        Does one unit, and returns its id and its outcome.
    scorers : iterable of str
        Names of the scores that an outcome has.
    n_jobs : int, optional
    started : callable
        Called with a unit when it is sent to a worker.
    allows : callable
        Asked just before that; a unit that is not allowed has no outcome.
    """
    left = {unit.id: unit for unit in units}
    while left:
        sent: list[Unit] = []
        jobs = _jobs([*left.values()], work, started, allows, sent)
        try:
            for id, outcome in _in_parallel(jobs, n_jobs):
                del left[id]
                yield id, outcome
            return
        except BrokenProcessPool:
            # At least one has an outcome then, so that this comes to an end.
            suspects = [unit for unit in sent if unit.id in left] or [*left.values()]
            _warn(suspects)
            for unit in suspects:
                started(unit)
                del left[unit.id]
                yield unit.id, _alone(unit, work) or _killed(scorers)


def _jobs(units, work, started, allows, sent) -> Iterator:
    for unit in units:
        if allows(unit):
            sent.append(unit)
            started(unit)
            yield delayed(work)(unit)


def _in_parallel(jobs, n_jobs) -> Iterator[tuple[str, Outcome]]:
    # Nothing is sent ahead, so that `started` names what is running, and `allows` is
    # asked when there is somebody to do it.
    return Parallel(
        n_jobs, return_as="generator_unordered", pre_dispatch="n_jobs", batch_size=1
    )(jobs)


def _alone(unit: Unit, work) -> Outcome | None:
    try:
        # Of two workers one has nothing to do; a single one would be this process.
        ((_, outcome),) = Parallel(2)([delayed(work)(unit)])
    except BrokenProcessPool:
        return None
    return outcome


def _killed(scorers) -> Outcome:
    return Outcome(dict.fromkeys(scorers, np.nan), error=_KILLED)


def left_out(scorers: Iterable[str], max_seconds: float) -> Outcome:
    """Return the outcome of a unit that was not begun."""
    return Outcome(
        dict.fromkeys(scorers, np.nan),
        error=f"{NO_TIME} (max_seconds={max_seconds:g}); with store=, the next call "
        "goes on with it",
    )


def _warn(suspects: list[Unit]) -> None:
    names = [f"{unit.name!r} on {unit.place}" for unit in suspects]
    warnings.warn(
        f"A worker was killed while it did one of these: {', '.join(names)}. Most "
        "likely memory ran out; pass a smaller n_jobs. They are done again now, one at "
        "a time.",
        RuntimeWarning,
        stacklevel=2,
    )
