"""Networks from the user's own build function."""

import random

import keras
import numpy as np
import pytest

from skcnn import NetworkClassifier, networks
from skcnn.custom.users_network import as_functional, users_network

SHAPE, N_CLASSES = (8, 8, 1), 10


def dense(input_shape, n_classes, units=4, activation=None):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(n_classes, activation=activation),
        ]
    )


def branched(input_shape, n_classes):
    images = keras.Input(input_shape)
    x = keras.layers.Conv2D(4, 3, padding="same")(images)
    x = keras.layers.Concatenate()([x, images])
    x = keras.layers.Dropout(0.5)(keras.layers.Flatten()(x))
    return keras.Model(images, keras.layers.Dense(n_classes)(x))


class Doubling(keras.layers.Layer):
    """A layer that Keras does not know."""

    def call(self, inputs):
        return 2 * inputs


def with_own_layer(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            Doubling(),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes),
        ]
    )


class Subclassed(keras.Model):
    """A network that is no graph of layers."""

    def __init__(self, n_classes):
        super().__init__()
        self.flatten = keras.layers.Flatten()
        self.dense = keras.layers.Dense(n_classes, name="scores")

    def call(self, images):
        return self.dense(self.flatten(images))


def draft(model, offered=None, seed=0, precision="float32", **parameters):
    offered = {"input_shape": SHAPE, "n_classes": N_CLASSES, **(offered or {})}
    return users_network(model, offered, parameters, seed, precision)


def fitted(model, digits, **params):
    """Return a classifier that was fitted for two epochs."""
    params = {"epochs": 2, "random_state": 0, "precision": "float32", **params}
    return NetworkClassifier(model, **params).fit(*digits)


# --- the call -------------------------------------------------------------------------


def test_the_function_gets_what_it_takes_and_what_was_set():
    seen = {}

    def build(meta, input_shape, n_classes, units, other=3):
        seen.update(meta=meta, units=units, other=other)
        return dense(input_shape, n_classes, units)

    draft(build, {"meta": "some", "params": "not taken"}, units=5)
    assert seen == {"meta": "some", "units": 5, "other": 3}


def test_a_function_of_any_keywords_gets_what_scikeras_gives_it():
    seen = {}

    def build(input_shape, **others):
        seen.update(others)
        return dense(input_shape, N_CLASSES)

    draft(build, {"meta": "some", "params": "all"}, units=5)
    assert seen == {"meta": "some", "params": "all", "units": 5}


def test_it_is_called_at_every_fit_and_at_no_prediction(digits):
    calls = []

    def build(input_shape, n_classes):
        calls.append(input_shape)
        return dense(input_shape, n_classes)

    clf = fitted(build, digits)
    clf.fit(*digits).predict(digits[0])
    _ = clf.model_
    assert calls == [SHAPE] * 2


def test_layers_without_a_seed_are_decided_by_ours():
    random.seed(1)
    first, again, other = (draft(branched, seed=seed) for seed in (0, 0, 1))
    for mine, same in zip(first.weights, again.weights, strict=True):
        np.testing.assert_array_equal(mine, same)
    assert not np.array_equal(first.weights[0], other.weights[0])


# --- one compiled model for equal networks --------------------------------------------


@pytest.mark.parametrize("build", [dense, branched])
def test_equal_networks_have_equal_keys_whatever_keras_named_them(build):
    first = draft(build)
    keras.layers.Dense(1)  # moves Keras' counters
    keras.layers.Conv2D(1, 1)
    second = draft(build)
    assert first.key == second.key is not None
    assert first.key != draft(dense, units=5).key


def test_a_search_over_numbers_holds_one_model(digits, pool):
    for rate in (0.1, 0.2):
        fitted(branched, digits, learning_rate=rate)
    assert len(pool.builds) == 1
    fitted(dense, digits)
    assert len(pool.builds) == 2


