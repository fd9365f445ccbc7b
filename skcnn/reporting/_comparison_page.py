"""What the page about a comparison shows: numbers, pictures, sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skcnn import plots
from skcnn.base import words as wording
from skcnn.comparison import Ranking
from skcnn.reporting._given_names import Names
from skcnn.reporting._pictures import draw, draw_model, leave_out
from skcnn.reporting._sections import (
    comparison_code,
    data_section,
    first_warning,
    settings_block,
    smoothing_note,
    surroundings,
)


def comparison_page(comparison: Any, names: Names) -> dict[str, Any]:
    """Return the variables of the template."""
    table, estimators = comparison.table_, comparison.estimators_
    said = names.of_predictions(comparison.predictions_of(comparison.best_))
    y, y_test = (
        names.of_labels(labels, comparison.classes_)
        for labels in (comparison.y_, comparison.y_test_)
    )
    data = data_section(comparison.X_, y, comparison.X_test_, y_test)
    with_history = _with_history(comparison)
    pairs = comparison.pairwise_.dropna(subset="difference")
    is_best = (pairs[["first", "second"]] == comparison.best_).any(axis=1)
    return {
        "title": f"Comparison of {wording.plural(len(table), 'estimator')}",
        "subject": _subject(comparison),
        "verdict": comparison.verdict_,
        "remarks": (*comparison.ranking_.remarks, *first_warning(data)),
        "facts": _facts(comparison.ranking_),
        "comparison": comparison,
        "score": wording.Score(comparison.scoring_[0]).title,
        "errors": [f"{name}: {e}" for name, e in table["error"].items() if e],
        "columns": [*_score_columns(comparison), *_other_columns(table)],
        "with_history": with_history,
        "smoothing": smoothing_note(
            {name: estimators[name] for name in with_history}, len(comparison.classes_)
        ),
        "drawn": _draw(comparison, with_history) | draw_model(said, names),
        "names": names,
        "said": said,
        "alpha": Ranking.ALPHA,
        "pairs_with_best": pairs[is_best],
        "other_pairs": pairs[~is_best],
        "data": data,
        "settings": [settings_block(name, estimators[name]) for name in table.index],
        "method": _method(comparison),
        "code": comparison_code(comparison),
    }


def _subject(comparison: Any) -> str:
    return " · ".join(
        [
            wording.plural(len(comparison.table_), "estimator"),
            wording.plural(len(comparison.X_), "image"),
            wording.plural(len(comparison.classes_), "class"),
            wording.plural(len(comparison.splits_), "fold"),
        ]
    )


def _facts(ranking: Ranking) -> list[tuple[str, str]]:
    if ranking.table.empty:
        return []
    best, score = ranking.table.loc[ranking.best], ranking.score
    facts = [
        ("Best", ranking.best),
        (wording.capital(score.title), score.value(best[score.name])),
        ("Time to train", wording.seconds(best["fit_seconds"])),
        ("Time for 1000 images", wording.seconds(best["seconds_per_1000"])),
    ]
    return [(name, value) for name, value in facts if value]


# --- the table of all estimators --------------------------------------------------


def _score_columns(comparison: Any) -> list[dict]:
    """Return the scores over the folds, then those on test images."""
    table = comparison.table_
    return [
        _score_column(table, name, prefix)
        for prefix in ("", "test_")
        for name in comparison.scoring_
        if f"{prefix}{name}" in table
    ]


def _score_column(table: pd.DataFrame, name: str, prefix: str) -> dict:
    values = table[f"{prefix}{name}"].astype(float)
    spread = table.get(f"{prefix}{name}_sd", values * np.nan).astype(float)
    score = wording.Score(name, wording.decimals(spread.max()))
    return {
        "title": wording.capital(score.title),
        "note": "test images" if prefix else "less is better" * score.is_loss,
        "values": values,
        "best": _if_several(values, values.max()),
        "write": lambda row: score.value(values[row], spread[row]),
    }


def _other_columns(table: pd.DataFrame) -> list[dict]:
    fit, predict = table["fit_seconds"], table["seconds_per_1000"]
    sizes = table["n_parameters"]
    return [
        {
            "title": "Training",
            "note": "per fold",
            "values": fit,
            "best": _if_several(fit, fit.min()),
            "write": lambda row: wording.seconds(fit[row]),
        },
        {
            "title": "Prediction",
            "note": "1000 images",
            "values": predict,
            "best": _if_several(predict, predict.min()),
            "write": lambda row: wording.seconds(predict[row]),
        },
        {
            "title": "Parameters",
            "note": "",
            "values": sizes,
            "best": None,
            "write": lambda row: (
                wording.count(sizes[row]) if np.isfinite(sizes[row]) else ""
            ),
        },
    ]


def _if_several(values: pd.Series, best: float) -> float | None:
    """Return the best of several values, which is marked."""
    return best if values.notna().sum() > 1 else None


# --- pictures, and how it was done ------------------------------------------------


def _with_history(comparison: Any) -> list[str]:
    table = comparison.table_
    trained = set(comparison.histories_["estimator"])
    return [name for name in table.index[table["error"] == ""] if name in trained]


def _draw(comparison: Any, with_history: list[str]) -> dict[str, dict]:
    no_history = leave_out("training history", "no estimator trains in epochs")
    return {
        "scores": draw(
            "scores against time",
            lambda: plots.ComparisonDisplay.from_comparison(comparison),
        ),
        "history": draw(
            "training history",
            lambda: plots.HistoryDisplay.from_comparison(comparison, name=with_history),
        )
        if with_history
        else no_history,
    }


def _method(comparison: Any) -> list[tuple[str, str]]:
    folds = comparison.folds_
    spent = wording.seconds(folds["fit_seconds"].sum() + folds["predict_seconds"].sum())
    n_fits = wording.plural(len(folds), "fit")
    sizes = f"{_span(folds['n_train'])} to fit on, {_span(folds['n_test'])} to judge by"
    return [
        ("Folds", comparison.cv_),
        ("Images per fold", sizes),
        ("Seed", str(comparison.random_state_)),
        ("Time", f"{spent} of fitting and predicting, in {n_fits}"),
        *surroundings(comparison.versions_).items(),
    ]


def _span(sizes: Any) -> str:
    low, high = wording.count(sizes.min()), wording.count(sizes.max())
    return low if low == high else f"{low} or {high}"
