"""Tests of support vector machines of scikit-learn-intelex."""

import numpy as np
import pytest
import sklearn.svm

from skcnn import SVMClassifier, _svm, load, save
from skcnn.base import svc
from skcnn.persistence import _intelex

pytestmark = pytest.mark.skipif(
    svc._kind is None, reason="scikit-learn-intelex is not installed"
)


@pytest.fixture(scope="module")
def noise():
    """Give (X, y): rows that are hard to tell apart, so that votes are tied."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (150, 4, 4)).astype(np.uint8), np.arange(150) % 5


@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly", "sigmoid"])
@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("n_most_exact", [2000, 0], ids=["float64", "float32"])
def test_machines_compute_the_same_to_the_bit(
    kernel, n_classes, n_most_exact, noise, saved, monkeypatch
):
    monkeypatch.setattr(_svm, "_MOST_EXACT_ROWS", n_most_exact)
    X, y = noise
    rows = y < n_classes
    estimator = SVMClassifier(kernel=kernel).fit(X[rows][:100], y[rows][:100])
    loaded = saved(estimator)
    assert isinstance(loaded.svc_, svc.IntelexSVC)
    for method in ("predict", "decision_function"):
        came, wanted = getattr(loaded, method)(X), getattr(estimator, method)(X)
        np.testing.assert_array_equal(came, wanted)
        assert came.dtype == wanted.dtype


def grey(n_kinds):
    """Return 50 images of one colour each, of so many colours."""
    colours = np.random.default_rng(0).integers(0, n_kinds, 50)
    return np.full((50, 4, 4), 140, np.uint8) - colours.astype(np.uint8)[:, None, None]


@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly", "sigmoid"])
@pytest.mark.parametrize("n_kinds", [1, 3])
def test_equal_images_of_several_classes_compute_the_same_to_the_bit(
    kernel, n_kinds, saved
):
    # Scores of pairs are zero, or as near as rounding leaves them.
    X, y = grey(n_kinds), np.arange(50) % 4
    estimator = SVMClassifier(kernel=kernel).fit(X, y)
    rows = X.reshape(50, -1) / 255
    for break_ties in (True, False):
        estimator.svc_.set_params(break_ties=break_ties)
        loaded = saved(estimator)
        assert isinstance(loaded.svc_, svc.IntelexSVC)
        for method in ("predict", "decision_function"):
            came, wanted = (getattr(e.svc_, method)(rows) for e in (loaded, estimator))
            np.testing.assert_array_equal(came, wanted)


def test_large_coefficients_in_float32_compute_the_same_to_the_bit(saved, monkeypatch):
    monkeypatch.setattr(_svm, "_MOST_EXACT_ROWS", 0)
    X = grey(140)
    estimator = SVMClassifier(kernel="poly", C=100.0).fit(X, np.arange(50) % 4)
    loaded = saved(estimator)
    assert isinstance(loaded.svc_, svc.IntelexSVC)
    scores = estimator.decision_function(X)
    np.testing.assert_array_equal(loaded.decision_function(X), scores)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_without_intelex_scikit_learns_machine_is_made(
    n_classes, noise, path, monkeypatch
):
    X, y = noise
    rows = y < n_classes
    estimator = SVMClassifier(kernel="rbf", probability=True, random_state=0)
    save(estimator.fit(X[rows], y[rows]), path)
    monkeypatch.delattr(svc, "IntelexSVC")
    loaded = load(path)
    assert type(loaded.svc_) is sklearn.svm.SVC
    assert (loaded.predict(X) == estimator.predict(X)).all()
    np.testing.assert_allclose(
        loaded.decision_function(X), estimator.decision_function(X), atol=1e-6
    )
    np.testing.assert_allclose(
        loaded.predict_proba(X), estimator.predict_proba(X), atol=1e-6
    )


def test_a_machine_that_computes_something_else_is_not_taken(noise, path, monkeypatch):
    save(SVMClassifier().fit(*noise), path)
    monkeypatch.setattr(
        _intelex.PairwiseMachine,
        "decision_function",
        lambda self, X, queue=None: np.zeros((len(X), 10)),
    )
    assert type(load(path).svc_) is sklearn.svm.SVC


def test_a_machine_in_two_places_stays_one(noise, saved):
    loaded = saved(SVMClassifier(probability=True, random_state=0).fit(*noise))
    (whole,) = loaded._calibrated.calibrated_classifiers_
    assert whole.estimator is loaded.svc_


def test_arrays_that_contradict_each_other_are_refused(noise, path, forge):
    # Compiled code would read beyond them.
    save(SVMClassifier().fit(*noise), path)

    def change(manifest):
        arrays = manifest["estimator"]["fitted"]["svc_"]["arrays"]
        arrays["dual_coef"] = arrays["support_vectors"]

    forge(change)
    with pytest.raises(ValueError, match="whose dual_coef is"):
        load(path)
