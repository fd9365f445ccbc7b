import numpy as np
from sklearn.datasets import load_digits as load_flat_digits

from skcnn.datasets import load_digits


def test_the_digits_are_images_from_0_to_16():
    X, y = load_digits()
    assert X.shape == (1797, 8, 8)
    assert X.dtype == np.float64
    assert (X.min(), X.max()) == (0, 16)
    assert y.shape == (1797,)
    assert np.unique(y).tolist() == list(range(10))


def test_the_digits_are_those_of_scikit_learn():
    X, y = load_digits()
    flat, target = load_flat_digits(return_X_y=True)
    np.testing.assert_array_equal(X.reshape(1797, 64), flat)
    np.testing.assert_array_equal(y, target)


def test_a_bunch_holds_the_same():
    X, y = load_digits()
    bunch = load_digits(return_X_y=False)
    np.testing.assert_array_equal(bunch.data, X)
    np.testing.assert_array_equal(bunch.target, y)
    assert bunch.target_names.tolist() == list(range(10))
    assert "digits" in bunch.DESCR
