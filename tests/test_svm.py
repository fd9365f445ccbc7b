"""Tests of SVMClassifier, with scikit-learn-intelex where it is, and without."""

import logging
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import sklearn
import sklearn.svm
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcnn import HOGFeatures, SVMClassifier, _svm
from skcnn.base import svc
from skcnn.datasets import load_digits


@pytest.fixture(params=["intelex", "scikit-learn"])
def engine(request, monkeypatch):
    """Give the name of who computes the SVC; a test runs once with each."""
    if request.param == "scikit-learn":
        monkeypatch.setattr(svc, "_kind", None)
    elif svc._kind is None:
        pytest.skip("scikit-learn-intelex is not installed")
    return request.param


@pytest.fixture
def intelex(monkeypatch):
    """Skip a test where scikit-learn-intelex is not installed."""
    if svc._kind is None:
        pytest.skip("scikit-learn-intelex is not installed")


@pytest.fixture(scope="module")
def digits():
    """Give 400 training and 400 test digits: X, y, X_test, y_test."""
    X, y = load_digits()
    return X[:400], y[:400], X[400:800], y[400:800]


def assert_same_decisions(ours, theirs):
    """Compare one-against-rest scores, which jump by one with each pairwise vote.

    Two solvers stop at slightly different places (where the gradient is below 0.001),
    so a vote that is close to a tie may be another.
    """
    assert ours.shape == theirs.shape
    assert np.isclose(ours, theirs, atol=5e-3).mean() > 0.99


def as_rows(X):
    """Scale digits as SVMClassifier does."""
    return X.reshape(len(X), -1) / 16


# What it gives


@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly", "sigmoid"])
def test_it_is_the_svc_of_scaled_pixels(engine, digits, kernel):
    X, y, X_test, _ = digits
    ours = SVMClassifier(kernel=kernel, C=0.6).fit(X, y)
    theirs = sklearn.svm.SVC(kernel=kernel, C=0.6, break_ties=True).fit(as_rows(X), y)
    labels, decision = (
        getattr(theirs, method)(as_rows(X_test))
        for method in ("predict", "decision_function")
    )
    assert (ours.predict(X_test) == labels).mean() > 0.99
    assert_same_decisions(ours.decision_function(X_test), decision)


@pytest.mark.parametrize("n_most_exact", [0, 2000])
def test_accuracy_is_that_of_svc_in_either_precision(
    engine, digits, monkeypatch, n_most_exact
):
    monkeypatch.setattr(_svm, "_MOST_EXACT_ROWS", n_most_exact)
    X, y, X_test, y_test = digits
    ours = SVMClassifier().fit(X, y)
    assert ours.svc_.support_vectors_.dtype == (
        np.float32 if n_most_exact == 0 and engine == "intelex" else np.float64
    )
    theirs = sklearn.svm.SVC(C=ours.C).fit(as_rows(X), y)
    accuracy = theirs.score(as_rows(X_test), y_test)
    assert accuracy > 0.9
    assert_allclose(ours.score(X_test, y_test), accuracy, atol=0.002)


def test_pictures_of_every_layout_are_learned_alike(layout):
    clf = SVMClassifier(image_shape=layout.image_shape).fit(layout.X, layout.y)
    assert clf.image_shape_ == layout.image_shape
    assert clf.score(layout.X, layout.y) == 1
    reference = SVMClassifier().fit(layout.images, layout.y)
    assert_array_equal(
        clf.decision_function(layout.X), reference.decision_function(layout.images)
    )


def test_decision_function_has_the_shapes_of_svc(engine, shapes, pair):
    X, y = shapes
    assert SVMClassifier().fit(X, y).decision_function(X[:1]).shape == (1, 3)
    clf = SVMClassifier().fit(*pair)
    scores = clf.decision_function(pair[0])
    assert scores.shape == (40,)
    assert scores.dtype == np.float64
    assert_array_equal(clf.predict(pair[0]), clf.classes_[(scores > 0).astype(int)])


