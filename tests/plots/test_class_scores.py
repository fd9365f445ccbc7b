"""Tests of ClassScoresDisplay: what is drawn, and what is refused."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError
from sklearn.metrics import (
    f1_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
)

from skcnn import CNNClassifier, HOGFeatures
from skcnn.plots import ClassScoresDisplay

SCORES = {"precision": precision_score, "recall": recall_score, "f1": f1_score}


def heights(bars):
    return [bar.get_height() for bar in bars]


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


def names_below(ax):
    return [label.get_text() for label in ax.get_xticklabels()]


def test_one_model_is_one_panel_with_a_bar_per_score_and_class(answers):
    display = ClassScoresDisplay.from_predictions(*answers, name="svm")
    (panel,) = display.axes_
    assert list(display.bars_) == [("svm", metric) for metric in SCORES]
    for (_, metric), bars in display.bars_.items():
        assert_allclose(heights(bars), SCORES[metric](*answers, average=None))
    assert len(panel.patches) == 3 * 3
    assert names_below(panel) == ["left", "spot", "top"]
    assert panel.get_title() == "svm: scores of every class"


def test_legend_has_the_means_over_the_classes(answers):
    display = ClassScoresDisplay.from_predictions(*answers)
    mean = f1_score(*answers, average="macro")
    assert texts(display.legend_)[2] == f"F1 (mean {mean:.3f})"


def test_several_models_are_one_panel_per_score(answers):
    y_true, y_pred = answers
    models = {"svm": y_pred, "cnn": y_true}
    display = ClassScoresDisplay.from_predictions(y_true, models)
    labels = [ax.get_ylabel() for ax in display.axes_]
    assert labels == ["Precision", "Recall", "F1"]
    assert texts(display.legend_) == ["svm", "cnn"]
    assert heights(display.bars_["cnn", "recall"]) == [1, 1, 1]
    assert [len(ax.patches) for ax in display.axes_] == [6, 6, 6]
    svm, cnn = display.bars_["svm", "f1"][0], display.bars_["cnn", "f1"][0]
    assert svm.get_x() + svm.get_width() <= cnn.get_x()


def test_one_score_is_one_panel(answers):
    y_true, y_pred = answers
    models = {"svm": y_pred, "cnn": y_true}
    display = ClassScoresDisplay.from_predictions(y_true, models, metrics="f1")
    assert list(display.bars_) == [("svm", "f1"), ("cnn", "f1")]
    assert len(display.axes_) == 1


def test_comparison_is_scored_out_of_fold(comparison):
    display = ClassScoresDisplay.from_comparison(comparison)
    rows = comparison.predictions_.query("estimator == 'svm'")
    recall = recall_score(rows["y_true"], rows["y_pred"], average=None)
    assert_allclose(heights(display.bars_["svm", "recall"]), recall)
    assert texts(display.legend_) == list(comparison.table_.index)


def test_named_estimators_of_a_comparison_are_drawn(comparison):
    display = ClassScoresDisplay.from_comparison(comparison, name=["svm", "plain"])
    assert texts(display.legend_) == ["svm", "plain"]


def test_estimator_is_asked_for_its_predictions(fitted_cnn, mislabelled):
    X, y = mislabelled
    display = ClassScoresDisplay.from_estimator(fitted_cnn, X, y)
    wanted = precision_recall_fscore_support(y, fitted_cnn.predict(X))
    for (_, metric), values in zip(display.bars_, wanted[:3], strict=True):
        assert_allclose(heights(display.bars_["CNNClassifier", metric]), values)
    assert_allclose(display.scores["support"], wanted[3])


def test_a_model_keeps_its_colour_whoever_else_is_drawn(comparison):
    everybody = ClassScoresDisplay.from_comparison(comparison)
    last = comparison.table_.index[-1]
    alone = ClassScoresDisplay.from_comparison(comparison, name=last)
    colour = to_hex(everybody.bars_[last, "f1"][0].get_facecolor())
    drawn = [bars[0] for bars in alone.bars_.values()]
    assert {to_hex(bar.get_facecolor()) for bar in drawn} == {colour}
    assert len({bar.get_alpha() for bar in drawn}) == 3


@pytest.mark.parametrize(
    ("least", "start"), [(0.7, 0), (0.81, 0), (0.83, 0.8), (0.92, 0.9), (1, 0)]
)
def test_axis_begins_where_differences_are_seen_and_says_so(least, start):
    scores = pd.DataFrame({"estimator": "cnn", "class": ["a", "b"], "f1": [least, 1]})
    display = ClassScoresDisplay(scores).plot(metrics="f1")
    (panel,) = display.axes_
    assert panel.get_ylim() == (start, 1)
    assert panel.get_ylabel() == (f"Score, from {start}" if start else "Score")


def test_class_that_does_not_occur_keeps_its_place_and_name(fitted_cnn, shapes):
    X, y = shapes  # the last 20 are "top"
    names = ["Left bar", "Spot", "Top bar"]
    display = ClassScoresDisplay.from_estimator(
        fitted_cnn, X[40:], y[40:], class_names=names
    )
    assert names_below(display.axes_[0]) == names
    assert heights(display.bars_["CNNClassifier", "recall"])[0] == 0


def test_long_names_are_slanted_and_stay_in_the_picture(answers):
    names = ["a very long name of a class that is left", "spot", "top"]
    display = ClassScoresDisplay.from_predictions(*answers, class_names=names)
    label = display.axes_[0].get_xticklabels()[0]
    assert label.get_rotation() == 45
    display.figure_.draw_without_rendering()
    assert label.get_window_extent().y0 >= display.legend_.get_window_extent().y1 - 1


@pytest.mark.parametrize("size", [None, (10, 4), (4, 3)])
def test_given_axes_are_used_and_nothing_is_cut(answers, size):
    figure, ax = plt.subplots(figsize=size)
    names = ["a very long name of a class that is left", "spot", "top"]
    display = ClassScoresDisplay.from_predictions(*answers, class_names=names, ax=ax)
    assert display.figure_ is figure
    assert display.axes_[0] is ax
    assert display.legend_.axes is ax
    figure.draw_without_rendering()
    legend, words = display.legend_.get_window_extent(), ax.get_tightbbox()
    highest = ax.transData.transform((0, 1))[1]
    assert legend.y0 > highest
    assert ax.bbox.y1 >= legend.y1
    assert min(words.x0, words.y0) >= 0
    assert words.x1 <= figure.bbox.x1
    assert words.y1 <= figure.bbox.y1


def test_constructor_draws_nothing(answers):
    scores = ClassScoresDisplay.from_predictions(*answers).scores
    plt.close("all")
    ClassScoresDisplay(scores)
    assert plt.get_fignums() == []


def test_unknown_score_is_refused(answers):
    with pytest.raises(ValueError, match=r"'precision', 'recall', 'f1'; got \['auc'\]"):
        ClassScoresDisplay.from_predictions(*answers, metrics="auc")


def test_wrong_number_of_names_is_refused(answers):
    with pytest.raises(
        ValueError, match="has 2 names, but there are 3 classes: 'left'"
    ):
        ClassScoresDisplay.from_predictions(*answers, class_names=["a", "b"])


def test_name_given_twice_is_refused(answers):
    with pytest.raises(ValueError, match="names two classes alike: 'a'"):
        ClassScoresDisplay.from_predictions(*answers, class_names=["a", "b", "a"])


def test_one_text_as_names_is_refused(answers):
    with pytest.raises(TypeError, match="list of 3 names, got the text 'abc'"):
        ClassScoresDisplay.from_predictions(*answers, class_names="abc")


def test_labels_of_another_length_are_refused(answers):
    y_true, y_pred = answers
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ClassScoresDisplay.from_predictions(y_true, y_pred[:5])


def test_labels_that_the_estimator_does_not_know_are_refused(fitted_cnn, shapes):
    X, y = shapes
    with pytest.raises(ValueError, match=r"does not know: 'below'.*fitted on 'left'"):
        ClassScoresDisplay.from_estimator(fitted_cnn, X[:2], [y[0], "below"])


def test_unfitted_estimator_is_refused(shapes):
    with pytest.raises(NotFittedError):
        ClassScoresDisplay.from_estimator(CNNClassifier(), *shapes)


def test_what_is_no_classifier_is_refused(shapes):
    with pytest.raises(TypeError, match="HOGFeatures is no classifier"):
        ClassScoresDisplay.from_estimator(HOGFeatures(), *shapes)
