"""Outcomes of units to the tidy tables of a comparison, and these to text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from numbers import Integral, Real

import numpy as np
import pandas as pd

from skcnn.base import words
from skcnn.comparison._statistics import fold_sizes, pairwise_tests
from skcnn.comparison._units import NO_TIME, Outcome, Unit

_HISTORY = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
# Significant digits of seconds; scores have four decimals.
_DIGITS = 3

# A unit and what came of it, in the order of estimators and folds.
Done = list[tuple[Unit, Outcome]]


def fold_table(done: Done) -> pd.DataFrame:
    """Return one row per estimator and fold."""
    return pd.DataFrame(
        {
            "id": unit.id,
            "estimator": unit.name,
            "fold": unit.fold,
            "n_train": len(unit.train),
            "n_test": len(unit.test),
            **outcome.scores,
            "fit_seconds": outcome.fit_seconds,
            "predict_seconds": outcome.predict_seconds,
            "error": outcome.error,
        }
        for unit, outcome in done
    )


def history_table(done: Done) -> pd.DataFrame:
    """Return one row per estimator, fold and epoch."""
    frames = [
        pd.DataFrame({"estimator": unit.name, "fold": unit.fold, **outcome.history})
        for unit, outcome in done
        if outcome.history
    ]
    columns = ["estimator", "fold", "epoch", *_HISTORY]
    if not frames:
        return pd.DataFrame(columns=columns)
    table = pd.concat(frames, ignore_index=True)
    others = [name for name in table if name not in columns]
    return table.reindex(columns=[*columns, *others])


def prediction_table(done: Done) -> pd.DataFrame:
    """Return one row per estimator and image that was left out of the training."""
    frames = [
        pd.DataFrame(
            {
                "estimator": unit.name,
                "fold": unit.fold,
                "row": said.indices,
                "y_true": said.y_true,
                "y_pred": said.y_pred,
                "confidence": np.nan if said.proba is None else said.confidence,
            }
        )
        for unit, outcome in done
        if (said := outcome.predictions) is not None
    ]
    return pd.concat(frames, ignore_index=True)


def values_by_name(done: Done, name: str) -> dict[str, np.ndarray]:
    """Return what estimators said to their rows of `prediction_table`.

    Parameters
    ----------
    done : list of (Unit, Outcome)
    name : {"proba", "decision"}
        The attribute of Predictions; estimators without are left out.
    """
    parts: dict[str, list] = {}
    for unit, outcome in done:
        if outcome.predictions is not None:
            parts.setdefault(unit.name, []).append(getattr(outcome.predictions, name))
    return {
        estimator: np.concatenate(blocks)
        for estimator, blocks in parts.items()
        if all(block is not None for block in blocks)
    }


def parameters_by_name(done: Done) -> dict[str, float]:
    """Return how many weights each estimator has; NaN where there is no network."""
    known = {unit.name: np.nan for unit, _ in done}
    for unit, outcome in done:
        if not np.isnan(outcome.n_parameters):
            known[unit.name] = outcome.n_parameters
    return known


def tracebacks_by_name(done: Iterable[tuple[Unit, Outcome]]) -> dict[str, str]:
    """Return where each estimator that failed did so first."""
    found: dict[str, str] = {}
    for unit, outcome in done:
        if outcome.traceback:
            found.setdefault(unit.name, outcome.traceback)
    return found


def left_out(done: Done) -> list[str]:
    """Return who did not come up somewhere, and has not failed elsewhere."""
    errors = [(unit.name, outcome.error) for unit, outcome in done if outcome.error]
    failed = {name for name, error in errors if not error.startswith(NO_TIME)}
    return [name for name in dict.fromkeys(n for n, _ in errors) if name not in failed]


def main_table(
    folds: pd.DataFrame,
    tests: dict[str, Outcome],
    n_parameters: dict[str, float],
    scoring: tuple[str, ...],
) -> pd.DataFrame:
    """Return one row per estimator, best first by the first score.

    Parameters
    ----------
    folds : DataFrame
        Of `fold_table`.
    tests : dict of str to Outcome
        What came of the test images, if any.
    n_parameters : dict of str to float
        Of `parameters_by_name`.
    scoring : tuple of str
        Names of the scores.
    """
    rows = {
        name: {
            **_score_columns(own, scoring),
            **_second_columns(own),
            "n_parameters": n_parameters[name],
            "rank": 0,
            **_test_columns(tests.get(name), scoring),
            "error": _errors(own, tests.get(name)),
        }
        for name, own in folds.groupby("estimator", sort=False)
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("estimator")
    first = table[scoring[0]]
    table["rank"] = first.rank(ascending=False, method="min", na_option="bottom")
    table = table.astype({"rank": int})
    # NaN comes last; among those, who worked stands before who failed.
    n_failed = (folds["error"] != "").groupby(folds["estimator"], sort=False).sum()
    return table.iloc[np.lexsort((n_failed.to_numpy(), -first.to_numpy()))]


def _test_columns(test: Outcome | None, scoring) -> dict:
    return {f"test_{name}": test.scores[name] for name in scoring} if test else {}


def _score_columns(own: pd.DataFrame, scoring) -> dict:
    columns = {}
    for score in scoring:
        # A mean over the folds that worked would flatter.
        columns[score] = own[score].mean(skipna=False)
        columns[f"{score}_sd"] = own[score].std(ddof=1, skipna=False)
    return columns


def _second_columns(own: pd.DataFrame) -> dict:
    per_image = own["predict_seconds"] / own["n_test"]
    return {
        "fit_seconds": own["fit_seconds"].mean(),
        "predict_seconds": own["predict_seconds"].mean(),
        "seconds_per_1000": 1000 * per_image.min(),
    }


def _errors(own: pd.DataFrame, test: Outcome | None) -> str:
    """Join the errors of folds, equal ones once."""
    texts: dict[str, list] = {}
    for fold, error in zip(own["fold"], own["error"], strict=True):
        if error:
            texts.setdefault(error, []).append(str(fold))
    parts = [
        error if len(folds) == len(own) else f"fold {', '.join(folds)}: {error}"
        for error, folds in texts.items()
    ]
    if test is not None and test.error and test.error not in texts:
        parts.append(f"test images: {test.error}")
    return "; ".join(parts)


def pairwise_table(folds: pd.DataFrame, names, score: str) -> pd.DataFrame:
    """Return the tests of all pairs, the better estimator first."""
    scores = {
        name: folds.loc[folds["estimator"] == name, score].to_numpy(float)
        for name in names
    }
    return pairwise_tests(scores, *fold_sizes(folds))


# --- as people read them ----------------------------------------------------------


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of strings, rounded as people read it.

    Parameters
    ----------
    table : DataFrame
        Of a comparison: scores get four decimals, seconds three digits, counts none;
        what is missing becomes an empty cell.

    Returns
    -------
    DataFrame
        Strings, with the same index and columns.
    """
    columns = {
        name: [_to_text(name, value) for value in table[name].tolist()]
        for name in table
    }
    return pd.DataFrame(columns, index=table.index, dtype=object)