# The report's four (SYSTEMS.md): components, whitening, kernels, weights of classes.
@pytest.mark.parametrize(
    ("params", "components"),
    [
        ({"C": 10, "gamma": 0.005}, {"n_components": 15, "whiten": True}),
        ({"C": 1, "kernel": "linear"}, {"n_components": 15}),
        ({"C": 0.8, "gamma": 0.01}, None),
        ({"C": 0.6, "kernel": "linear"}, None),
    ],
    ids=["E1", "E2", "E3", "E4"],
)
def test_components_and_balanced_classes_are_those_of_a_pipeline(
    digits, params, components
):
    X, y, X_test, _ = digits
    X, y = X[100:], y[100:]
    balanced = {**params, "class_weight": "balanced"}
    ours = SVMClassifier(**balanced, **(components or {}), random_state=0).fit(X, y)
    theirs = make_pipeline(
        PCA(**components, random_state=0) if components else FunctionTransformer(),
        sklearn.svm.SVC(**balanced),
    ).fit(as_rows(X), y)
    assert_same_decisions(
        ours.decision_function(X_test), theirs.decision_function(as_rows(X_test))
    )
    assert (ours.pca_ is None) == (components is None)


def test_components_can_be_a_share_of_the_variance(digits):
    X, y, *_ = digits
    clf = SVMClassifier(n_components=0.9).fit(X, y)
    assert clf.pca_.explained_variance_ratio_.sum() >= 0.9
    assert 10 < clf.pca_.n_components_ < 40


def test_hog_is_hog_features_under_an_svc(digits):
    X, y, X_test, _ = digits
    ours = SVMClassifier(features="hog").fit(X, y)
    svc = sklearn.svm.SVC(C=ours.C, break_ties=True)
    theirs = make_pipeline(HOGFeatures(), svc).fit(X, y)
    # Two solvers stop at other ends of the same tolerance.
    assert np.mean(ours.predict(X_test) == theirs.predict(X_test)) > 0.99


def test_hog_and_pixels_are_beside_each_other(digits):
    X, y, X_test, _ = digits
    ours = SVMClassifier(features="hog+pixels").fit(X, y)

    def both(X):
        return np.hstack([HOGFeatures().fit_transform(X), as_rows(X) * 2 / 3])

    theirs = sklearn.svm.SVC(C=ours.C).fit(both(X), y)
    assert_same_decisions(
        ours.decision_function(X_test), theirs.decision_function(both(X_test))
    )
    with pytest.raises(ValueError, match=r"np\.round"):
        ours.predict(X_test / 16)


def test_a_new_fit_forgets_the_features_of_the_last(digits):
    X, y, X_test, _ = digits
    clf = SVMClassifier(features="hog", n_components=5).fit(X, y)
    clf.set_params(features="pixels", n_components=None).fit(X, y)
    assert clf.hog_ is None
    assert clf.pca_ is None
    fresh = clone(clf).fit(X, y)
    assert_array_equal(clf.decision_function(X_test), fresh.decision_function(X_test))


@pytest.mark.parametrize("probability", [False, True])
@pytest.mark.parametrize("n_classes", [2, 5])
def test_labels_are_those_of_the_largest_decision_values(
    engine, probability, n_classes
):
    # Rows that are hard to tell apart, so that votes are tied.
    X = np.random.default_rng(0).integers(0, 255, (100, 4, 4)).astype(np.uint8)
    y = np.arange(100) % n_classes
    for images in (X, np.full_like(X, 140)):
        clf = SVMClassifier(probability=probability, random_state=0).fit(images, y)
        scores = clf.decision_function(images)
        if n_classes == 2:
            scores = np.column_stack([np.zeros(100), scores])
        labels = clf.predict(images)
        assert_array_equal(labels, clf.classes_[scores.argmax(axis=1)])
    assert clf.svc_.break_ties


def test_images_of_one_colour_have_finite_scores(engine):
    X = np.full((20, 4, 4), 140, np.uint8)
    clf = SVMClassifier().fit(X, np.arange(20) % 4)
    others = np.arange(80, 240, dtype=np.uint8).reshape(10, 4, 4)
    for images in (X, others):
        assert np.isfinite(clf.decision_function(images)).all()


