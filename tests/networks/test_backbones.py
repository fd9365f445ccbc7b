"""Backbones under an entrance and a head: shapes, weights, what is trainable."""

from functools import partial

import keras
import numpy as np
import pytest

from skcnn.networks import build_features, build_head, build_transfer
from skcnn.networks.backbones import applications, free_parameters, smallest_side

ENTRANCE = {"size": (8, 8), "resize": "pad", "gain": 255.0, "application": None}


def same(size=(8, 8)):
    """Return a backbone that gives what it sees."""
    images = keras.Input((*size, 3))
    return keras.Model(images, keras.layers.Activation("linear")(images))


def convolutions():
    images = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="first")(images)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Dropout(0.5, seed=0, name="drop")(x)
    return keras.Model(images, keras.layers.Conv2D(5, 3, name="last")(x))


def seen(shape, images, **entrance):
    """Return what a backbone sees of images, (n, h, w, 3)."""
    entrance = {**ENTRANCE, **entrance}
    body = same(entrance["size"])
    network = build_features(lambda: body, shape, **entrance)
    inner = keras.Model(network.inputs[0], network.layers[-1].input)
    return inner(images).numpy()


def test_it_knows_the_networks_of_keras():
    assert {"MobileNetV2", "ResNet50", "VGG16", "EfficientNetB0"} <= set(applications())
    assert smallest_side("MobileNetV2") == 32
    assert smallest_side("Xception") == 71
    assert free_parameters("MobileNetV2") == ["alpha", "pooling"]


def test_grey_is_repeated_and_scaled_to_bytes():
    images = np.random.default_rng(0).random((2, 8, 8, 1)).astype("float32")
    expected = np.repeat(images * 255, 3, axis=-1)
    np.testing.assert_allclose(seen((8, 8, 1), images), expected, rtol=1e-6)


def test_padding_centres_on_black():
    images = np.ones((1, 5, 6, 3), "float32")
    expected = np.zeros((1, 8, 8, 3), "float32")
    # Three rows are missing, one of them above; two columns, one on either side.
    expected[:, 1:6, 1:7] = 255
    np.testing.assert_array_equal(seen((5, 6, 3), images), expected)


def test_bilinear_keeps_a_ramp_and_the_range():
    ramp = np.linspace(0, 1, 4, dtype="float32")[None, None, :, None]
    images = np.broadcast_to(ramp, (1, 4, 4, 1))
    came = seen((4, 4, 1), images, resize="bilinear", size=(4, 8))
    assert came.shape == (1, 4, 8, 3)
    assert (np.diff(came[0, 0, :, 0]) >= 0).all()
    assert came.min() == 0
    assert came.max() == 255


@pytest.mark.parametrize("name", ["MobileNetV2", "ResNet50", "DenseNet121"])
def test_preprocessing_is_the_applications_own(name):
    images = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")
    module = {"MobileNetV2": "mobilenet_v2", "ResNet50": "resnet50"}
    module = getattr(keras.applications, module.get(name, "densenet"))
    np.testing.assert_allclose(
        seen((8, 8, 3), images, application=name),
        module.preprocess_input(images * 255),
        rtol=1e-5,
        atol=1e-4,
    )


def test_features_are_the_mean_of_each_channel():
    images = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")
    network = build_features(same, (8, 8, 3), **ENTRANCE)
    np.testing.assert_allclose(
        network(images), 255 * images.mean(axis=(1, 2)), rtol=1e-5
    )


def test_the_entrance_and_the_features_are_float32_under_any_policy():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = build_transfer(convolutions, (5, 5, 1), 3, **ENTRANCE)
    finally:
        keras.config.set_dtype_policy(before)
    dtypes = {
        layer.name: layer.compute_dtype
        for layer in network.layers
        if not isinstance(layer, (keras.Model, keras.layers.InputLayer))
    }
    assert set(dtypes.values()) == {"float32"}
    assert _body(network).get_layer("last").compute_dtype == "bfloat16"


def _body(network):
    return next(one for one in network.layers if isinstance(one, keras.Model))


def test_the_weights_are_the_backbones_and_then_the_heads():
    head = {"dense_units": (6,), "dense_dropout": 0.5}
    network = build_transfer(convolutions, (8, 8, 3), 3, **head, **ENTRANCE)
    shapes = [w.shape for w in network.weights]
    body = [w.shape for w in convolutions().weights]
    over = [w.shape for w in build_head(5, 3, **head).weights]
    assert shapes == body + over
    # 5 features to 6 units to 3 classes.
    assert over == [(5, 6), (6,), (6, 3), (3,)]


@pytest.mark.parametrize(
    ("n_trainable", "expected"),
    [(0, []), (1, ["last"]), (3, ["last"]), (5, ["first", "last"])],
)
def test_the_last_layers_are_trainable_but_no_normalisation(n_trainable, expected):
    network = build_transfer(
        convolutions, (8, 8, 3), 3, n_trainable=n_trainable, **ENTRANCE
    )
    body = _body(network)
    trained = [layer.name for layer in body.layers if layer.trainable_variables]
    assert trained == expected
    assert body.get_layer("drop").rate == (0.5 if n_trainable >= 2 else 0.0)


def test_frozen_layers_run_as_at_prediction():
    network = build_transfer(convolutions, (8, 8, 3), 3, n_trainable=1, **ENTRANCE)
    images = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")
    before = network.get_weights()
    np.testing.assert_array_equal(
        network(images, training=True), network(images, training=False)
    )
    for was, now in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)


def test_a_backbone_may_pool_itself():
    def pooled():
        body = convolutions()
        x = keras.layers.GlobalMaxPooling2D()(body.output)
        return keras.Model(body.inputs, x)

    network = build_features(pooled, (8, 8, 3), **ENTRANCE)
    assert network.output_shape == (None, 5)


def test_a_global_channels_first_setting_changes_nothing():
    keras.config.set_image_data_format("channels_first")
    try:
        build = partial(build_features, same, (5, 5, 1), **ENTRANCE)
        assert build().output_shape == (None, 3)
    finally:
        keras.config.set_image_data_format("channels_last")
