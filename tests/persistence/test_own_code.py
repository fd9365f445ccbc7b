"""Tests of what a file cannot hold: the user's own functions and objects."""

import functools
import inspect
import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skcnn import (
    NetworkClassifier,
    NetworkFeatures,
    PretrainedFeatures,
    SVMClassifier,
    TransferClassifier,
    load,
    recipes,
    save,
)
from skcnn.persistence._known_code import home_of
from skcnn.persistence._own_code import OwnCode
from skcnn.recipes._report_d import rate_of_d4

SHORT = {"epochs": 1, "random_state": 0, "batch_size": 60}


class Doubled(keras.layers.Layer):
    """A layer that is not Keras' own."""

    def call(self, inputs):
        return 2 * inputs


def doubling(input_shape, n_classes, meta, params, units=4):
    """Build a network that Keras cannot describe."""
    assert meta["n_classes_"] == n_classes
    assert params["epochs"] == 1
    images = keras.Input(input_shape)
    x = keras.layers.Flatten()(Doubled()(images))
    x = keras.layers.Dense(units)(x)
    return keras.Model(images, keras.layers.Dense(n_classes)(x))


def doubling_backbone(input_shape):
    """Build a backbone that Keras cannot describe."""
    images = keras.Input(input_shape)
    return keras.Model(images, keras.layers.Conv2D(4, 3)(Doubled()(images)))


def slow(epoch):
    """Return the rate of an epoch."""
    return 0.01 / (1 + epoch)


@pytest.mark.parametrize("id", [*recipes.list().index])
def test_the_functions_of_every_recipe_are_on_the_list(id):
    parts = recipes.make(id).get_params().items()
    functions = {name: value for name, value in parts if inspect.isfunction(value)}
    assert {name: home_of(one) for name, one in functions.items()} == {
        name: one.__module__ if "recipes" in one.__module__ else "skcnn.networks"
        for name, one in functions.items()
    }


def test_a_network_of_keras_layers_needs_no_build_function(make_fitted, saved, shapes):
    estimator = make_fitted("NetworkClassifier")
    loaded = saved(estimator)
    assert "'perceptron'" in repr(loaded.model)
    assert (loaded.predict(shapes[0]) == estimator.predict(shapes[0])).all()


def test_networks_in_networks_need_no_build_function(saved, shapes):
    def nested(input_shape, n_classes):
        inner = keras.Sequential([keras.Input((8, 8, 4)), keras.layers.Flatten()])
        images = keras.Input(input_shape)
        x = keras.ops.relu(keras.layers.Conv2D(4, 3, padding="same")(images))
        body = keras.Model(images, x)
        outputs = keras.layers.Dense(n_classes, activation=keras.ops.softmax)
        images = keras.Input(input_shape)
        return keras.Model(images, outputs(inner(body(images))))

    estimator = NetworkClassifier(nested, **SHORT).fit(*shapes)
    loaded = saved(estimator)
    np.testing.assert_array_equal(
        loaded.predict_proba(shapes[0]), estimator.predict_proba(shapes[0])
    )


def test_a_network_with_own_layers_says_that_it_needs_its_function(path, shapes):
    estimator = NetworkClassifier(doubling, model__units=5, **SHORT).fit(*shapes)
    save(estimator, path)
    with pytest.raises(
        ValueError, match=r"the function 'doubling'.*load\(path, model="
    ):
        load(path)
    loaded = load(path, model=doubling)
    assert loaded.model is doubling
    np.testing.assert_array_equal(
        loaded.predict_proba(shapes[0]), estimator.predict_proba(shapes[0])
    )


def test_a_function_that_makes_another_network_is_refused(path, shapes):
    save(NetworkClassifier(doubling, **SHORT).fit(*shapes), path)

    def other(input_shape, n_classes, **kwargs):
        del kwargs
        return doubling(input_shape, n_classes, {"n_classes_": 3}, SHORT, units=7)

    with pytest.raises(ValueError, match="weights that do not fit its network"):
        load(path, model=other)


def test_a_template_with_own_layers_is_asked_for(path, shapes):
    template = doubling((8, 8, 1), 3, {"n_classes_": 3}, SHORT)
    estimator = NetworkClassifier(template, **SHORT).fit(*shapes)
    save(estimator, path)
    loaded = load(path, model=template)
    np.testing.assert_array_equal(
        loaded.predict_proba(shapes[0]), estimator.predict_proba(shapes[0])
    )


