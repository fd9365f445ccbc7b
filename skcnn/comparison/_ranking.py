"""Who is best in a comparison, and whether that is established, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from skcnn.base import words
from skcnn.base.words import Score
from skcnn.comparison._units import NO_TIME

# An estimator that trains this many times faster is worth a word.
_MUCH_FASTER = 2.0

# Letters of an error that fit into a remark.
_ERROR_LENGTH = 120


class Ranking:
    """The estimators of a comparison that have the first score, the best first.

    An advantage is called established where the Holm-adjusted p-value of the corrected
    resampled t-test (Nadeau and Bengio, 2003) is below ``ALPHA``. Among those who are
    not established to be worse, one that trains at least twice as fast is named.

    Parameters
    ----------
    comparison : Comparison
        Read are ``table_``, ``pairwise_``, ``scoring_`` and ``splits_``.

    Attributes
    ----------
    score : Score
        What they are ranked by.
    table : DataFrame
        The rows of ``Comparison.table_`` that have it; perhaps none.
    best : str
        The first of them; empty where there is none.
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
    verdict : str
        In one sentence: who is best, by how much, and whether that is established.
    remarks : tuple of str
        Further sentences: others within the noise, test images, failures, scores that
        are missing.
    """

    ALPHA = 0.05

    def __init__(self, comparison: Any) -> None:
        name = comparison.scoring_[0]
        self._all, self._n_folds = comparison.table_, len(comparison.splits_)
        # An error on the test images leaves the score of the folds as it is.
        self.table = self._all[np.isfinite(self._all[name].astype(float))]
        self._values = self.table[name].astype(float)
        self._seconds = self.table["fit_seconds"].astype(float)
        self.best, self.score = "", Score(name)
        self.leaders: list[str] = []
        self.rivals: list[str] = []
        self.near: list[str] = []
        self.p: dict[str, float] = {}
        if len(self.table):
            self._rank(comparison.pairwise_)
        self.verdict, self.remarks = self._verdict(), tuple(self._remarks())

    def _rank(self, pairs) -> None:
        """Sort the estimators into leaders, rivals and the rest."""
        self.best, *others = self.table.index
        is_level = np.isclose(self._values, self._values[self.best], rtol=0, atol=1e-12)
        self.leaders = self.table.index[is_level].tolist()
        # A pair is in either order.
        pairs = pairs[(pairs[["first", "second"]] == self.best).any(axis=1)]
        other = pairs["first"].where(pairs["second"] == self.best, pairs["second"])
        pairs = pairs.set_index(other).reindex(others)
        self.p = pairs["p_holm"].to_dict()
        # A p-value that is missing is no proof either.
        is_rival = ~(pairs["p_holm"] < self.ALPHA) & ~pairs.index.isin(self.leaders)
        self.rivals = pairs.index[is_rival].tolist()
        self.near = pairs.index[is_rival & ~(pairs["p"] < self.ALPHA)].tolist()
        sd = self.table.get(f"{self.score.name}_sd", self._values * np.nan)[self.best]
        self.score = Score(self.score.name, words.decimals(sd))

    # --- the sentence -----------------------------------------------------------------

    def _verdict(self) -> str:
        if self.table.empty:
            return self._nobody()
        if len(self.table) == 1:
            return self._alone()
        if len(self.leaders) > 1:
            return self._level()
        if not self.rivals:
            return self._established()
        # Scores that vary much from fold to fold excuse a large distance, too.
        is_runner_up = self.rivals[0] == self.table.index[1]
        return self._contested() if is_runner_up else self._partly_established()

    def _nobody(self) -> str:
        n = len(self._all)
        has_failed = (self._all["error"] != "").all()
        who = "the only one" if n == 1 else f"all {n}"
        what = "failed" if has_failed else f"failed or gave no {self.score.title}"
        if self._all["error"].str.contains(NO_TIME, regex=False).any():
            what = "failed or did not come up"
        return f"No estimator could be judged: {who} {what}."

    def _alone(self) -> str:
        seconds, n_others = self._seconds[self.best], len(self._all) - 1
        trains = f", trained in {words.seconds(seconds)}" * bool(np.isfinite(seconds))
        others = "estimator" if n_others == 1 else f"{n_others} estimators"
        end = f"the other {others} could not be judged"
        if n_others == 0:
            end = "there was nothing to compare it with"
        return f"{self.best} reaches {self._result()}{trains}; {end}."

    def _level(self) -> str:
        sentence = f"{words.listed(self.leaders)} share first place: {self._result()}"
        seconds = self._seconds[self.leaders].fillna(np.inf)
        quick, slow = seconds.idxmin(), seconds.idxmax()
        ratio = self._ratio(slow, quick)
        if not _MUCH_FASTER <= ratio < np.inf:
            return f"{sentence}."
        than = f" than {slow}" if len(self.leaders) > 2 else ""
        return f"{sentence}; {quick} trains {words.times(ratio)} times faster{than}."

    def _contested(self) -> str:
        rival = self.rivals[0]
        verb = "cannot" if self._n_folds == 1 else "do not"
        noise = f" ({self._adjusted(p)})" if np.isfinite(p := self.p[rival]) else ""
        return (
            f"{self.best} scores best: {self._result()}; {rival} is "
            f"{self._behind(rival)} behind, a difference that "
            f"{self._folds()} {verb} establish{noise}{self._alternative()}."
        )

    def _partly_established(self) -> str:
        second, rival = self.table.index[1], self.rivals[0]
        return (
            f"{self.best} scores best: {self._result()}; {second} is "
            f"{self._behind(second)} behind, a difference that is established "
            f"({self._adjusted(self.p[second])}), unlike that of "
            f"{self._behind(rival)} to {rival} ({self._adjusted(self.p[rival])})."
        )

    def _established(self) -> str:
        second, n_others = self.table.index[1], len(self.p)
        p = self._adjusted(max(self.p.values()))
        lead = f"a difference that is established ({p})"
        if n_others > 1:
            p = p.replace("=", "\N{LESS-THAN OR EQUAL TO}")
            lead = f"and the lead over all {n_others} others is established ({p})"
        return (
            f"{self.best} is best: {self._result()}; {second} is "
            f"{self._behind(second)} behind, {lead}"
            f"{self._faster(second, f'but {second}')}."
        )

    # --- its clauses ------------------------------------------------------------------

    def _result(self) -> str:
        sd = self.table.get(f"{self.score.name}_sd", self._values * np.nan)[self.best]
        has_sd = self._n_folds > 1
        value = self.score.value(self._values[self.best], sd if has_sd else np.nan)
        where = "over" if has_sd else "on"
        return f"{self.score.title} {value} {where} {self._folds()}"

    def _folds(self) -> str:
        return "one fold" if self._n_folds == 1 else f"{self._n_folds} folds"

    def _adjusted(self, p: float) -> str:
        """Write a p-value; where there are several pairs, Holm has adjusted it."""
        return "adjusted " * (len(self.p) > 1) + words.p_value(p)

    def _behind(self, other: str) -> str:
        return self.score.distance(self._values[self.best] - self._values[other])

    def _ratio(self, slow: str, quick: str) -> float:
        """Return how many times faster ``quick`` trains; NaN where that is unknown."""
        seconds = self._seconds
        return seconds[slow] / seconds[quick] if seconds[quick] > 0 else np.nan

    def _alternative(self) -> str:
        """Name the fastest of the near rivals, if it trains much faster."""
        first = self.rivals[0]
        seconds = self._seconds[list(dict.fromkeys([first, *self.near]))]
        quick = seconds.fillna(np.inf).idxmin()
        is_other = quick != first and self._ratio(first, quick) >= _MUCH_FASTER
        ratio = self._ratio(self.best, quick)
        if not is_other or not ratio >= _MUCH_FASTER:
            return self._faster(first, "and it")
        return (
            f"; {quick}, {self._behind(quick)} behind and not established to be worse "
            f"either, trains {words.times(ratio)} times faster"
        )

    def _faster(self, other: str, opening: str) -> str:
        """Say whether the best or the other one trains much faster."""
        ratio, back = self._ratio(self.best, other), self._ratio(other, self.best)
        if ratio >= _MUCH_FASTER:
            return f", {opening} trains {words.times(ratio)} times faster"
        if back >= _MUCH_FASTER:
            return f", and {self.best} also trains {words.times(back)} times faster"
        return ""

    # --- remarks ----------------------------------------------------------------------

    def _remarks(self):
        # The sentence names the first rival of a single leader, and none of several.
        if len(self.near) > (len(self.leaders) == 1):
            names = words.listed(self.near)
            yield f"Not established to be worse than {self.best}: {names}."
        title, column = self.score.title, f"test_{self.score.name}"
        if column in self.table and len(self.table):
            values = self._on_test_images(column)
            if values:
                yield f"On the test images, {title}: {words.listed(values)}."
        is_judged = self._all.index.isin(self.table.index)
        errors = self._all["error"]
        for name, error, judged in zip(errors.index, errors, is_judged, strict=True):
            if error:
                failed = " did not come up" if NO_TIME in error else " failed"
                yield f"{name}{'' if judged else failed}: {_shorten(error)}"
        for name in errors.index[(errors == "") & ~is_judged]:
            yield f"{name} gives no {title}, by which the estimators are ranked."

    def _on_test_images(self, column: str) -> list[str]:
        """Return the scores of the best and of who is next."""
        second = [*self.leaders[1:], *self.rivals, *self.table.index[1:]][:1]
        values = self.table[column][[self.best, *second]].map(self.score.value)
        return [f"{name} {text}" for name, text in values.items() if text]


def _shorten(error: str) -> str:
    """Return an error's text as one line that ends with a full stop."""
    text = " ".join(error.split())
    if len(text) > _ERROR_LENGTH:
        return f"{text[:_ERROR_LENGTH].rpartition(' ')[0]} ..."
    return text if text.endswith((".", "!", "?")) else f"{text}."
