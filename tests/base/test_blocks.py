"""Tests of parameters per block, and of blocks against the size of the image."""

import numpy as np
import pandas as pd
import pytest

from skcnn import (
    CNNClassifier,
    ConvAutoencoder,
    HOGFeatures,
    ResNetClassifier,
    TransferClassifier,
)
from skcnn.base.blocks import check_each, fit_to_image, per_block, to_pair
from skcnn.transfer.parameters import check_size


def fit(shape, kernels, pools, padding="same", convs=1, stride=1, pool_after="last"):
    """Call `fit_to_image` with one value for all blocks where one is enough."""
    n_blocks = len(kernels)
    return fit_to_image(
        shape,
        [to_pair("kernel_size", k) for k in kernels],
        [convs] * n_blocks,
        [(stride, stride)] * n_blocks,
        [padding] * n_blocks,
        [None if p is None else to_pair("pool_size", p) for p in pools],
        pool_after,
    )


def test_one_value_serves_all_blocks():
    assert per_block("dropout", 0.5, 3) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    "value",
    [(6, 7, 8), [6, 7, 8], np.array([6, 7, 8]), pd.Series([6, 7, 8]), range(6, 9)],
)
def test_a_tuple_or_list_has_one_value_per_block(value):
    values = per_block("kernel_size", value, 3)
    assert values == (6, 7, 8)
    assert all(type(v) is int for v in values)


@pytest.mark.parametrize("value", [3, (3, 3), [3, 3], np.int64(3), np.array([3, 3])])
def test_one_number_is_a_square(value):
    assert to_pair("kernel_size", value) == (3, 3)


def test_a_pair_is_height_and_width():
    assert to_pair("kernel_size", (5, 3)) == (5, 3)


def test_what_fits_is_left_alone():
    # 28 - 2 = 26, 26 // 2 = 13, 13 - 2 = 11, 11 // 2 = 5
    kernels, pools = fit((28, 28, 1), [3, 3], [2, 2], padding="valid")
    assert kernels == [(3, 3), (3, 3)]
    assert pools == [(2, 2), (2, 2)]


def test_kernels_with_same_padding_may_be_larger_than_the_map():
    kernels, _ = fit((4, 4, 1), [9], [None])
    assert kernels == [(9, 9)]


def test_a_map_that_ends_as_one_pixel_fits_exactly():
    # 8 -> 4 -> 2 -> 1
    _, pools = fit((8, 8, 1), [3, 3, 3], [2, 2, 2])
    assert pools == [(2, 2)] * 3


def test_pools_on_a_map_of_one_pixel_are_clipped():
    # 8 -> 4 -> 2 -> 1, and nothing is left to pool.
    _, pools = fit((8, 8, 1), [3] * 4, [2] * 4)
    assert pools[3] == (1, 1)


@pytest.mark.parametrize("shape", [(1, 2, 1), (1, 3, 1), (1, 10, 1), (10, 1, 1)])
def test_a_line_of_pixels_clips_kernels_and_pools(shape):
    kernels, pools = fit(shape, [3, 3], [4, 4], padding="valid")
    for size in (*kernels, *pools):
        assert 1 in size
        assert max(size) <= max(shape)


def test_strides_shrink_the_map_before_the_pool():
    # 8 -> 4 by the stride of the first convolution; 4 // 4 = 1.
    _, pools = fit((8, 8, 1), [3], [4], stride=2)
    assert pools == [(4, 4)]
    with pytest.raises(ValueError, match="its map has 4 pixels down, and pool_size is"):
        fit((8, 8, 1), [3], [5], stride=2)


def test_every_convolution_of_a_block_counts():
    # 8 - 2 - 2 - 2 = 2, and the fourth needs three pixels.
    fit((8, 8, 1), [3], [None], padding="valid", convs=3)
    with pytest.raises(ValueError, match="block 1: its map has 2 pixels down"):
        fit((8, 8, 1), [3], [None], padding="valid", convs=4)


def test_convolutions_behind_the_pool_see_the_smaller_map():
    # Last: 8 - 2 - 2 = 4, pooled to 2; first: 8 - 2 = 6, pooled to 3, 3 - 2 = 1.
    for pool_after in ("first", "last"):
        fit((8, 8, 1), [3], [2], "valid", convs=2, pool_after=pool_after)
    fit((9, 9, 1), [4], [2], "valid", convs=2, pool_after="last")
    with pytest.raises(ValueError, match="its map has 3 pixels down, and kernel_size"):
        fit((9, 9, 1), [4], [2], "valid", convs=2, pool_after="first")


# The estimators' own


def network(estimator):
    """Return what an estimator would build for images of 8x8."""
    estimator._validate_params()
    estimator.image_shape_, estimator.classes_ = (8, 8, 1), np.arange(3)
    return estimator._make_network()


