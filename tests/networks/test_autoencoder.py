"""Tests of the autoencoder as a pure function: nothing is trained."""

import keras
import pytest

from skcnn.networks import build_autoencoder


def build(image_shape=(28, 28, 1), filters=(8, 4), **changes):
    arguments = {"kernel_size": ((3, 3),) * len(filters), **changes}
    return build_autoencoder(image_shape, filters=filters, **arguments)


def test_b3_has_its_parameters_and_its_code():
    network = build(filters=(256, 128))
    # conv 1 -> 256, 256 -> 128, 128 -> 128, 128 -> 256, 256 -> 1; 3x3 and a bias each.
    pairs = [(1, 256), (256, 128), (128, 128), (128, 256), (256, 1)]
    assert network.count_params() == sum(9 * i * o + o for i, o in pairs) == 742_657
    assert network.get_layer("code").output.shape == (None, 7 * 7 * 128)


@pytest.mark.parametrize(
    "image_shape",
    [(28, 28, 1), (7, 9, 3), (5, 4, 1), (1, 10, 1), (6, 1, 2), (1, 1, 1)],
)
@pytest.mark.parametrize("code_units", [None, 5])
def test_images_come_out_as_large_as_they_went_in(image_shape, code_units):
    network = build(image_shape, filters=(3, 2, 2), code_units=code_units)
    assert network.output_shape == (None, *image_shape)


def test_an_odd_side_is_rounded_up_by_its_pooling():
    # 7 x 9 -> 4 x 5 -> 2 x 3, with 4 channels.
    assert build((7, 9, 1)).get_layer("code").output.shape == (None, 2 * 3 * 4)


def test_a_code_of_units_is_a_dense_layer_of_that_length():
    network = build((8, 8, 1), code_units=5)
    assert network.get_layer("code").output.shape == (None, 5)
    # 16 pixels of the smallest map to 5 units, and back.
    added = (16 * 5 + 5) + (5 * 16 + 16)
    assert network.count_params() - build((8, 8, 1)).count_params() == added


def test_pixels_leave_in_float32_whatever_the_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = build()
    finally:
        keras.config.set_dtype_policy(before)
    assert network.output.dtype == "float32"
    assert network.layers[1].compute_dtype == "bfloat16"


@pytest.mark.parametrize("format_", ["channels_first", "channels_last"])
def test_a_global_image_format_changes_nothing(format_):
    before = keras.config.image_data_format()
    keras.config.set_image_data_format(format_)
    try:
        assert build((8, 6, 3)).output_shape == (None, 8, 6, 3)
    finally:
        keras.config.set_image_data_format(before)
