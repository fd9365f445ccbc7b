import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC, LinearSVC

from skcnn.comparison._answers import AskedOnce
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
    answers = AskedOnce(told.fit(X, y), X, CLASSES)
    told.calls.clear()
    names = ["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr", "precision_macro"]
    scores, problems = compute_scores({name: name for name in names}, answers, X, y)
    assert sorted(call[0] for call in told.calls) == ["predict", "predict_proba"]
    assert np.isfinite(list(scores.values())).all()
    assert not problems


def test_other_images_are_asked_about_anew(told, shapes):
    X, y = shapes
    answers = AskedOnce(told.fit(X, y), X, CLASSES)
    answers.predict(X)
    assert len(answers.predict(X[:3])) == 3


def test_columns_are_in_the_order_of_the_classes(rows):
    X, y = rows
    model = GaussianNB().fit(X, y)
    answers = AskedOnce(Turned(GaussianNB()).fit(X, y), X, CLASSES)
    np.testing.assert_array_equal(answers.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(answers.classes_, CLASSES)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_decision_values_are_in_the_order_of_the_classes(n_classes, rows):
    X, y = rows[0][: 20 * n_classes], rows[1][: 20 * n_classes]
    model = LinearSVC(random_state=0).fit(X, y)
    answers = AskedOnce(
        Turned(LinearSVC(random_state=0)).fit(X, y), X, CLASSES[:n_classes]
    )
    expected = model.decision_function(X)
    np.testing.assert_allclose(answers.decision_function(X), expected)


def test_a_class_that_was_not_seen_is_the_least_likely_one(rows):
    X, y = rows
    known = y != "spot"
    bayes = AskedOnce(GaussianNB().fit(X[known], y[known]), X, CLASSES)
    probabilities = bayes.predict_proba(X)
    assert probabilities.shape == (60, 3)
    assert (probabilities[:, 1] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    svm = LinearSVC(random_state=0).fit(X[known], y[known])
    values = AskedOnce(svm, X, CLASSES).decision_function(X)
    assert values.shape == (60, 3)
    assert (values.argmin(axis=1) == 1).all()
    np.testing.assert_array_equal(CLASSES[values.argmax(axis=1)], svm.predict(X))


def test_columns_that_are_pairs_of_classes_stay_as_they_are(rows):
    X, y = rows[0], np.arange(60) % 4
    svm = SVC(decision_function_shape="ovo").fit(X, y)
    values = AskedOnce(svm, X, np.arange(5)).decision_function(X)
    np.testing.assert_array_equal(values, svm.decision_function(X))
