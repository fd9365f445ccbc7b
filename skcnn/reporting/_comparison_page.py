"""The page about a comparison."""

from __future__ import annotations

from typing import Any

from skcnn import plots
from skcnn.base import words as wording
from skcnn.comparison import Ranking
from skcnn.reporting._code_section import comparison_code
from skcnn.reporting._data_section import data_section, first_warning
from skcnn.reporting._machine import footer, surroundings
from skcnn.reporting._model_pictures import add_model_pictures
from skcnn.reporting._page import Block, Page, Section
from skcnn.reporting._parameter_section import settings_block
from skcnn.reporting._pictures import Album
from skcnn.reporting._tables import main_table, pairwise_table, two_columns


def comparison_page(comparison: Any, title: str | None) -> Page:
    """Return all that the page about a comparison says."""
    n_estimators = len(comparison.table_)
    sections = [_result(comparison), _best(comparison)]
    if comparison.pairwise_["difference"].notna().any():
        sections.append(_differences(comparison))
    data = data_section(
        comparison.X_,
        comparison.y_,
        "The data",
        comparison.X_test_,
        comparison.y_test_,
    )
    sections += [data, _settings(comparison), _method(comparison)]
    return Page(
        title=title or f"Comparison of {wording.plural(n_estimators, 'estimator')}",
        subject=_subject(comparison),
        verdict=comparison.verdict_,
        remarks=(*comparison.ranking_.remarks, *first_warning(data)),
        facts=_facts(comparison),
        sections=sections,
        footer=footer(),
    )


def _subject(comparison: Any) -> str:
    return " · ".join(
        [
            wording.plural(len(comparison.table_), "estimator"),
            wording.plural(len(comparison.X_), "image"),
            wording.plural(len(comparison.classes_), "class"),
            wording.plural(len(comparison.splits_), "fold"),
        ]
    )


def _facts(comparison: Any) -> list[tuple[str, str]]:
    ranking = comparison.ranking_
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


def _result(comparison: Any) -> Section:
    score = wording.Score(comparison.scoring_[0]).title
    folds = wording.plural(len(comparison.splits_), "fold")
    is_repeated = len(comparison.splits_) > 1
    album = Album("all")
    album.add(
        "scores against time",
        lambda: plots.ComparisonDisplay.from_comparison(comparison),
        "Higher is better, further to the left is faster. Points are means of "
        f"{score} over {folds}{'; bars are one standard deviation' * is_repeated}.",
        f"Chart of {score} against seconds of training, one point per estimator; the "
        "numbers are in the table above.",
    )
    _add_history(album, comparison)
    return Section(
        "result",
        "All estimators",
        [
            f"Scores are means over {folds}{' ± standard deviation' * is_repeated}, on "
            "images that were left out of the training. The best of a column is bold."
        ],
        warnings=_errors(comparison.table_),
        tables=[main_table(comparison)],
        pictures=album.pictures,
        notes=album.notes,
    )


def _errors(table: Any) -> list[str]:
    return [f"{name}: {error}" for name, error in table["error"].items() if error]


def _add_history(album: Album, comparison: Any) -> None:
    table, histories = comparison.table_, comparison.histories_
    able = table.index[table["error"] == ""]
    names = [name for name in able if (histories["estimator"] == name).any()]
    if not names:
        album.leave_out("training history", "no estimator trains in epochs")
        return
    album.add(
        "training history",
        lambda: plots.HistoryDisplay.from_comparison(comparison, name=names),
        "Loss and accuracy of every epoch, means over the folds with bands of one "
        "standard deviation. A loss that still falls at the end asks for more epochs.",
        f"Curves of loss and accuracy per epoch: {wording.listed(names)}.",
    )


def _best(comparison: Any) -> Section:
    album = Album("best")
    add_model_pictures(album, comparison.predictions_of(comparison.best_))
    return Section(
        "best",
        f"{comparison.best_} in detail",
        ["All predictions here are of images that the model had not seen in training."],
        pictures=album.pictures,
        notes=album.notes,
    )


def _differences(comparison: Any) -> Section:
    score = wording.Score(comparison.scoring_[0]).title
    return Section(
        "differences",
        "Differences between pairs",
        [
            f"Differences of {score}, the better one first, by the corrected resampled "
            "t-test of Nadeau and Bengio (2003), which allows for folds that share "
            "training images. The p-values are adjusted for the number of pairs (Holm, "
            f"1979). Established are those below {Ranking.ALPHA}; what is not "
            "established may still be true, and more folds or more images would tell."
        ],
        blocks=[_pairs(comparison)],
    )


def _pairs(comparison: Any) -> Block:
    """Return the pairs with the best, and the others folded."""
    pairs = comparison.pairwise_
    pairs = pairs[pairs["difference"].notna()]
    with_best = (pairs[["first", "second"]] == comparison.best_).any(axis=1)
    rest = pairs[~with_best]
    title = f"{comparison.best_} and each of the others"
    return Block(
        title=title,
        table=pairwise_table(pairs[with_best], title),
        folded=pairwise_table(rest, "The other pairs") if len(rest) else None,
        summary=wording.plural(len(rest), "other pair"),
    )


def _settings(comparison: Any) -> Section:
    estimators = comparison.estimators_
    return Section(
        "settings",
        "Settings",
        ["What differs from the defaults; the rest is folded."],
        blocks=[settings_block(n, estimators[n]) for n in comparison.table_.index],
    )


def _method(comparison: Any) -> Section:
    folds = comparison.folds_
    spent = folds["fit_seconds"].sum() + folds["predict_seconds"].sum()
    sizes = f"{_span(folds['n_train'])} to fit on, {_span(folds['n_test'])} to judge by"
    lines = {
        "Folds": comparison.cv_,
        "Images per fold": sizes,
        "Seed": str(comparison.random_state_),
        "Time": f"{wording.seconds(spent)} of fitting and predicting, in "
        f"{wording.plural(len(folds), 'fit')}",
        **surroundings(comparison.versions_),
    }
    return Section(
        "method",
        "How it was done, and how to do it again",
        tables=[two_columns("Folds, seeds, versions", lines, "What", "Value")],
        code=comparison_code(comparison),
    )


def _span(sizes: Any) -> str:
    low, high = wording.count(sizes.min()), wording.count(sizes.max())
    return low if low == high else f"{low} or {high}"
