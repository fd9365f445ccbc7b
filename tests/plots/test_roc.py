"""Tests of RocDisplay: what is drawn, and what is refused."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.metrics import RocCurveDisplay, auc, roc_auc_score, roc_curve
from sklearn.svm import SVC

from skcnn import CNNClassifier, SVMClassifier, compare
from skcnn.plots import RocDisplay

CLASSES = ["left", "spot", "top"]


@pytest.fixture(scope="module")
def scored():
    """Give (y_true, y_score): 60 rows, three classes, scores with ties."""
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1, 2], 20)
    y_score = (rng.random((60, 3)) + 0.5 * np.eye(3)[codes]).round(1)
    return np.array(CLASSES)[codes], y_score / y_score.sum(axis=1, keepdims=True)


def area(line):
    return auc(line.get_xdata(), line.get_ydata())


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


def test_curve_of_a_class_is_that_class_against_the_rest(scored):
    y_true, y_score = scored
    display = RocDisplay.from_predictions(y_true, y_score)
    assert list(display.lines_) == [*CLASSES, "micro average", "macro average"]
    for i, name in enumerate(CLASSES):
        fpr, tpr, _ = roc_curve(y_true == name, y_score[:, i])
        assert_allclose(display.lines_[name].get_xdata(), fpr)
        assert_allclose(display.lines_[name].get_ydata(), tpr)


def test_areas_of_the_averages_are_those_of_scikit_learn(scored):
    y_true, y_score = scored
    display = RocDisplay.from_predictions(y_true, y_score)
    macro = roc_auc_score(y_true, y_score, multi_class="ovr", average="macro")
    one_hot = np.eye(3)[np.searchsorted(CLASSES, y_true)]
    micro = roc_auc_score(one_hot, y_score, average="micro")
    assert_allclose(area(display.lines_["macro average"]), macro)
    assert_allclose(area(display.lines_["micro average"]), micro)
    assert f"macro average (AUC {macro:.3f})" in texts(display.legend_)


def test_macro_average_of_equal_curves_is_that_curve():
    # Each class: of the scores 0.9 and 0.4 the lower one is below a negative's 0.5.
    y_true = np.repeat(CLASSES, 2)
    y_score = np.full((6, 3), 0.1)
    for i in range(3):
        y_score[2 * i : 2 * i + 2, i] = 0.9, 0.4
        y_score[(2 * i + 2) % 6, i] = 0.5
    lines = RocDisplay.from_predictions(y_true, y_score).lines_
    assert_allclose(area(lines["left"]), 7 / 8)  # 1 of 2 * 4 pairs is out of order
    x, y = lines["macro average"].get_data()
    own = np.unique(np.column_stack([x, y]), axis=0)
    assert_allclose(own, np.unique(np.column_stack(lines["left"].get_data()), axis=0))


def test_legend_has_names_and_areas(scored):
    names = ["Left bar", "Spot", "Top bar"]
    display = RocDisplay.from_predictions(*scored, class_names=names, name="svm")
    first = roc_auc_score(scored[0] == "left", scored[1][:, 0])
    assert texts(display.legend_)[0] == f"Left bar (AUC {first:.3f})"
    assert display.ax_.get_title() == "ROC of svm"
    assert display.ax_.get_xlabel() == "False positive rate"
    assert display.ax_.get_ylabel() == "True positive rate"


@pytest.mark.parametrize("columns", [slice(None), 1], ids=["two columns", "one"])
def test_two_classes_have_one_curve_as_in_scikit_learn(scored, columns):
    is_bar = scored[0] != "spot"
    y_true, y_score = scored[0][is_bar], scored[1][is_bar][:, [0, 2]]
    display = RocDisplay.from_predictions(y_true, y_score[:, columns])
    wanted = RocCurveDisplay.from_predictions(y_true, y_score[:, 1], pos_label="top")
    ((name, line),) = display.lines_.items()
    assert name == "top against left"
    # scikit-learn leaves out points on a straight line, and so do we.
    assert_allclose(line.get_data(), wanted.line_.get_data())


def test_class_without_rows_has_no_curve(scored):
    y_true, y_score = scored[0][:40], scored[1][:40]
    display = RocDisplay.from_predictions(y_true, y_score, classes=CLASSES)
    assert list(display.lines_) == ["left", "spot", "micro average", "macro average"]


def test_corner_is_drawn_larger_where_all_curves_are_in_it(scored):
    y_true, poor = scored
    good = np.eye(3)[np.searchsorted(CLASSES, y_true)]
    display = RocDisplay.from_predictions(y_true, good)
    assert len(display.zoom_ax_.lines) == 5
    assert RocDisplay.from_predictions(y_true, poor).zoom_ax_ is None
    ax = plt.subplots()[1]  # it has its legend inside
    assert RocDisplay.from_predictions(y_true, good, ax=ax).zoom_ax_ is None


def test_comparison_is_drawn_from_its_probabilities(comparison):
    display = RocDisplay.from_comparison(comparison, name="svm")
    rows = comparison.predictions_.query("estimator == 'svm'")
    is_left = rows["y_true"] == "left"
    wanted = roc_auc_score(is_left, comparison.probabilities_["svm"][:, 0])
    assert_allclose(area(display.lines_["left"]), wanted)
    assert display.ax_.get_title() == "ROC of svm"


def test_estimator_is_asked_for_its_probabilities(fitted_cnn, mislabelled):
    X, y = mislabelled
    display = RocDisplay.from_estimator(fitted_cnn, X, y)
    wanted = roc_auc_score(y, fitted_cnn.predict_proba(X), multi_class="ovr")
    assert_allclose(area(display.lines_["macro average"]), wanted)


def test_given_axes_are_used(scored):
    figure, ax = plt.subplots()
    display = RocDisplay.from_predictions(*scored, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert display.legend_.axes is ax


def test_constructor_draws_nothing(scored):
    display = RocDisplay.from_predictions(*scored)
    plt.close("all")
    RocDisplay(display.curves, display.averages)
    assert plt.get_fignums() == []


def test_decision_values_stand_for_probabilities(shapes):
    X, y = shapes
    svm = SVMClassifier(C=0.01).fit(X, y)
    display = RocDisplay.from_estimator(svm, X, y)
    values = svm.decision_function(X)
    for i, name in enumerate(svm.classes_):
        fpr, tpr, _ = roc_curve(y == name, values[:, i])
        assert_allclose(display.lines_[name].get_xdata(), fpr)
        assert_allclose(display.lines_[name].get_ydata(), tpr)


def test_decision_values_of_two_classes_are_one_curve(shapes):
    X, y = shapes
    X, y = X[y != "top"], y[y != "top"]
    svm = SVMClassifier(C=0.01).fit(X, y)
    (curve,) = RocDisplay.from_estimator(svm, X, y).curves
    assert_allclose(
        curve.roc_auc, roc_auc_score(y == svm.classes_[1], svm.decision_function(X))
    )


class Mute(ClassifierMixin, BaseEstimator):
    """Knows labels, and nothing else of them."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.resize(self.classes_, len(X))