# Probabilities


def test_probabilities_sum_to_one_and_are_those_of_the_seed(engine, shapes, pair):
    for X, y in (shapes, pair):
        clf = SVMClassifier(probability=True, random_state=0).fit(X, y)
        proba = clf.predict_proba(X)
        assert proba.shape == (len(X), len(clf.classes_))
        assert proba.dtype == np.float64
        assert_allclose(proba.sum(axis=1), 1)
        assert (clf.classes_[proba.argmax(axis=1)] == y).mean() > 0.9
        assert_array_equal(clone(clf).fit(X, y).predict_proba(X), proba)
        assert clf.predict_proba(X[:1]).shape == (1, len(clf.classes_))


def test_the_machine_below_probabilities_is_the_same(engine, shapes):
    X, y = shapes
    plain = SVMClassifier().fit(X, y)
    clf = SVMClassifier(probability=True, random_state=0).fit(X, y)
    assert_array_equal(clf.decision_function(X), plain.decision_function(X))


def test_without_probability_there_is_no_predict_proba(shapes):
    clf = SVMClassifier().fit(*shapes)
    assert not hasattr(clf, "predict_proba")
    with pytest.raises(AttributeError, match="predict_proba"):
        clf.predict_proba(shapes[0])


def test_probability_needs_two_rows_of_a_class(shapes):
    X, y = shapes
    with pytest.raises(ValueError, match=r"'spot' has 1 row.*probability=False"):
        SVMClassifier(probability=True).fit(X[:21], y[:21])
    assert SVMClassifier(probability=True).fit(X[:22], y[:22]).predict_proba(X).all()


# scikit-learn-intelex


def test_svc_tells_who_did_the_work(engine, shapes):
    clf = SVMClassifier().fit(*shapes)
    kind = sklearn.svm.SVC if engine == "scikit-learn" else svc.IntelexSVC
    assert type(clf.svc_) is kind


def test_nothing_of_scikit_learn_is_patched(shapes):
    SVMClassifier().fit(*shapes)
    assert sklearn.svm.SVC.__module__ == "sklearn.svm._classes"
    assert sklearn.svm.SVC.fit.__module__.startswith("sklearn.")


def test_scikit_learn_takes_over_where_intelex_fails(intelex, shapes, monkeypatch):
    def fail(self, X, y, sample_weight=None):
        raise RuntimeError("oneDAL does not want to")

    monkeypatch.setattr(svc.IntelexSVC, "fit", fail)
    clf = SVMClassifier().fit(*shapes)
    assert type(clf.svc_) is sklearn.svm.SVC
    assert clf.score(*shapes) == 1


def test_it_says_nothing(engine, shapes, caplog, capfd):
    with caplog.at_level(logging.INFO):
        SVMClassifier(probability=True).fit(*shapes).predict(shapes[0])
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_it_works_in_threads_without_a_warning(engine, shapes):
    X, y = shapes
    clf = SVMClassifier(probability=True, random_state=0).fit(X, y)
    proba = clf.predict_proba(X)
    with ThreadPoolExecutor(3) as threads:
        fits = list(threads.map(lambda _: clone(clf).fit(X, y), range(3)))
        probas = list(threads.map(clf.predict_proba, [X] * 3))
    for other in fits:
        assert type(other.svc_) is type(clf.svc_)
        assert_array_equal(other.decision_function(X), clf.decision_function(X))
    for other in probas:
        assert_array_equal(other, proba)


def test_a_fit_in_another_thread_has_our_number_of_threads(
    intelex, digits, monkeypatch
):
    # oneDAL gives other bits with one thread than with two or more.
    from daal4py import daalinit, num_threads

    X, y, X_test, _ = digits
    before = num_threads()

    def decisions(n_threads):
        monkeypatch.setenv("SKCNN_THREADS", str(n_threads))
        return SVMClassifier().fit(X, y).decision_function(X_test)

    daalinit(2)
    try:
        for n_threads in (1, 2):
            with ThreadPoolExecutor(1) as thread:
                there = thread.submit(decisions, n_threads).result()
            assert_array_equal(there, decisions(n_threads))
            assert num_threads() == 2
    finally:
        daalinit(before)


