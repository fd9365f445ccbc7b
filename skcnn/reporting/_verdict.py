"""What a comparison has shown, in one sentence and a few remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skcnn.reporting import _wording as wording
from skcnn.reporting._standing import Standing, stand

# An estimator that trains this many times faster is worth a word.
_MUCH_FASTER = 2.0

# Letters of an error that fit into a remark.
_ERROR_LENGTH = 120


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison in words.

    Attributes
    ----------
    sentence : str
        Who is best, by how much, and whether that is established.
    remarks : tuple of str
        Further sentences: others within the noise, test images, failures, scores that
        are missing.
    """

    sentence: str
    remarks: tuple[str, ...] = ()


def verdict(comparison: Any) -> Verdict:
    """Say in one sentence what a comparison has shown.

    An advantage is called established where the Holm-adjusted p-value of the corrected
    resampled t-test (Nadeau and Bengio, 2003) is below 0.05. Among those who are not
    established to be worse, one that trains at least twice as fast is named.

    Parameters
    ----------
    comparison : Comparison
        Read are ``table_``, ``pairwise_``, ``scoring_`` and ``splits_``.

    Returns
    -------
    Verdict
        The sentence, and remarks.
    """
    standing, table = stand(comparison), comparison.table_
    return Verdict(
        _sentence(standing, table),
        (
            *_other_rivals(standing),
            *_test_images(standing),
            *_errors(standing, table),
            *_without_score(standing, table),
        ),
    )


def shorten(error: str) -> str:
    """Return an error's text as one line that ends with a full stop."""
    text = " ".join(error.split())
    if len(text) > _ERROR_LENGTH:
        return f"{text[:_ERROR_LENGTH].rpartition(' ')[0]} ..."
    return text if text.endswith((".", "!", "?")) else f"{text}."


# --- the sentence -----------------------------------------------------------------


def _sentence(standing: Standing, table: pd.DataFrame) -> str:
    if standing.table.empty:
        return _nobody(standing, table)
    if len(standing.table) == 1:
        return _alone(standing, len(table))
    if len(standing.leaders) > 1:
        return _level(standing)
    if not standing.rivals:
        return _established(standing)
    # Scores that vary much from fold to fold excuse a large distance, too.
    is_runner_up = standing.rivals[0] == standing.table.index[1]
    return _contested(standing) if is_runner_up else _partly_established(standing)


def _nobody(standing: Standing, table: pd.DataFrame) -> str:
    who = "the only one" if len(table) == 1 else f"all {len(table)}"
    what = (
        "failed"
        if (table["error"] != "").all()
        else f"failed or gave no {standing.score.title}"
    )
    return f"No estimator could be judged: {who} {what}."


def _alone(standing: Standing, n_estimators: int) -> str:
    seconds = standing.table["fit_seconds"].iloc[0]
    trains = f", trained in {wording.seconds(seconds)}" if np.isfinite(seconds) else ""
    ends = {
        1: "there was nothing to compare it with",
        2: "the other estimator could not be judged",
    }
    end = ends.get(
        n_estimators, f"the other {n_estimators - 1} estimators could not be judged"
    )
    return f"{standing.best} reaches {_result(standing)}{trains}; {end}."


def _level(standing: Standing) -> str:
    leaders = standing.leaders
    sentence = f"{wording.listed(leaders)} share first place: {_result(standing)}"
    seconds = standing.table["fit_seconds"].astype(float)[leaders].fillna(np.inf)
    quick, slow = seconds.idxmin(), seconds.idxmax()
    ratio = standing.ratio(slow, quick)
    if not ratio >= _MUCH_FASTER or not np.isfinite(ratio):
        return f"{sentence}."
    than = f" than {slow}" if len(leaders) > 2 else ""
    return f"{sentence}; {quick} trains {wording.times(ratio)} times faster{than}."


def _contested(standing: Standing) -> str:
    rival = standing.rivals[0]
    p = standing.p[rival]
    verb = "cannot" if standing.n_folds == 1 else "do not"
    noise = f" ({wording.p_value(p)})" if np.isfinite(p) else ""
    return (
        f"{standing.best} scores best: {_result(standing)}; {rival} is "
        f"{_behind(standing, rival)} behind, a difference that "
        f"{_folds(standing)} {verb} establish{noise}{_alternative(standing)}."
    )


