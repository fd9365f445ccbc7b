"""Tests of ComparisonDisplay: what is drawn, and what is refused."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.transforms import Bbox
from numpy.testing import assert_allclose
from scipy.stats import t

from skcnn.base.palette import COLOURS
from skcnn.plots import ComparisonDisplay


def table(score, seconds, names=None):
    score = np.asarray(score)
    return pd.DataFrame(
        {
            "score": score,
            "sd_low": score - 0.01,
            "sd_high": score + 0.01,
            "ci_low": score - 0.03,
            "ci_high": score + 0.03,
            "fit_seconds": seconds,
        },
        index=names or [f"estimator {i}" for i in range(len(score))],
    )


def ends(container):
    """Return lower and upper end of an interval that was drawn."""
    (bars,) = container.lines[2]
    (segment,) = bars.get_segments()
    return segment[:, 1]


def test_every_estimator_is_a_point_of_its_time_and_score(comparison):
    display = ComparisonDisplay.from_comparison(comparison)
    assert list(display.points_) == list(comparison.table_.index)
    for name, container in display.points_.items():
        row = comparison.table_.loc[name]
        (x,), (y,) = container.lines[0].get_data()
        assert_allclose((x, y), (row["fit_seconds"], row["accuracy"]))
        sd = row["accuracy_sd"]
        assert_allclose(ends(container), (y - sd, y + sd))


def test_points_have_numbers_and_the_legend_their_names(comparison):
    display = ComparisonDisplay.from_comparison(comparison)
    entries = [text.get_text() for text in display.legend_.get_texts()]
    for i, (name, label) in enumerate(display.labels_.items()):
        (x,), (y,) = display.points_[name].lines[0].get_data()
        assert label.get_text() == str(i + 1)
        assert_allclose(label.xy, (x, y))
        assert entries[i] == f"{i + 1}  {name}"
        handle = display.legend_.legend_handles[i]
        assert handle.get_color() == display.points_[name].lines[0].get_color()


def test_axes_say_what_they_are(comparison):
    ax = ComparisonDisplay.from_comparison(comparison).ax_
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "Seconds to fit (mean over the folds)"
    assert ax.get_ylabel() == "accuracy, mean and sd"
    assert ax.get_title() == "Score against time to fit, 3 folds"


def test_interval_is_that_of_nadeau_and_bengio(comparison):
    display = ComparisonDisplay.from_comparison(
        comparison, score="f1_macro", interval="ci"
    )
    assert display.ax_.get_ylabel() == "f1_macro, mean and 95% interval"
    row = comparison.table_.loc["svm"]
    # Three folds of 60 images: 20 to score on, 40 to fit on.
    margin = t.ppf(0.975, 2) * row["f1_macro_sd"] * np.sqrt(1 / 3 + 20 / 40)
    mean = row["f1_macro"]
    assert_allclose(ends(display.points_["svm"]), (mean - margin, mean + margin))


def test_estimator_without_the_score_is_left_out(comparison):
    display = ComparisonDisplay.from_comparison(comparison, score="neg_log_loss")
    assert sorted(display.points_) == ["cnn", "svm"]


def test_named_estimators_are_drawn(comparison):
    display = ComparisonDisplay.from_comparison(comparison, name=["svm", "plain"])
    assert list(display.points_) == ["svm", "plain"]


def test_an_estimator_keeps_number_and_colour_whoever_else_is_drawn(comparison):
    everybody = ComparisonDisplay.from_comparison(comparison)
    last = comparison.table_.index[-1]
    alone = ComparisonDisplay.from_comparison(comparison, name=last)
    for display in (everybody, alone):
        assert display.labels_[last].get_text() == "3"
        point = display.points_[last].lines[0]
        assert point.get_color() == COLOURS[2]


def test_one_fold_has_no_interval():
    points = table([0.9, 0.8], [1, 2])
    points[["sd_low", "sd_high"]] = np.nan
    display = ComparisonDisplay(points, score="accuracy", n_folds=1).plot()
    assert_allclose(ends(display.points_["estimator 0"]), (0.9, 0.9))


@pytest.mark.parametrize(
    ("score", "seconds"),
    [
        ([0.98, 0.981, 0.979, 0.98, 0.978], [1, 1.02, 0.98, 1.01, 1]),
        ([0.9, 0.9, 0.9, 0.6], [0.01, 0.011, 0.012, 30]),
        ([0.9, 0.8], [1, 1000]),
    ],
    ids=["a crowd", "three in a corner", "two far apart"],
)
def test_numbers_cover_neither_each_other_nor_points_with_their_bars(score, seconds):
    names = [f"an estimator with a name {i}" for i in range(len(score))]
    points = table(score, seconds, names)
    display = ComparisonDisplay(points, score="accuracy", n_folds=5).plot()
    display.figure_.draw_without_rendering()
    boxes = [label.get_window_extent() for label in display.labels_.values()]
    room = display.ax_.get_window_extent()
    for box in boxes:
        assert room.x0 <= box.x0
        assert box.x1 <= room.x1
    for first, second in combinations(boxes, 2):
        assert not first.overlaps(second)
    centres = display.ax_.transData.transform(points[["fit_seconds", "score"]])
    for box in boxes:
        assert not any(box.contains(*centre) for centre in centres)
        for container in display.points_.values():
            lower, upper = (end.get_window_extent() for end in container.lines[1])
            assert not box.overlaps(Bbox.union([lower, upper]))


def test_given_axes_are_used(comparison):
    figure, ax = plt.subplots()
    display = ComparisonDisplay.from_comparison(comparison, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure


def test_constructor_draws_nothing():
    ComparisonDisplay(table([0.9], [1]), score="accuracy", n_folds=5)
    assert plt.get_fignums() == []


def test_unknown_score_is_refused(comparison):
    message = "score='auc' was not computed, only 'accuracy', 'f1_macro'"
    with pytest.raises(ValueError, match=message):
        ComparisonDisplay.from_comparison(comparison, score="auc")


def test_score_that_nobody_has_is_refused(comparison):
    with pytest.raises(
        ValueError, match="None of 'plain' has the score 'neg_log_loss'"
    ):
        ComparisonDisplay.from_comparison(
            comparison, name="plain", score="neg_log_loss"
        )


def test_unknown_interval_is_refused(comparison):
    with pytest.raises(ValueError, match="interval='se': 'sd' and 'ci' are known"):
        ComparisonDisplay.from_comparison(comparison, interval="se")