def test_a_model_of_intelex_says_what_it_needs(intelex, shapes, monkeypatch):
    saved = pickle.dumps(SVMClassifier().fit(*shapes))
    monkeypatch.delattr(svc, "IntelexSVC")
    with pytest.raises(ImportError, match=r"pip install scikit-learn-intelex"):
        pickle.loads(saved)


# As a part of scikit-learn


def test_pickled_it_predicts_the_same(engine, shapes):
    X, y = shapes
    clf = SVMClassifier(n_components=5, probability=True, random_state=0).fit(X, y)
    loaded = pickle.loads(pickle.dumps(clf))
    assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert_array_equal(loaded.predict(X), clf.predict(X))


def test_a_search_over_its_parameters(shapes):
    grid = [
        {"C": [0.1, 10], "gamma": ["scale", 0.01], "features": ["pixels", "hog"]},
        {"n_components": [2, 5, 0.9], "whiten": [True, False]},
    ]
    search = GridSearchCV(SVMClassifier(random_state=0), grid, cv=3)
    assert search.fit(*shapes).best_score_ == 1
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_hog_features_in_front_do_not_warn(shapes):
    # 3 x 3 blocks of 2 x 2 cells of 5 directions are 180 features, which is no square.
    hog = HOGFeatures(orientations=5, pixels_per_cell=2)
    scores = cross_val_score(make_pipeline(hog, SVMClassifier()), *shapes, cv=3)
    assert scores.min() > 0.9


def test_global_settings_of_scikit_learn_do_no_harm(engine, shapes):
    X, y = shapes
    clf = SVMClassifier(n_components=5, features="hog", probability=True)
    with sklearn.config_context(transform_output="pandas", enable_metadata_routing=1):
        proba = clf.fit(X, y, sample_weight=np.ones(60)).predict_proba(X)
    assert type(proba) is np.ndarray


# Weights


def test_a_weight_is_a_number_of_rows(engine, shapes):
    X, y = shapes
    # "scale" is the variance of the rows as they came.
    clf = SVMClassifier(gamma=0.02, C=0.05)
    weights = np.arange(60) % 3
    weighted = clone(clf).fit(X, y, sample_weight=weights).decision_function(X)
    rows = np.arange(60).repeat(weights)
    repeated = clone(clf).fit(X[rows], y[rows]).decision_function(X)
    assert_allclose(weighted, repeated, atol=5e-3)
    assert abs(weighted - clf.fit(X, y).decision_function(X)).max() > 0.02
    assert_array_equal(weights, np.arange(60) % 3)


def test_rows_of_weight_zero_take_no_part(engine, shapes):
    X, y = shapes
    weights = np.arange(60) % 2
    clf = SVMClassifier(n_components=4, random_state=0)
    spoilt = X.copy()
    spoilt[::2] = 255
    zeroed = clone(clf).fit(spoilt, y, sample_weight=weights)
    without = clone(clf).fit(X[1::2], y[1::2], sample_weight=weights[1::2])
    assert_array_equal(zeroed.decision_function(X), without.decision_function(X))


def test_class_weights_are_weights_of_rows(engine, shapes):
    X, y = shapes
    clf = SVMClassifier(C=0.05, class_weight={"top": 5}).fit(X, y)
    weights = np.where(y == "top", 5, 1)
    by_rows = SVMClassifier(C=0.05).fit(X, y, sample_weight=weights)
    assert_array_equal(clf.decision_function(X), by_rows.decision_function(X))


# Bad input


def _wide(X, last):
    return np.column_stack([X.reshape(len(X), -1) / 255, last])


