"""The tables of a comparison as a reader wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from skcnn.base import words as wording
from skcnn.base.words import Score
from skcnn.comparison import Ranking
from skcnn.reporting._page import Cell, Column, Table

_NOTHING = "\N{EN DASH}"


def main_table(comparison: Any) -> Table:
    """Return one row per estimator: rank, scores, times, size."""
    table = comparison.table_
    folds = _score_columns(table, comparison.scoring_, "")
    tests = _score_columns(table, comparison.scoring_, "test_")
    columns = [
        *folds,
        *tests,
        (
            Column("Training", note="per fold"),
            _column(table["fit_seconds"], wording.seconds, best=np.nanmin),
        ),
        (
            Column("Prediction", note="1000 images"),
            _column(table["seconds_per_1000"], wording.seconds, best=np.nanmin),
        ),
        (Column("Parameters"), _column(table["n_parameters"], wording.count)),
    ]
    names = [
        Cell(name, lead=str(rank))
        for name, rank in zip(table.index, table["rank"], strict=True)
    ]
    return _table("Estimators, the best first", "Estimator", names, columns)


def pairwise_table(pairs: pd.DataFrame, label: str) -> Table:
    """Return one row per pair: difference, its interval, p-values."""
    ends = zip(pairs["ci_low"], pairs["ci_high"], strict=True)
    return _table(
        label,
        "Better",
        map(Cell, pairs["first"]),
        [
            (Column("Other", is_number=False), [Cell(n) for n in pairs["second"]]),
            (Column("Difference"), _column(pairs["difference"], _signed)),
            (Column("95 % interval"), [Cell(_interval(*pair)) for pair in ends]),
            (Column("p"), _column(pairs["p"], _bare_p)),
            (Column("p, adjusted", note="Holm"), _column(pairs["p_holm"], _bare_p)),
            (
                Column("Established", is_number=False),
                [Cell(_established(p)) for p in pairs["p_holm"]],
            ),
        ],
    )


def class_table(scores: pd.DataFrame) -> Table:
    """Return one row per class: precision, recall, F1, number of images.

    ``scores`` has these columns and the names of the classes as its index.
    """
    shares = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
    return _table(
        "Scores of every class",
        "Class",
        map(Cell, scores.index),
        [
            *(
                (Column(title), _column(scores[name], lambda v: wording.number(v, 3)))
                for name, title in shares.items()
            ),
            (Column("Images"), _column(scores["support"], wording.count)),
        ],
    )


def two_columns(
    label: str, pairs: Mapping[str, str] | Iterable[tuple[str, str]], *heads: str
) -> Table:
    """Return a table of names and texts."""
    pairs = pairs.items() if isinstance(pairs, Mapping) else pairs
    name, value = heads or ("Name", "Value")
    columns = [Column(name, is_number=False), Column(value, is_number=False)]
    rows = [[Cell(key), Cell(text)] for key, text in pairs]
    return Table(label, columns, rows, is_plain=True)


def _score_columns(table: pd.DataFrame, scoring: Any, prefix: str) -> list:
    return [
        _score_column(table, name, prefix)
        for name in scoring
        if f"{prefix}{name}" in table
    ]


def _score_column(table: pd.DataFrame, name: str, prefix: str) -> tuple:
    values = table[f"{prefix}{name}"].astype(float)
    spread = table.get(f"{prefix}{name}_sd", values * np.nan).astype(float)
    score = Score(name, wording.decimals(spread.max()))
    note = "test images" if prefix else "less is better" if score.is_loss else ""
    texts = [score.value(v, sd) for v, sd in zip(values, spread, strict=True)]
    return (
        Column(wording.capital(score.title), note=note),
        _marked(texts, values, np.nanmax),
    )


def _column(
    values: pd.Series, write: Callable, best: Callable | None = None
) -> list[Cell]:
    texts = [write(value) if np.isfinite(value) else "" for value in values]
    return (
        _marked(texts, values, best) if best else [Cell(t or _NOTHING) for t in texts]
    )


def _marked(texts: list[str], values: pd.Series, best: Callable) -> list[Cell]:
    """Mark the best of several values."""
    top = best(values) if values.notna().sum() > 1 else None
    return [
        Cell(text or _NOTHING, is_best=bool(top is not None and value == top))
        for text, value in zip(texts, values, strict=True)
    ]


def _table(label: str, head: str, names: Iterable[Cell], columns: list) -> Table:
    cells = [column for _, column in columns]
    rows = [
        [name, *row] for name, row in zip(names, zip(*cells, strict=True), strict=True)
    ]
    heads = [Column(head, is_number=False), *(column for column, _ in columns)]
    return Table(label, heads, rows)


def _signed(value: float) -> str:
    return wording.number(value, 4)


def _interval(low: float, high: float) -> str:
    if not (np.isfinite(low) and np.isfinite(high)):
        return _NOTHING
    return f"{_signed(low)} to {_signed(high)}"


def _bare_p(p: float) -> str:
    return wording.p_value(p).removeprefix("p ").removeprefix("= ")


def _established(p: float) -> str:
    if not np.isfinite(p):
        return _NOTHING
    return "yes" if p < Ranking.ALPHA else "no"
