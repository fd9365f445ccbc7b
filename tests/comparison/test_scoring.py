import numpy as np
import pytest
from sklearn.metrics import accuracy_score, get_scorer, make_scorer
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skcnn.comparison._scoring import (
    Answers,
    check_computable,
    check_scoring,
    compute_scores,
)

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


def test_every_response_is_asked_for_once(told, shapes):
    X, y = shapes
    answers = Answers(told.fit(X, y), X)
    told.calls.clear()
    names = ["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr", "precision_macro"]
    scores, problems = compute_scores({name: name for name in names}, answers, X, y)
    assert sorted(call[0] for call in told.calls) == ["predict", "predict_proba"]
    assert np.isfinite(list(scores.values())).all()
    assert problems == []


def test_scores_are_those_of_scikit_learn(rows):
    X, y = rows
    model = GaussianNB().fit(X[::2], y[::2])
    names = ["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"]
    scorers = {name: name for name in names}
    scores, _ = compute_scores(scorers, Answers(model, X), X, y)
    assert scores == {name: get_scorer(name)(model, X, y) for name in names}


def test_other_images_are_asked_about_anew(told, shapes):
    X, y = shapes
    answers = Answers(told.fit(X, y), X)
    answers.predict(X)
    assert len(answers.predict(X[:3])) == 3


def test_a_score_that_cannot_be_given_is_nan_without_a_word(rows):
    X, y = rows
    model = LinearSVC().fit(X, y)
    scorers = {"neg_log_loss": "neg_log_loss", "accuracy": "accuracy"}
    scores, problems = compute_scores(scorers, Answers(model, X), X, y)
    assert np.isnan(scores["neg_log_loss"])
    assert scores["accuracy"] > 0.9
    assert problems == []


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
    scores, problems = compute_scores(scorers, Answers(model, X), X, y)
    assert (scores["size"], scores["made"]) == (3 * 64, model.score(X, y))
    assert np.isnan(scores["bug"])
    assert problems[0].startswith("bug: AttributeError: ")
