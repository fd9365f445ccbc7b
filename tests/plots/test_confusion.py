"""Tests of ConfusionDisplay: what is drawn, and what is refused."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.metrics import confusion_matrix

from skcnn import CNNClassifier
from skcnn.plots import ConfusionDisplay

LONG_NAMES = [f"class number {i} with a long name" for i in range(10)]


def numbers(display):
    return np.vectorize(lambda text: float(text.get_text()))(display.text_)


def names_on(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_cells_are_counts_with_true_labels_down(answers):
    display = ConfusionDisplay.from_predictions(*answers)
    counts = confusion_matrix(*answers)
    assert_array_equal(display.confusion_matrix, counts)
    assert_array_equal(display.im_.get_array(), counts)
    assert_array_equal(numbers(display), counts)
    assert display.ax_.get_ylabel() == "True label"
    assert display.ax_.get_xlabel() == "Predicted label"
    assert display.ax_.get_title() == "Counts"


def test_ticks_are_class_names(answers):
    names = ["Left bar", "Spot", "Top bar"]
    display = ConfusionDisplay.from_predictions(*answers, class_names=names, name="svm")
    assert names_on(display.ax_.xaxis) == names_on(display.ax_.yaxis) == names
    assert display.ax_.get_title() == "svm: counts"


@pytest.mark.parametrize("normalize", ["true", "pred", "all"])
def test_shares_are_those_of_scikit_learn(answers, normalize):
    display = ConfusionDisplay.from_predictions(*answers, normalize=normalize)
    wanted = confusion_matrix(*answers, normalize=normalize)
    assert_allclose(display.im_.get_array(), wanted)
    assert_allclose(numbers(display), wanted.round(2))


def test_class_without_rows_has_shares_of_zero():
    display = ConfusionDisplay(np.array([[0, 0], [1, 3]])).plot(normalize="true")
    assert_allclose(display.im_.get_array(), [[0, 0], [0.25, 0.75]])


def test_empty_cells_are_paler_than_others():
    display = ConfusionDisplay(np.array([[5, 0], [1, 5]])).plot()
    assert display.text_[0, 1].get_color() != display.text_[1, 0].get_color()


def test_ten_long_names_stay_readable():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.integers(0, 10, (2, 500))
    display = ConfusionDisplay.from_predictions(y_true, y_pred, class_names=LONG_NAMES)
    figure, ax = display.figure_, display.ax_
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    for label in [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.title]:
        box = label.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
    # Slanted names start side by side: a line of letters fits between them.
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {45}
    cell = ax.get_window_extent().width / 10
    letters = max(text.get_window_extent().width for text in display.text_.flat)
    assert letters < cell


def test_many_classes_have_a_scale_instead_of_numbers():
    display = ConfusionDisplay(np.eye(30, dtype=int)).plot()
    assert display.text_ is None
    assert len(display.figure_.axes) == 2


def test_comparison_draws_the_best_out_of_fold(comparison):
    display = ConfusionDisplay.from_comparison(comparison)
    best = comparison.best_
    rows = comparison.predictions_.query("estimator == @best")
    wanted = confusion_matrix(rows["y_true"], rows["y_pred"])
    assert_array_equal(display.confusion_matrix, wanted)
    assert display.ax_.get_title() == f"{best}: counts"


def test_estimator_is_asked_for_its_predictions(fitted_cnn, mislabelled):
    X, y = mislabelled
    display = ConfusionDisplay.from_estimator(fitted_cnn, X, y)
    wanted = confusion_matrix(y, fitted_cnn.predict(X))
    assert_array_equal(display.confusion_matrix, wanted)
    assert names_on(display.ax_.xaxis) == ["left", "spot", "top"]


def test_given_axes_are_used(answers):
    figure, ax = plt.subplots()
    display = ConfusionDisplay.from_predictions(*answers, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert plt.get_fignums() == [figure.number]


def test_long_names_are_not_cut_off_in_given_axes(answers):
    figure, ax = plt.subplots()
    names = ["a very long name of a class that is left", "spot", "top"]
    ConfusionDisplay.from_predictions(*answers, class_names=names, ax=ax)
    figure.draw_without_rendering()
    words = ax.get_tightbbox()
    assert min(words.x0, words.y0) >= 0
    assert words.x1 <= figure.bbox.x1


def test_constructor_draws_nothing():
    ConfusionDisplay(np.eye(2, dtype=int))
    assert plt.get_fignums() == []


def test_unknown_normalize_is_refused(answers):
    with pytest.raises(
        ValueError, match="normalize='rows': None, 'true', 'pred', 'all'"
    ):
        ConfusionDisplay.from_predictions(*answers, normalize="rows")


def test_wrong_number_of_names_is_refused(answers):
    with pytest.raises(ValueError, match="has 2 names, but there are 3 classes"):
        ConfusionDisplay.from_predictions(*answers, class_names=["a", "b"])


def test_unknown_estimator_of_a_comparison_is_refused(comparison):
    with pytest.raises(ValueError, match=r"'cmn' is no estimator of .*'cnn', 'svm'"):
        ConfusionDisplay.from_comparison(comparison, name="cmn")


def test_unfitted_estimator_is_refused(shapes):
    with pytest.raises(NotFittedError):
        ConfusionDisplay.from_estimator(CNNClassifier(), *shapes)
