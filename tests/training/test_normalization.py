"""A Normalization that was adapted normalises, wherever its network is copied to."""

import keras
import numpy as np
import pytest
from keras import layers

from skcnn import NetworkClassifier, PretrainedFeatures, load, save
from skcnn.training.keras_layers import follow_weights, set_weights
from skcnn.training.pool import POOL
from skcnn.transfer import pretrained


def adapted(images):
    layer = layers.Normalization(axis=None)
    layer.adapt(np.asarray(images, "float32"))
    return layer


def stack(layer, n_classes=3):
    """Return a network with a layer before its first weights."""
    images = keras.Input((8, 8, 1))
    x = layers.Dense(8, activation="relu")(layers.Flatten()(layer(images)))
    return keras.Model(images, layers.Dense(n_classes)(x))


def make(model, **changes):
    small = {"epochs": 2, "batch_size": 16, "learning_rate": 0.02, "random_state": 0}
    return NetworkClassifier(model, rescale=None, **small, **changes)


@pytest.fixture
def image_values(shapes):
    """Give the pixels of `shapes` as Keras takes them."""
    return shapes[0][..., None].astype("float32")


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("axis", [None, -1, 1, (1, 2, 3)])
def test_it_computes_what_that_of_keras_does(axis, invert, image_values):
    layer = layers.Normalization(axis=axis, invert=invert)
    layer.adapt(image_values)
    expected = layer(image_values)
    copy = layers.Normalization(axis=axis, invert=invert)
    model = keras.Sequential([keras.Input((8, 8, 1)), copy])
    set_weights(model, layer.get_weights())
    np.testing.assert_array_equal(model(image_values), expected)
    follow_weights(model)
    np.testing.assert_allclose(model(image_values), expected, rtol=1e-6)


def test_given_statistics_are_kept(image_values):
    layer = layers.Normalization(axis=None, mean=90.0, variance=4000.0)
    model = keras.Sequential([keras.Input((8, 8, 1)), layer])
    expected = model(image_values)
    follow_weights(model)
    set_weights(model, [])
    np.testing.assert_array_equal(model(image_values), expected)


def of_plain_keras(build, fitted, images):
    """Return what Keras' own network gives with the fitted weights."""
    network = build()
    network.set_weights(fitted.model_.get_weights())
    return network(images, training=False)


def test_an_adapted_normalization_normalizes(shapes, image_values):
    X, y = shapes

    def build():
        return stack(adapted(image_values))

    for model in (build, build()):
        network = make(model, precision="float32").fit(X, y)
        expected = of_plain_keras(build, network, image_values)
        np.testing.assert_allclose(
            network.decision_function(X), expected, rtol=1e-3, atol=1e-3
        )
        proba = network.model_(image_values, training=False)
        np.testing.assert_allclose(
            network.predict_proba(X), proba, rtol=1e-4, atol=1e-5
        )


def test_networks_of_other_statistics_do_not_disturb_each_other(shapes, image_values):
    X, y = shapes
    builds = [
        lambda: stack(adapted(image_values)),
        lambda: stack(adapted(image_values * 1.5)),
    ]
    POOL.clear()
    fitted = [make(build, precision="float32").fit(X, y) for build in builds]
    assert len(POOL) == 1
    for build, network in zip(builds, fitted, strict=True):
        np.testing.assert_allclose(
            network.decision_function(X),
            of_plain_keras(build, network, image_values),
            rtol=1e-3,
            atol=1e-3,
        )


def test_statistics_are_saved(shapes, image_values, tmp_path):
    X, y = shapes
    network = make(stack(adapted(image_values))).fit(X, y)
    save(network, tmp_path / "network.skcnn")
    expected = network.decision_function(X)
    POOL.clear()
    loaded = load(tmp_path / "network.skcnn")
    np.testing.assert_array_equal(loaded.decision_function(X), expected)
    network.model_.save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        model(image_values, training=False),
        network.model_(image_values, training=False),
    )


def test_an_adapted_backbone_normalizes(shapes):
    X, _ = shapes
    colour = np.repeat(X[..., None], 3, axis=-1).astype("float32")

    def build(input_shape):
        images = keras.Input(input_shape)
        return keras.Model(images, adapted(colour)(images))

    features = PretrainedFeatures(build).fit_transform(X)
    expected = np.mean((colour - colour.mean()) / colour.std(), axis=(1, 2))
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-3)


def test_imagenet_weights_keep_the_scaling_that_keras_gives_them(shapes, monkeypatch):
    """Keras' EfficientNets have a Rescaling more beside ImageNet's weights."""
    X, _ = shapes
    colour = np.repeat(X[..., None], 3, axis=-1).astype("float32")

    def like_keras(name, input_shape, weights=None, **params):
        images = keras.Input((8, 8, 3))
        x = layers.Rescaling(1 / 255)(images)
        normalization = layers.Normalization()
        x = normalization(x)
        if weights == "imagenet":
            normalization.adapt(colour / 255)
            x = layers.Rescaling([2.0, 3.0, 4.0])(x)
        return keras.Model(images, layers.ReLU()(x))

    monkeypatch.setattr(pretrained, "build_application", like_keras)
    monkeypatch.setattr(pretrained, "_LOADED", type(pretrained._LOADED)())
    built = pretrained.load_application("EfficientNetB0", {}, "imagenet", (8, 8), 0)
    network = built.build()
    set_weights(network, built.weights.arrays)
    expected = like_keras("EfficientNetB0", None, "imagenet")(colour)
    np.testing.assert_allclose(network(colour), expected, rtol=1e-3, atol=1e-3)
