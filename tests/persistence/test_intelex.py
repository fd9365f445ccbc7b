"""Tests of machines of scikit-learn-intelex, which are scikit-learn's in a file."""

import numpy as np
import pytest
import sklearn.svm

from skcnn import SVMClassifier, _svm, load, save
from skcnn.base import svc

pytestmark = pytest.mark.skipif(
    svc._kind is None, reason="scikit-learn-intelex is not installed"
)


@pytest.fixture(scope="module")
def noise():
    """Give (X, y): rows that are hard to tell apart."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (150, 4, 4)).astype(np.uint8), np.arange(150) % 5


@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly", "sigmoid"])
@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize(
    ("n_most_exact", "tolerance"), [(2000, 1e-7), (0, 1e-3)], ids=["float64", "float32"]
)
def test_a_loaded_machine_is_scikit_learns_and_says_the_same(
    kernel, n_classes, n_most_exact, tolerance, noise, saved, monkeypatch
):
    monkeypatch.setattr(_svm, "_MOST_EXACT_ROWS", n_most_exact)
    X, y = noise
    rows = y < n_classes
    estimator = SVMClassifier(kernel=kernel).fit(X[rows][:100], y[rows][:100])
    assert isinstance(estimator.svc_, svc.IntelexSVC)
    loaded = saved(estimator)
    assert type(loaded.svc_) is sklearn.svm.SVC
    np.testing.assert_array_equal(loaded.predict(X), estimator.predict(X))
    came, wanted = loaded.decision_function(X), estimator.decision_function(X)
    np.testing.assert_allclose(came, wanted, rtol=tolerance, atol=tolerance)
    assert came.dtype == wanted.dtype


def test_equal_images_give_numbers(saved):
    # Scores of pairs are zero, or as near as rounding leaves them.
    X, y = np.full((50, 4, 4), 140, np.uint8), np.arange(50) % 4
    loaded = saved(SVMClassifier().fit(X, y))
    assert np.isfinite(loaded.decision_function(X)).all()


def test_probabilities_are_of_the_same_machine_and_say_the_same(noise, saved):
    X, y = noise
    estimator = SVMClassifier(probability=True, random_state=0).fit(X, y)
    loaded = saved(estimator)
    (whole,) = loaded._calibrated.calibrated_classifiers_
    assert whole.estimator is loaded.svc_
    np.testing.assert_allclose(
        loaded.predict_proba(X), estimator.predict_proba(X), atol=1e-6
    )


def test_it_is_read_where_scikit_learn_intelex_is_missing(noise, path, monkeypatch):
    X, y = noise
    estimator = SVMClassifier().fit(X, y)
    save(estimator, path)
    monkeypatch.delattr(svc, "IntelexSVC")
    assert (load(path).predict(X) == estimator.predict(X)).all()


def test_what_was_loaded_is_fitted_again_by_scikit_learn_intelex(noise, saved):
    X, y = noise
    loaded = saved(SVMClassifier().fit(X, y)).fit(X, y)
    assert isinstance(loaded.svc_, svc.IntelexSVC)
