import numpy as np
import pytest
from sklearn.datasets import load_digits as load_flat_digits

from skcnn.datasets import fetch_mnist, load_digits, make_noisy_digits


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


def test_a_bunch_of_mnist_holds_the_same(small_home):
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


@pytest.fixture
def make(small_home):
    """Give make_noisy_digits on 70 digits: 12 training, 50 test, 8 spare images."""

    def make(n_train=12, n_test=50, **params):
        return make_noisy_digits(n_train, n_test, data_home=small_home, **params)

    return make


@pytest.mark.parametrize(
    ("split", "n"), [("train", 12), ("test", 50), ("all", 62), ("spare", 8)]
)
def test_a_split_has_its_size(make, split, n):
    X, y = make(split=split)
    assert X.shape == (n, 28, 28)
    assert X.dtype == np.uint8
    assert (y.shape, y.dtype) == ((n,), np.int64)


def test_training_test_and_spare_images_are_all_digits_once(make):
    splits = [make(split=s, return_X_y=False) for s in ("train", "test", "spare")]
    index = np.concatenate([split.index for split in splits])
    assert sorted(index) == list(range(70))


def test_all_is_the_training_images_and_then_the_test_images(make):
    train, test, both = (make(split=split) for split in ("train", "test", "all"))
    np.testing.assert_array_equal(both[0], np.concatenate([train[0], test[0]]))
    np.testing.assert_array_equal(both[1], np.concatenate([train[1], test[1]]))


def test_noise_only_brightens(make):
    noisy = make(return_X_y=False)
    assert (noisy.data >= noisy.clean).all()


def test_noise_is_uniform_where_the_digits_are_black(small_home, make, downloads):
    black = np.zeros((70, 28, 28), np.uint8)
    downloads.result = (black[:60], np.zeros(60)), (black[60:], np.zeros(10))
    X, _ = make_noisy_digits(12, 50, split="all")
    counts = np.bincount(X.ravel(), minlength=256)
    # 62 * 784 pixels over 256 values are 190 each, with a standard deviation of 14.
    assert (np.abs(counts - counts.mean()) < 5 * np.sqrt(counts.mean())).all()


def test_the_image_is_the_maximum_of_digit_and_noise(make, small_home):
    images, digits = fetch_mnist("all", data_home=small_home)
    X, y = make(random_state=3)
    rng = np.random.RandomState(3)
    order = rng.permutation(70)
    noise = rng.randint(0, 256, (70, 28, 28), dtype=np.uint8)
    np.testing.assert_array_equal(X, np.maximum(images[order], noise)[:12])
    np.testing.assert_array_equal(y, digits[order][:12])


@pytest.mark.parametrize("split", ["train", "test", "all", "spare"])
def test_clean_images_are_the_originals_of_the_same_rows(make, small_home, split):
    images, _ = fetch_mnist("all", data_home=small_home)
    noisy = make(split=split, return_X_y=False)
    clean, y = make(split=split, clean=True)
    np.testing.assert_array_equal(clean, images[noisy.index])
    np.testing.assert_array_equal(clean, noisy.clean)
    np.testing.assert_array_equal(y, noisy.target)


def test_the_sizes_only_move_the_cuts(make):
    few, _ = make(5, 7, split="all")
    many, _ = make(40, 30, split="all")
    np.testing.assert_array_equal(few, many[:12])


def test_the_same_seed_gives_the_same_images_and_another_one_others(make):
    np.testing.assert_array_equal(make()[0], make(random_state=0)[0])
    assert (make()[0] != make(random_state=1)[0]).any()


def test_the_global_random_state_is_left_alone(make):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make(random_state=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_a_bunch_of_noisy_digits_holds_the_same(make):
    X, y = make()
    bunch = make(return_X_y=False)
    np.testing.assert_array_equal(bunch.data, X)
    np.testing.assert_array_equal(bunch.target, y)
    assert bunch.target_names.tolist() == list(range(10))


def test_more_images_than_there_are_is_refused(make):
    with pytest.raises(
        ValueError, match="MNIST has 70 images, but n_train=41 and n_te"
    ):
        make(41, 30)


@pytest.mark.parametrize("sizes", [{"n_train": -1}, {"n_test": -1}])
def test_a_negative_size_is_refused(make, sizes):
    with pytest.raises(ValueError, match=next(iter(sizes))):
        make(**sizes)


def test_a_fraction_of_an_image_is_refused(make):
    with pytest.raises(TypeError, match="n_train"):
        make(0.5)


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match=r"split must be one of .*'spare'"):
        make_noisy_digits(split="rest")


@pytest.mark.data
def test_the_default_sizes_are_those_of_the_report(real_home):
    X, y = make_noisy_digits(data_home=real_home)
    assert X.shape == (12_000, 28, 28)
    assert np.unique(y).size == 10
    # A black pixel's noise is 127.5 on average, and ink only adds to it.
    assert 127.5 < X.mean() < 160
    spare, _ = make_noisy_digits(split="spare", data_home=real_home)
    assert spare.shape == (8000, 28, 28)
