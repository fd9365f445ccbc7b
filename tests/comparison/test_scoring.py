import inspect

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    get_scorer,
    log_loss,
    make_scorer,
    top_k_accuracy_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skcnn.comparison import Predictions
from skcnn.comparison._scoring import (
    check_computable,
    check_scoring,
    compute_scores,
)


def scored(scorers, model, X, y, classes=None):
    """Return scores and problems of a fitted model."""
    said = Predictions.from_estimator(model, X, y, classes=classes)
    return compute_scores(scorers, model, said)


HALVES = [(np.arange(0, 60, 2), np.arange(1, 60, 2))]


def test_names_stand_for_themselves_and_a_dict_for_what_it_holds():
    assert check_scoring("accuracy") == {"accuracy": "accuracy"}
    assert list(check_scoring(["f1_macro", "accuracy"])) == ["f1_macro", "accuracy"]
    assert check_scoring({"mine": "accuracy"}) == {"mine": "accuracy"}


@pytest.mark.parametrize(
    ("scoring", "error", "match"),
    [
        (
            "acuracy",
            ValueError,
            "no score 'acuracy'. Did you mean 'accuracy'.*f1_macro",
        ),
        ([], ValueError, "scoring is empty"),
        (["accuracy", "accuracy"], ValueError, "holds 'accuracy' twice"),
        ([len], TypeError, r"scoring\[0\] is .*dict"),
        ({"rank": "accuracy"}, ValueError, "cannot be called 'rank'"),
        ({"x": 3}, ValueError, "no score 3"),
        (None, TypeError, "scoring must be a name"),
    ],
)
def test_what_is_no_score_is_refused(scoring, error, match):
    with pytest.raises(error, match=match):
        check_scoring(scoring)


@pytest.mark.parametrize("name", ["f1", "roc_auc", "r2"])
def test_a_score_that_these_labels_do_not_allow_is_refused(name, shapes):
    with pytest.raises(ValueError, match=f"score '{name}' cannot be computed"):
        check_computable({name: name}, shapes[1], HALVES)


def test_scores_that_these_labels_allow_pass_whoever_can_give_them(shapes):
    names = ["accuracy", "precision_macro", "neg_log_loss", "roc_auc_ovr"]
    check_computable({name: name for name in names}, shapes[1], HALVES)


def test_scores_are_those_of_scikit_learn(rows):
    X, y = rows
    model = GaussianNB().fit(X[::2], y[::2])
    names = ["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"]
    scorers = {name: name for name in names}
    scores, _ = scored(scorers, model, X, y)
    assert scores == {name: get_scorer(name)(model, X, y) for name in names}


def test_a_score_that_cannot_be_given_is_nan_without_a_word(rows):
    X, y = rows
    model = LinearSVC().fit(X, y)
    scorers = {"neg_log_loss": "neg_log_loss", "accuracy": "accuracy"}
    scores, problems = scored(scorers, model, X, y)
    assert np.isnan(scores["neg_log_loss"])
    assert scores["accuracy"] > 0.9
    assert not problems


def test_scorers_of_the_user_see_the_estimator_and_their_errors_are_told(rows):
    X, y = rows
    model = GaussianNB().fit(X, y)

    def has_bug(estimator, X, y):
        return estimator.no_such_thing

    scorers = {
        "size": lambda estimator, X, y: estimator.theta_.size,
        "made": make_scorer(accuracy_score),
        "bug": has_bug,
    }
    scores, problems = scored(scorers, model, X, y)
    assert (scores["size"], scores["made"]) == (3 * 64, model.score(X, y))
    assert np.isnan(scores["bug"])
    assert isinstance(problems["bug"], AttributeError)


# Of probabilities, with the function that computes them from columns and labels.
OF_PROBABILITIES = {
    "neg_log_loss": lambda *a, labels: -log_loss(*a, labels=labels),
    "neg_brier_score": lambda *a, labels: -brier_score_loss(*a, labels=labels),
    "top_k_accuracy": lambda *a, labels: top_k_accuracy_score(*a, labels=labels),
}


has_labels = "labels" in inspect.signature(brier_score_loss).parameters


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                name == "neg_brier_score" and not has_labels,
                reason="scikit-learn has it for two classes alone before 1.7",
            ),
        )
        for name in OF_PROBABILITIES
    ],
)
@pytest.mark.parametrize(
    "fitted_on", [["left", "top"], ["spot", "top"], ["left", "spot", "top"]]
)
def test_scores_take_every_column_for_its_own_class(name, fitted_on, rows):
    """Images without the class "spot", by a classifier that may know it or not."""
    X, y = rows
    classes = np.unique(y)
    is_known, is_asked = np.isin(y, fitted_on), y != "spot"
    model = GaussianNB(var_smoothing=1).fit(X[is_known], y[is_known])
    columns = np.zeros((is_asked.sum(), 3))
    columns[:, np.isin(classes, fitted_on)] = model.predict_proba(X[is_asked])
    asked = X[is_asked], y[is_asked]
    scores, problems = scored({name: name}, model, *asked, classes)
    expected = OF_PROBABILITIES[name](y[is_asked], columns, labels=classes)
    assert scores[name] == pytest.approx(expected)
    assert not problems


@pytest.mark.parametrize(
    "name", ["neg_log_loss", "neg_brier_score", "roc_auc", "average_precision"]
)
def test_scores_of_two_classes_are_those_of_scikit_learn(name, rows):
    X, y = rows[0][:40], rows[1][:40] == "spot"
    model = GaussianNB().fit(X[::3], y[::3])
    scores, problems = scored({name: name}, model, X, y)
    assert (scores[name], problems) == (get_scorer(name)(model, X, y), {})


def test_a_score_that_is_not_defined_without_a_class_is_refused(shapes):
    y = shapes[1]
    halves = [(np.flatnonzero(y != "spot"), np.flatnonzero(y != "left"))]
    check_computable({"neg_log_loss": "neg_log_loss"}, y, halves)
    with pytest.raises(ValueError, match=r"'roc_auc_ovr' cannot .* every class"):
        check_computable({"roc_auc_ovr": "roc_auc_ovr"}, y, halves)