def test_a_backbone_with_own_layers_is_asked_for(path, shapes):
    estimator = TransferClassifier(doubling_backbone, **SHORT).fit(*shapes)
    save(estimator, path)
    with pytest.raises(ValueError, match=r"load\(path, backbone="):
        load(path)
    loaded = load(path, backbone=doubling_backbone)
    np.testing.assert_array_equal(
        loaded.predict_proba(shapes[0]), estimator.predict_proba(shapes[0])
    )


def test_in_a_pipeline_own_code_is_asked_for_by_its_nested_name(path, shapes):
    features = PretrainedFeatures(doubling_backbone, random_state=0)
    pipeline = make_pipeline(features, SVMClassifier()).fit(*shapes)
    save(pipeline, path)
    name = "pretrainedfeatures__backbone"
    with pytest.raises(ValueError, match=f"{name}="):
        load(path)
    loaded = load(path, **{name: doubling_backbone})
    assert (loaded.predict(shapes[0]) == pipeline.predict(shapes[0])).all()


def test_own_code_of_a_part_and_of_its_fitted_clone_is_given_once(path, shapes):
    features = NetworkFeatures(NetworkClassifier(doubling, **SHORT)).fit(*shapes)
    save(features, path)
    loaded = load(path, estimator__model=doubling)
    assert loaded.estimator.model is loaded.estimator_.model is doubling


def test_training_again_says_what_is_missing(make_cnn, saved, shapes):
    estimator = make_cnn(filters=(4,), epochs=1, lr_schedule=slow).fit(*shapes)
    loaded = saved(estimator)
    assert (loaded.predict(shapes[0]) == estimator.predict(shapes[0])).all()
    with pytest.raises(ValueError, match=r"lr_schedule was the function 'slow'.*load"):
        loaded.fit(*shapes)
    loaded.set_params(lr_schedule=slow).fit(*shapes)


def test_own_code_can_be_given_though_nothing_needs_it(make_cnn, saved, shapes):
    estimator = make_cnn(filters=(4,), epochs=1, lr_schedule=slow).fit(*shapes)
    loaded = saved(estimator, lr_schedule=slow)
    assert loaded.lr_schedule is slow
    loaded.fit(*shapes)


@pytest.mark.parametrize("parameter", ["callbacks", "augment", "optimizer"])
def test_own_objects_leave_their_place(parameter, make_cnn, saved, shapes):
    own = {
        "callbacks": [keras.callbacks.TerminateOnNaN()],
        "augment": Doubled(),
        "optimizer": type("Mine", (keras.optimizers.SGD,), {})(),
    }
    estimator = make_cnn(filters=(4,), epochs=1, **{parameter: own[parameter]})
    loaded = saved(estimator.fit(*shapes))
    assert (loaded.predict(shapes[0]) == estimator.predict(shapes[0])).all()
    with pytest.raises((TypeError, ValueError), match=r"skcnn\.load"):
        loaded.fit(*shapes)


def test_objects_of_keras_come_back(make_cnn, saved, shapes):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    estimator = make_cnn(
        filters=(4,),
        epochs=1,
        optimizer=keras.optimizers.SGD(schedule, momentum=0.5),
        augment=keras.layers.RandomFlip("horizontal", seed=3),
    ).fit(*shapes)
    loaded = saved(estimator)
    assert loaded.optimizer.get_config() == estimator.optimizer.get_config()
    assert loaded.augment.get_config() == estimator.augment.get_config()
    loaded.fit(*shapes)


def test_an_optimizer_that_excludes_weights_from_decay_is_own_code(
    make_cnn, saved, shapes
):
    optimizer = keras.optimizers.AdamW(0.01)
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    estimator = make_cnn(filters=(4,), epochs=1, optimizer=optimizer).fit(*shapes)
    with pytest.raises((TypeError, ValueError), match=r"optimizer.*skcnn\.load"):
        saved(estimator).fit(*shapes)
    assert saved(estimator, optimizer=optimizer).optimizer is optimizer


def test_classes_of_keras_come_back(make_cnn, saved, shapes):
    estimator = make_cnn(filters=(4,), epochs=1, optimizer=keras.optimizers.SGD)
    assert saved(estimator.fit(*shapes)).optimizer is keras.optimizers.SGD