def to_html(
    verdict: str, table: pd.DataFrame, intervals: dict[str, pd.DataFrame]
) -> str:
    """Return what a notebook shows: the verdict, scores with intervals, seconds.

    Parameters
    ----------
    verdict : str
    table : DataFrame
        Of `main_table`.
    intervals : dict of str to DataFrame
        Of each score, what `Comparison.intervals` gives.
    """
    columns: dict[str, pd.Series] = {}
    for name, ends in intervals.items():
        half = (ends["ci_high"] - ends["ci_low"]) / 2
        columns |= _written_scores(name, table, half)
    columns["training, per fold"] = table["fit_seconds"].map(words.seconds)
    columns["prediction, 1000 images"] = table["seconds_per_1000"].map(words.seconds)
    if table["error"].any():
        columns["error"] = table["error"]
    with pd.option_context("display.max_colwidth", None):
        shown = pd.DataFrame(columns).to_html(border=0, index_names=False)
    # A narrow screen moves the table alone, and breaks no number.
    shown = (
        f'<div style="overflow-x: auto">{shown.replace(" ± ", "&nbsp;±&nbsp;")}</div>'
    )
    note = (
        "In the table, scores are means over the folds ± half of their 95 % interval; "
        "in the sentence, ± their standard deviation."
    )
    return f"<p><b>{escape(verdict)}</b></p>\n{shown}\n<p><small>{note}</small></p>"


def _written_scores(name: str, table: pd.DataFrame, half: pd.Series) -> dict:
    """Return a score with its interval, and that of test images if there is one."""
    score = words.Score(name, words.decimals(half.max()))
    title = score.title + ", less is better" * score.is_loss
    values = [
        score.value(value, spread)
        for value, spread in zip(table[name], half, strict=True)
    ]
    columns = {title: pd.Series(values, table.index)}
    if f"test_{name}" in table:
        columns[f"{title}, test images"] = table[f"test_{name}"].map(score.value)
    return columns


def to_markdown(table: pd.DataFrame) -> str:
    """Return a table in Markdown, rounded.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcnn.comparison._frames import to_markdown
    >>> table = pd.DataFrame({"accuracy": [0.98765]}, index=["CNN"])
    >>> print(to_markdown(table.rename_axis("estimator")))
    | estimator | accuracy |
    | :-- | --: |
    | CNN | 0.9877 |
    """
    sides = [
        "--:" if pd.api.types.is_numeric_dtype(kind) else ":--" for kind in table.dtypes
    ]
    lines = [[table.index.name, *table.columns], [":--", *sides]]
    lines += [
        [cell.replace("|", "\\|") for cell in cells]
        for cells in as_text(table).itertuples(name=None)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _to_text(column: str, value) -> str:
    if pd.isna(value):
        return ""
    if not isinstance(value, Real):
        return str(value)
    if isinstance(value, Integral) or column == "n_parameters":
        return f"{value:.0f}"
    return _seconds(float(value)) if "seconds" in column else f"{value:.4f}"


def _seconds(value: float) -> str:
    """Return three significant digits, without an exponent."""
    if value <= 0:
        return "0"
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(value)))
    return f"{value:.{decimals}f}"
