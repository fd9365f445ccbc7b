"""Tests of the convolutional network as a pure function: nothing is trained."""

import keras
import pytest

from skcnn.networks import build_cnn


def build(image_shape=(28, 28, 1), n_classes=5, **changes):
    """Build with one block of one 3 x 3 convolution, and changes by name."""
    arguments = {
        "filters": (32,),
        "kernel_size": ((3, 3),),
        "convs_per_block": (1,),
        "strides": ((1, 1),),
        "padding": ("same",),
        "pool_size": ((2, 2),),
        "batch_norm": (False,),
        "dropout": (0.0,),
    }
    return build_cnn(image_shape, n_classes, **{**arguments, **changes})


def kinds(network):
    """Return the classes of the layers behind the input."""
    return [type(layer).__name__ for layer in network.layers[1:]]


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


def test_network_b1_has_346_821_parameters():
    network = build(padding=("valid",), head="flatten", dense_units=(64,))
    convolution = 3 * 3 * 1 * 32 + 32
    dense = 13 * 13 * 32 * 64 + 64  # (28 - 2) // 2 = 13
    logits = 64 * 5 + 5
    assert network.count_params() == convolution + dense + logits == 346_821


def test_network_c3_has_886_021_parameters():
    network = build(
        filters=(64, 128),
        kernel_size=((3, 3),) * 2,
        convs_per_block=(1, 1),
        strides=((1, 1),) * 2,
        padding=("same",) * 2,
        pool_size=((2, 2),) * 2,
        batch_norm=(False,) * 2,
        dropout=(0.25, 0.25),
        head="flatten",
        dense_units=(128, 64),
    )
    convolutions = (3 * 3 * 1 * 64 + 64) + (3 * 3 * 64 * 128 + 128)
    dense = (7 * 7 * 128 * 128 + 128) + (128 * 64 + 64)
    logits = 64 * 5 + 5
    assert network.count_params() == convolutions + dense + logits == 886_021


def test_batch_normalisation_takes_the_place_of_the_bias():
    network = build(batch_norm=(True,))
    convolution = 3 * 3 * 1 * 32  # no bias
    normalisation = 4 * 32  # scale, shift, mean, variance
    logits = 32 * 5 + 5  # behind the average
    assert network.count_params() == convolution + normalisation + logits


def test_a_block_is_convolutions_then_pool_then_dropout():
    network = build(convs_per_block=(2,), batch_norm=(True,), dropout=(0.25,))
    conv = ["Conv2D", "BatchNormalization", "Activation"]
    # An increasing activation is the same behind the pool, with a quarter of the work.
    last = ["Conv2D", "BatchNormalization", "MaxPooling2D", "Activation", "Dropout"]
    head = ["GlobalAveragePooling2D", "Dense"]
    assert kinds(network) == [*conv, *last, *head]


def test_the_pool_may_follow_the_first_convolution():
    network = build(convs_per_block=(2,), batch_norm=(True,), pool_after="first")
    normalised = ["BatchNormalization", "Activation"]
    block = ["Conv2D", "MaxPooling2D", *normalised, "Conv2D", *normalised]
    assert kinds(network)[:7] == block
    network = build(convs_per_block=(2,), pool_after="first")
    maps = [x.output.shape[1] for x in network.layers if "conv" in x.name]
    assert maps == [28, 14]
    last = build(convs_per_block=(2,), pool_after="last")
    assert [x.output.shape[1] for x in last.layers if "conv" in x.name] == [28, 28]


@pytest.mark.parametrize(("n_channels", "n_filters"), [(1, 18), (3, 54), (5, 64)])
def test_whitening_is_a_fixed_first_convolution_in_both_signs(n_channels, n_filters):
    network = build((8, 8, n_channels), whitening=(3, 3))
    layer = network.layers[1]
    assert kinds(network)[:3] == ["Conv2D", "Activation", "Conv2D"]
    assert layer.name == "whitening"
    assert layer.output.shape == (None, 8, 8, n_filters)
    assert layer.trainable_weights == []
    assert layer.compute_dtype == "float32"


@pytest.mark.parametrize("activation", ["gelu", "silu"])
def test_an_activation_that_also_falls_comes_before_the_pool(activation):
    network = build(activation=activation)
    assert kinds(network)[:3] == ["Conv2D", "Activation", "MaxPooling2D"]


def test_dropout_of_zero_and_no_pool_add_no_layers():
    network = build(pool_size=(None,))
    assert kinds(network) == ["Conv2D", "Activation", "GlobalAveragePooling2D", "Dense"]


def test_dense_dropout_follows_each_dense_layer():
    network = build(head="flatten", dense_units=(8, 4), dense_dropout=0.5)
    dense = ["Dense", "Activation", "Dropout"]
    assert kinds(network)[4:] == [*dense, *dense, "Dense"]


def test_only_the_first_convolution_of_a_block_has_the_strides():
    network = build(convs_per_block=(2,), strides=((2, 2),), pool_size=(None,))
    first, second = (x for x in network.layers if isinstance(x, keras.layers.Conv2D))
    assert (first.strides, second.strides) == ((2, 2), (1, 1))
    assert second.output.shape == (None, 14, 14, 32)


def test_l2_is_on_the_weights_of_convolutions_and_dense_layers():
    network = build(l2=0.01, dense_units=(8,))
    convolution = network.layers[1]
    dense = next(x for x in network.layers if isinstance(x, keras.layers.Dense))
    for layer in (convolution, dense):
        assert layer.kernel_regularizer.l2 == pytest.approx(0.01)
        assert layer.bias_regularizer is None
    assert build().layers[1].kernel_regularizer is None


@pytest.mark.parametrize("head", ["average", "flatten"])
def test_channels_are_last_whatever_the_global_setting(head):
    expected = build((12, 10, 3), head=head).count_params()
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        network = build((12, 10, 3), head=head)
    finally:
        keras.config.set_image_data_format(before)
    assert network.layers[1].output.shape == (None, 12, 10, 32)
    assert network.count_params() == expected


@pytest.mark.parametrize(("batch_norm", "first"), [(False, "Glorot"), (True, "He")])
def test_only_kernels_whose_scale_is_normalised_begin_with_hes_weights(
    batch_norm, first
):
    network = build(batch_norm=(batch_norm,), dense_units=(8,))
    kernels = [x for x in network.layers if hasattr(x, "kernel_initializer")]
    names = [type(layer.kernel_initializer).__name__ for layer in kernels]
    assert [name[: len(first)] for name in names[:1]] == [first]
    assert names[1:] == ["GlorotUniform"] * 2