def test_the_functions_own_weights_are_where_a_fit_begins(digits, pool):

    def constant(value):
        def build(input_shape, n_classes):
            network = dense(input_shape, n_classes)
            network.set_weights([np.full_like(w, value) for w in network.get_weights()])
            return network

        return build

    for value in (0.25, 0.5):
        clf = fitted(constant(value), digits, learning_rate=1e-12)
        for weights in clf._state.weights:
            np.testing.assert_allclose(weights, value, rtol=1e-6)
    assert len(pool.builds) == 1


@pytest.mark.parametrize("build", [dense, branched])
def test_a_used_model_gives_the_bits_of_a_new_one(build, bits, digits, pool):
    expected = bits(fitted(build, digits))
    fitted(build, digits, random_state=5, learning_rate=0.5)
    assert bits(fitted(build, digits)) == expected
    assert len(pool.builds) == 1
    pool.clear()
    assert bits(fitted(build, digits)) == expected


def test_a_layer_that_keras_does_not_know_gets_a_model_of_its_own(bits, digits, pool):
    X, _ = digits
    assert draft(with_own_layer).key is None
    first, second = (fitted(with_own_layer, digits) for _ in range(2))
    assert len(pool.builds) == 2
    assert bits(first) == bits(second)
    proba = first.predict_proba(X)
    pool.clear()
    np.testing.assert_array_equal(first.predict_proba(X), proba)


def test_a_subclassed_network_is_trained_too(bits, digits):
    X, y = digits

    def build(n_classes):
        return Subclassed(n_classes)

    clf = fitted(build, digits, epochs=30, learning_rate=0.02)
    assert clf.score(X, y) > 0.9
    proba = clf.model_.predict(X[..., None], verbose=0)
    np.testing.assert_allclose(proba, clf.predict_proba(X), rtol=1e-4, atol=1e-6)


# --- templates and compiled networks --------------------------------------------------


def test_a_keras_model_is_a_template_that_stays_as_it_is(bits, digits):
    template = dense(SHAPE, N_CLASSES)
    before = template.get_weights()
    first = fitted(template, digits, learning_rate=0.1)
    for mine, theirs in zip(template.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert not template.compiled
    assert bits(fitted(template, digits, learning_rate=0.1)) == bits(first)
    begun = fitted(template, digits, learning_rate=1e-12)
    for mine, theirs in zip(begun._state.weights, before, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


def test_a_compiled_network_keeps_loss_and_metrics(digits, pool):
    def build(input_shape, n_classes):
        network = dense(input_shape, n_classes, activation="softmax")
        top = keras.metrics.SparseTopKCategoricalAccuracy(3, name="top")
        network.compile("sgd", "sparse_categorical_crossentropy", metrics=[top])
        return network

    clf = fitted(build, digits)
    (compiled,) = pool._models
    assert compiled.model.one_hot is None
    assert list(clf.history_) == ["loss", "accuracy", "top", "learning_rate", "seconds"]
    assert (clf.history_["top"] >= clf.history_["accuracy"]).all()


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        (None, None),
        ("softmax", None),
        ("softmax", "sparse_categorical_crossentropy"),
        ("softmax", keras.losses.categorical_crossentropy),
        ("softmax", "mse"),
        (None, keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
    ],
    ids=["default", "softmax", "sparse", "function", "mse", "instance"],
)
def test_every_pair_of_last_layer_and_loss_learns(activation, loss, digits):
    X, y = digits
    clf = fitted(
        dense,
        digits,
        model__activation=activation,
        model__units=32,
        loss=loss,
        epochs=40,
        learning_rate=0.02,
    )
    assert clf.score(X, y) > 0.9
    np.testing.assert_allclose(clf.predict_proba(X).sum(axis=1), 1)
    assert clf.history_["accuracy"].iloc[-1] > 0.8


# --- refusals -------------------------------------------------------------------------


def test_a_function_that_returns_no_network_is_named():
    with pytest.raises(TypeError, match=r"returned 'NoneType'.*'return model'"):
        draft(lambda: None)


@pytest.mark.parametrize("n_outputs", [1, 9, 11])
def test_a_last_layer_that_does_not_fit_the_classes_is_named(n_outputs):
    with pytest.raises(ValueError, match=r"10 classes: the last layer needs 10 units"):
        draft(lambda input_shape: dense(input_shape, n_outputs))


def in_list(input_shape):
    images = keras.Input(input_shape)
    return keras.Model([images], [keras.layers.Flatten()(images)])


def in_dict(input_shape):
    images = keras.Input(input_shape)
    return keras.Model(images, {"rows": keras.layers.Flatten()(images)})


def in_stack(input_shape):
    return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten()])


