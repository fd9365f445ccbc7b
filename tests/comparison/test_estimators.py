import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from skcnn import (
    CNNClassifier,
    HOGFeatures,
    PretrainedFeatures,
    TransferClassifier,
    recipes,
)
from skcnn.comparison._estimators import (
    check_estimators,
    set_memory,
    to_rows,
    with_rows,
)


def test_a_list_is_named_after_classes_and_equal_ones_are_numbered():
    estimators = [SVC(), GaussianNB(), SVC(C=2), "C3"]
    named = check_estimators(estimators)
    assert list(named) == ["svc-1", "gaussiannb", "svc-2", "C3"]
    assert named["svc-2"].C == 2


def test_estimators_are_cloned():
    fitted = GaussianNB().fit([[0], [1]], [0, 1])
    named = check_estimators({"own": fitted})
    assert named["own"] is not fitted
    assert not hasattr(named["own"], "classes_")


def test_ids_of_recipes_stand_for_estimators():
    named = check_estimators({"third": "C3"})
    assert repr(named["third"]) == repr(recipes.make("C3"))


@pytest.mark.parametrize(
    ("estimators", "error", "match"),
    [
        ({}, ValueError, "estimators is empty"),
        ([], ValueError, "estimators is empty"),
        (SVC(), TypeError, r"must be a dict .* or a list .*Pass \[estimator\]"),
        ("C3", TypeError, "must be a dict"),
        ({3: SVC()}, TypeError, "must be strings, got 3"),
        (["C33"], ValueError, "'C33' no recipe; .* A1, A2.*Did you mean 'C3'"),
        ({"x": "y"}, ValueError, "'x' is no estimator and 'y' no recipe"),
        ({"pca": PCA()}, TypeError, r"'pca' is PCA\(\), which is no classifier"),
        ({"svr": 5}, TypeError, "'svr' is 5, which is no classifier"),
        ([SVC], TypeError, r"the class SVC, and an instance is wanted: SVC\(\)"),
        ([("svc", SVC())], TypeError, r"dict\(estimators\)"),
    ],
)
def test_what_cannot_be_compared_is_refused(estimators, error, match):
    with pytest.raises(error, match=match):
        check_estimators(estimators)


def test_memory_goes_to_features_of_images_that_have_none():
    given = TransferClassifier(memory="mine")
    voting = VotingClassifier(
        [
            ("given", given),
            ("transfer", TransferClassifier()),
            ("pipeline", make_pipeline(PretrainedFeatures(), SVC())),
        ]
    )
    set_memory(voting, "folder")
    params = voting.get_params()
    assert params["given__memory"] == "mine"
    assert params["transfer__memory"] == "folder"
    assert params["pipeline__pretrainedfeatures__memory"] == "folder"
    assert params["pipeline__memory"] is None


def test_images_are_flattened_for_scikit_learn_and_for_nobody_else():
    forest = RandomForestClassifier()
    for plain in (forest, make_pipeline(PCA(), forest), GridSearchCV(forest, {})):
        first, own = with_rows(plain).named_steps.values()
        assert first.func is to_rows
        assert own is plain
    flatten = FunctionTransformer(np.ravel)
    for ours in (
        CNNClassifier(),
        GridSearchCV(CNNClassifier(), {}),
        make_pipeline(HOGFeatures(), SVC()),
        make_pipeline(flatten, SVC()),
        VotingClassifier([("cnn", CNNClassifier())]),
    ):
        assert with_rows(ours) is ours


def test_flattening_keeps_the_order_of_pixels_and_the_type(shapes):
    X, _ = shapes
    flat = to_rows(list(X))
    assert (flat.shape, flat.dtype) == ((60, 64), np.uint8)
    np.testing.assert_array_equal(flat.reshape(X.shape), X)


def test_a_pipeline_that_begins_with_nothing_is_looked_into():
    pipeline = make_pipeline("passthrough", LogisticRegression())
    assert with_rows(pipeline) is not pipeline
    pipeline = make_pipeline(None, CNNClassifier())
    assert with_rows(pipeline) is pipeline
