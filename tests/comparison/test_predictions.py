"""Tests of Predictions: whose columns they are, and what is found in them."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC, LinearSVC

from skcnn.comparison import Predictions
from skcnn.comparison._predictions import in_columns
from skcnn.comparison._scoring import compute_scores

CLASSES = np.array(["left", "spot", "top"])


class Turned(ClassifierMixin, BaseEstimator):
    """A classifier whose ``classes_`` are in the order of the alphabet's end."""

    def __init__(self, model):
        self.model = model

    def fit(self, X, y):
        self.model_ = self.model.fit(X, y)
        self.classes_ = self.model_.classes_[::-1]
        return self

    def predict(self, X):
        return self.model_.predict(X)

    def predict_proba(self, X):
        return self.model_.predict_proba(X)[:, ::-1]

    def decision_function(self, X):
        values = self.model_.decision_function(X)
        return -values if values.ndim == 1 else values[:, ::-1]


def test_every_response_is_asked_for_once(told, shapes):
    X, y = shapes
    said = Predictions.from_estimator(told.fit(X, y), X, y, classes=CLASSES)
    names = ["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr", "precision_macro"]
    scores, problems = compute_scores({name: name for name in names}, told, said)
    asked = [call[0] for call in told.calls if call[0] != "fit"]
    assert asked == ["predict", "predict_proba"]
    assert np.isfinite(list(scores.values())).all()
    assert not problems


def test_columns_are_in_the_order_of_the_classes(rows):
    X, y = rows
    model, turned = GaussianNB().fit(X, y), Turned(GaussianNB()).fit(X, y)
    said = Predictions.from_estimator(turned, X, y, classes=CLASSES)
    np.testing.assert_array_equal(said.proba, model.predict_proba(X))
    own = Predictions.from_estimator(turned, X, y)
    np.testing.assert_array_equal(own.classes, CLASSES[::-1])
    np.testing.assert_array_equal(own.confidence, said.confidence)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_decision_values_are_in_the_order_of_the_classes(n_classes, rows):
    X, y = rows[0][: 20 * n_classes], rows[1][: 20 * n_classes]
    model = LinearSVC(random_state=0).fit(X, y)
    turned = Turned(LinearSVC(random_state=0)).fit(X, y)
    values = in_columns(turned, turned.decision_function(X), CLASSES[:n_classes])
    np.testing.assert_allclose(values, model.decision_function(X))


def test_a_class_that_was_not_seen_is_the_least_likely_one(rows):
    X, y = rows
    known = y != "spot"
    bayes = GaussianNB().fit(X[known], y[known])
    said = Predictions.from_estimator(bayes, X, y, classes=CLASSES)
    assert said.proba.shape == (60, 3)
    assert (said.proba[:, 1] == 0).all()
    np.testing.assert_allclose(said.proba.sum(axis=1), 1)
    svm = LinearSVC(random_state=0).fit(X[known], y[known])
    values = in_columns(svm, svm.decision_function(X), CLASSES)
    assert values.shape == (60, 3)
    assert (values.argmin(axis=1) == 1).all()
    np.testing.assert_array_equal(CLASSES[values.argmax(axis=1)], svm.predict(X))


def test_columns_that_are_pairs_of_classes_stay_as_they_are(rows):
    X, y = rows[0], np.arange(60) % 4
    svm = SVC(decision_function_shape="ovo").fit(X, y)
    values = svm.decision_function(X)
    np.testing.assert_array_equal(in_columns(svm, values, np.arange(5)), values)


def test_classes_are_the_labels_that_occur_if_none_are_given():
    said = Predictions(["b", "a"], ["b", "c"])
    assert said.classes.tolist() == ["a", "b", "c"]
    assert said.confidence is None


def test_the_worst_confusion_is_counted():
    said = Predictions([8, 8, 9, 3], [3, 3, 8, 3])
    assert (said.n_wrong, said.worst_confusion()) == (3, (8, 3, 2))
    assert Predictions([1], [1]).worst_confusion() is None


def test_scores_of_a_class_without_images_are_zero():
    scores = Predictions([1, 1], [1, 1], classes=np.array([1, 2])).class_scores()
    assert scores["class"].tolist() == [1, 2]
    assert scores["recall"].tolist() == [1, 0]
    assert scores["support"].tolist() == [2, 0]


def test_labels_that_the_classifier_does_not_know_are_refused(rows):
    X, y = rows
    model = GaussianNB().fit(X, y)
    with pytest.raises(ValueError, match=r"GaussianNB does not know: 'ring'.*'left'"):
        Predictions.from_estimator(model, X[:2], ["ring", "top"])
    with pytest.raises(ValueError, match="y has 2 values, but there are 3 images"):
        Predictions.from_estimator(model, X[:3], y[:2])
