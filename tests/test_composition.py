"""CNNClassifier as a part of everything that scikit-learn composes, with text labels.

All fits have one architecture, so that they share a model (two for pairs of classes).
"""

import numpy as np
import pytest
import sklearn
from joblib import parallel_config
from sklearn.base import BaseEstimator, TransformerMixin, clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (a switch)
from sklearn.inspection import permutation_importance
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2]))

# Bars and spots are easy: who learns at all is above this.
LEARNED = 0.9


class Negative(TransformerMixin, BaseEstimator):
    """Turn bright into dark: a step that keeps the shape and type of images."""

    def fit(self, X, y=None):
        del X, y
        return self

    def transform(self, X):
        return 255 - np.asarray(X)

    def __sklearn_is_fitted__(self):
        return True


@pytest.fixture
def flat(shapes):
    """Give `shapes` as flat rows, which some of scikit-learn's tools insist on."""
    X, y = shapes
    return X.reshape(len(X), -1), y


def test_it_is_a_classifier(make_cnn):
    assert is_classifier(make_cnn())


# Cross-validation


def test_cross_val_score_stratifies_labels_in_order(make_cnn, shapes):
    # Unstratified folds of sorted labels hold one class each, and score zero.
    scores = cross_val_score(make_cnn(), *shapes, cv=3)
    assert scores.min() > LEARNED


def test_cross_val_predict(make_cnn, shapes):
    X, y = shapes
    labels = cross_val_predict(make_cnn(), X, y, cv=3)
    assert np.mean(labels == y) > LEARNED
    proba = cross_val_predict(make_cnn(), X, y, cv=3, method="predict_proba")
    assert proba.shape == (60, 3)
    np.testing.assert_array_equal(np.unique(y)[proba.argmax(axis=1)], labels)


def test_cross_validate_scores_by_name_and_returns_estimators(make_cnn, shapes):
    result = cross_validate(
        make_cnn(),
        *shapes,
        cv=3,
        scoring=["accuracy", "neg_log_loss", "roc_auc_ovr", "f1_macro"],
        return_estimator=True,
        return_train_score=True,
    )
    assert np.isfinite(result["test_neg_log_loss"]).all()
    assert result["test_roc_auc_ovr"].min() > LEARNED
    assert len({estimator._state.token for estimator in result["estimator"]}) == 3


def test_learning_curve(make_cnn, shapes):
    sizes, _, scores = learning_curve(
        make_cnn(), *shapes, cv=3, train_sizes=[0.5, 1.0], shuffle=True, random_state=0
    )
    assert sizes.tolist() == [20, 40]
    assert np.isfinite(scores).all()


# Searches


def test_grid_search_over_tuples_of_kernel_sizes(make_cnn, shapes):
    grid = {"kernel_size": [3, (3,), ((3, 3),)], "learning_rate": [1e-6, 0.02]}
    search = GridSearchCV(make_cnn(), grid, cv=3).fit(*shapes)
    assert search.best_params_["learning_rate"] == 0.02
    assert search.best_score_ > LEARNED
    # Three ways to say 3 x 3 are one network: the same folds give the same scores.
    scores = search.cv_results_["mean_test_score"].reshape(3, 2)
    assert (scores == scores[0]).all()


def test_randomized_search(make_cnn, shapes):
    space = {"learning_rate": [0.01, 0.02, 0.04], "weight_decay": [0, 0.001]}
    search = RandomizedSearchCV(make_cnn(), space, n_iter=2, cv=3, random_state=0)
    assert search.fit(*shapes).best_score_ > LEARNED


@pytest.mark.parametrize("resource", ["n_samples", "epochs"])
def test_halving_search(make_cnn, shapes, resource):
    search = HalvingGridSearchCV(
        make_cnn(),
        {"learning_rate": [1e-6, 0.01, 0.02]},
        resource=resource,
        min_resources=18 if resource == "n_samples" else 1,
        max_resources=60 if resource == "n_samples" else 4,
        cv=3,
        random_state=0,
    )
    search.fit(*shapes)
    assert search.best_params_["learning_rate"] > 1e-6
    assert search.best_score_ > LEARNED


def test_a_search_slices_validation_images_as_long_as_the_training_ones(
    make_cnn, shapes
):
    X, y = shapes
    search = GridSearchCV(make_cnn(), {"epochs": [1]}, cv=3).fit(X, y, X_val=X, y_val=y)
    by_hand = make_cnn(epochs=1).fit(X, y, X_val=X, y_val=y)
    assert search.best_estimator_.history_["val_loss"].equals(
        by_hand.history_["val_loss"]
    )


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_two_jobs_at_once(make_cnn, shapes, backend):
    grid = {"learning_rate": [0.02, 0.04]}
    search = GridSearchCV(make_cnn(), grid, cv=2, n_jobs=2)
    with parallel_config(backend=backend):
        search.fit(*shapes)
    assert search.best_score_ > LEARNED
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    # What a worker has fitted predicts here too.
    assert search.predict(shapes[0]).shape == (60,)


