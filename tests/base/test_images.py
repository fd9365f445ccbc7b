"""Tests of array layouts and pixel scaling."""

import re
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import StandardScaler

from skcnn.base.images import check_images
from skcnn.base.layouts import to_flat, view_images


class Net(ClassifierMixin, BaseEstimator):
    """The least that `check_images` needs to know of an estimator."""

    def __init__(self, image_shape=None):
        self.image_shape = image_shape


def fitted(X, image_shape=None):
    """Return a Net that has seen X."""
    net = Net(image_shape)
    check_images(net, X, reset=True)
    return net


@pytest.fixture
def grey():
    """Five whole-number images of 6 x 4."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (5, 6, 4)).astype(np.uint8)


# Each entry makes one layout of grey images (n, h, w).
LAYOUTS = {
    "grey": lambda X: X,
    "one channel": lambda X: X[..., None],
    "flat": lambda X: X.reshape(len(X), -1),
    "frame": lambda X: pd.DataFrame(X.reshape(len(X), -1)).add_prefix("p"),
    "list of arrays": list,
    "tuple of arrays": tuple,
    "nested lists": lambda X: X.tolist(),
    "list of rows": lambda X: X.reshape(len(X), -1).tolist(),
    "every second": lambda X: np.repeat(X, 2, axis=0)[::2],
    "Fortran order": np.asfortranarray,
    "moved channels": lambda X: np.moveaxis(X[:, None].copy(), 1, -1),
    "objects": lambda X: X.astype(object),
    "big-endian": lambda X: X.astype(">i4"),
    "float16": lambda X: X.astype(np.float16),
    "long double": lambda X: X.astype(np.longdouble),
}


# Layouts


@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS)
def test_all_layouts_give_the_same_images(grey, make):
    net = Net(image_shape=(6, 4))
    X = make(grey)
    np.testing.assert_array_equal(check_images(net, X, reset=True), grey[..., None])
    assert net.image_shape_ == (6, 4, 1)
    assert net.n_features_in_ == 24
    np.testing.assert_array_equal(check_images(net, X, reset=False), grey[..., None])


@pytest.mark.parametrize("at_fit", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("at_predict", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
def test_any_layout_may_follow_any_other(grey, at_fit, at_predict):
    net = fitted(at_fit(grey), image_shape=(6, 4))
    images = check_images(net, at_predict(grey), reset=False)
    np.testing.assert_array_equal(images, grey[..., None])


@pytest.mark.parametrize("n_channels", [1, 2, 3, 4])
def test_channels_are_kept(n_channels):
    X = np.random.default_rng(0).random((3, 5, 6, n_channels))
    net = fitted(X)
    assert net.image_shape_ == (5, 6, n_channels)
    np.testing.assert_array_equal(check_images(net, X, reset=False), X)
    np.testing.assert_array_equal(check_images(net, to_flat(X), reset=False), X)


def test_flat_colour_rows_need_an_image_shape():
    X = np.arange(2 * 48, dtype=np.uint8).reshape(2, 48)
    images = check_images(Net(image_shape=(4, 4, 3)), X, reset=True)
    np.testing.assert_array_equal(images, X.reshape(2, 4, 4, 3))


@pytest.mark.parametrize("side", [1, 2, 3, 8, 28])
def test_flat_rows_of_square_width_are_grey_images(side):
    assert fitted(np.zeros((2, side * side))).image_shape_ == (side, side, 1)


@pytest.mark.parametrize("width", [2, 3, 10, 20, 30, 32])
def test_narrow_rows_are_lines_of_pixels_without_a_warning(width):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fitted(np.zeros((2, width))).image_shape_ == (1, width, 1)


@pytest.mark.parametrize(
    ("width", "message"),
    [
        (785, r"785 columns.*785 is 28 \* 28 \+ 1: drop the column"),
        (65, r"65 is 8 \* 8 \+ 1"),
        (3072, r"pass image_shape=\(32, 32, 3\)"),
        (3073, r"3073 is 32 \* 32 \* 3 \+ 1"),
        (786, r"one line of pixels, \(1, 786, 1\).*Drop the columns.*image_shape="),
    ],
)
def test_wide_rows_that_are_no_square_image_warn_with_a_cure(width, message):
    with pytest.warns(UserWarning, match=message):
        net = fitted(np.zeros((2, width)))
    assert net.image_shape_ == (1, width, 1)


def test_a_list_of_pillow_images_is_an_array_of_colour_images():
    net = fitted([Image.new("RGB", (5, 4), "red"), Image.new("RGB", (5, 4))])
    assert net.image_shape_ == (4, 5, 3)


def test_an_array_of_image_objects_is_a_list_of_images(grey):
    X = np.empty(len(grey), dtype=object)
    X[:] = list(grey)
    np.testing.assert_array_equal(check_images(Net(), X, reset=True), grey[..., None])


def test_other_libraries_arrays_are_images(grey):
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            return grey

    assert fitted(Tensor()).image_shape_ == (6, 4, 1)


@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS)
def test_images_are_viewed_without_an_estimator_as_with_one(grey, make):
    images = view_images(make(grey), (6, 4))
    checked = check_images(Net((6, 4)), make(grey), reset=True)
    np.testing.assert_array_equal(images, checked)
    assert images.dtype == checked.dtype


def test_rows_are_viewed_without_an_estimator_as_with_one(grey):
    for width in (16, 20, 63):
        X = grey.reshape(-1)[: width * (120 // width)].reshape(-1, width)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            net = fitted(X)
            assert view_images(X).shape[1:] == net.image_shape_
        assert len({str(one.message) for one in said}) == len(said) // 2 == (width > 32)


def test_only_who_asks_for_it_gets_images_that_lack_pixels(grey):
    frame = LAYOUTS["frame"](grey).astype(object)
    frame.iloc[1, 2] = None
    with pytest.raises(ValueError, match="X contains NaN"):
        view_images(frame, (6, 4))
    images = view_images(frame, (6, 4), may_lack_pixels=True)
    np.testing.assert_array_equal(np.argwhere(np.isnan(images)), [[1, 0, 2, 0]])


# Views and types


@pytest.mark.parametrize("layout", ["grey", "one channel", "flat", "every second"])
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64", "bool"])
@pytest.mark.parametrize("reset", [True, False])
def test_images_are_a_view_of_the_callers_memory(grey, layout, dtype, reset):
    X = LAYOUTS[layout](grey.astype(dtype))
    net = fitted(X, image_shape=(6, 4))
    images = check_images(net, X, reset=reset)
    assert np.shares_memory(images, X)
    assert images.dtype == ("uint8" if dtype == "bool" else dtype)


def test_flat_rows_are_a_view_of_the_images(grey):
    rows = to_flat(grey[..., None])
    assert rows.shape == (5, 24)
    assert np.shares_memory(rows, grey)


def test_no_images_become_no_rows():
    assert to_flat(np.zeros((0, 6, 4, 1))).shape == (0, 24)


def test_a_memory_map_is_not_loaded(grey, tmp_path):
    np.save(tmp_path / "X.npy", grey)
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert np.shares_memory(check_images(Net(), X, reset=True), X)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("float16", "float32"),
        ("longdouble", "float64"),
        ("object", "float64"),
        (">f4", "float32"),
        (">u2", "uint16"),
        ("int8", "int8"),
        ("uint64", "uint64"),
    ],
)
def test_only_types_that_a_network_cannot_take_are_converted(grey, given, kept):
    X = grey.astype(given)
    images = check_images(Net(), X, reset=True)
    assert images.dtype == kept
    assert images.dtype.isnative


def test_a_frame_keeps_its_type_and_names(grey):
    frame = LAYOUTS["frame"](grey)
    net = Net(image_shape=(6, 4))
    assert check_images(net, frame, reset=True).dtype == np.uint8
    assert list(net.feature_names_in_) == list(frame.columns)


def test_a_polars_frame_gives_names_and_images(grey):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(LAYOUTS["flat"](grey), [f"p{i}" for i in range(24)])
    net = Net(image_shape=(6, 4))
    images = check_images(net, frame, reset=True)
    np.testing.assert_array_equal(images, grey[..., None])
    # Old releases of scikit-learn read no names from new ones of polars.
    names = getattr(StandardScaler().fit(frame), "feature_names_in_", None)
    np.testing.assert_array_equal(getattr(net, "feature_names_in_", None), names)


def test_names_are_forgotten_when_an_array_is_fitted(grey):
    net = fitted(LAYOUTS["frame"](grey), image_shape=(6, 4))
    check_images(net, grey, reset=True)
    assert not hasattr(net, "feature_names_in_")


def test_an_array_after_a_frame_warns_of_missing_names(grey):
    net = fitted(LAYOUTS["frame"](grey), image_shape=(6, 4))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        check_images(net, grey, reset=False)


# Refusals


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.zeros(3), ValueError, "Reshape your data"),
        (np.float64(1), ValueError, r"X has shape \(\), but images are"),
        ([], ValueError, r"X has shape \(0,\), but images are .* your data\.$"),
        (np.zeros((0, 3)), ValueError, r"Found array with 0 sample\(s\) \(shape=\(0, "),
        (
            np.zeros((3, 0)),
            ValueError,
            r"0 feature\(s\) \(shape=\(3, 0\)\) while a min",
        ),
        (sparse.csr_array(np.eye(3)), TypeError, "Sparse data was passed"),
        (np.eye(3) * 1j, ValueError, "Complex data not supported"),
        ([["a", "b", "c"]], ValueError, r"X holds text \('a'\), and pixels are n"),
        (np.array([[{}, 1, 2]]), TypeError, r"argument must be .* string.* number"),
        (np.array([[1, np.nan, 2]]), ValueError, "Input X contains NaN"),
        (np.array([[1, np.inf, 2]]), ValueError, "Input X contains infinity"),
        (np.array([[1, 2, -np.inf]]), ValueError, "Input X contains infinity"),
        (np.array([[1, 2, 3]], "M8[D]"), ValueError, "numbers, but X has type date"),
        (np.eye(3).view(np.matrix), TypeError, "np.matrix is not supported"),
        (pd.Series([1.0, 2.0]), ValueError, "Reshape your data: for a single image"),
        (None, ValueError, "X is None, and images are wanted as an array of shape"),
    ],
)
def test_wrong_input_is_refused(X, error, message, reset):
    net = fitted(np.ones((2, 3)))
    before = dict(vars(net))
    with pytest.raises(error, match=message):
        check_images(net, X, reset=reset)
    assert vars(net) == before


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("reset", [True, False])
def test_pixels_that_are_not_finite_are_refused_in_images_too(bad, reset):
    X = np.ones((2, 4, 4, 3), np.float32)
    net = fitted(X)
    X[1, 2, 2, 1] = bad
    with pytest.raises(ValueError, match="Input X contains"):
        check_images(net, X, reset=reset)


def test_cells_are_looked_at_only_where_they_may_be_no_numbers():
    X = np.ones((2, 64))
    X[1, 3] = np.nan
    with (
        mock.patch("skcnn.base.arrays._is_odd", side_effect=AssertionError),
        pytest.raises(ValueError, match="Input X contains NaN"),
    ):
        fitted(X)


def test_no_images_at_all_are_refused():
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
        check_images(Net(), np.zeros((0, 4, 4, 1)), reset=True)


def test_huge_pixels_whose_sum_overflows_are_finite():
    X = np.full((1, 4), 3e38, np.float32)
    check_images(fitted(X), X, reset=False)


def test_another_number_of_features_is_refused_in_the_words_of_scikit_learn():
    net = fitted(np.ones((2, 3)))
    with pytest.raises(
        ValueError, match="X has 1 features, but Net is expecting 3 features as input"
    ):
        check_images(net, np.ones((2, 1)), reset=False)


def test_other_feature_names_are_refused(grey):
    frame = LAYOUTS["frame"](grey)
    net = fitted(frame, image_shape=(6, 4))
    with pytest.raises(ValueError, match="feature names should match"):
        check_images(net, frame[frame.columns[::-1]], reset=False)


def test_a_refused_frame_leaves_the_fitted_names(grey):
    frame = LAYOUTS["frame"](grey)
    net = fitted(frame, image_shape=(6, 4))
    with pytest.raises(ValueError, match="23 columns"):
        check_images(net, frame.drop(columns="p3"), reset=True)
    assert net.n_features_in_ == len(net.feature_names_in_) == 24


@pytest.mark.parametrize(
    ("image_shape", "width", "message"),
    [
        ((28, 28), 785, r"785 columns, but image_shape=\(28, 28, 1\) needs 784.*drop"),
        (
            (32, 32),
            3072,
            r"needs 1024\. If all are pixels, .*image_shape=\(32, 32, 3\)",
        ),
        ((28, 28, 3), 784, r"needs 2352\. If all are pixels, .*=\(28, 28, 1\)"),
        ((5, 7), 40, "needs 35. Drop the columns that are no pixels"),
    ],
)
def test_a_width_that_does_not_fit_image_shape_is_refused(image_shape, width, message):
    with pytest.raises(ValueError, match=message):
        fitted(np.zeros((2, width)), image_shape)


@pytest.mark.parametrize(
    "image_shape",
    [np.array([6, 4]), np.array([6, 4, 1]), [np.int64(6), 4], pd.Series([6, 4])],
)
def test_an_image_shape_may_be_an_array(grey, image_shape):
    net = fitted(grey.reshape(5, 24), image_shape)
    assert net.image_shape_ == (6, 4, 1)
    assert all(type(side) is int for side in net.image_shape_)


@pytest.mark.parametrize(
    "image_shape",
    [
        np.zeros(2),
        np.array(8),
        {8: 8, 9: 9},
        (),
        (8,),
        64,
        "8x8",
        (8, 0),
        (8, -8),
        (8.0, 8),
        (8, 8, 1, 1),
    ],
)
def test_an_image_shape_that_is_none_is_refused(image_shape):
    with pytest.raises(ValueError, match="image_shape must be None"):
        fitted(np.zeros((2, 64)), image_shape)


@pytest.mark.parametrize("image_shape", [None, (8, 8, 1), (8, 8, 3)])
@pytest.mark.parametrize("n_channels", [1, 3, 4, 13])
def test_channels_in_front_are_refused_with_the_cure(image_shape, n_channels):
    with pytest.raises(ValueError, match=r"np.moveaxis\(X, 1, -1\)|has images of"):
        fitted(np.zeros((2, n_channels, 8, 8)), image_shape)


@pytest.mark.parametrize("n_channels", [1, 3, 4, 13])
def test_channels_in_front_at_predict_are_refused_with_the_cure(n_channels):
    net = fitted(np.zeros((2, 8, 8, n_channels)))
    with pytest.raises(ValueError, match=r"np.moveaxis\(X, 1, -1\)\.$"):
        check_images(net, np.zeros((2, n_channels, 8, 8)), reset=False)


@pytest.mark.parametrize(
    "sides",
    [
        *((1, 28, 28), (3, 32, 100), (4, 64, 64), (4, 480, 640), (13, 64, 48)),
        # Bands of a satellite's image, cut into small pieces.
        *((200, 11, 11), (30, 25, 25), (13, 8, 8)),
    ],
)
def test_channels_that_fit_better_in_front_are_refused(sides):
    with pytest.raises(ValueError, match=r"in front.* meant so, pass image_shape="):
        fitted(np.zeros((2, *sides), np.uint8))
    assert fitted(np.zeros((2, *sides), np.uint8), sides).image_shape_ == sides


@pytest.mark.parametrize(
    "sides",
    [
        *((28, 28, 13), (8, 8, 16), (7, 7, 512), (8, 8, 8), (1, 1, 64)),
        # Either may be the image, and either the channels.
        *((20, 28, 30), (28, 20, 16), (60, 30, 20), (32, 24, 16)),
        # Grey and colour, whatever the sides.
        *((3, 100, 3), (1, 100, 4), (50, 3, 3)),
    ],
)
def test_channels_at_the_back_pass(sides):
    assert fitted(np.zeros((2, *sides), np.uint8)).image_shape_ == sides


def test_image_shape_allows_what_looks_like_channels_in_front():
    X = np.zeros((2, 3, 9, 8))
    net = fitted(X, image_shape=(3, 9, 8))
    assert check_images(net, X, reset=False).shape == X.shape


def test_images_of_another_shape_than_image_shape_are_refused():
    with pytest.raises(
        ValueError,
        match=r"X of shape \(2, 8, 9\) has images of shape \(8, 9, 1\), but "
        r"image_shape wants \(8, 8, 1\)\. Pass image_shape=\(8, 9, 1\) or None",
    ):
        fitted(np.zeros((2, 8, 9)), (8, 8))


@pytest.mark.parametrize("shape", [(2, 8, 9), (2, 8, 8, 3), (2, 4, 16), (2, 8, 8, 2)])
def test_images_of_another_shape_than_at_fit_are_refused(shape):
    net = fitted(np.zeros((2, 8, 8)))
    with pytest.raises(ValueError, match=r"but Net wants \(8, 8, 1\).*fit again"):
        check_images(net, np.zeros(shape), reset=False)


@pytest.mark.parametrize("shape", [(6, 4, 1), (6, 4, 3)])
def test_a_single_image_is_told_of_its_missing_axis(shape):
    net = fitted(np.zeros((2, *shape)))
    image = np.zeros(shape)
    with pytest.raises(
        ValueError, match=r"For a single image pass np.expand_dims\(X, 0\)"
    ):
        check_images(net, image, reset=False)
    assert check_images(net, image[None], reset=False).shape == (1, *shape)


def test_a_single_grey_image_is_told_of_its_missing_axis(grey):
    message = r"X has 4 features, but Net is expecting 24 .*np.expand_dims\(X, 0\)"
    with pytest.raises(ValueError, match=message):
        check_images(fitted(grey), grey[0], reset=False)


def test_five_axes_are_refused():
    with pytest.raises(ValueError, match=r"5 axes, shape \(2, 1, 8, 8, 1\).*squeeze"):
        fitted(np.zeros((2, 1, 8, 8, 1)))


@pytest.mark.parametrize("odd", [(8, 9), (8,), (8, 8, 3), (9, 8)])
def test_a_list_of_several_sizes_names_the_first_that_differs(odd):
    X = [np.zeros((8, 8)), np.zeros((8, 8)), np.zeros(odd), np.zeros((1, 1))]
    message = f"X[0] has shape (8, 8) and X[2] has shape {odd}."
    with pytest.raises(ValueError, match=re.escape(message)):
        fitted(X)


def test_an_array_of_image_objects_of_several_sizes_is_refused():
    X = np.empty(2, dtype=object)
    X[:] = [np.zeros((8, 8)), np.zeros((8, 9))]
    with pytest.raises(ValueError, match=r"X\[1\] has shape \(8, 9\)"):
        fitted(X)


# What is no array of images


@pytest.mark.parametrize(
    "X",
    [
        "train.csv",
        Path("images"),
        ["a.jpg", "b.jpg"],
        [Path("a.jpg")],
        np.array(["a.jpg"]),
        pd.Series(["a.jpg", "b.jpg"]),
    ],
)
def test_file_names_are_refused_with_what_reads_them(X):
    with pytest.raises(
        ValueError, match=r"X holds text \('.*read_image_folder.*ImageLoader"
    ):
        fitted(X)
