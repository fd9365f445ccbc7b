"""The table of a search, in scikit-learn's form."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from skcnn.search._engine import Engine
from skcnn.search._work import Key, Outcome


def outcomes_of(engine: Engine) -> list[dict]:
    """Return what came of each candidate on each fold, as scikit-learn has it.

    That is its last epoch that all folds have reached, with the seconds of all before.
    """
    nothing = _nothing(engine)
    out = []
    for candidate in engine.candidates:
        reached = engine.reached(candidate.index)
        for fold in engine.folds:
            key = Key(candidate.index, fold.number, reached)
            outcome = asdict(engine.outcomes.get(key, nothing))
            for name in ("fit_time", "score_time"):
                outcome[name] = _sum(engine, key, name)
            out.append(outcome)
    return out


def _nothing(engine: Engine) -> Outcome:
    """Return what stands for a candidate that there was no time for."""
    scores = next((one.test_scores for one in engine.outcomes.values()), np.nan)
    is_many = isinstance(scores, dict)
    return Outcome(dict.fromkeys(scores, np.nan) if is_many else np.nan, 0.0, 0.0, 0)


def _sum(engine: Engine, key: Key, name: str) -> float:
    return sum(
        getattr(outcome, name)
        for (candidate, fold, stop), outcome in engine.outcomes.items()
        if (candidate, fold) == key[:2] and stop <= key.stop
    )


def add_progress(results: dict, engine: Engine) -> None:
    """Add how far each candidate came, and rank who came further before others.

    Scores of different rungs do not compare: those of the last one come after the
    cool-down.
    """
    indices = range(len(engine.candidates))
    rungs = np.array([engine.rung(c) for c in indices])
    results["n_epochs"] = np.array([engine.reached(c) for c in indices])
    results["rung"] = rungs
    for name in [name for name in results if name.startswith("rank_test_")]:
        means = results[name.replace("rank", "mean", 1)]
        results[name] = _ranks(rungs, means, _failed(engine))
    for fold in engine.folds:
        histories = np.empty(len(indices), dtype=object)
        for c in indices:
            key = Key(c, fold.number, results["n_epochs"][c])
            outcome = engine.outcomes.get(key)
            histories[c] = None if outcome is None else _frame(outcome.history)
        results[f"split{fold.number}_history"] = histories


def _failed(engine: Engine) -> np.ndarray:
    failed = {key.candidate for key, one in engine.outcomes.items() if one.fit_error}
    return np.isin(np.arange(len(engine.candidates)), list(failed))


def _ranks(rungs, means, failed) -> np.ndarray:
    """Return the ranks (1: the best); who failed, or has no score, is last."""
    is_out = failed | ~np.isfinite(means)
    rungs, means = np.where(is_out, -1, rungs), np.where(is_out, 0.0, means)
    _, place = np.unique(np.stack([-rungs, -means]), axis=1, return_inverse=True)
    return rankdata(place.ravel(), method="min").astype(np.int32)


def _frame(history: dict[str, list]) -> pd.DataFrame | None:
    return pd.DataFrame(history).set_index("epoch") if history else None
