"""Units of work: a candidate trained on a fold, from one epoch to another, and scored.

What is trained passes from unit to unit by files: a checkpoint holds the last step of a
pipeline, which goes on, and another file the steps before, which all candidates share
that have the same ones.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from time import time
from traceback import format_exc
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import wrap_non_picklable_objects
from sklearn.base import clone
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection._validation import _score
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples

from skcnn.base.seeds import numpy_seeded
from skcnn.base.stopwatch import Stopwatch
from skcnn.base.unit_folder import UnitFolder
from skcnn.search._candidates import Candidate
from skcnn.search._deadline import ended_after
from skcnn.search._steps import first_steps, last_step, put_first_steps
from skcnn.search._training import Rows, train

# Of what the files hold and how it was scored; another number is not read.
_FORMAT = 4


@dataclass(frozen=True)
class Job:
    """What all units of a search have in common.

    Attributes
    ----------
    X, y : array-like
    fit_params, score_params : dict
        Further arguments of ``fit`` and of the scorer.
    scorer : callable
    error_score : "raise" or float
    folder : UnitFolder
    seed : int
        Of the draws that no ``random_state`` governs.
    """

    X: object
    y: object
    fit_params: dict
    score_params: dict
    scorer: object
    error_score: object
    folder: UnitFolder
    seed: int = 0


@dataclass(frozen=True)
class Fold:
    """Rows to fit on, and rows to score on."""

    number: int
    train: np.ndarray
    test: np.ndarray


class Key(NamedTuple):
    """What tells a unit from the others of a search."""

    candidate: int
    fold: int
    stop: int


@dataclass(frozen=True)
class Unit:
    """A candidate on a fold, on the way to an epoch.

    Attributes
    ----------
    candidate : Candidate
    fold : Fold
    stops : tuple of int
        The epochs at which it stops on the way; the last one is where this unit ends.
    ids : tuple of str
        Fingerprints of all that decides what was trained at each stop.
    steps_id : str
        The same of the first steps of a pipeline.
    is_stored : bool
        Whether another search can find it by its id.
    """

    candidate: Candidate
    fold: Fold
    stops: tuple[int, ...]
    ids: tuple[str, ...]
    steps_id: str
    is_stored: bool

    @property
    def key(self) -> Key:
        """Return what tells it from others."""
        return Key(self.candidate.index, self.fold.number, self.stops[-1])

    @property
    def start(self) -> int:
        """The epoch at which it begins, where the units before it are done."""
        return (0, *self.stops)[-2]

    @property
    def training(self) -> tuple[int, int]:
        """The candidate, and how many epochs it is trained for."""
        return self.candidate.index, self.stops[-1] - self.start


@dataclass
class Outcome:
    """What came of a unit.

    Attributes
    ----------
    test_scores : float or dict of str to float
    fit_time, score_time : float
        Seconds.
    n_test_samples : int
    history : dict of str to list
        Columns of ``history_`` from the first epoch on; empty where there is none.
    fit_error : str, optional
        Python's text of what went wrong.
    start_time : float
        Seconds of the fit before its first step, where there is a limit.
    """

    test_scores: object
    fit_time: float
    score_time: float
    n_test_samples: int
    history: dict[str, list] = field(default_factory=dict)
    fit_error: str | None = None
    start_time: float = 0.0


def run_unit(unit: Unit, job: Job, until: float | None = None) -> tuple[Unit, Outcome]:
    """Train on, score, and keep the result and what was trained.

    Raises
    ------
    OutOfTime
        Where the training is not done when `time.time` is at ``until``.
    """
    estimator, fold = clone(unit.candidate.estimator), unit.fold
    X, y = _safe_split(estimator, job.X, job.y, fold.train)
    fit_params = _check_method_params(job.X, job.fit_params, fold.train)
    X_test, y_test = _safe_split(estimator, job.X, job.y, fold.test, fold.train)
    score_params = _check_method_params(job.X, job.score_params, fold.test)
    watch, n_test = Stopwatch(), _num_samples(X_test)
    limit = None if until is None else until - time()
    try:
        with numpy_seeded(job.seed), ended_after(limit, *unit.training) as start_of:
            scored = _train(unit, estimator, Rows(X, y, fit_params), job.folder)
    except Exception:
        if job.error_score == "raise":
            raise
        return unit, _failed(job, watch.seconds, n_test, format_exc())
    fit_time = watch.seconds
    scores = _score(scored, X_test, y_test, job.scorer, score_params, job.error_score)
    outcome = Outcome(
        test_scores=scores,
        fit_time=fit_time,
        score_time=watch.seconds - fit_time,
        start_time=start_of(fit_time),
        n_test_samples=n_test,
        history=_history(last_step(estimator)),
    )
    if unit.is_stored:
        keep(job.folder, unit, outcome)
    return unit, outcome


def _failed(job: Job, seconds: float, n_test: int, error: str) -> Outcome:
    scores = job.error_score
    if isinstance(job.scorer, _MultimetricScorer):
        scores = dict.fromkeys(job.scorer._scorers, job.error_score)
    return Outcome(scores, seconds, 0.0, n_test, fit_error=error)


def _history(estimator) -> dict[str, list]:
    history = getattr(estimator, "history_", None)
    if not isinstance(history, pd.DataFrame):
        return {}
    return {"epoch": history.index.tolist(), **history.to_dict("list")}


# --- training, from the newest checkpoint on ------------------------------------------


def _train(unit: Unit, estimator, rows: Rows, folder: UnitFolder):
    """Train from the newest checkpoint on, and return what should be scored."""
    candidate, way = unit.candidate, [*zip(unit.stops, unit.ids, strict=True)]
    steps = _load(folder, f"{unit.steps_id}.steps") if unit.steps_id else None
    start, scored = 0, estimator
    for number in reversed(range(len(way) - 1)):
        stop, id = way[number]
        state = _load(folder, f"{id}.state")
        if state is not None and (steps is not None or not unit.steps_id):
            if steps is not None:
                put_first_steps(estimator, steps)
            vars(last_step(estimator)).update(state)
            start, way = stop, way[number + 1 :]
            break
    for stop, id in way:
        scored = train(candidate, estimator, start, stop, rows, steps)
        if unit.steps_id and steps is None:
            steps = first_steps(estimator)
            _keep_as(folder, f"{unit.steps_id}.steps", steps)
        if stop < candidate.last:
            _keep_as(folder, f"{id}.state", _fitted(last_step(estimator)))
        start = stop
    return scored


def _fitted(estimator) -> dict:
    """Return what a fit has left; the network is stated anew by the next one."""
    params = estimator.get_params(deep=False)
    left_out = {*params, "_spec", "_plain_model"}
    return {n: value for n, value in vars(estimator).items() if n not in left_out}


def _load(folder: UnitFolder, name: str):
    def read(file):
        digest, content = file.read(_DIGEST_LENGTH), file.read()
        if digest != _digest(content):
            raise ValueError("it is damaged")
        return pickle.loads(content)

    return folder.read(name, read)


def _keep_as(folder: UnitFolder, name: str, value) -> None:
    # What a user has defined in a notebook is pickled by what it is.
    whole = wrap_non_picklable_objects(value, keep_wrapper=False)
    content = pickle.dumps(whole, protocol=5)
    folder.write(name, lambda file: file.writelines((_digest(content), content)))


def _digest(content: bytes) -> bytes:
    """Return what tells a damaged file; who forges one can make it, too."""
    return hashlib.sha256(content).hexdigest().encode()


_DIGEST_LENGTH = len(_digest(b""))


# --- results on disk ------------------------------------------------------------------


def keep(folder: UnitFolder, unit: Unit, outcome: Outcome) -> None:
    """Keep an outcome; the checkpoint is there before it."""

    def write(file) -> None:
        note = {"format": _FORMAT, "id": unit.ids[-1], **asdict(outcome)}
        note["digest"] = _digest(json.dumps(note).encode()).decode()
        file.write(json.dumps(note).encode())

    folder.write(f"{unit.ids[-1]}.json", write)


def find(folder: UnitFolder, unit: Unit) -> Outcome | None:
    """Return the outcome of a unit, or None; warn of a damaged file."""

    def read(file) -> Outcome:
        note = json.loads(file.read())
        if note.pop("digest") != _digest(json.dumps(note).encode()).decode():
            raise ValueError("it is damaged")
        if note.pop("format") != _FORMAT or note.pop("id") != unit.ids[-1]:
            raise ValueError("its content is that of another file")
        return Outcome(**note)

    return folder.read(f"{unit.ids[-1]}.json", read)


def forget(folder: UnitFolder, names) -> None:
    """Delete files that nobody needs any more."""
    for name in names:
        with suppress(OSError):
            (folder.folder / name).unlink(missing_ok=True)