@pytest.mark.parametrize(
    "classifier", [Mute(), SVC(decision_function_shape="ovo")], ids=["none", "of pairs"]
)
def test_estimator_without_a_value_for_every_class_is_refused(classifier):
    X, y = load_iris(return_X_y=True)
    X, y = np.vstack([X, X[:20]]), np.append(y, [3] * 20)  # four classes, six pairs
    with pytest.raises(TypeError, match=r"neither predict_proba.*CalibratedClassifier"):
        RocDisplay.from_estimator(classifier.fit(X, y), X, y)


def test_unfitted_estimator_is_refused(shapes):
    with pytest.raises(ValueError, match="is not fitted yet"):
        RocDisplay.from_estimator(CNNClassifier(), *shapes)


def test_of_a_comparison_decision_values_are_drawn(comparison):
    said = comparison.predictions_of("plain")
    display = RocDisplay.from_comparison(comparison, name="plain")
    assert said.proba is None
    wanted = roc_auc_score(
        said.y_true == said.classes[0], np.asarray(said.decision)[:, 0]
    )
    assert_allclose(display.curves[0].roc_auc, wanted)


def test_estimator_of_a_comparison_without_any_values_is_refused(shapes):
    mute = compare({"mute": Mute()}, *shapes, cv=2, random_state=0, verbose=0)
    with pytest.raises(ValueError, match=r"'mute' gave neither.*calibrate=True"):
        RocDisplay.from_comparison(mute)


def test_other_number_of_columns_is_refused(scored):
    y_true, y_score = scored
    with pytest.raises(ValueError, match=r"\(40, 3\) has scores of 3 classes.*are 2"):
        RocDisplay.from_predictions(y_true[:40], y_score[:40])


def test_one_column_for_three_classes_is_refused(scored):
    with pytest.raises(ValueError, match=r"\(60,\) has scores of 2 classes.*are 3"):
        RocDisplay.from_predictions(scored[0], scored[1][:, 0])


def test_label_that_is_no_class_is_refused(scored):
    with pytest.raises(ValueError, match="not among the classes: 'top'; classes: 'a'"):
        RocDisplay.from_predictions(*scored, classes=["a", "left", "spot"])


def test_one_class_is_refused(scored):
    y_true, y_score = scored[0][:20], scored[1][:20]
    with pytest.raises(ValueError, match=r"one class, \['left'\].*at least two"):
        RocDisplay.from_predictions(y_true, y_score, classes=CLASSES)
