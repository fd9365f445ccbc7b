"""Tests of networks written down as lists of layers: nothing is trained."""

import keras
import pytest

from skcnn.networks import build_stack

ALL_KINDS = (
    ("conv", 4, 3, "valid"),
    ("batch_norm",),
    ("max_pool", 2),
    ("dropout", 0.25),
    ("flatten",),
    ("dense", 6, "linear"),
    ("batch_norm",),
)


def test_each_entry_is_one_layer_in_order_and_logits_are_the_last():
    network = build_stack((8, 8, 1), 3, ALL_KINDS)
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == [
        *("InputLayer", "Conv2D", "BatchNormalization", "MaxPooling2D", "Dropout"),
        *("Flatten", "Dense", "BatchNormalization", "Dense"),
    ]
    convolution, normalisation = 3 * 3 * 1 * 4 + 4, 4 * 4
    dense = 3 * 3 * 4 * 6 + 6  # (8 - 2) // 2 = 3
    logits = 6 * 3 + 3
    assert network.count_params() == (
        convolution + normalisation + dense + 4 * 6 + logits
    )
    assert network.output_shape == (None, 3)
    assert network.layers[-1].activation is keras.activations.linear


def test_convolutions_and_dense_layers_are_rectified_unless_they_say_otherwise():
    layers = (("conv", 4, 3, "same"), ("average",), ("dense", 5), ("dense", 5, "tanh"))
    network = build_stack((8, 8, 1), 3, layers)
    _, conv, _, dense, tanh, _ = network.layers
    assert conv.activation is dense.activation is keras.activations.relu
    assert tanh.activation is keras.activations.tanh


def test_the_average_leaves_one_number_per_channel():
    network = build_stack((8, 6, 1), 3, (("conv", 4, 3, "same"), ("average",)))
    assert network.layers[-2].output.shape == (None, 4)


def test_logits_are_float32_and_channels_last_whatever_the_global_settings():
    before = keras.config.dtype_policy(), keras.config.image_data_format()
    keras.config.set_dtype_policy("mixed_bfloat16")
    keras.config.set_image_data_format("channels_first")
    try:
        network = build_stack((8, 6, 1), 3, ALL_KINDS)
    finally:
        keras.config.set_dtype_policy(before[0])
        keras.config.set_image_data_format(before[1])
    assert network.layers[1].output.shape == (None, 6, 4, 4)
    assert network.layers[1].compute_dtype == "bfloat16"
    assert network.layers[-1].compute_dtype == "float32"


def test_an_unknown_layer_is_an_error_that_names_the_known_ones():
    with pytest.raises(ValueError, match=r"\('pool', 2\).*'max_pool'"):
        build_stack((8, 8, 1), 3, (("pool", 2),))