@pytest.mark.parametrize(
    ("kind", "arrays", "tuples"),
    [
        (
            CNNClassifier,
            {
                "filters": np.array([4, 8]),
                "kernel_size": np.array([[3, 5], [3, 3]]),
                "convs_per_block": np.array([1, 2]),
                "strides": np.array([1, 1]),
                "padding": np.array(["same", "valid"]),
                "pool_size": np.array([1, 2]),
                "batch_norm": np.array([True, False]),
                "dropout": np.array([0, 0.5]),
                "dense_units": np.array([16]),
            },
            {
                "filters": (4, 8),
                "kernel_size": ((3, 5), 3),
                "convs_per_block": (1, 2),
                "padding": ("same", "valid"),
                "pool_size": (1, 2),
                "batch_norm": (True, False),
                "dropout": (0.0, 0.5),
                "dense_units": (16,),
            },
        ),
        (
            ResNetClassifier,
            {
                "blocks": np.array([1, 2]),
                "filters": np.array([4, 8]),
                "kernel_size": np.array([3, 5]),
                "stem_kernel_size": np.array([3, 5]),
                "stem_pool": np.array([2, 2]),
                "dropout": np.array([0, 0.5]),
            },
            {
                "blocks": (1, 2),
                "filters": (4, 8),
                "kernel_size": (3, 5),
                "stem_kernel_size": (3, 5),
                "stem_pool": 2,
                "dropout": (0.0, 0.5),
            },
        ),
        (
            ConvAutoencoder,
            {"filters": np.array([4, 8]), "kernel_size": np.array([3, 5])},
            {"filters": (4, 8), "kernel_size": (3, 5)},
        ),
        (CNNClassifier, {"filters": 8}, {"filters": (8,)}),
        (CNNClassifier, {"dense_units": np.int64(8)}, {"dense_units": (8,)}),
        (ResNetClassifier, {"filters": 8}, {"filters": (8,)}),
        (ConvAutoencoder, {"filters": np.array(8)}, {"filters": (8,)}),
    ],
)
def test_arrays_and_single_numbers_build_what_tuples_do(kind, arrays, tuples):
    built, wanted = network(kind(**arrays)), network(kind(**tuples))
    assert (built.func, built.args) == (wanted.func, wanted.args)
    assert built.keywords == wanted.keywords
    assert hash(tuple(built.keywords.items()))


def test_other_sizes_may_be_arrays_too():
    transfer = TransferClassifier(input_size=np.array([32, 48]), dense_units=8)
    transfer._validate_params()
    transfer.image_shape_ = (8, 8, 1)
    assert check_size(transfer, 1) == (32, 48)
    assert transfer._head_params["dense_units"] == (8,)
    hog = HOGFeatures(
        pixels_per_cell=np.array([2, 4]), cells_per_block=np.array([2, 1])
    )
    expected = HOGFeatures(pixels_per_cell=(2, 4), cells_per_block=(2, 1))
    X = np.random.default_rng(0).random((2, 8, 8))
    np.testing.assert_array_equal(hog.fit_transform(X), expected.fit_transform(X))


# Refusals


def test_a_tuple_of_another_length_names_both_lengths():
    with pytest.raises(
        ValueError,
        match=r"kernel_size=\(6, 7\) has 2 entries, but filters has 3 blocks: give one",
    ):
        per_block("kernel_size", (6, 7), 3)


@pytest.mark.parametrize("value", [0, -1, 2.5, True, "3", (3, 0), (3, 3, 3), None])
def test_what_is_no_size_is_refused(value):
    with pytest.raises(ValueError, match=r"kernel_size holds .*a whole number of at l"):
        to_pair("kernel_size", value)


def test_check_each_names_the_value_and_what_is_wanted():
    def is_share(value):
        return 0 <= value < 1

    assert check_each("dropout", (0.1, 0.2), is_share, "a share") == (0.1, 0.2)
    with pytest.raises(ValueError, match=r"dropout holds 1.5; a share is wanted\."):
        check_each("dropout", (0.1, 1.5), is_share, "a share")


def test_an_image_too_small_names_block_side_and_cure():
    with pytest.raises(
        ValueError,
        match=(
            r"too small for block 2: its map has 3 pixels across, and kernel_size is "
            r"4\. Use a smaller kernel_size, padding='same', fewer blocks"
        ),
    ):
        # Down: 20 - 3 = 17, 17 // 2 = 8. Across: 10 - 3 = 7, 7 // 2 = 3.
        fit((20, 10, 1), [4, 4], [2, 2], padding="valid")


def test_a_pool_larger_than_the_map_names_the_block():
    with pytest.raises(
        ValueError, match="block 2: its map has 2 pixels down, and pool"
    ):
        fit((8, 8, 1), [3, 3], [4, 4])


def test_a_single_block_is_one_block():
    with pytest.raises(ValueError, match="but filters has 1 block: give one value for"):
        per_block("kernel_size", (6, 7), 1)
