"""Units in worker processes; one that is killed costs its own unit alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool

import numpy as np
from joblib import Parallel, delayed

from skcnn.comparison._units import Outcome, Unit

_KILLED = (
    "Killed: its process ended without a word, also while nothing else ran. Most "
    "likely memory ran out: take fewer or smaller images, or a smaller model"
)


def outcomes_of(
    units: Iterable[Unit],
    work: Callable[[Unit], tuple[str, Outcome]],
    scorers: Iterable[str],
    n_jobs: int | None,
    started: Callable[[Unit], None],
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
    """
    left = {unit.id: unit for unit in units}
    while left:
        sent = []
        try:
            for id, outcome in _in_parallel(left, work, n_jobs, started, sent):
                del left[id]
                yield id, outcome
        except BrokenProcessPool:
            # At least one has an outcome then, so that this comes to an end.
            suspects = [unit for unit in sent if unit.id in left] or [*left.values()]
            _warn(suspects)
            for unit in suspects:
                started(unit)
                del left[unit.id]
                yield unit.id, _alone(unit, work) or _killed(scorers)


def _in_parallel(left, work, n_jobs, started, sent) -> Iterator[tuple[str, Outcome]]:
    def jobs():
        for unit in [*left.values()]:
            sent.append(unit)
            started(unit)
            yield delayed(work)(unit)

    # Nothing is sent ahead, so that `started` names what is running.
    return Parallel(
        n_jobs, return_as="generator_unordered", pre_dispatch="n_jobs", batch_size=1
    )(jobs())


def _alone(unit: Unit, work) -> Outcome | None:
    try:
        # Of two workers one has nothing to do; a single one would be this process.
        ((_, outcome),) = Parallel(2)([delayed(work)(unit)])
    except BrokenProcessPool:
        return None
    return outcome


def _killed(scorers) -> Outcome:
    return Outcome(dict.fromkeys(scorers, np.nan), error=_KILLED)


def _warn(suspects: list[Unit]) -> None:
    names = [
        f"{u.name!r} on {'all images' if u.fold is None else f'fold {u.fold}'}"
        for u in suspects
    ]
    warnings.warn(
        f"A worker was killed while it did one of these: {', '.join(names)}. Most "
        "likely memory ran out; pass a smaller n_jobs. They are done again now, one at "
        "a time.",
        RuntimeWarning,
        stacklevel=2,
    )