# Pipelines and ensembles


def test_pipeline(make_cnn, shapes):
    X, y = shapes
    pipeline = make_pipeline(Negative(), make_cnn()).fit(X, y)
    assert pipeline.score(X, y) > LEARNED
    assert is_classifier(pipeline)
    expected = make_cnn().fit(255 - X, y).predict_proba(255 - X)
    np.testing.assert_array_equal(pipeline.predict_proba(X), expected)


def test_search_over_a_pipeline(make_cnn, shapes):
    pipeline = make_pipeline(Negative(), make_cnn())
    grid = {"cnnclassifier__epochs": [1, 2], "negative": [Negative(), "passthrough"]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(*shapes)
    assert search.best_score_ > LEARNED


def test_voting(make_cnn, flat):
    X, y = flat
    members = [("cnn", make_cnn()), ("neighbours", KNeighborsClassifier())]
    vote = VotingClassifier(members, voting="soft").fit(X, y)
    assert vote.score(X, y) > LEARNED
    mean = np.mean([one.predict_proba(X) for one in vote.estimators_], axis=0)
    np.testing.assert_allclose(vote.predict_proba(X), mean)


def test_stacking(make_cnn, flat):
    X, y = flat
    members = [("cnn", make_cnn()), ("neighbours", KNeighborsClassifier())]
    stack = StackingClassifier(members, GaussianNB(), cv=2).fit(X, y)
    assert stack.score(X, y) > LEARNED
    assert stack.transform(X).shape == (60, 6)


@pytest.mark.parametrize(
    "method",
    [
        "sigmoid",
        "isotonic",
        pytest.param(
            "temperature",
            marks=pytest.mark.skipif(
                SKLEARN < (1, 8), reason="came with scikit-learn 1.8"
            ),
        ),
    ],
)
@pytest.mark.parametrize("ensemble", [True, False])
def test_calibration(make_cnn, shapes, method, ensemble):
    X, y = shapes
    calibrated = CalibratedClassifierCV(
        make_cnn(), method=method, cv=2, ensemble=ensemble
    ).fit(X, y)
    assert calibrated.score(X, y) > LEARNED
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)


def test_bagging(make_cnn, flat):
    X, y = flat
    bag = BaggingClassifier(make_cnn(), n_estimators=3, random_state=0).fit(X, y)
    assert bag.score(X, y) > LEARNED
    seeds = {member.random_state for member in bag.estimators_}
    assert len(seeds) == 3


def test_boosting(make_cnn, flat):
    X, y = flat
    boost = AdaBoostClassifier(make_cnn(epochs=1), n_estimators=2, random_state=0)
    assert boost.fit(X, y).score(X, y) > LEARNED


def test_one_against_the_rest(make_cnn, flat):
    X, y = flat
    one_vs_rest = OneVsRestClassifier(make_cnn()).fit(X, y)
    assert one_vs_rest.score(X, y) > LEARNED
    assert one_vs_rest.predict_proba(X).shape == (60, 3)


def test_permutation_importance(make_cnn, flat):
    X, y = flat
    cnn = make_cnn(epochs=1).fit(X, y)
    result = permutation_importance(cnn, X[::5], y[::5], n_repeats=1, random_state=0)
    assert result.importances_mean.shape == (64,)


# Metadata


@pytest.fixture
def routing():
    """Switch scikit-learn's metadata routing on."""
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def test_validation_images_pass_through_the_steps_of_a_pipeline(
    make_cnn, shapes, routing
):
    X, y = shapes
    cnn = make_cnn()
    pipeline = make_pipeline(Negative(), cnn, transform_input=["X_val"])
    pipeline.fit(X, y, X_val=X[::2], y_val=y[::2])
    by_hand = clone(cnn).fit(255 - X, y, X_val=255 - X[::2], y_val=y[::2])
    expected = by_hand.history_["val_loss"]
    assert pipeline[-1].history_["val_loss"].tolist() == expected.tolist()


def test_sample_weights_are_routed_to_every_fold(make_cnn, shapes, routing):
    X, y = shapes
    weights = np.random.default_rng(0).uniform(0.1, 3, 60)
    cnn = make_cnn().set_fit_request(sample_weight=True)
    cnn.set_score_request(sample_weight=False)
    folds = StratifiedKFold(2)
    result = cross_validate(
        cnn, X, y, cv=folds, params={"sample_weight": weights}, return_estimator=True
    )
    for (train, _), routed in zip(folds.split(X, y), result["estimator"], strict=True):
        by_hand = make_cnn().fit(X[train], y[train], sample_weight=weights[train])
        np.testing.assert_array_equal(
            routed.decision_function(X), by_hand.decision_function(X)
        )


def test_weights_that_nobody_asked_for_are_refused(make_cnn, shapes, routing):
    X, y = shapes
    with pytest.raises(
        sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"
    ):
        cross_validate(make_cnn(), X, y, params={"sample_weight": np.ones(60)})
