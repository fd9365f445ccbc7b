"""The search as scikit-learn knows searches."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import clone, is_classifier
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skcnn import ContinuingSearchCV

QUALITIES = {"quality": [0.1, 0.5, 0.3, 0.7, 0.2, 0.6]}


def search_of(estimator, params=QUALITIES, **settings):
    """Return a search with few folds and a seed."""
    return ContinuingSearchCV(
        estimator, params, **{"cv": 2, "random_state": 0, "max_epochs": 9} | settings
    )


def test_the_grid_policy_gives_what_grid_search_gives(table):
    grid = {"var_smoothing": [1e-9, 1e-2, 1.0, 100.0]}
    theirs = GridSearchCV(GaussianNB(), grid, cv=3).fit(*table)
    ours = search_of(GaussianNB(), grid, cv=3, policy="grid", max_epochs=None)
    ours.fit(*table)
    assert set(theirs.cv_results_) < set(ours.cv_results_)
    for name, column in theirs.cv_results_.items():
        if not name.endswith("_time"):
            np.testing.assert_array_equal(ours.cv_results_[name], column)
    for name in ("best_index_", "best_params_", "best_score_", "n_splits_"):
        assert getattr(ours, name) == getattr(theirs, name)
    np.testing.assert_array_equal(ours.predict(table[0]), theirs.predict(table[0]))
    assert ours.score(*table) == theirs.score(*table)
    assert is_classifier(ours)
    assert ours.classes_.tolist() == [0, 1, 2]
    assert ours.n_features_in_ == 4


def test_the_table_says_how_far_each_came(learner, table):
    search = search_of(learner).fit(*table)
    results = pd.DataFrame(search.cv_results_)
    assert results["n_epochs"].tolist() == [3, 3, 3, 9, 3, 9]
    assert results["rung"].tolist() == [0, 0, 0, 1, 0, 1]
    assert results["rank_test_score"].tolist() == [6, 3, 4, 1, 5, 2]
    assert results["split1_test_score"][3] == pytest.approx(0.709)
    assert results["mean_test_score"][0] == pytest.approx(0.103)
    assert search.best_params_ == {"quality": 0.7}
    assert search.best_score_ == pytest.approx(0.709)
    assert search.is_finished_


def test_candidates_go_on_instead_of_beginning_anew(learner, calls, table):
    search_of(learner, refit=False).fit(*table)
    epochs = [epoch for _, quality, epoch, *_ in calls.made if quality == 0.7]
    assert epochs == [1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 5, 6, 7, 8, 9]


def test_one_more_rung_comes_before_a_better_score(calls, learner, table):
    # The score falls behind the first rung.
    search = search_of(learner)
    search.set_params(scoring=lambda model, X, y: model.quality - model.n_epochs_)
    search.fit(*table)
    assert search.best_params_ == {"quality": 0.7}
    assert search.best_score_ == pytest.approx(0.7 - 9)


def test_refit_trains_anew_on_all_rows(learner, calls, table):
    search = search_of(learner).fit(*table)
    assert calls.made[-1][:2] == ("fit", 0.7)
    assert calls.made[-1][3] == 60
    assert search.best_estimator_.n_epochs_ == 10
    assert search.refit_time_ >= 0


def test_without_refit_there_is_a_best_one_and_no_estimator(learner, table):
    search = search_of(learner, refit=False).fit(*table)
    assert search.best_params_ == {"quality": 0.7}
    assert not hasattr(search, "best_estimator_")
    assert not hasattr(search, "predict")


def test_a_function_may_choose_the_best(learner, table):
    search = search_of(learner, refit=lambda results: int(results["rung"].argmin()))
    assert search.fit(*table).best_params_ == {"quality": 0.1}
    assert not hasattr(search, "best_score_")


def test_of_several_scores_that_of_refit_decides(learner, table):
    scoring = {
        "good": lambda model, X, y: model.quality,
        "bad": lambda model, X, y: -model.quality,
    }
    for name, best in {"good": 0.7, "bad": 0.1}.items():
        search = search_of(learner, scoring=scoring, refit=name).fit(*table)
        assert search.multimetric_
        assert search.best_params_ == {"quality": best}
        assert search.cv_results_[f"rank_test_{name}"][search.best_index_] == 1
        assert {"mean_test_good", "std_test_bad"} < set(search.cv_results_)


def test_a_callable_may_return_several_scores(learner, table):
    def scores(model, X, y):
        return {"good": model.quality, "bad": -model.quality}

    search = search_of(learner, scoring=scoring_of(scores), refit="bad").fit(*table)
    assert search.best_params_ == {"quality": 0.1}
    with pytest.raises(ValueError, match="parameter refit must be set"):
        search_of(learner, scoring=scoring_of(scores)).fit(*table)


def scoring_of(function):
    """Return a scorer as users write them."""
    return function


def test_distributions_are_drawn_as_randomized_search_draws_them(table):
    space = {"var_smoothing": loguniform(1e-9, 1e2)}
    theirs = RandomizedSearchCV(GaussianNB(), space, n_iter=5, cv=2, random_state=3)
    ours = search_of(GaussianNB(), space, n_candidates=5, random_state=3)
    expected = theirs.fit(*table).cv_results_["params"]
    assert ours.fit(*table).cv_results_["params"] == expected


def test_a_distribution_without_a_number_is_an_error(learner, table):
    with pytest.raises(ValueError, match=r"params\['quality'\] is a distribution.*n_c"):
        search_of(learner, {"quality": loguniform(0.1, 1)}).fit(*table)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"policy": "best"}, "'policy' parameter"),
        ({"factor": 1}, "'factor' parameter"),
        ({"max_epochs": 0}, "'max_epochs' parameter"),
        ({"max_seconds": 0}, "'max_seconds' parameter"),
        ({"n_candidates": 0}, "'n_candidates' parameter"),
    ],
)
def test_wrong_settings_are_told_before_any_training(
    changes, message, learner, calls, table
):
    with pytest.raises(ValueError, match=message):
        search_of(learner, **changes).fit(*table)
    assert not calls.made


def test_a_fit_that_fails_has_the_error_score_and_does_not_go_on(learner, calls, table):
    calls.fails = lambda quality, epoch: quality == 0.7 and epoch > 3
    search = search_of(learner)
    with pytest.warns((FitFailedWarning, UserWarning)) as caught:
        search.fit(*table)
    assert any("no luck in epoch 4" in str(one.message) for one in caught)
    results = search.cv_results_
    assert np.isnan(results["mean_test_score"][3])
    assert results["rank_test_score"][3] == 6
    assert search.best_params_ == {"quality": 0.6}


def test_a_fit_that_fails_may_raise(learner, calls, table):
    calls.fails = lambda quality, epoch: quality == 0.7
    with pytest.raises(RuntimeError, match="no luck"):
        search_of(learner, error_score="raise").fit(*table)


def test_where_all_fits_fail_there_is_an_error(learner, calls, table):
    calls.fails = lambda quality, epoch: True
    with pytest.raises(ValueError, match="All the 12 fits failed"):
        search_of(learner).fit(*table)


def test_a_fit_that_fails_leaves_what_was_found(learner, calls, table):
    search = search_of(learner).fit(*table)
    before = search.best_params_
    calls.fails = lambda quality, epoch: True
    with pytest.raises(ValueError, match="All the 12 fits failed"):
        search.fit(*table)
    assert search.best_params_ == before


def test_weights_are_sliced_and_groups_split(learner, calls, table):
    X, y = table
    groups, weights = np.arange(60) % 5, np.arange(60.0)
    search = search_of(learner, cv=GroupKFold(5), policy="grid", max_epochs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y, groups=groups, sample_weight=weights)
    first = next(made for made in calls.made if made[0] == "partial_fit")
    assert len(first[4]) == first[3] == 48
    assert search.n_splits_ == 5


def test_metadata_are_routed(learner, calls, table):
    X, y = table
    with config_context(enable_metadata_routing=True):
        learner.set_fit_request(sample_weight=True)
        learner.set_score_request(sample_weight=False)
        search = search_of(learner, cv=GroupKFold(3))
        search.fit(X, y, sample_weight=np.arange(60.0), groups=np.arange(60) % 3)
        with pytest.raises(TypeError, match="nonsense"):
            search.fit(X, y, nonsense=1)
    assert all(len(made[4]) == made[3] for made in calls.made)


def test_folds_may_be_given(learner, calls, table):
    folds = [(np.arange(40), np.arange(40, 60)), (np.arange(20), np.arange(20, 60))]
    search = search_of(learner, cv=folds, refit=False).fit(*table)
    assert search.n_splits_ == 2
    assert {made[3] for made in calls.made} == {40, 20}


def test_folds_without_a_seed_are_the_same_on_all_rungs(table):
    cv = KFold(3, shuffle=True)
    searches = [
        search_of(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, cv=cv).fit(*table)
        for _ in range(2)
    ]
    first, again = (one.cv_results_["mean_test_score"] for one in searches)
    np.testing.assert_array_equal(first, again)


def test_every_random_state_that_is_none_is_seeded(table):
    forest = RandomForestClassifier(n_estimators=3)
    searches = [
        search_of(forest, {"max_depth": [1, 2]}, random_state=seed).fit(*table)
        for seed in (5, 5)
    ]
    first, again = (one.predict_proba(table[0]) for one in searches)
    np.testing.assert_array_equal(first, again)
    assert searches[0].random_state_ == 5
    assert forest.random_state is None


def test_a_random_state_of_none_draws_one(table):
    seeds = {
        search_of(GaussianNB(), {"var_smoothing": [1.0]}, random_state=None)
        .fit(*table)
        .random_state_
        for _ in range(2)
    }
    assert len(seeds) == 2


def test_it_stands_inside_of_others(table):
    search = search_of(SGDClassifier(), {"alpha": [1e-4, 1e-2]}, max_epochs=3)
    assert cross_val_score(make_pipeline(StandardScaler(), search), *table).min() > 0.3
    copied = clone(search)
    assert copied.get_params()["estimator"] is not search.estimator


def test_steps_before_the_last_are_fitted_once_per_fold(
    learner, calls, table, tmp_path
):
    class Counting(StandardScaler):
        def fit(self, X, y=None, sample_weight=None):
            calls.made.append(("scale", self.with_mean, 0, len(X), None))
            return super().fit(X, y, sample_weight)

    pipeline = Pipeline([("scale", Counting()), ("learn", learner)])
    grid = {"learn__quality": [0.1, 0.2, 0.3, 0.4], "scale__with_mean": [True, False]}
    search = search_of(pipeline, grid, cv=3, refit=False).fit(*table)
    scaled = [made for made in calls.made if made[0] == "scale"]
    assert len(scaled) == 3 * 2
    assert search.cv_results_["n_epochs"].max() == 9


def test_unlike_estimators_stand_side_by_side(learner, table):
    grids = [
        {"clf": [learner], "clf__quality": [0.1, 0.2, 0.3]},
        {"clf": [LinearDiscriminantAnalysis(), KNeighborsClassifier()]},
    ]
    search = search_of(Pipeline([("clf", learner)]), grids).fit(*table)
    results = search.cv_results_
    assert results["n_epochs"].tolist() == [3, 9, 9, 1, 1]
    assert np.isfinite(results["mean_test_score"]).all()
    assert results["rank_test_score"][2] <= 3
    assert results["rung"].tolist() == [0, 1, 1, 1, 1]


def test_without_epochs_everything_is_trained_once(learner, calls, table):
    search = search_of(learner, max_epochs=None, refit=False).fit(*table)
    assert {made[0] for made in calls.made} == {"fit"}
    assert len(calls.made) == 12
    assert (search.cv_results_["n_epochs"] == 1).all()


def test_transformers_can_be_searched(table):
    pipeline = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis())
    grid = {"lineardiscriminantanalysis__n_components": [1, 2]}
    search = search_of(pipeline, grid, scoring=make_scorer(accuracy_score)).fit(*table)
    assert search.transform(table[0]).shape[0] == 60


def test_asha_finds_the_best_with_one_worker(learner, table):
    search = search_of(learner, policy="asha").fit(*table)
    assert search.best_params_ == {"quality": 0.7}
    assert search.cv_results_["n_epochs"][3] == 9


@pytest.mark.parametrize(
    "cv", [[[1], [2]], (None,), (1, 2), b"bytes", [(np.arange(3), 2)]], ids=repr
)
def test_folds_that_are_none_are_told(cv, learner, calls, table):
    with pytest.raises(TypeError, match=r"cv=.* gives no pairs"):
        search_of(learner, cv=cv).fit(*table)
    assert not calls.made


@pytest.mark.parametrize("n_candidates", [None, 2])
def test_params_that_are_no_grid_are_told(n_candidates, learner, calls, table):
    with pytest.raises(TypeError, match=r"params=.* is no dict of lists"):
        search_of(learner, [[1], [2]], n_candidates=n_candidates).fit(*table)
    assert not calls.made
