"""Tests of the reports' residual networks: their counts, and what decides them."""

import keras
import numpy as np
import pytest

from skcnn.custom.users_network import users_network
from skcnn.networks import build_report_resnet, build_tiny_resnet
from skcnn.training.outputs import gives_logits


def n_parameters(variables):
    return sum(int(np.prod(variable.shape)) for variable in variables)


def kinds(network):
    """Return the classes of the layers behind the input."""
    return [type(layer).__name__ for layer in network.layers[1:]]


def test_a3_has_11_191_301_parameters_of_which_7_808_are_not_trained():
    network = build_report_resnet((28, 28, 1), 5)
    stem = 7 * 7 * 1 * 64 + 64
    # Four convolutions per stage, the first from half as many channels, all with bias.
    first_stage = 4 * (9 * 64 * 64 + 64)
    stages = sum(
        (9 * n // 2 * n + n) + 3 * (9 * n * n + n) + (n // 2 * n + n)  # 1x1 shortcut
        for n in (128, 256, 512)
    )
    # Behind each convolution but the shortcuts: scale, shift; mean, variance.
    normalised = 64 + 4 * (64 + 128 + 256 + 512)
    # 28, by three strides of 2: 14, 7, 4; by the pool: 2.
    logits = 2 * 2 * 512 * 5 + 5
    trainable = stem + first_stage + stages + 2 * normalised + logits
    assert n_parameters(network.non_trainable_weights) == 2 * normalised == 7_808
    assert network.count_params() == trainable + 2 * normalised == 11_191_301


def test_a3_halves_the_map_at_each_stage_after_the_first():
    network = build_report_resnet((28, 28, 1), 5)
    sums = [layer for layer in network.layers if isinstance(layer, keras.layers.Add)]
    sides = [layer.output.shape[1:] for layer in sums]
    expected = [(28, 28, 64), (14, 14, 128), (7, 7, 256), (4, 4, 512)]
    assert sides == [shape for shape in expected for _ in range(2)]


def test_c6_has_137_221_parameters():
    network = build_tiny_resnet((28, 28, 1), 5)
    convolutions = (9 * 1 * 64 + 64) + 2 * (9 * 64 * 64 + 64)
    logits = 14 * 14 * 64 * 5 + 5
    assert network.count_params() == convolutions + logits == 137_221
    # The report's code reached one of the block's convolutions only.
    assert network.count_params() - (9 * 64 * 64 + 64) == 100_293


def test_c6_is_a_convolution_and_one_block_without_normalisation():
    assert kinds(build_tiny_resnet((28, 28, 1), 5)) == [
        *("Conv2D", "Activation"),
        *("Conv2D", "Activation", "Conv2D", "Add", "Activation"),
        *("MaxPooling2D", "Flatten", "Dropout", "Dense"),
    ]


def test_penalties_are_where_the_reports_have_them():
    for build, l2, is_penalised in (
        (build_report_resnet, 1e-4, lambda layer: layer.name != "logits"),
        (build_tiny_resnet, 0.01, lambda layer: True),
    ):
        layers = [x for x in build((8, 8, 1), 5).layers if hasattr(x, "kernel")]
        for layer in layers:
            if is_penalised(layer):
                assert layer.kernel_regularizer.l2 == pytest.approx(l2)
            else:
                assert layer.kernel_regularizer is None
        plain = build((8, 8, 1), 5, l2=0).layers
        assert not any(getattr(x, "kernel_regularizer", None) for x in plain)


@pytest.mark.parametrize("build", [build_report_resnet, build_tiny_resnet])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 10, 1), (8, 8, 1), (9, 7, 3)])
def test_images_of_any_size_give_logits(build, shape):
    assert build(shape, 3).output_shape == (None, 3)


@pytest.mark.parametrize("build", [build_report_resnet, build_tiny_resnet])
def test_logits_leave_in_float32_whatever_the_precision(build):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        last = build((8, 8, 1), 5).layers[-1]
    finally:
        keras.config.set_dtype_policy(before)
    assert last.compute_dtype == "float32"
    assert last.activation is keras.activations.linear


@pytest.mark.parametrize("build", [build_report_resnet, build_tiny_resnet])
def test_equal_ones_share_a_model(build):
    offered = {"input_shape": (8, 8, 1), "n_classes": 3}
    one, other = (users_network(build, offered, {}, 0, "float32") for _ in range(2))
    assert gives_logits(one.network)
    assert one.key is not None
    assert one.key == other.key
