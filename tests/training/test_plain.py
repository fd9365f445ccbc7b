"""The plain Keras model that a user takes through `model_`."""

import keras
import numpy as np
import pytest

from skcnn import NetworkClassifier


def test_model_takes_images_as_they_come_and_gives_the_probabilities(cnn, digits):
    X, y = digits
    clf = cnn(dropout=0.3).fit(X, y)
    proba = clf.model_.predict(X[..., None], verbose=0)
    np.testing.assert_allclose(proba, clf.predict_proba(X), rtol=0, atol=1e-6)


class Doubled(keras.layers.Layer):
    """A layer that Keras does not know."""

    def call(self, images):
        return 2 * images


def mixed(input_shape, n_classes):
    inner = keras.Sequential(
        [keras.Input(input_shape), keras.layers.Conv2D(4, 3), keras.layers.Flatten()]
    )
    images = keras.Input(input_shape)
    x = inner(Doubled()(images))
    x = keras.layers.Dense(8, dtype="float64", name="own")(x)
    return keras.Model(images, keras.layers.Dense(n_classes)(x))


def test_model_is_float32_after_a_fit_in_bfloat16(digits):
    X, y = digits
    clf = NetworkClassifier(mixed, epochs=1, precision="bfloat16", random_state=0)
    plain = clf.fit(X, y).model_
    dtypes = {layer.name: layer.compute_dtype for layer in plain._flatten_layers()}
    assert dtypes.pop("own") == "float64"
    assert set(dtypes.values()) == {"float32"}
    proba = plain.predict(X[..., None], verbose=0)
    np.testing.assert_allclose(proba, clf.predict_proba(X), atol=0.02)


def test_model_holds_the_very_weights_and_layers_of_the_network(cnn, digits):
    X, y = digits
    clf = cnn().fit(X, y)
    for mine, theirs in zip(clf._state.weights, clf.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert clf.model_.count_params() == clf.n_parameters_
    assert all(
        type(layer).__module__.startswith("keras.") for layer in clf.model_.layers
    )


def test_model_is_made_once_and_anew_after_every_fit(cnn, digits):
    X, y = digits
    clf = cnn(warm_start=True).fit(X, y)
    first = clf.model_
    assert clf.model_ is first
    assert clf.partial_fit(X, y).model_ is not first


def test_what_was_taken_never_changes_whatever_is_fitted_afterwards(cnn, digits):
    X, y = digits
    clf = cnn().fit(X, y)
    taken = clf.model_
    before = taken.get_weights()
    clf.partial_fit(X, y)
    clf.fit(255 - X, y)
    cnn(random_state=1).fit(X, y).predict(X)
    for mine, theirs in zip(before, taken.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_changing_what_was_taken_leaves_the_estimator_as_it_was(cnn, bits, digits):
    X, y = digits
    clf = cnn().fit(X, y)
    proba, weights = clf.predict_proba(X), bits(clf)
    taken = clf.model_
    taken.set_weights([np.full_like(w, 9) for w in taken.get_weights()])
    taken.compile("sgd", "sparse_categorical_crossentropy")
    taken.fit(X[..., None], y, verbose=0)
    np.testing.assert_array_equal(clf.predict_proba(X), proba)
    assert bits(clf) == weights
    assert bits(clf.partial_fit(X, y)) == bits(cnn().fit(X, y).partial_fit(X, y))


def one_unit(activation):
    return [
        keras.layers.Flatten(),
        keras.layers.Dense(1, activation=activation),
    ]


@pytest.mark.parametrize("activation", ["sigmoid", "linear"])
def test_one_unit_gives_the_probability_of_the_second_class(activation, digits):
    X, y = digits
    X, y = X[y < 2], y[y < 2]

    def build(input_shape):
        return keras.Sequential([keras.Input(input_shape), *one_unit(activation)])

    clf = NetworkClassifier(build, epochs=2, random_state=0, precision="float32")
    clf.fit(X, y)
    proba = clf.model_.predict(X[..., None], verbose=0)
    assert proba.shape == (len(X), 1)
    np.testing.assert_allclose(proba[:, 0], clf.predict_proba(X)[:, 1], rtol=1e-4)


def test_unscaled_probabilities_need_no_further_layer(digits):
    X, y = digits

    def build(input_shape, n_classes):
        return keras.Sequential(
            [
                keras.Input(input_shape),
                keras.layers.Flatten(),
                keras.layers.Dense(n_classes, activation="softmax"),
            ]
        )

    settings = {"epochs": 1, "rescale": None, "random_state": 0}
    clf = NetworkClassifier(build, precision="bfloat16", **settings).fit(X / 255, y)
    assert {layer.compute_dtype for layer in clf.model_.layers} == {"float32"}
    kinds = [type(layer).__name__ for layer in clf.model_.layers]
    assert kinds == ["InputLayer", "Flatten", "Dense"]


def test_a_network_of_several_branches_keeps_its_shape(digits):
    X, y = digits

    def build(input_shape, n_classes):
        images = keras.Input(input_shape)
        x = keras.layers.Conv2D(4, 3, padding="same")(images)
        x = keras.layers.Concatenate()([x, images])
        x = keras.layers.GlobalAveragePooling2D()(x)
        return keras.Model(images, keras.layers.Dense(n_classes)(x))

    clf = NetworkClassifier(build, epochs=1, random_state=0, precision="float32")
    clf.fit(X, y)
    proba = clf.model_.predict(X[..., None], verbose=0)
    np.testing.assert_allclose(proba, clf.predict_proba(X), rtol=1e-4, atol=1e-6)
