"""Tests of the residual network as a pure function: nothing is trained."""

from itertools import pairwise

import keras
import numpy as np
import pytest

from skcnn.networks import build_resnet

BLOCKS = ["basic", "bottleneck", "preactivation"]


def build(image_shape=(8, 8, 1), n_classes=5, blocks=(1, 1), filters=(4, 8), **changes):
    """Build with two stages of one block of 3 x 3 kernels, and changes by name."""
    n_stages = len(blocks)
    arguments = {
        "kernel_size": ((3, 3),) * n_stages,
        "dropout": (0.0,) * n_stages,
    }
    arguments |= {"blocks": blocks, "filters": filters}
    return build_resnet(image_shape, n_classes, **{**arguments, **changes})


def n_trainable(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_weights)


def layers_of(network, kind):
    return [layer for layer in network.layers if isinstance(layer, kind)]


def shapes_of_sums(network):
    return [layer.output.shape[1:] for layer in layers_of(network, keras.layers.Add)]


def normalised_convolution(side, channels, filters):
    """Count the weights that are trained: the kernel, and scale and shift."""
    return side * side * channels * filters + 2 * filters


# Counts: the arithmetic, and the counts that others have published


def test_parameters_of_basic_blocks():
    stem = normalised_convolution(3, 1, 4)
    first = 2 * normalised_convolution(3, 4, 4)
    second = normalised_convolution(3, 4, 8) + normalised_convolution(3, 8, 8)
    shortcut = normalised_convolution(1, 4, 8)
    logits = 8 * 5 + 5
    assert n_trainable(build()) == stem + first + second + shortcut + logits


def test_parameters_of_bottlenecks():
    def branch(channels, narrow):
        return (
            normalised_convolution(1, channels, narrow)
            + normalised_convolution(3, narrow, narrow)
            + normalised_convolution(1, narrow, 4 * narrow)
        )

    stem = normalised_convolution(3, 1, 4)
    # Even the first stage changes the number of channels.
    first = branch(4, 4) + normalised_convolution(1, 4, 16)
    second = branch(16, 8) + normalised_convolution(1, 16, 32)
    logits = 32 * 5 + 5
    network = build(block="bottleneck")
    assert n_trainable(network) == stem + first + second + logits


def test_parameters_of_preactivation_blocks():
    stem = 3 * 3 * 1 * 4
    # Scale and shift stand before each convolution; the shortcut has none of its own.
    first = 2 * (2 * 4 + 9 * 4 * 4)
    second = (2 * 4 + 9 * 4 * 8) + (2 * 8 + 9 * 8 * 8) + 4 * 8
    last = 2 * 8
    logits = 8 * 5 + 5
    network = build(block="preactivation")
    assert n_trainable(network) == stem + first + second + last + logits


@pytest.mark.parametrize(
    ("blocks", "block", "expected"),
    [
        # He et al. (2015) as torchvision counts them.
        ((2, 2, 2, 2), "basic", 11_689_512),
        ((3, 4, 6, 3), "basic", 21_797_672),
        ((3, 4, 6, 3), "bottleneck", 25_557_032),
    ],
    ids=["ResNet-18", "ResNet-34", "ResNet-50"],
)
def test_settings_of_the_docstring_are_the_published_networks(blocks, block, expected):
    network = build(
        (224, 224, 3),
        1000,
        blocks=blocks,
        filters=(64, 128, 256, 512),
        block=block,
        stem_kernel_size=(7, 7),
        stem_pool=(3, 3),
    )
    assert n_trainable(network) == expected
    sides = [shape[0] for shape in shapes_of_sums(network)]
    assert sides == np.repeat([56, 28, 14, 7], blocks).tolist()


def test_resnet_50_is_that_of_keras_without_its_biases():
    ours = build(
        (64, 64, 3),
        1000,
        blocks=(3, 4, 6, 3),
        filters=(64, 128, 256, 512),
        block="bottleneck",
        stem_kernel_size=(7, 7),
        stem_pool=(3, 3),
    )
    theirs = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3))
    convolutions = layers_of(theirs, keras.layers.Conv2D)
    biases = sum(layer.filters for layer in convolutions)
    assert biases == 26_560
    assert ours.count_params() == theirs.count_params() - biases
    assert shapes_of_sums(ours) == shapes_of_sums(theirs)


def test_resnet_20_has_272_474_parameters():
    network = build((32, 32, 3), 10, blocks=(3,) * 3, filters=(16, 32, 64))
    assert n_trainable(network) == 272_474


# Form


