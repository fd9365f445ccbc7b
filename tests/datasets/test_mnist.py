import numpy as np
import pytest

from skcnn.datasets import fetch_mnist


def test_a_bunch_holds_the_same(small_home):
    X, y = fetch_mnist("test", data_home=small_home)
    bunch = fetch_mnist("test", data_home=small_home, return_X_y=False)
    np.testing.assert_array_equal(bunch.data, X)
    np.testing.assert_array_equal(bunch.target, y)
    assert bunch.target_names.tolist() == list(range(10))
    assert "10 handwritten digits" in bunch.DESCR


@pytest.mark.data
def test_the_official_files_are_accepted(real_home):
    X, y = fetch_mnist("all", data_home=real_home)
    assert X.shape == (70_000, 28, 28)
    # The published class counts of 60 000 training digits.
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y[:60_000]).tolist() == counts
