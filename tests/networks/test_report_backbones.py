"""Tests of the reports' pretrained networks, with random weights."""

import keras
import numpy as np
import pytest

from skcnn import NetworkClassifier
from skcnn.custom.users_network import from_config, keras_config
from skcnn.networks import build_report_backbone

HEAD = (("flatten",), ("dense", 4, "linear"))


def build(trained=".*", input_shape=(28, 28, 1)):
    """Build over VGG16, which has the fewest layers."""
    return build_report_backbone(
        input_shape,
        3,
        backbone="VGG16",
        layers=HEAD,
        weights=None,
        trained=trained,
    )


@pytest.mark.parametrize(
    ("trained", "names"),
    [
        ("", []),
        ("block5_conv[23]", ["block5_conv2", "block5_conv3"]),
        # A whole name is matched, not a part of it.
        ("block5", []),
    ],
)
def test_layers_are_trained_whose_names_match(trained, names):
    network = build(trained)
    blocks = [x for x in network.layers if x.name.startswith("block")]
    assert len(blocks) == 13 + 5
    assert [layer.name for layer in blocks if layer.trainable] == names


def test_all_layers_are_trained_unless_it_says_otherwise():
    # 13 convolutions and two dense layers, each with kernel and bias.
    assert len(build().trainable_weights) == 2 * (13 + 2)


def test_images_stand_in_the_middle_of_32_x_32_pixels_in_all_three_channels():
    network = build(input_shape=(28, 27, 1))
    entrance = keras.Model(network.input, network.get_layer("rgb").output)
    images = np.random.default_rng(0).random((2, 28, 27, 1), dtype=np.float32)
    seen = np.asarray(entrance(images))
    assert seen.shape == (2, 32, 32, 3)
    np.testing.assert_array_equal(seen[:, 2:30, 2:29], np.repeat(images, 3, axis=-1))
    assert seen.sum() == pytest.approx(3 * images.sum(), rel=1e-5)


def test_what_is_not_trained_is_not_trained_in_a_rebuilt_network_either():
    rebuilt = from_config(keras_config(build("block5_conv3")))
    assert len(rebuilt.trainable_weights) == 2 * (1 + 2)


# Tracing VGG16 costs seconds.
@pytest.mark.slow
def test_what_is_not_trained_stays_as_it_was_in_a_fit():
    X = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    clf = NetworkClassifier(
        build_report_backbone,
        model__backbone="VGG16",
        model__layers=HEAD,
        model__weights=None,
        model__trained="",
        epochs=1,
        random_state=0,
    )
    little, much = (
        clf.set_params(learning_rate=rate).fit(X, [0, 1, 2, 2])._state.weights
        for rate in (1e-4, 1e-1)
    )
    is_same = [np.array_equal(a, b) for a, b in zip(little, much, strict=True)]
    assert is_same == [True] * (2 * 13) + [False] * 4


def test_weights_that_are_not_there_are_an_error(tmp_path):
    with pytest.raises(ValueError, match="weights"):
        build_report_backbone(
            (28, 28, 1), 3, backbone="VGG16", layers=HEAD, weights=str(tmp_path / "no")
        )


@pytest.mark.parametrize(
    ("shape", "params", "message"),
    [
        ((28, 28, 3), {}, r"shape \(28, 28, 3\), .* grey .*TransferClassifier"),
        ((40, 40, 1), {}, r"shape \(40, 40, 1\), .* to 32x32"),
        ((28, 28, 1), {"backbone": "VGG99"}, r"'VGG99' is no network .*'VGG16'"),
        (
            (28, 28, 1),
            {"weights": "no_file.h5"},
            "'no_file.h5' are no weights of VGG16",
        ),
    ],
)
def test_what_cannot_be_built_is_refused_with_the_cure(shape, params, message):
    params = {"backbone": "VGG16", "weights": None, "layers": (("flatten",),), **params}
    with pytest.raises(ValueError, match=message):
        build_report_backbone(shape, 10, **params)
