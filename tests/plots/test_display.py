"""Tests of what is drawn: which estimators, of a comparison or alone."""

import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from skcnn import CNNClassifier, SVMClassifier, compare, plots
from skcnn.plots import ClassScoresDisplay, ConfusionDisplay


class Broken(ClassifierMixin, BaseEstimator):
    """Fails in the first fold, which has another number of images than the others."""

    def fit(self, X, y):
        if len(X) == 30:
            raise RuntimeError("thirty images")
        self.classes_ = sorted(set(y))
        self.label_ = y[0]
        return self

    def predict(self, X):
        return [self.label_] * len(X)


@pytest.fixture(scope="module")
def with_failure(shapes):
    X, y = shapes
    folds = [(range(0, 60, 2), range(1, 60, 2)), (range(60), range(0, 60, 3))]
    estimators = {"broken": Broken(), "svm": SVMClassifier()}
    return compare(
        estimators, X, y, cv=folds, scoring="accuracy", random_state=0, verbose=0
    )


def test_all_are_drawn_the_best_first(comparison):
    assert comparison.check_names() == list(comparison.table_.index)
    assert comparison.predictions_of().name == comparison.best_


def test_names_keep_their_order(comparison):
    assert comparison.check_names(["svm", "cnn"]) == ["svm", "cnn"]
    assert comparison.check_names("svm") == ["svm"]


def test_unknown_name_is_refused_with_those_there_are(comparison):
    with pytest.raises(ValueError, match=r"'SVM' is no estimator of this.*'svm'"):
        ConfusionDisplay.from_comparison(comparison, name="SVM")


def test_estimator_that_failed_is_left_out(with_failure):
    assert with_failure.check_names() == ["svm"]
    display = ClassScoresDisplay.from_comparison(with_failure)
    assert {name for name, _ in display.bars_} == {"svm"}


def test_estimator_that_failed_is_refused_with_its_error(with_failure):
    with pytest.raises(ValueError, match=r"'broken' failed.*thirty images.*'svm'"):
        ConfusionDisplay.from_comparison(with_failure, name="broken")


def test_predictions_are_those_of_one_estimator(comparison):
    said = comparison.predictions_of("svm")
    rows = comparison.predictions_.query("estimator == 'svm'")
    assert sorted(said.indices) == list(range(60))
    assert said.y_pred.tolist() == rows["y_pred"].tolist()
    assert said.confidence.tolist() == rows["confidence"].tolist()
    assert said.y_true.tolist() == comparison.y_[said.indices].tolist()


@pytest.mark.parametrize(
    "owner",
    ["ClassScores", "Confusion", "ErrorGallery", "Roc", "Filter", "Reconstruction"],
)
def test_images_before_the_estimator_are_refused_with_the_order(owner, shapes):
    display = getattr(plots, f"{owner}Display")
    X, y = shapes
    message = r"first argument .* a fitted .*got ndarray.*from_estimator\("
    with pytest.raises(TypeError, match=message):
        display.from_estimator(X, y, *([SVMClassifier()] if owner != "Filter" else []))


def test_class_instead_of_a_fitted_estimator_is_refused(shapes):
    with pytest.raises(TypeError, match="got the class CNNClassifier itself"):
        plots.ConfusionDisplay.from_estimator(CNNClassifier, *shapes)