def _partly_established(standing: Standing) -> str:
    second, rival = standing.table.index[1], standing.rivals[0]
    noise = wording.p_value(standing.p[rival])
    return (
        f"{standing.best} scores best: {_result(standing)}; {second} is "
        f"{_behind(standing, second)} behind, a difference that is established "
        f"({wording.p_value(standing.p[second])}), unlike that of "
        f"{_behind(standing, rival)} to {rival} ({noise})."
    )


def _established(standing: Standing) -> str:
    second = standing.table.index[1]
    p = wording.p_value(max(standing.p.values()))
    n_others = len(standing.p)
    if n_others == 1:
        lead = f"a difference that is established ({p})"
    else:
        p = p.replace("=", "\N{LESS-THAN OR EQUAL TO}")
        lead = f"and the lead over all {n_others} others is established ({p})"
    faster = _faster(standing, second, f"but {second}")
    return (
        f"{standing.best} is best: {_result(standing)}; {second} is "
        f"{_behind(standing, second)} behind, {lead}{faster}."
    )


# --- its clauses ------------------------------------------------------------------


def _result(standing: Standing) -> str:
    score, row = standing.score, standing.table.loc[standing.best]
    sd = row.get(f"{score.name}_sd", np.nan) if standing.n_folds > 1 else np.nan
    where = "on" if standing.n_folds == 1 else "over"
    value = score.value(row[score.name], sd)
    return f"{score.title} {value} {where} {_folds(standing)}"


def _folds(standing: Standing) -> str:
    return "one fold" if standing.n_folds == 1 else f"{standing.n_folds} folds"


def _behind(standing: Standing, other: str) -> str:
    return standing.score.distance(standing.behind(other))


def _alternative(standing: Standing) -> str:
    """Name the fastest of the near rivals, if it trains much faster."""
    first = standing.rivals[0]
    candidates = dict.fromkeys([first, *standing.near])
    seconds = standing.table["fit_seconds"].astype(float)[list(candidates)]
    quick = seconds.fillna(np.inf).idxmin()
    is_other = quick != first and standing.ratio(first, quick) >= _MUCH_FASTER
    ratio = standing.ratio(standing.best, quick)
    if not is_other or not ratio >= _MUCH_FASTER:
        return _faster(standing, first, "and it")
    return (
        f"; {quick}, {_behind(standing, quick)} behind and not established to be worse "
        f"either, trains {wording.times(ratio)} times faster"
    )


def _faster(standing: Standing, other: str, opening: str) -> str:
    """Say whether the best or the other one trains much faster."""
    ratio, back = (
        standing.ratio(standing.best, other),
        standing.ratio(other, standing.best),
    )
    if ratio >= _MUCH_FASTER:
        return f", {opening} trains {wording.times(ratio)} times faster"
    if back >= _MUCH_FASTER:
        return f", and {standing.best} also trains {wording.times(back)} times faster"
    return ""


# --- remarks ----------------------------------------------------------------------


def _other_rivals(standing: Standing) -> tuple[str, ...]:
    # The sentence names the first rival of a single leader, and none of several.
    n_named = 1 if len(standing.leaders) == 1 else 0
    if len(standing.near) <= n_named:
        return ()
    names = wording.listed(standing.near)
    return (f"Not established to be worse than {standing.best}: {names}.",)


def _test_images(standing: Standing) -> tuple[str, ...]:
    column = f"test_{standing.score.name}"
    if column not in standing.table or standing.table.empty:
        return ()
    second = [*standing.leaders[1:], *standing.rivals, *standing.table.index[1:]][:1]
    values = [
        f"{name} {text}"
        for name in [standing.best, *second]
        if (text := standing.score.value(standing.table[column][name]))
    ]
    title = standing.score.title
    return (
        (f"On the test images, {title}: {wording.listed(values)}.",) if values else ()
    )


def _errors(standing: Standing, table: pd.DataFrame) -> tuple[str, ...]:
    is_judged = table.index.isin(standing.table.index)
    return tuple(
        f"{name}{'' if judged else ' failed'}: {shorten(error)}"
        for name, error, judged in zip(
            table.index, table["error"], is_judged, strict=True
        )
        if error
    )


def _without_score(standing: Standing, table: pd.DataFrame) -> tuple[str, ...]:
    title = standing.score.title
    is_empty = (table["error"] == "") & ~table.index.isin(standing.table.index)
    return tuple(
        f"{name} gives no {title}, by which the estimators are ranked."
        for name in table.index[is_empty]
    )
