"""AutoencoderClassifier: codes below, any classifier on top."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC

from skcnn import AutoencoderClassifier, ConvAutoencoder


def encoder(**changes):
    """Return the one small autoencoder of these tests, with changes by name."""
    small = {
        "filters": (8,),
        "batch_size": 16,
        "epochs": 5,
        "learning_rate": 0.01,
        "lr_schedule": "constant",
        "precision": "float32",
        "random_state": 0,
    }
    return ConvAutoencoder(**{**small, **changes})


def make(classifier=None, **changes):
    """Return a small AutoencoderClassifier."""
    return AutoencoderClassifier(encoder(**changes), classifier)


@pytest.fixture(scope="module")
def fitted(shapes):
    """Give a small classifier, fitted. Careful: do not fit it again."""
    return make().fit(*shapes)


def test_it_is_its_two_parts_in_a_row(fitted, shapes):
    X, y = shapes
    codes = encoder().fit_transform(X)
    by_hand = SVC(C=10, break_ties=True).fit(codes, y)
    np.testing.assert_array_equal(fitted.predict(X), by_hand.predict(codes))
    np.testing.assert_array_equal(
        fitted.decision_function(X), by_hand.decision_function(codes)
    )
    np.testing.assert_array_equal(fitted.classes_, np.unique(y))
    assert fitted.image_shape_ == (8, 8, 1)
    assert fitted.n_features_in_ == 64
    assert is_classifier(fitted)


def test_labels_are_those_of_the_largest_decision_values():
    # Rows that are hard to tell apart, so that votes are tied.
    X = np.random.default_rng(0).integers(0, 255, (100, 4, 4)).astype(np.uint8)
    y = np.arange(100) % 5
    clf = make(epochs=1).fit(X, y)
    scores = clf.decision_function(X)
    np.testing.assert_array_equal(clf.predict(X), clf.classes_[scores.argmax(axis=1)])
    # One that was given stays as it is.
    assert not make(SVC(), epochs=1).fit(X, y).classifier_.break_ties


def decisions(shapes, seed, seed_of_the_encoder):
    """Return the decision values of a classifier and a part with these seeds."""
    clf = make(epochs=1, random_state=seed_of_the_encoder).set_params(random_state=seed)
    return clf.fit(*shapes).decision_function(shapes[0])


def test_its_seed_decides_what_a_part_without_one_draws(shapes):
    first, same, other = (decisions(shapes, seed, None) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_a_seed_of_a_part_is_left_as_it_is(shapes):
    one, other = (decisions(shapes, seed, 5) for seed in (0, 1))
    np.testing.assert_array_equal(one, other)


def test_it_learns(shapes):
    assert cross_val_score(make(), *shapes, cv=3).min() > 0.9


def test_what_was_given_stays_unfitted(shapes):
    parts = encoder(), SVC()
    AutoencoderClassifier(*parts).fit(*shapes)
    assert not any(hasattr(part, "n_features_in_") for part in parts)


def test_parameters_of_both_parts_are_searched(shapes):
    grid = {"autoencoder__epochs": [1, 5], "classifier__gamma": [1e6, "scale"]}
    search = GridSearchCV(make(SVC()), grid, cv=2).fit(*shapes)
    assert search.best_params_["classifier__gamma"] == "scale"
    best = search.best_estimator_
    assert best.autoencoder_.n_iter_ == search.best_params_["autoencoder__epochs"]
    parts = {"classifier": [SVC(), KNeighborsClassifier()]}
    assert GridSearchCV(make(), parts, cv=2).fit(*shapes).best_score_ > 0.8


@pytest.mark.parametrize("part", ["autoencoder", "classifier"])
def test_a_parameter_of_a_part_that_is_none(part):
    clf = AutoencoderClassifier()
    name = {"autoencoder": "autoencoder__epochs", "classifier": "classifier__C"}[part]
    with pytest.raises(ValueError, match=f"{name} cannot be set while {part} is None"):
        clf.set_params(**{name: 3})
    # Given in the same call, it can.
    given = {"autoencoder": encoder(), "classifier": SVC()}[part]
    assert clf.set_params(**{name: 3, part: given}).get_params()[name] == 3
    with pytest.raises(ValueError, match="Invalid parameter"):
        clf.set_params(nobody__epochs=3)


def test_methods_are_those_of_the_classifier(shapes):
    X, y = shapes
    assert not hasattr(make(), "predict_proba")
    assert not hasattr(make(KNeighborsClassifier()), "decision_function")
    clf = make(LogisticRegression()).fit(X, y)
    proba = clf.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(clf.classes_[proba.argmax(axis=1)], clf.predict(X))
    assert not hasattr(make(LinearSVC()), "predict_proba")


def test_weights_reach_both_parts(shapes):
    X, y = shapes
    weights = np.r_[np.zeros(10), np.ones(50)]
    weighted = make().fit(X, y, sample_weight=weights)
    removed = make().fit(X[10:], y[10:])
    np.testing.assert_array_equal(
        weighted.autoencoder_.transform(X), removed.autoencoder_.transform(X)
    )
    np.testing.assert_allclose(
        weighted.decision_function(X), removed.decision_function(X), rtol=1e-6
    )
    # A classifier that takes none never sees rows of weight zero.
    neighbours = make(KNeighborsClassifier(1)).fit(X, y, sample_weight=weights)
    assert neighbours.classifier_.n_samples_fit_ == 50
    with pytest.raises(ValueError, match="All rows of class 'spot' have weight zero"):
        make().fit(X, y, sample_weight=(y != "spot").astype(float))


def test_all_layouts_agree(layout, fitted):
    del fitted
    clf = make(epochs=1)
    if "flat" in layout.name or "frame" in layout.name:
        clf.set_params(autoencoder__image_shape=layout.image_shape)
    clf.fit(layout.X, layout.y)
    assert clf.image_shape_ == layout.image_shape
    assert clf.score(layout.lay(layout.images[::2]), layout.y[::2]) > 0.8
    assert hasattr(clf, "feature_names_in_") == isinstance(layout.X, pd.DataFrame)


def test_an_autoencoder_that_was_fitted_on_more_images(shapes):
    X, y = shapes
    frozen = FrozenEstimator(encoder().fit(X))
    some = slice(None, None, 4)
    clf = AutoencoderClassifier(frozen).fit(X[some], y[some])
    np.testing.assert_array_equal(
        clf.autoencoder_.transform(X), frozen.estimator.transform(X)
    )
    assert clf.score(X, y) > 0.8


def test_a_global_setting_for_outputs_changes_nothing(shapes, fitted):
    with sklearn.config_context(transform_output="pandas"):
        clf = make().fit(*shapes)
        labels = clf.predict(shapes[0])
    np.testing.assert_array_equal(labels, fitted.predict(shapes[0]))


# Nothing of both may be fitted before the labels are known to be good.
BAD_LABELS = {
    "none": (lambda y: None, "requires y"),
    "fewer": (lambda y: y[:50], r"inconsistent numbers of samples: \[60, 50\]"),
    "one class": (lambda y: np.full(60, "a"), "one class"),
    "one-hot": (lambda y: np.eye(3)[np.unique(y, return_inverse=True)[1]], "argmax"),
}


@pytest.mark.parametrize("name", BAD_LABELS)
def test_bad_labels_are_refused_before_any_training(name, shapes, monkeypatch):
    X, y = shapes
    change, message = BAD_LABELS[name]
    clf = make(epochs=1).fit(X, y)
    before = vars(clf).copy()
    monkeypatch.setattr(ConvAutoencoder, "fit", lambda *data: pytest.fail("trained"))
    with pytest.raises(ValueError, match=message):
        clf.fit(X, change(y))
    assert vars(clf) == before


def test_bad_weights_and_parts(shapes):
    X, y = shapes
    with pytest.raises(ValueError, match="below zero"):
        make().fit(X, y, sample_weight=-np.ones(60))
    with pytest.raises(ValueError, match="'autoencoder' parameter"):
        AutoencoderClassifier("encoder").fit(X, y)
    with pytest.raises(ValueError, match="AutoencoderClassifier wants"):
        make(epochs=1).fit(X, y).predict(X[:, :7])
    assert clone(AutoencoderClassifier()).autoencoder is None


def test_a_classifier_without_weights_says_so(shapes):
    X, y = shapes
    model = AutoencoderClassifier(encoder(), KNeighborsClassifier())
    with pytest.warns(UserWarning, match="takes no sample_weight"):
        model.fit(X, y, sample_weight=np.linspace(0.1, 1, len(X)))


def test_a_regressor_is_no_classifier(shapes):
    with pytest.raises(TypeError, match="no classifier"):
        AutoencoderClassifier(encoder(), Ridge()).fit(*shapes)


def test_a_frozen_autoencoder_cuts_flat_rows_as_it_was_fitted(shapes):
    X, y = shapes
    X = X[:, :, :7]
    frozen = FrozenEstimator(encoder().fit(X))
    model = AutoencoderClassifier(frozen).fit(X.reshape(len(X), -1), y)
    assert model.image_shape_ == (8, 7, 1)
    np.testing.assert_array_equal(
        model.predict(X), model.predict(X.reshape(len(X), -1))
    )