@pytest.mark.parametrize("block", BLOCKS)
def test_each_stage_after_the_first_halves_the_map(block):
    network = build((9, 8, 1), blocks=(2, 1, 2), filters=(2, 4, 6), block=block)
    wide = 4 if block == "bottleneck" else 1
    assert shapes_of_sums(network) == [
        *[(9, 8, 2 * wide)] * 2,
        (5, 4, 4 * wide),
        *[(3, 2, 6 * wide)] * 2,
    ]


@pytest.mark.parametrize("block", BLOCKS)
def test_shortcuts_are_projected_only_where_the_shape_changes(block):
    network = build(blocks=(2, 2), block=block, kernel_size=((5, 5), (3, 3)))
    projections = [
        layer
        for layer in layers_of(network, keras.layers.Conv2D)
        if layer.kernel_size == (1, 1)
    ]
    # A bottleneck has two of 1x1 in each of its four branches, and widens at once.
    expected = {"basic": 1, "preactivation": 1, "bottleneck": 8 + 2}
    assert len(projections) == expected[block]


def test_nothing_stands_on_the_way_of_a_preactivated_sum():
    network = build(blocks=(3,), filters=(4,), block="preactivation")
    sums = layers_of(network, keras.layers.Add)
    for before, after in pairwise(sums):
        assert after.input[0] is before.output
    kinds = [type(layer).__name__ for layer in network.layers]
    average = "GlobalAveragePooling2D"
    assert kinds[-5:] == ["Add", "BatchNormalization", "Activation", average, "Dense"]


def test_stem_keeps_the_size_of_the_image_without_a_pool():
    network = build(stem_kernel_size=(5, 7))
    stem = layers_of(network, keras.layers.Conv2D)[0]
    assert stem.kernel_size == (5, 7)
    assert stem.output.shape == (None, 8, 8, 4)
    assert not layers_of(network, keras.layers.MaxPooling2D)


def test_stem_with_a_pool_leaves_a_quarter_of_each_side():
    network = build((32, 30, 3), stem_pool=(3, 3))
    (pool,) = layers_of(network, keras.layers.MaxPooling2D)
    assert pool.pool_size == (3, 3)
    assert pool.input.shape == (None, 16, 15, 4)
    assert pool.output.shape == (None, 8, 8, 4)


def test_kernels_and_dropout_are_those_of_their_stage():
    network = build(
        blocks=(1, 2), kernel_size=((3, 3), (5, 3)), dropout=(0.1, 0.3), filters=(4, 4)
    )
    kernels = [x.kernel_size for x in layers_of(network, keras.layers.Conv2D)]
    sized = [size for size in kernels if size != (1, 1)]
    assert sized == [(3, 3), *[(3, 3)] * 2, *[(5, 3)] * 4]
    rates = [layer.rate for layer in layers_of(network, keras.layers.Dropout)]
    assert rates == [0.1, 0.3, 0.3]
    assert not layers_of(build(), keras.layers.Dropout)


@pytest.mark.parametrize("block", BLOCKS)
def test_l2_is_on_all_convolutions(block):
    convolutions = layers_of(build(block=block, l2=0.01), keras.layers.Conv2D)
    for layer in convolutions:
        assert layer.kernel_regularizer.l2 == pytest.approx(0.01)
    plain = layers_of(build(block=block), keras.layers.Conv2D)
    assert not any(layer.kernel_regularizer for layer in plain)


# What holds for all networks


def test_logits_leave_in_float32_whatever_the_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = build()
    finally:
        keras.config.set_dtype_policy(before)
    assert network.output_shape == (None, 5)
    assert network.layers[-1].name == "logits"
    assert network.layers[-1].compute_dtype == "float32"
    assert network.layers[-1].activation is keras.activations.linear
    assert network.layers[1].compute_dtype == "bfloat16"


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("stem_pool", [None, (3, 3)])
def test_lines_of_pixels_pass_any_number_of_strides(block, stem_pool):
    for shape in ((1, 1, 1), (1, 2, 1), (1, 30, 1), (10, 1, 1)):
        network = build(
            shape, blocks=(1,) * 4, filters=(2,) * 4, block=block, stem_pool=stem_pool
        )
        assert network.output_shape == (None, 5)
        assert 1 in network.layers[-2].input.shape[1:3]


@pytest.mark.parametrize("block", BLOCKS)
def test_channels_are_last_whatever_the_global_setting(block):
    expected = build((12, 10, 3), block=block).count_params()
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        network = build((12, 10, 3), block=block)
    finally:
        keras.config.set_image_data_format(before)
    assert network.layers[1].output.shape == (None, 12, 10, 4)
    assert network.count_params() == expected
