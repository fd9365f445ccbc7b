"""The loop of a search: ask the policy, train, note, until nothing is wanted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from time import time

import numpy as np
from sklearn.utils.parallel import Parallel, delayed

from skcnn.base.fingerprint import fingerprint
from skcnn.base.keys import Keys
from skcnn.contract.estimator import BaseNetwork
from skcnn.search._candidates import Candidate
from skcnn.search._deadline import Deadline, OutOfTime
from skcnn.search._policies import Field, Record, complete, epochs_left
from skcnn.search._steps import first_steps, last_step
from skcnn.search._units_bar import UnitsBar
from skcnn.search._work import Fold, Job, Key, Outcome, Unit, find, forget, run_unit


class Engine:
    """One search on its way.

    Parameters
    ----------
    candidates : list of Candidate
    folds : list of Fold
    field : Field
        The stops of the candidates.
    choose : callable
        The policy's choice.
    job : Job
    keys : Keys
    common : tuple of str
        Keys of what all units depend on.
    deadline : Deadline
    stores : bool
        Whether results are kept for another search.
    score_of : callable
        Returns the one number of an outcome's scores that decides.
    """

    def __init__(
        self,
        candidates: list[Candidate],
        folds: list[Fold],
        field: Field,
        choose,
        job: Job,
        keys: Keys,
        common: tuple[str, ...],
        deadline: Deadline,
        stores: bool,
        score_of,
    ):
        self.candidates = candidates
        self.folds = folds
        self.field = field
        self.choose = choose
        self.job = job
        self.keys = keys
        self.common = common
        self.deadline = deadline
        self.stores = stores
        self.score_of = score_of
        self.log: list[Record] = []
        self.outcomes: dict[Key, Outcome] = {}
        self._own = [
            keys.key(f"candidate {one.index}", one.estimator, one.last)
            for one in candidates
        ]
        self._first = [_steps_key(keys, one) for one in candidates]
        self._fold_keys = [fingerprint(one.train, one.test) for one in folds]
        self._units: dict[Key, Unit] = {}
        self._states: dict[Key, str] = {}
        self._running: set[Key] = set()

    def run(self, n_jobs: int | None, verbose: int, tell: Callable) -> bool:
        """Train until nothing is wanted; return False where the time was over.

        ``tell`` is called with the key of each unit that is done.
        """
        self._tell = tell
        if self.deadline.max_seconds is not None and self.deadline.refit_share:
            self._start_networks()
        with UnitsBar(self._epochs_left, self.deadline, n_jobs, verbose) as self._bar:
            while self._missing():
                n_before = len(self.log)
                try:
                    for unit, outcome in _in_parallel(self._jobs(), n_jobs):
                        self._note(unit, outcome)
                except OutOfTime as error:
                    self.deadline.note(*error.args)
                    return False
                if len(self.log) == n_before:
                    return False
        forget(self.job.folder, self._files())
        return True

    def _start_networks(self) -> None:
        """Have TensorFlow here for the refit, before the time left is divided."""
        steps = [last_step(one.estimator) for one in self.candidates]
        if any(isinstance(step, BaseNetwork) for step in steps):
            import_module("skcnn.training.fit")

    # --- what is to be done -----------------------------------------------------------

    def _jobs(self) -> Iterator:
        work = partial(run_unit, job=self.job)
        while (unit := self._next()) is not None:
            self._running.add(unit.key)
            self._bar.started(unit)
            yield delayed(work)(unit, until=self._given_up_at())

    def _next(self) -> Unit | None:
        """Return the next unit that the store does not have and that is in time."""
        while unit := next(
            (u for u in self._missing() if u.key not in self._running), None
        ):
            outcome = find(self.job.folder, unit) if unit.is_stored else None
            if outcome is None:
                return unit if self._is_in_time(unit) else None
            self._note(unit, outcome)
        return None

    def _missing(self) -> list[Unit]:
        """Return what the policy wants and nobody has done."""
        keys = [
            Key(candidate, fold.number, stop)
            for candidate, stop in self.choose(tuple(self.log), self.field)
            for fold in self.folds
        ]
        return [self._unit(key) for key in keys if key not in self.outcomes]

    def _unit(self, key: Key) -> Unit:
        if key not in self._units:
            self._units[key] = self._make_unit(key)
        return self._units[key]

    def _make_unit(self, key: Key) -> Unit:
        candidate, fold = self.candidates[key.candidate], self.folds[key.fold]
        stops = [s for s in self.field.stops[key.candidate] if s <= key.stop]
        stops = tuple(dict.fromkeys(stops))
        own = (self._own[key.candidate], *self.common, self._fold_keys[key.fold])
        ids = tuple(self.keys.unit(*own, stops[: n + 1]) for n in range(len(stops)))
        first = self._first[key.candidate]
        return Unit(
            candidate=candidate,
            fold=fold,
            stops=stops,
            ids=ids,
            steps_id=first and self.keys.unit(first, *own[1:]),
            is_stored=self.stores and self.keys.is_lasting(ids[-1]),
        )

    def _epochs_left(self) -> int:
        return epochs_left(self.choose, tuple(self.log), self.field)

    def _given_up_at(self) -> float | None:
        """Return the moment when a unit that begins now is given up, by `time.time`.

        A worker that has to start first has less time for it. What the refit of the
        best one takes at least is kept back.
        """
        if self.deadline.max_seconds is None:
            return None
        kept_back = sum(map(self.least_refit, self.standing()[:1]))
        return time() + self.deadline.left - kept_back

    def _is_in_time(self, unit: Unit) -> bool:
        """Tell whether a unit and a refit have time, the latter a short one at least.

        Where a candidate can be refitted already, a whole refit is kept back.
        """
        candidate, deadline = unit.candidate.index, self.deadline
        if deadline.max_seconds is None:
            return True
        refit = self.least_refit(candidate)
        if best := self.standing()[:1]:
            refit = max(map(self.refit_seconds, {candidate, *best}))
        return deadline.allows(deadline.seconds(*unit.training), refit)

    def refit_seconds(self, candidate: int, part: float = 1.0) -> float:
        """Guess how long a candidate trains on all rows, or a part of that."""
        epochs = part * self.candidates[candidate].last
        return self.deadline.refit_seconds(candidate, epochs)

    def least_refit(self, candidate: int) -> float:
        """Guess what a refit takes at least."""
        return self.refit_seconds(candidate, self.candidates[candidate].least_refit)

    # --- what was done ----------------------------------------------------------------

    def _note(self, unit: Unit, outcome: Outcome) -> None:
        key = unit.key
        self._running.discard(key)
        self.outcomes[key] = outcome
        score = np.nan if outcome.fit_error else self.score_of(outcome.test_scores)
        self.log.append(Record(key.candidate, key.fold, unit.start, key.stop, score))
        start = outcome.start_time
        self.deadline.note(*unit.training, outcome.fit_time - start, start)
        self._forget_losers(unit)
        self._bar.ended(unit, outcome, score)
        self._tell(key)

    def reached(self, candidate: int) -> int:
        """Return the last epoch to which a candidate was trained on all folds, or 0."""
        stops = dict.fromkeys(self.field.stops[candidate])
        done = [
            stop
            for stop in stops
            if complete(self.log, [(candidate, stop)], len(self.folds))
        ]
        return max(done, default=0)

    def rung(self, candidate: int) -> int:
        """Return the last rung that a candidate has reached, or -1.

        Who has no rungs and is trained is on the last one.
        """
        stops, epoch = self.field.stops[candidate], self.reached(candidate)
        if epoch == stops[-1]:
            return max(map(len, self.field.stops)) - 1
        return sum(stop <= epoch for stop in stops) - 1

    def standing(self) -> list[int]:
        """Return the candidates that were trained, the best of the last rung first."""
        reached = [(c, self.reached(c)) for c in range(len(self.candidates))]
        steps = [(c, epoch) for c, epoch in reached if epoch]
        scores = complete(self.log, steps, len(self.folds))
        means = {c: one.mean() for c, one in scores.items() if not np.isnan(one).any()}
        return sorted(means, key=lambda c: (-self.rung(c), -means[c], c))

    def refit_limit(self, candidate: int) -> float | None:
        """Return the seconds of the refit of a network; None: as long as it takes."""
        if self.deadline.max_seconds is None:
            return None
        return max(self.deadline.left, self.least_refit(candidate))

    def warn_of_one(self) -> None:
        """Warn where a single one of several candidates was trained in time."""
        n_trained = sum(self.reached(one.index) > 0 for one in self.candidates)
        if n_trained == 1 < len(self.candidates):
            warnings.warn(
                f"max_seconds={self.deadline.max_seconds:g} had time for one of "
                f"{len(self.candidates)} candidates, which was compared with none. Set "
                "a larger max_seconds, a smaller max_epochs or fewer folds (cv). With "
                "store=, a call with the same store goes on from what was trained.",
                UserWarning,
                stacklevel=2,
            )

    def timeout(self) -> TimeoutError:
        """Return the error of a search in which no candidate was trained."""
        least = min(
            len(self.folds) * self.deadline.seconds(c, self.field.stops[c][0])
            + self.least_refit(c)
            for c in range(len(self.candidates))
        )
        return self.deadline.error(least)

    # --- what nobody needs any more ---------------------------------------------------

    def _forget_losers(self, done: Unit) -> None:
        """Delete the states of training from which nobody will go on."""
        self._states[done.key] = done.ids[-1]
        alive = {c for c, _ in self.choose(tuple(self.log), self.field)}
        lost = [key for key in self._states if key.candidate not in alive]
        # Who was trained on needs what was before no more.
        ids = [*done.ids[-2:-1], *(self._states.pop(key) for key in lost)]
        forget(self.job.folder, [f"{id}.state" for id in ids])

    def _files(self) -> list[str]:
        """Return all that no result is in."""
        units = [self._unit(key) for key in self.outcomes]
        states = [f"{id}.state" for unit in units for id in unit.ids]
        return states + [f"{one.steps_id}.steps" for one in units if one.steps_id]


def _steps_key(keys: Keys, candidate: Candidate) -> str:
    steps = first_steps(candidate.estimator)
    return keys.key(f"first steps of {candidate.index}", steps) if steps else ""


def _in_parallel(jobs: Iterator, n_jobs: int | None) -> Iterator[tuple[Unit, Outcome]]:
    # Nothing is sent ahead, so that the policy and the clock have the last word.
    return Parallel(
        n_jobs, return_as="generator_unordered", pre_dispatch="n_jobs", batch_size=1
    )(jobs)
