"""Networks that go on: the same weights, the same rates, the same bits."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from skcnn import ContinuingSearchCV, ConvAutoencoder, SVMClassifier
from skcnn.search._candidates import make_candidates
from skcnn.search._training import Rows, train
from skcnn.training import fast_model
from skcnn.training.fast_model import FastModel
from skcnn.training.plan import Plan

LEARNED = 0.6
RATES = {"learning_rate": [1e-6, 0.01, 0.04]}


@pytest.fixture
def candidate(cnn, shapes):
    """Give a function that makes one candidate of the network, with changes."""

    def make(params=None, max_epochs=None, **changes):
        estimator = clone(cnn).set_params(**changes)
        (one,) = make_candidates(estimator, [params or {}], 0, 60, max_epochs)
        return one

    return make


def weights_after(candidate, stops, shapes):
    """Return the weights of a network that has stopped on its way."""
    estimator, start = clone(candidate.estimator), 0
    for stop in stops:
        train(candidate, estimator, start, stop, Rows(*shapes, {}), None)
        start = stop
    return estimator._state.weights


@pytest.mark.parametrize("stops", [(3, 9), (1, 2, 5, 9)])
def test_a_training_in_parts_gives_the_bits_of_one(stops, candidate, shapes):
    one = candidate(dropout=0.2, augment="shift")
    expected = weights_after(one, [9], shapes)
    for came, wanted in zip(weights_after(one, stops, shapes), expected, strict=True):
        np.testing.assert_array_equal(came, wanted)


def test_the_rate_falls_only_where_the_training_ends(candidate, shapes):
    one = candidate(epochs=20, learning_rate=0.02)
    estimator = clone(one.estimator)
    train(one, estimator, 0, 12, Rows(*shapes, {}), None)
    assert estimator.history_["learning_rate"].iloc[-1] == pytest.approx(0.01)
    train(one, estimator, 12, 20, Rows(*shapes, {}), None)
    rates = estimator.history_["learning_rate"]
    assert len(rates) == 20
    assert rates[13] == pytest.approx(0.01)
    assert (np.diff(rates[14:]) < 0).all()
    assert rates.iloc[-1] < 0.002


@pytest.fixture
def after_steps(monkeypatch):
    """Give a list that gets the weights after every step of a fit."""
    seen, models, fit, advance = [], [], FastModel.fit, Plan.advance

    def noted_fit(model, *args, **kwargs):
        models.append(model)
        return fit(model, *args, **kwargs)

    def noted_advance(plan, n_steps):
        seen.append(models[-1].get_weights())
        advance(plan, n_steps)

    monkeypatch.setattr(fast_model, "_next_chunk", lambda *_: 1)
    monkeypatch.setattr(FastModel, "fit", noted_fit)
    monkeypatch.setattr(Plan, "advance", noted_advance)
    return seen


@pytest.mark.parametrize("stop", [1, 3])
def test_on_a_rung_the_average_of_its_second_half_is_scored(
    stop, candidate, shapes, after_steps
):
    one = candidate()
    estimator = clone(one.estimator)
    scored = train(one, estimator, 0, stop, Rows(*shapes, {}), None)
    assert len(after_steps) == 4 * stop  # each is an eighth of an epoch, or more
    wanted = zip(*after_steps[2 * stop :], strict=True)
    names = [weight.path for weight in scored.model_.weights]
    for name, came, parts in zip(names, scored._state.weights, wanted, strict=True):
        if "moving" not in name:
            mean = np.mean(parts, axis=0)
            np.testing.assert_allclose(came, mean, rtol=1e-5, atol=1e-7)
    for came, last in zip(estimator._state.weights, after_steps[-1], strict=True):
        np.testing.assert_array_equal(came, last)


def test_batch_normalisation_knows_the_averaged_weights(candidate, shapes):
    one = candidate(augment="shift", precision="float32")
    estimator = clone(one.estimator)
    model = train(one, estimator, 0, 2, Rows(*shapes, {}), None).model_
    kind = keras.layers.BatchNormalization
    norms = [layer for layer in model.layers if isinstance(layer, kind)]
    images = shapes[0].reshape(len(shapes[0]), *model.input_shape[1:])
    assert norms
    # The first one sees what the weights before it make of the images as they are.
    seen = keras.Model(model.input, norms[0].input)(images).numpy()
    moving = norms[0].moving_mean.numpy(), norms[0].moving_variance.numpy()
    np.testing.assert_allclose(moving[0], seen.mean((0, 1, 2)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(moving[1], seen.var((0, 1, 2)), rtol=1e-3, atol=1e-5)


def test_at_the_end_the_weights_are_scored_as_they_are(candidate, shapes):
    one = candidate()
    estimator = clone(one.estimator)
    train(one, estimator, 0, 4, Rows(*shapes, {}), None)
    assert train(one, estimator, 4, 9, Rows(*shapes, {}), None) is estimator


def test_parameters_are_those_of_the_candidate_again(candidate, shapes):
    one = candidate()
    estimator = clone(one.estimator)
    train(one, estimator, 0, 3, Rows(*shapes, {}), None)
    assert repr(estimator.get_params()) == repr(one.estimator.get_params())


@pytest.mark.parametrize(
    ("params", "changes", "goes_on"),
    [
        ({}, {}, True),
        ({"lr_schedule": "one_cycle"}, {}, False),
        ({}, {"lr_schedule": "cosine"}, False),
        ({}, {"early_stopping": True}, False),
        ({}, {"callbacks": []}, False),
    ],
)
def test_who_steers_its_own_training_is_trained_whole(
    params, changes, goes_on, candidate
):
    one = candidate(params, **changes)
    assert one.goes_on is goes_on
    assert one.last == 9


def test_max_epochs_is_the_most_of_a_network(candidate):
    assert candidate(max_epochs=4).last == 4
    assert candidate(max_epochs=20).last == 9
    assert candidate(max_epochs=4, early_stopping=True).last == 9


def test_a_network_is_trained_for_as_long_as_it_would_by_itself(candidate):
    # 4 steps per epoch and 750 steps.
    assert candidate(epochs=None).last == 188


def test_a_search_over_networks(cnn, shapes):
    search = ContinuingSearchCV(cnn, RATES, cv=2, random_state=0).fit(*shapes)
    assert search.best_params_["learning_rate"] > 1e-6
    assert search.best_score_ > LEARNED
    results = search.cv_results_
    for c, n in enumerate(results["n_epochs"]):
        history = results["split1_history"][c]
        assert history.index.tolist() == list(range(1, n + 1))
        assert history["loss"].notna().all()
    # Its own schedule again, on all rows.
    by_hand = clone(search.best_estimator_).fit(*shapes)
    np.testing.assert_array_equal(
        search.predict_proba(shapes[0]), by_hand.predict_proba(shapes[0])
    )
    assert search.best_estimator_.lr_schedule == "one_cycle"
    assert search.best_estimator_.history_["learning_rate"].nunique() == 9


def test_policies_agree_on_whom_they_train_to_the_end(cnn, shapes):
    tables = {
        policy: ContinuingSearchCV(
            cnn, RATES, policy=policy, cv=2, random_state=0, refit=False
        )
        .fit(*shapes)
        .cv_results_
        for policy in ("grid", "halving", "top_k", "asha")
    }
    for results in tables.values():
        at_end = results["n_epochs"] == 9
        assert at_end.any()
        for name in ("split0_test_score", "split1_test_score"):
            np.testing.assert_array_equal(
                results[name][at_end], tables["grid"][name][at_end]
            )


def test_networks_and_others_side_by_side(cnn, shapes):
    X, y = shapes
    grids = [
        {"clf": [cnn], "clf__learning_rate": [1e-6, 0.04]},
        {"clf": [SVMClassifier()], "clf__C": [1.0]},
        {"clf": [make_pipeline(FunctionTransformer(flat), SVC())]},
    ]
    search = ContinuingSearchCV(
        Pipeline([("clf", cnn)]), grids, cv=2, random_state=0
    ).fit(X, y)
    assert search.cv_results_["n_epochs"][-2:].tolist() == [1, 1]
    assert search.score(X, y) > LEARNED


def flat(X):
    """Return images as rows."""
    return X.reshape(len(X), -1)


def test_in_a_pipeline_the_network_goes_on(cnn, shapes):
    inverted = make_pipeline(FunctionTransformer(negative), cnn)
    grid = {"cnnclassifier__learning_rate": [1e-6, 0.01, 0.04]}
    settings = {"cv": 2, "random_state": 0, "refit": False}
    search = ContinuingSearchCV(inverted, grid, **settings).fit(*shapes)
    X, y = shapes
    direct = ContinuingSearchCV(cnn, RATES, **settings).fit(negative(X), y)
    for name in ("mean_test_score", "n_epochs", "rank_test_score"):
        np.testing.assert_array_equal(
            search.cv_results_[name], direct.cv_results_[name]
        )


def negative(X):
    """Return the negatives of images."""
    return 255 - X


def test_validation_images_are_passed_on(cnn, shapes):
    X, y = shapes
    search = ContinuingSearchCV(cnn, RATES, cv=2, random_state=0, refit=False)
    search.fit(X, y, X_val=X[:9], y_val=y[:9])
    assert "val_loss" in search.cv_results_["split0_history"][0]


def test_autoencoders_go_on_too(shapes):
    autoencoder = ConvAutoencoder(filters=(4,), epochs=3, random_state=0)
    search = ContinuingSearchCV(
        autoencoder, {"learning_rate": [1e-6, 0.01, 0.02]}, cv=2, random_state=0
    ).fit(shapes[0])
    assert search.best_params_["learning_rate"] > 1e-6
    assert search.transform(shapes[0]).shape[0] == 60


@pytest.mark.slow
def test_two_jobs_give_the_bits_of_one(cnn, shapes):
    tables = [
        ContinuingSearchCV(cnn, RATES, cv=2, n_jobs=n_jobs, random_state=0)
        .fit(*shapes)
        .cv_results_
        for n_jobs in (1, 2)
    ]
    for name in ("split0_test_score", "split1_test_score", "n_epochs"):
        np.testing.assert_array_equal(tables[0][name], tables[1][name])
    for one, two in zip(*(table["split0_history"] for table in tables), strict=True):
        assert one.drop(columns="seconds").equals(two.drop(columns="seconds"))


def test_a_class_in_front_of_a_network_is_trained_whole(shapes):
    (one,) = make_candidates(DummyClassifier(), [{}], 0, 60, None)
    assert (one.last, one.goes_on) == (1, False)
