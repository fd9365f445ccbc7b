"""Who goes on, and how far: pure functions of the log of what was trained.

A policy is a plan and a choice. The plan says where each candidate stops, rung by rung;
the choice reads the log and says who is to be trained, and how far, now.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

# Who are trained to the end, at least.
_FINALISTS = 2


class Record(NamedTuple):
    """A unit that was trained: a candidate on a fold, from an epoch to another one.

    ``score`` is that of the fold, more is better; NaN where it failed.
    """

    candidate: int
    fold: int
    start: int
    stop: int
    score: float


Step = tuple[int, int]
"""A candidate, and the epoch that it should be trained to, on all folds."""

Stops = tuple[int, ...]
"""The epochs at which a candidate stops, one per rung; the last one is its end."""


@dataclass(frozen=True)
class Field:
    """The candidates of a search.

    Attributes
    ----------
    stops : sequence of tuple of int
        One tuple per candidate. Who has a single stop is trained once, to the end, and
        takes no place from others on the rungs.
    n_folds : int
    factor : float
        Of so many candidates one goes on.
    networks : sequence of hashable, optional
        One per candidate: those that are equal can train the same compiled model.
    """

    stops: Sequence[Stops]
    n_folds: int
    factor: float
    networks: Sequence[Hashable] = ()


# --- plans: (last epoch, number of candidates that go on, longest, factor) -> stops ---


def whole(last: int, n_candidates: int, longest: int, factor: float) -> Stops:
    """Stop at the end alone."""
    del n_candidates, longest, factor
    return (last,)


def one_epoch_first(last: int, n_candidates: int, longest: int, factor: float) -> Stops:
    """Stop after one epoch, then at the end.

    Egele et al., "Is one epoch all you need for multi-fidelity hyperparameter
    optimization?", 2023.
    """
    del n_candidates, longest, factor
    return (1, last)


def geometric(last: int, n_candidates: int, longest: int, factor: float) -> Stops:
    """Stop at the end, at a ``factor``-th of it, at a ``factor``-th of that, ...

    There are as many rungs as it takes to come from all candidates to one, where a
    ``factor``-th goes on from each. Where the longest training is too short for them,
    they are nearer to each other, from one epoch on.
    """
    # A little more, since the logarithm of 27 to the base of 3 is below 3.
    most = math.log(max(1, n_candidates), factor) + 1e-9
    n_below = int(min(most, longest - 1))
    ratio = min(factor, longest ** (1 / max(n_below, 1)))
    shares = [ratio**-rung for rung in reversed(range(1 + n_below))]
    return tuple(max(1, round(last * share)) for share in shares)


# --- choices: log -> steps that are wanted now, also those that are done already ------


def rung_by_rung(log: Iterable[Record], field: Field) -> list[Step]:
    """Train all on a rung, then the best ones on the next; nothing is left: the end.

    Who stays beside those that a rung has room for takes no room on the next ones. Two
    at least are trained to the end: what comes before has another schedule of rates.

    Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter
    optimization", 2016.
    """
    log, alive = list(log), list(range(len(field.stops)))
    room = sum(len(stops) > 1 for stops in field.stops)
    for rung in range(max(map(len, field.stops))):
        steps = [(c, field.stops[c][rung]) for c in alive]
        scores = complete(log, steps, field.n_folds)
        if len(scores) < len(steps):
            return _together(steps, field)
        going_on = {c: scores[c] for c in alive if rung + 1 < len(field.stops[c])}
        room = max(_FINALISTS, math.ceil(room / field.factor))
        alive = best(going_on, room, tolerant=True)
    return []


def as_they_come(log: Iterable[Record], field: Field) -> list[Step]:
    """Take on the best one that waits on the highest rung, else begin with a new one.

    Li et al., "A system for massively parallel hyperparameter tuning", 2020.
    """
    log = list(log)
    # Who was chosen stays it, also where a better one has come since.
    wanted = [(one.candidate, one.stop) for one in log]
    for rung in reversed(range(max(map(len, field.stops)) - 1)):
        steps = [(c, s[rung]) for c, s in enumerate(field.stops) if rung + 1 < len(s)]
        scores = complete(log, steps, field.n_folds)
        chosen = best(scores, int(len(scores) / field.factor))
        wanted += [(c, field.stops[c][rung + 1]) for c in chosen]
    wanted += [(c, stops[0]) for c, stops in enumerate(field.stops)]
    return list(dict.fromkeys(wanted))


def epochs_left(choose: Callable, log: Iterable[Record], field: Field) -> int:
    """Return how many epochs are still to be trained, folds counted one by one.

    Who will be how good nobody knows: here the first candidates are the best.
    """
    log, n_epochs = list(log), 0
    done = {(one.candidate, one.fold, one.stop) for one in log}
    while wanted := [
        (c, fold, stop)
        for c, stop in choose(log, field)
        for fold in range(field.n_folds)
        if (c, fold, stop) not in done
    ]:
        for c, fold, stop in wanted:
            start = max((s for s in field.stops[c] if s < stop), default=0)
            n_epochs += stop - start
            log.append(Record(c, fold, start, stop, -float(c)))
        done.update(wanted)
    return n_epochs


# --- what they share ------------------------------------------------------------------


def complete(
    log: Iterable[Record], steps: Iterable[Step], n_folds: int
) -> dict[int, np.ndarray]:
    """Return the scores (n_folds,) of the candidates whose step is in the log."""
    found: dict[Step, dict[int, float]] = {step: {} for step in steps}
    for one in log:
        if (one.candidate, one.stop) in found:
            found[one.candidate, one.stop][one.fold] = one.score
    return {
        candidate: np.array([scores[fold] for fold in range(n_folds)])
        for (candidate, _), scores in found.items()
        if len(scores) == n_folds
    }


def best(scores: dict[int, np.ndarray], n: int, tolerant: bool = False) -> list[int]:
    """Return the ``n`` best candidates, the best first; those that failed are none.

    Where ``tolerant``, half as many again may stay: who is less than a standard error
    of a difference behind the last of them.
    """
    means = {c: one.mean() for c, one in scores.items() if not np.isnan(one).any()}
    order = sorted(means, key=lambda c: (-means[c], c))
    kept, near = order[:n], order[: n + n // 2]
    if tolerant and len(near) > n:
        error = _standard_error(np.array([scores[c] for c in near]))
        kept += [c for c in near[n:] if means[kept[-1]] - means[c] <= error]
    return kept


def _together(steps: list[Step], field: Field) -> list[Step]:
    """Put steps that share a compiled model one after the other, the best one first.

    A compiled model is kept for a while only, and costs as much as some epochs.
    """
    if not field.networks:
        return steps
    groups: dict[Hashable, list[Step]] = {}
    for step in steps:
        groups.setdefault(field.networks[step[0]], []).append(step)
    return [step for group in groups.values() for step in group]


def _standard_error(scores: np.ndarray) -> float:
    """Return that of the difference of two candidates' means, from (n, n_folds) scores.

    Folds are blocks, easy ones and hard ones, and the noise beside that is taken to be
    the same for all: a pair alone has too few folds to tell how large it is.
    """
    n, n_folds = scores.shape
    if n_folds == 1:
        return 0.0
    noise = scores - scores.mean(axis=0) - scores.mean(axis=1, keepdims=True)
    variance = np.sum((noise + scores.mean()) ** 2) / ((n - 1) * (n_folds - 1))
    return (2 * variance / n_folds) ** 0.5


class Policy(NamedTuple):
    """A plan and a choice."""

    stops: Callable[[int, int, int, float], Stops]
    choose: Callable[[Iterable[Record], Field], list[Step]]


POLICIES = {
    "grid": Policy(whole, rung_by_rung),
    "halving": Policy(geometric, rung_by_rung),
    "top_k": Policy(one_epoch_first, rung_by_rung),
    "asha": Policy(geometric, as_they_come),
}


def plan(
    policy: str,
    last: Sequence[int],
    goes_on: Sequence[bool],
    n_folds: int,
    factor: float,
    networks: Sequence[Hashable] = (),
) -> Field:
    """Return the candidates with their stops.

    Parameters
    ----------
    policy : str
    last : sequence of int
        The epoch that ends the whole training of each candidate.
    goes_on : sequence of bool
        Whether each can be trained by parts.
    n_folds : int
    factor : float
    networks : sequence of hashable, optional
        See :class:`Field`.
    """
    stops_of, n = POLICIES[policy].stops, sum(goes_on)
    longest = max(
        (end for end, one in zip(last, goes_on, strict=True) if one), default=1
    )
    stops = [
        stops_of(end, n, longest, factor) if one else (end,)
        for end, one in zip(last, goes_on, strict=True)
    ]
    return Field(stops, n_folds, factor, networks)
