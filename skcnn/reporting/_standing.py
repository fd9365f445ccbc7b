"""Who leads a comparison, who is not established to be worse, and who is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skcnn.reporting import _wording as wording
from skcnn.reporting._wording import Score

# A difference counts as established below this Holm-adjusted p-value.
ALPHA = 0.05


@dataclass(frozen=True)
class Standing:
    """The estimators of a comparison that have the first score, the best first.

    Attributes
    ----------
    score : Score
        What they are ranked by.
    table : DataFrame
        The rows of ``Comparison.table_`` that have it; perhaps none.
    leaders : list of str
        The best, and those that are level with it.
    rivals : list of str
        Those behind it, but not by a difference that is established.
    near : list of str
        Those of the rivals that not even the test without Holm's correction finds
        worse: what can be chosen in place of the best. With few folds and many pairs,
        the correction alone excuses differences that anybody would call large.
    p : dict
        Name -> Holm-adjusted p-value of the difference to the best; NaN where there
        is none.
    n_folds : int
    """

    score: Score
    table: pd.DataFrame
    leaders: list[str]
    rivals: list[str]
    near: list[str]
    p: dict[str, float]
    n_folds: int

    @property
    def best(self) -> str:
        """Name of the best."""
        return self.table.index[0]

    def behind(self, other: str) -> float:
        """Return by how much another one's score is behind the best's."""
        values = self.table[self.score.name]
        return values[self.best] - values[other]

    def ratio(self, slow: str, quick: str) -> float:
        """Return how many times faster ``quick`` trains; NaN where that is unknown."""
        seconds = self.table["fit_seconds"].astype(float)
        return seconds[slow] / seconds[quick] if seconds[quick] > 0 else np.nan


def stand(comparison: Any) -> Standing:
    """Sort the estimators of a comparison into leaders, rivals and the rest."""
    name, n_folds = comparison.scoring_[0], len(comparison.splits_)
    table = comparison.table_
    # An error on the test images leaves the score of the folds as it is.
    table = table[np.isfinite(table[name].astype(float))]
    if table.empty:
        return Standing(Score(name), table, [], [], [], {}, n_folds)
    best, *others = table.index
    values = table[name].astype(float)
    is_level = np.isclose(values, values[best], rtol=0, atol=1e-12)
    leaders = table.index[is_level].tolist()
    p = {o: _p_value(comparison.pairwise_, best, o, "p_holm") for o in others}
    # A p-value that is missing is no proof either.
    rivals = [o for o in others if o not in leaders and not p[o] < ALPHA]
    alone = {o: _p_value(comparison.pairwise_, best, o, "p") for o in rivals}
    near = [o for o in rivals if not alone[o] < ALPHA]
    sd = table[f"{name}_sd"][best] if f"{name}_sd" in table else np.nan
    score = Score(name, wording.decimals(sd))
    return Standing(score, table, leaders, rivals, near, p, n_folds)


def _p_value(pairwise: pd.DataFrame, one: str, other: str, column: str) -> float:
    """Return a p-value of a pair, in whichever order it stands."""
    first, second = pairwise["first"], pairwise["second"]
    is_pair = (first == one) & (second == other)
    is_pair |= (first == other) & (second == one)
    found = pairwise.loc[is_pair, column]
    return float(found.iloc[0]) if len(found) else np.nan