def without_shape(input_shape):
    return keras.Sequential([keras.layers.Flatten()])


@pytest.mark.parametrize("build", [in_list, in_dict, in_stack, without_shape])
def test_a_network_of_one_output_gives_a_tensor_where_it_is_called(build):
    network = as_functional(build(SHAPE), SHAPE)
    assert network(keras.Input(SHAPE)).shape == (None, 64)


def test_maps_are_no_answer():
    def build(input_shape, n_classes):
        return keras.Sequential(
            [keras.Input(input_shape), keras.layers.Conv2D(n_classes, 1)]
        )

    match = r"\(None, 8, 8, 10\), and one row .*Flatten\(\) or .*Pooling2D\(\)"
    with pytest.raises(ValueError, match=match):
        draft(build)


def test_several_answers_are_one_too_many():
    def build(input_shape, n_classes):
        images = keras.Input(input_shape)
        x = keras.layers.Flatten()(images)
        return keras.Model(images, [keras.layers.Dense(n_classes)(x), x])

    with pytest.raises(ValueError, match=r"has 2 outputs, .* and one is wanted"):
        draft(build)


def test_an_input_of_another_size_is_named():
    with pytest.raises(ValueError, match=r"takes inputs of shape \(9, 9, 1\)"):
        draft(lambda n_classes: dense((9, 9, 1), n_classes))


def test_a_network_for_rows_of_pixels_is_given_rows(digits):
    X, _ = digits
    clf = fitted(lambda n_classes: dense((64,), n_classes), digits)
    assert clf.predict_proba(X).shape == (len(X), N_CLASSES)


def test_a_build_that_fails_leaves_random_states_and_pool(digits, pool):
    random.seed(3)
    before = random.getstate()

    def build():
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        fitted(build, digits)
    assert random.getstate() == before
    assert len(pool) == 0


# Each with at least two layers of the same shape.
OURS = {
    "build_stack": {"layers": (("flatten",), *3 * [("dense", 64)])},
    "build_tiny_resnet": {},
    "build_report_resnet": {},
    "build_intensity_cnn": {"filters": (8, 8, 8), "convs_per_block": (1, 2, 2)},
}


def kernels_of(name, seed):
    offered = {"input_shape": (16, 16, 1), "n_classes": 3}
    draft = users_network(getattr(networks, name), offered, OURS[name], seed, "float32")
    return [array for array in draft.weights if array.ndim > 1]


@pytest.mark.parametrize("name", OURS)
def test_the_seed_decides_all_kernels_of_our_own_networks(name):
    first, again, other = (kernels_of(name, seed) for seed in (0, 0, 1))
    for kernel, same, different in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(kernel, same)
        assert (kernel != different).mean() > 0.99


@pytest.mark.parametrize("name", OURS)
def test_layers_of_one_shape_begin_with_weights_of_their_own(name):
    kernels = kernels_of(name, 0)
    shapes = [kernel.shape for kernel in kernels]
    assert len(set(shapes)) < len(shapes)
    for number, kernel in enumerate(kernels):
        for other in kernels[:number]:
            assert kernel.shape != other.shape or (kernel != other).mean() > 0.99
