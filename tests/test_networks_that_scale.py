"""Networks of the user's own that scale pixels by themselves, in fits and backbones."""

import pickle

import keras
import numpy as np
import pytest
from keras import layers

from skcnn import NetworkClassifier, PretrainedFeatures, TransferClassifier, load, save

SMALL = {"epochs": 2, "batch_size": 16, "learning_rate": 0.02, "random_state": 0}


def stack(*before, n_classes=3):
    """Return a network with layers before its first weights."""
    images = x = keras.Input((8, 8, 1))
    for layer in before:
        x = layer(x)
    x = layers.Dense(8, activation="relu")(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(n_classes)(x))


def tutorial():
    return stack(layers.Rescaling(1 / 255))


def nested():
    front = keras.Sequential([layers.RandomFlip(), layers.Rescaling(1 / 127.5, -1.0)])
    return stack(front)


def ambiguous():
    return stack(layers.Normalization(axis=None, mean=0.5, variance=1.0))


def make(model, **changes):
    return NetworkClassifier(model, **{**SMALL, **changes})


# Fits


@pytest.mark.parametrize("build", [tutorial, nested])
def test_a_network_that_rescales_sees_raw_pixels(build, shapes):
    X, y = shapes
    auto, unscaled = (
        make(build, rescale=rescale).fit(X, y) for rescale in ("auto", None)
    )
    np.testing.assert_array_equal(
        auto.decision_function(X), unscaled.decision_function(X)
    )


def test_a_template_that_rescales_sees_raw_pixels(shapes):
    X, y = shapes
    network = make(tutorial()).fit(X, y)
    assert network._state.scaling == (1.0, 0.0)
    assert network.fit(X, y, X_val=X, y_val=y).history_.val_accuracy.iloc[-1] > 0.5


def test_a_network_for_scaled_pixels_is_trained_as_without_its_layer(shapes):
    X, y = shapes
    network = make(stack(layers.Rescaling(2.0, -1.0))).fit(X, y)
    assert network._state.scaling == network._scaling[:2] == (1 / 255, 0.0)


def test_none_leaves_all_pixels_alone(shapes):
    X, y = shapes
    for build in (ambiguous, lambda: stack(layers.Rescaling(2.0, -1.0))):
        assert make(build, rescale=None).fit(X, y)._state.scaling == (1.0, 0.0)


def test_statistics_that_do_not_tell_are_refused_and_nothing_is_lost(shapes):
    X, y = shapes
    network = make(tutorial).fit(X, y)
    expected = network.decision_function(X)
    network.set_params(model=ambiguous)
    with pytest.raises(ValueError, match="Pass rescale=None"):
        network.fit(X, y)
    np.testing.assert_array_equal(network.decision_function(X), expected)


def test_a_fitted_network_keeps_raw_pixels_wherever_it_goes(shapes, tmp_path):
    X, y = shapes
    network = make(tutorial).fit(X, y)
    expected = network.predict_proba(X)
    save(network, tmp_path / "network.skcnn")
    loaded = load(tmp_path / "network.skcnn")
    for other in (loaded, pickle.loads(pickle.dumps(network))):
        assert other._scaling == network._scaling
        np.testing.assert_array_equal(other.predict_proba(X), expected)
    scores = network.model_(X[..., None].astype("float32"), training=False)
    np.testing.assert_allclose(scores, expected, rtol=1e-2, atol=1e-2)
    with pytest.raises(ValueError, match="X has fractions"):
        network.predict(X / 255)


def test_later_fits_go_on_with_the_first_decision(shapes):
    X, y = shapes
    whole = make(tutorial).fit(X, y).decision_function(X)
    parts = make(tutorial)
    for _ in range(2):
        parts.partial_fit(X, y, classes=np.unique(y))
        assert parts._scaling[:2] == parts._state.scaling == (1.0, 0.0)
    np.testing.assert_array_equal(parts.decision_function(X), whole)
    warm = make(tutorial, epochs=1, warm_start=True).fit(X, y).fit(X, y)
    np.testing.assert_array_equal(warm.decision_function(X), whole)


# Backbones


def backbone_behind(*before):
    """Return a function that makes a backbone with layers before its first weights."""
    initializer = keras.initializers.GlorotUniform(seed=0)

    def build(input_shape):
        images = x = keras.Input(input_shape)
        for layer in before:
            x = type(layer).from_config(layer.get_config())(x)
        x = layers.Conv2D(4, 3, kernel_initializer=initializer)(x)
        return keras.Model(images, x)

    return build


BEFORE = {
    "0 to 1, normalized": (layers.Normalization(mean=[0.4] * 3, variance=[0.1] * 3), 1),
    "0 to 1, rescaled": (layers.Rescaling(2.0, -1.0), 1),
    "0 to 255, normalized": (
        layers.Normalization(mean=[90.0] * 3, variance=[4e3] * 3),
        255,
    ),
    "0 to 255, rescaled": (layers.Rescaling(1 / 127.5, -1.0), 255),
    "nothing": (layers.Rescaling(1.0), 255),
}


@pytest.mark.parametrize("name", BEFORE)
def test_a_backbone_sees_the_pixels_that_it_is_made_for(name, shapes):
    layer, white = BEFORE[name]
    build = backbone_behind(layer)
    X, y = shapes
    colour = np.repeat(X[..., None], 3, axis=-1) / 255 * white
    maps = build((8, 8, 3))(colour.astype("float32"))
    features = PretrainedFeatures(build).fit_transform(X)
    expected = np.mean(maps, axis=(1, 2))
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-3)
    transfer = TransferClassifier(build, **SMALL).fit(X, y)
    assert transfer._extractor.entrance["gain"] == white


def test_a_backbone_whose_statistics_do_not_tell_is_refused(shapes):
    X, _ = shapes
    layer = layers.Normalization(mean=[0.5] * 3, variance=[1.0] * 3)
    features = PretrainedFeatures(backbone_behind(layer))
    with pytest.raises(ValueError, match="Pass rescale=None"):
        features.fit(X)
    features.set_params(rescale=None).fit(X)
    assert features._extractor.entrance["gain"] == 1


def test_a_backbone_without_its_preprocessing_is_refused(shapes):
    features = PretrainedFeatures(
        "MobileNetV3Small", backbone_params={"include_preprocessing": False}
    )
    with pytest.raises(ValueError, match=r"include_preprocessing.*pass rescale=None"):
        features.fit(shapes[0])