def test_own_code_that_the_file_does_not_ask_for_is_refused(make_fitted, path):
    save(make_fitted("HOGFeatures"), path)
    with pytest.raises(TypeError, match=r"got \['model'\].*asks for nothing"):
        load(path, model=doubling)


def test_a_build_function_that_was_exchanged_after_the_fit_is_refused(path, shapes):
    estimator = NetworkClassifier(doubling, **SHORT).fit(*shapes)
    estimator.set_params(model=doubling_backbone)
    with pytest.raises(TypeError, match="another model than the estimator has now"):
        save(estimator, path)


def test_the_place_of_own_code_is_kept_by_clone_and_pickle(make_fitted, saved, path):
    loaded = saved(make_fitted("NetworkClassifier"))
    assert clone(loaded).model == loaded.model
    assert pickle.loads(pickle.dumps(loaded)).model == loaded.model
    assert saved(loaded).model == loaded.model


# --- what Keras would note by its name alone ------------------------------------------


def relu(x):
    """Return something else than Keras' function of this name."""
    return x - 1


@functools.wraps(keras.activations.relu)
def wrapped(x):
    """Look like Keras' own by every attribute."""
    return relu(x)


class Focal(keras.losses.Loss):
    """A loss whose configuration does not have its parameter."""

    def __init__(self, gamma=1.0):
        super().__init__()
        self.gamma = gamma

    def call(self, y_true, y_pred):
        """Return a loss."""
        return keras.losses.mean_squared_error(y_true, y_pred) ** self.gamma


def patched():
    """Return a layer of Keras with a method of ours."""
    layer = keras.layers.RandomFlip(seed=0)
    layer.call = lambda images, training=None: images
    return layer


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.layers.Activation(relu),
        lambda: keras.layers.Activation(wrapped),
        lambda: keras.layers.Pipeline([keras.layers.Activation(relu)]),
        patched,
    ],
    ids=["named like Keras'", "wrapped", "nested", "patched"],
)
def test_a_function_named_like_keras_own_is_own_code(make, make_cnn, path, shapes):
    augment = make()
    save(make_cnn(filters=(4,), epochs=1, augment=augment).fit(*shapes), path)
    assert isinstance(load(path).augment, OwnCode)
    assert load(path, augment=augment).augment is augment


def test_a_part_of_keras_with_keras_own_function_comes_back(make_cnn, saved, shapes):
    augment = keras.layers.Activation(keras.activations.relu)
    loaded = saved(make_cnn(filters=(4,), epochs=1, augment=augment).fit(*shapes))
    assert loaded.augment.activation is keras.activations.relu


def test_an_own_loss_is_own_code_with_all_its_parameters(path, shapes):
    def linear(input_shape, n_classes):
        layers = [keras.Input(input_shape), keras.layers.Flatten()]
        return keras.Sequential([*layers, keras.layers.Dense(n_classes)])

    loss = Focal(gamma=2.0)
    estimator = NetworkClassifier(linear, loss=loss, **SHORT).fit(*shapes)
    save(estimator, path)
    assert isinstance(load(path).loss, OwnCode)
    with pytest.raises(
        (TypeError, ValueError), match="loss was an object of the class 'Focal'"
    ):
        load(path, model=linear).fit(*shapes)
    assert load(path, loss=loss).loss is loss


def test_a_wrapper_of_a_function_of_ours_is_own_code(make_cnn, path, shapes):
    @functools.wraps(rate_of_d4)
    def half(*args):
        return rate_of_d4(*args) / 2

    save(make_cnn(filters=(4,), epochs=1, lr_schedule=half).fit(*shapes), path)
    assert isinstance(load(path).lr_schedule, OwnCode)


# --- built once -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["model", "backbone"])
def test_a_network_with_own_code_is_built_once_for_load_and_predict(kind, path, shapes):
    estimator = {
        "model": NetworkClassifier(doubling, **SHORT),
        "backbone": TransferClassifier(doubling_backbone, **SHORT),
    }[kind]
    save(estimator.fit(*shapes), path)
    calls, build = [], getattr(estimator, kind)

    @functools.wraps(build)
    def counted(*args, **kwargs):
        calls.append(1)
        return build(*args, **kwargs)

    loaded = load(path, **{kind: counted})
    for _ in range(2):
        loaded.predict(shapes[0])
    assert len(calls) == 1