@pytest.mark.parametrize(
    ("params", "change", "message"),
    [
        (
            {"n_components": 61},
            lambda X, y: {},
            "n_components=61 is more than there are training rows: 60. Use .*=60 or",
        ),
        (
            {"n_components": 30},
            lambda X, y: {"sample_weight": np.arange(60) % 3 == 0},
            "n_components=30 is more than there are training rows: 20",
        ),
        (
            {"n_components": 65},
            lambda X, y: {"X": X.repeat(2, axis=0), "y": y.repeat(2)},
            "n_components=65 is more than there are features: 64.*None",
        ),
        (
            {"n_components": 25, "features": "hog"},
            lambda X, y: {},
            "n_components=25 is more than there are features: 24",
        ),
        ({"n_components": 0}, lambda X, y: {}, "n_components"),
        ({"features": "sift"}, lambda X, y: {}, "features.*'hog'"),
        ({"C": 0}, lambda X, y: {}, "'C'"),
        ({"kernel": "precomputed"}, lambda X, y: {}, "kernel"),
        (
            {"features": "hog"},
            lambda X, y: {"X": X[:, :7]},
            "7 x 8 pixels are too small for blocks of 2 x 2 cells of 4 x 4.*smaller",
        ),
        ({}, lambda X, y: {"y": np.full(60, "left")}, "one class"),
        ({}, lambda X, y: {"y": y[:50]}, r"inconsistent numbers of samples"),
        ({}, lambda X, y: {"y": pd.get_dummies(y).to_numpy()}, "argmax"),
        ({}, lambda X, y: {"X": np.where(X > 200, np.nan, X)}, "NaN"),
        ({}, lambda X, y: {"sample_weight": -np.ones(60)}, "60 values below zero"),
        ({}, lambda X, y: {"sample_weight": np.zeros(60)}, "zero"),
        (
            {},
            lambda X, y: {"sample_weight": y != "spot"},
            "All rows of class 'spot' have weight zero",
        ),
        ({"class_weight": {"hat": 2}}, lambda X, y: {}, r"names \['hat'\]"),
    ],
)
def test_unfit_input_is_refused_and_nothing_is_lost(shapes, params, change, message):
    X, y = shapes
    clf = SVMClassifier().fit(X, y)
    before = clf.decision_function(X)
    clf.set_params(**params)
    with pytest.raises(ValueError, match=message):
        clf.fit(**{"X": X, "y": y, **change(X, y)})
    assert_array_equal(clf.decision_function(X), before)


def test_pixels_of_another_scale_are_refused_at_predict(shapes):
    X, y = shapes
    clf = SVMClassifier().fit(X, y)
    with pytest.raises(ValueError, match=r"np\.multiply\(X, 255\)"):
        clf.predict(X / 255)
    # Gradients have no scale.
    hog = SVMClassifier(features="hog").fit(X, y)
    assert_array_equal(hog.predict(X / 255), hog.predict(X))


@pytest.mark.parametrize("features", ["pixels", "hog"])
def test_a_column_of_labels_left_in_is_warned_of(shapes, features):
    X, y = shapes
    rows = _wide(X, np.arange(60) % 10)
    clf = SVMClassifier(features=features)
    with pytest.warns(UserWarning, match=r"65 is 8 \* 8 \+ 1: drop the column"):
        clf.fit(rows, y)


def test_rows_of_any_width_without_such_a_column_are_not_warned_of(shapes):
    X, y = shapes
    SVMClassifier().fit(_wide(X, np.linspace(0, 9, 60)), y)


def test_images_too_small_for_hog_are_told_what_this_class_can_do():
    X = np.random.default_rng(0).random((20, 4, 4))
    with pytest.raises(ValueError, match="HOGFeatures in front"):
        SVMClassifier(features="hog").fit(X, np.arange(20) % 2)


def test_probabilities_are_those_of_the_fit(digits):
    X, y, *_ = digits
    model = SVMClassifier().fit(X[:60], y[:60]).set_params(probability=True)
    assert not hasattr(model, "predict_proba")
    model.fit(X[:60], y[:60])
    assert hasattr(model, "predict_proba")
