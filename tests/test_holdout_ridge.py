"""Tests of HoldoutRidgeClassifier."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits, make_classification
from sklearn.linear_model import RidgeClassifier
from sklearn.utils import estimator_checks

from skcnn import HoldoutRidgeClassifier, _holdout_ridge


@pytest.fixture(scope="module")
def digits():
    """Give scikit-learn's digits as rows of 64."""
    return load_digits(return_X_y=True)


def make_pair(**params):
    """Return noisy rows of two classes."""
    return make_classification(
        400, 20, n_informative=5, flip_y=0.1, random_state=0, **params
    )


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_weights_are_those_of_scikit_learns_ridge(n_classes, is_weighted):
    X, y = make_pair(n_classes=n_classes)
    weights = np.random.default_rng(0).random(400) * 2 if is_weighted else np.ones(400)
    ours = HoldoutRidgeClassifier(alphas=[0.1], random_state=0).fit(X, y, weights)
    mean = np.average(X, axis=0, weights=weights)
    variance = np.average((X - mean) ** 2, axis=0, weights=weights).mean()
    alpha = 0.1 * weights.sum() * variance
    theirs = RidgeClassifier(alpha, solver="cholesky").fit(X, y, weights)
    assert_allclose(ours.coef_, np.atleast_2d(theirs.coef_), rtol=1e-6)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-6, atol=1e-12)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-6)


def test_the_penalty_is_the_best_on_rows_that_were_held_out():
    # 600 rows of 500 columns that are noise but for one: only a large penalty is right.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 500))
    y = X[:, 0] + rng.normal(size=600) > 0
    assert HoldoutRidgeClassifier(random_state=0).fit(X, y).alpha_ >= 0.1
    # And a sum of all of them, of ten thousand rows, needs none.
    X = rng.normal(size=(10_000, 50))
    ridge = HoldoutRidgeClassifier(random_state=0).fit(X, X.sum(axis=1) > 0)
    assert ridge.alpha_ <= 0.01
    assert ridge.best_score_ > 0.95


def test_held_out_rows_are_a_share_of_each_class():
    codes = np.repeat([0, 1, 2, 3], [100, 20, 2, 1])
    held = _holdout_ridge._held_out(codes, 0.1, np.random.RandomState(0))
    assert np.bincount(codes[held], minlength=4).tolist() == [10, 2, 1, 0]


def test_all_rows_take_part_in_the_end(digits):
    X, y = digits
    ridge = HoldoutRidgeClassifier(random_state=0).fit(X, y)
    whole = HoldoutRidgeClassifier(alphas=[ridge.alpha_], random_state=5).fit(X, y)
    assert_allclose(ridge.coef_, whole.coef_, rtol=1e-6, atol=1e-9)


def test_neither_the_scale_of_the_features_nor_their_mean_matters(digits):
    X, y = digits
    ridge = HoldoutRidgeClassifier(random_state=0).fit(X, y)
    other = HoldoutRidgeClassifier(random_state=0).fit(X * 1000 + 5000, y)
    assert other.alpha_ == ridge.alpha_
    assert_allclose(other.coef_ * 1000, ridge.coef_, rtol=1e-5, atol=1e-8)


def test_pieces_change_nothing_but_rounding(digits, monkeypatch):
    X, y = digits
    whole = HoldoutRidgeClassifier(random_state=0).fit(X, y)
    monkeypatch.setattr(_holdout_ridge, "_PIECE_ROWS", 100)
    pieces = HoldoutRidgeClassifier(random_state=0).fit(X, y)
    assert pieces.alpha_ == whole.alpha_
    assert_allclose(pieces.coef_, whole.coef_, rtol=1e-6, atol=1e-9)


def test_float32_stays_float32_and_predicts_the_same(digits):
    X, y = digits
    exact = HoldoutRidgeClassifier(random_state=0).fit(X, y)
    single = HoldoutRidgeClassifier(random_state=0).fit(X.astype(np.float32), y)
    scores = single.decision_function(X.astype(np.float32))
    assert scores.dtype == np.float32
    assert_allclose(scores, exact.decision_function(X), atol=1e-3)


def test_columns_that_are_equal_or_constant_do_no_harm():
    X, y = make_pair()
    X = np.hstack([X, X, np.ones((400, 3))]).astype(np.float32)
    ridge = HoldoutRidgeClassifier(random_state=0).fit(X, y)
    assert np.isfinite(ridge.coef_).all()
    assert ridge.score(X, y) > 0.7
    assert_array_equal(
        HoldoutRidgeClassifier(random_state=0).fit(np.ones((10, 2)), [0, 1] * 5).coef_,
        0,
    )


def test_the_same_seed_gives_the_same_bits_and_pickles(digits):
    X, y = digits
    ridge = HoldoutRidgeClassifier(random_state=3).fit(X, y)
    again = HoldoutRidgeClassifier(random_state=3).fit(X, y)
    assert_array_equal(again.coef_, ridge.coef_)
    copy = pickle.loads(pickle.dumps(ridge))
    assert_array_equal(copy.predict(X), ridge.predict(X))


def test_a_weight_is_a_number_of_rows_for_one_penalty():
    estimator_checks.check_sample_weight_equivalence_on_dense_data(
        "HoldoutRidgeClassifier", HoldoutRidgeClassifier(alphas=[0.1])
    )


def test_labels_may_be_text_and_columns_have_names(digits):
    X, y = digits
    frame = pd.DataFrame(X).rename(columns=str)
    ridge = HoldoutRidgeClassifier(random_state=0).fit(frame, y.astype(str))
    assert ridge.score(frame, y.astype(str)) > 0.9
    assert ridge.feature_names_in_[0] == "0"


@pytest.mark.parametrize("alphas", [[], [0.0, 1.0], [-1.0], [[1.0]], [np.nan]])
def test_penalties_that_are_none_are_refused(alphas):
    with pytest.raises(ValueError, match=r"must be one or more numbers above zero"):
        HoldoutRidgeClassifier(alphas=alphas).fit(*make_pair())


def test_penalties_below_rounding_are_refused():
    X, y = make_pair()
    X = np.hstack([X, X]).astype(np.float32)
    with pytest.raises(ValueError, match=r"lost in the rounding.*alphas=\(0\.001"):
        HoldoutRidgeClassifier(alphas=[1e-30]).fit(X, y)


def test_a_fit_that_fails_leaves_what_was_fitted(digits):
    X, y = digits
    ridge = HoldoutRidgeClassifier(random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="one class"):
        ridge.fit(X[:, :10], np.zeros(len(X)))
    assert ridge.predict(X).shape == y.shape
