"""Tests of NetworkClassifier: networks of the user's own, in scikeras' manner."""

import pickle
import random

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcnn import CNNClassifier, NetworkClassifier
from skcnn.training.pool import POOL

# Build functions, each in another manner


def perceptron(input_shape, n_classes, units=8, activation="softmax"):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Flatten(),
            layers.Dense(units, activation="relu"),
            layers.Dense(n_classes, activation=activation),
        ]
    )


def functional(input_shape, n_classes):
    images = keras.Input(input_shape)
    x = layers.Flatten()(images)
    x = layers.Dense(8, activation="relu")(x)
    return keras.Model(images, layers.Dense(n_classes, activation="softmax")(x))


def from_meta(meta, units=8):
    """As for scikeras, which has a vector of n_features_in_ for every row."""
    model = keras.Sequential()
    model.add(keras.Input((meta["n_features_in_"],)))
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(meta["n_classes_"], activation="softmax"))
    return model


def compiled(meta, compile_kwargs, units=8):
    model = perceptron(meta["X_shape_"][1:], meta["n_classes_"], units)
    model.compile(
        loss="sparse_categorical_crossentropy", optimizer=compile_kwargs["optimizer"]
    )
    return model


def compiled_as_told(input_shape, n_classes, compile_kwargs):
    model = perceptron(input_shape, n_classes)
    model.compile(**compile_kwargs)
    return model


def with_its_own_rate(input_shape, n_classes):
    model = perceptron(input_shape, n_classes)
    model.compile(
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def logits(input_shape, n_classes):
    model = perceptron(input_shape, n_classes, activation=None)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer="adam",
    )
    return model


class Subclass(keras.Model):
    """A network in the manner of Keras' subclasses: shapes show when it is called."""

    def __init__(self, n_classes):
        super().__init__()
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(8, activation="relu")
        self.dropout = layers.Dropout(0.2)
        self.out = layers.Dense(n_classes, activation="softmax")

    def call(self, images, training=False):
        x = self.dropout(self.hidden(self.flatten(images)), training=training)
        return self.out(x)


def subclassed(n_classes):
    return Subclass(n_classes)


def with_lambda(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Lambda(lambda images: images * 2 - 1),
            layers.Flatten(),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def without_input(n_classes):
    return keras.Sequential(
        [layers.Flatten(), layers.Dense(n_classes, activation="softmax")]
    )


def one_unit(input_shape, activation="sigmoid"):
    return perceptron(input_shape, 1, activation=activation)


def with_dropout(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Flatten(),
            layers.Dropout(0.5),  # without a seed
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def convolutional(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


BUILDS = [
    *(perceptron, functional, from_meta, compiled, compiled_as_told),
    *(with_its_own_rate, logits, subclassed, with_lambda, without_input),
    *(with_dropout, convolutional),
]


def make_network(model=perceptron, **changes):
    """Return a NetworkClassifier of small settings, with changes by name."""
    small = {"epochs": 4, "batch_size": 16, "learning_rate": 0.02, "random_state": 0}
    return NetworkClassifier(model, **{**small, **changes})


# Every manner of building


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_networks_of_every_manner_learn_repeat_and_can_be_pickled(build, shapes):
    X, y = shapes
    network = make_network(build).fit(X, y)
    assert network.score(X, y) > 0.9
    proba = network.predict_proba(X)
    assert proba.shape == (60, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert network.n_parameters_ == network.model_.count_params()
    np.testing.assert_allclose(
        network.model_.predict(X[..., None], verbose=0), proba, atol=1e-2
    )
    again = make_network(build).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), proba)
    text = pickle.dumps(network)
    POOL.clear()
    np.testing.assert_array_equal(pickle.loads(text).predict_proba(X), proba)


def test_a_keras_model_is_its_own_template(shapes):
    X, y = shapes
    template = perceptron((8, 8, 1), 3)
    before = [weight.copy() for weight in template.get_weights()]
    one, other = (make_network(template, random_state=n).fit(X, y) for n in (0, 0))
    np.testing.assert_array_equal(one.decision_function(X), other.decision_function(X))
    assert one.score(X, y) > 0.9
    for weight, old in zip(template.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_a_fit_begins_with_the_weights_that_the_build_function_gives(shapes):
    X, y = shapes
    template = perceptron((8, 8, 1), 3)
    barely = make_network(template, learning_rate=1e-12, optimizer="sgd").fit(X, y)
    for weight, old in zip(
        barely.model_.get_weights(), template.get_weights(), strict=True
    ):
        np.testing.assert_allclose(weight, old, atol=1e-6)


def test_the_build_function_is_called_at_every_fit(shapes):
    X, y = shapes
    sizes = [8, 9]

    def build(input_shape, n_classes):
        return perceptron(input_shape, n_classes, units=sizes.pop(0))

    network = make_network(build).fit(X, y)
    assert network.n_parameters_ == (64 * 8 + 8) + (8 * 3 + 3)
    network.fit(X, y)
    assert network.n_parameters_ == (64 * 9 + 9) + (9 * 3 + 3)


def test_build_functions_get_what_they_ask_for(shapes):
    X, y = shapes
    seen = {}

    def build(meta, params, compile_kwargs, input_shape, n_classes, depth=1):
        seen.update(locals())
        return perceptron(input_shape, n_classes)

    network = make_network(build, model__depth=3, epochs=1).fit(X, y)
    assert seen["input_shape"] == (8, 8, 1)
    assert (seen["n_classes"], seen["depth"]) == (3, 3)
    assert seen["params"] == network.get_params()
    assert {"optimizer", "loss", "metrics"} <= set(seen["compile_kwargs"])
    meta = seen["meta"]
    assert meta["n_classes_"] == 3
    assert list(meta["classes_"]) == ["left", "spot", "top"]
    assert meta["n_features_in_"] == 64
    assert meta["image_shape_"] == (8, 8, 1)
    assert (meta["X_shape_"], meta["X_dtype_"]) == ((60, 8, 8), X.dtype)
    network.set_params(warm_start=True).fit(X.reshape(60, 64), y)
    assert seen["meta"]["X_shape_"] == (60, 8, 8)  # the network is the same one


def test_a_given_parameter_goes_before_what_is_offered(shapes):
    X, y = shapes
    network = make_network(model__n_classes=3, model__input_shape=(8, 8, 1))
    assert network.fit(X, y).score(X, y) > 0.9


# Flat rows


def for_rows(meta):
    """As for scikeras, in the words of Keras 2."""
    model = keras.Sequential()
    model.add(layers.Input(shape=meta["X_shape_"][1:]))
    model.add(layers.Dense(meta["n_classes_"], activation="softmax"))
    return model


def for_anything(n_classes):
    return keras.Sequential([layers.Dense(n_classes, activation="softmax")])


class Scores(keras.Model):
    """A network that says nothing of its input."""

    def __init__(self, n_classes):
        super().__init__()
        self.scores = layers.Dense(n_classes, activation="softmax")

    def call(self, inputs):
        return self.scores(inputs)


@pytest.mark.parametrize("build", [for_rows, for_anything, Scores])
def test_flat_rows_stay_flat_for_networks_that_want_them(build, shapes):
    X, y = shapes
    rows = X.reshape(60, 64)
    network = make_network(build, epochs=2).fit(rows, y)
    assert network.n_parameters_ == 64 * 3 + 3
    # Its own images are images nevertheless.
    expected = network.predict_proba(rows)
    np.testing.assert_array_equal(network.predict_proba(X), expected)
    proba = network.model_.predict(X[..., None], verbose=0)
    np.testing.assert_allclose(proba, expected, atol=1e-2)


def test_images_are_no_rows_of_pixels(shapes):
    with pytest.raises(ValueError, match=r"output has shape \(None, 8, 8, 3\)"):
        make_network(for_anything).fit(*shapes)


def test_rows_of_features_are_no_images_gone_wrong(shapes):
    _, y = shapes
    X = np.random.default_rng(0).random((60, 90))
    assert make_network(from_meta, epochs=1).fit(X, y).image_shape_ == (1, 90, 1)


# Two classes


@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_one_unit_serves_two_classes(pair, activation):
    X, y = pair
    network = make_network(one_unit, model__activation=activation).fit(X, y)
    proba, decision = network.predict_proba(X), network.decision_function(X)
    assert network.score(X, y) > 0.9
    assert proba.shape == (40, 2)
    assert network.predict_proba(X[:1]).shape == (1, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert decision.shape == (40,)
    np.testing.assert_array_equal(decision > 0, network.predict(X) == "top")
    # What Keras' model gives is the probability of the second class.
    keras_proba = network.model_.predict(X[..., None], verbose=0)
    np.testing.assert_allclose(keras_proba[:, 0], proba[:, 1], atol=1e-2)
    assert network.history_["accuracy"].iloc[-1] > 0.9


def test_two_units_serve_two_classes(pair):
    X, y = pair
    network = make_network().fit(X, y)
    assert network.predict_proba(X).shape == (40, 2)
    assert network.decision_function(X).shape == (40,)
    assert network.score(X, y) > 0.9


# Losses


def squared_error(codes, proba):
    """The loss of Brier (1950), on codes."""
    wanted = keras.ops.one_hot(keras.ops.cast(codes[:, 0], "int32"), 3)
    return keras.ops.sum((wanted - proba) ** 2, axis=-1)


@pytest.mark.parametrize(
    "loss",
    [
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "kl_divergence",
        "categorical_focal_crossentropy",
        keras.losses.CategoricalCrossentropy,
        keras.losses.SparseCategoricalCrossentropy(),
        squared_error,
    ],
    ids=lambda loss: (
        loss if isinstance(loss, str) else getattr(loss, "__name__", "instance")
    ),
)
def test_losses_of_every_kind_train(loss, shapes):
    X, y = shapes
    network = make_network(loss=loss).fit(X, y)
    assert network.score(X, y) > 0.9
    assert network.history_["loss"].is_monotonic_decreasing
    assert network.history_["accuracy"].iloc[-1] > 0.9


def test_the_default_loss_is_the_cross_entropy(shapes):
    X, y = shapes
    default = make_network().fit(X, y).history_["loss"]
    named = make_network(loss="sparse_categorical_crossentropy").fit(X, y)
    np.testing.assert_allclose(default, named.history_["loss"], rtol=1e-3)


def test_label_smoothing_is_in_the_default_loss(shapes):
    X, y = shapes
    plain, smooth = (
        make_network(label_smoothing=share).fit(X, y).history_["loss"].iloc[-1]
        for share in (0, 0.3)
    )
    assert smooth > plain + 0.1


# Routed parameters


def test_parameters_of_the_build_function_are_routed(shapes):
    network = make_network(model__units=5).fit(*shapes)
    assert network.n_parameters_ == (64 * 5 + 5) + (5 * 3 + 3)


def test_arguments_of_the_build_function_need_no_prefix(shapes):
    search = GridSearchCV(make_network(units=7, epochs=1), {"units": [5]}, cv=2)
    network = search.fit(*shapes).best_estimator_
    assert network.n_parameters_ == (64 * 5 + 5) + (5 * 3 + 3)
    assert network.units == network.get_params()["units"] == 5
    assert "units=5" in repr(clone(network))
    # As in scikeras, the prefix has the last word.
    assert network.set_params(model__units=6)._routed["model__units"] == 6


def test_a_function_of_any_keywords_takes_any_argument_but_our_own_words():
    def build(meta, **others):
        del meta, others

    assert NetworkClassifier(build, foo=3, epochs=2)._routed == {"model__foo": 3}
    with pytest.raises(TypeError, match=r"'validation_split'.*validation_fraction=0.2"):
        NetworkClassifier(build, validation_split=0.2)


def test_an_argument_may_not_hide_what_an_estimator_has():
    def build(score, lambda_):
        del score, lambda_

    for name in ("score", "lambda_"):
        with pytest.raises(TypeError, match=f"of its own. Pass model__{name}"):
            NetworkClassifier(build, **{name: 1})


def test_the_signature_is_that_of_the_model_that_is_set(shapes):
    network = NetworkClassifier().set_params(model=perceptron, units=5)
    assert clone(network).units == 5
    with pytest.raises(TypeError, match="functional takes no units, which was set"):
        network.set_params(model=functional)
    assert network.set_params(model=from_meta).model is from_meta
    with pytest.raises(TypeError, match=r"model=None takes \[\]"):
        NetworkClassifier(units=5)
    with pytest.raises(TypeError, match=r"model=<Sequential.* takes \[\]"):
        NetworkClassifier(perceptron((8, 8, 1), 3), units=5)


def with_a_tenth_of_the_rate(
    input_shape, n_classes, learning_rate=0.5, weight_decay=0, epochs=7
):
    model = perceptron(input_shape, n_classes)
    model.compile(keras.optimizers.SGD(learning_rate / 10), "kl_divergence")
    return model


def test_the_build_function_gets_our_parameters_that_it_takes(shapes):
    network = make_network(with_a_tenth_of_the_rate, learning_rate=0.2, epochs=1)
    network.set_params(weight_decay=1e-3).fit(*shapes)
    # One in the hands of the function is not used a second time.
    assert network.history_["learning_rate"].tolist() == [pytest.approx(0.02)]
    assert POOL._models[-1].model.optimizer.weight_decay is None
    # What nobody has set is left to the function.
    assert make_network(with_a_tenth_of_the_rate, learning_rate=None)._routed == {
        "model__epochs": 4
    }


def test_parameters_of_the_optimizer_are_routed(shapes):
    X, y = shapes
    routed = make_network(optimizer="sgd", optimizer__momentum=0.9).fit(X, y)
    given = make_network(optimizer=keras.optimizers.SGD(momentum=0.9)).fit(X, y)
    plain = make_network(optimizer="sgd").fit(X, y)
    expected = given.decision_function(X)
    np.testing.assert_array_equal(routed.decision_function(X), expected)
    assert (plain.decision_function(X) != expected).any()


@pytest.mark.parametrize(
    ("parameters", "rate"),
    [
        ({"optimizer": "sgd"}, 0.001),
        ({"optimizer": "sgd", "optimizer__learning_rate": 0.03}, 0.03),
        ({"optimizer": keras.optimizers.SGD(0.04)}, 0.04),
        ({"optimizer": keras.optimizers.SGD(0.04), "learning_rate": 0.07}, 0.07),
        ({"model": with_its_own_rate}, 0.05),
        ({"model": with_its_own_rate, "learning_rate": 0.07}, 0.07),
    ],
    ids=["default", "routed", "instance", "number wins", "compiled", "wins again"],
)
def test_the_rate_is_the_optimizers_own_unless_given(parameters, rate, shapes):
    parameters = {"learning_rate": None, "epochs": 1, **parameters}
    network = make_network(**parameters).fit(*shapes)
    assert network.history_["learning_rate"].tolist() == pytest.approx([rate])


def test_parameters_of_the_loss_are_routed(shapes):
    X, y = shapes
    routed = make_network(
        model__activation=None,
        loss=keras.losses.SparseCategoricalCrossentropy,
        loss__from_logits=True,
    ).fit(X, y)
    instance = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    given = make_network(model__activation=None, loss=instance).fit(X, y)
    np.testing.assert_array_equal(
        routed.decision_function(X), given.decision_function(X)
    )
    assert routed.score(X, y) > 0.9


def test_parameters_of_metrics_are_routed(shapes):
    X, y = shapes
    network = make_network(
        metrics=[keras.metrics.TopKCategoricalAccuracy],
        metrics__0__k=3,
        epochs=2,
    ).fit(X, y, X_val=X, y_val=y)
    # The three best of three are always right.
    column = network.history_["top_k_categorical_accuracy"]
    assert column.tolist() == [1, 1]
    assert "val_top_k_categorical_accuracy" in network.history_
    assert "accuracy" in network.history_


def test_accuracy_is_there_once_whoever_asks_for_it(shapes):
    network = make_network(metrics=["accuracy"], epochs=1).fit(*shapes)
    assert list(network.history_.columns) == [
        *("loss", "accuracy", "learning_rate", "seconds")
    ]


def test_parameters_of_callbacks_are_routed(shapes):
    network = make_network(
        callbacks={"stop": keras.callbacks.EarlyStopping},
        callbacks__stop__monitor="loss",
        callbacks__stop__min_delta=1e9,
        callbacks__stop__patience=1,
        epochs=9,
    )
    # No epoch but the first is better by so much.
    assert network.fit(*shapes).n_iter_ == 2
    # A callback of an earlier fit would remember its best loss.
    assert network.fit(*shapes).n_iter_ == 2


def test_search_over_units_and_momentum(shapes):
    search = GridSearchCV(
        make_network(optimizer="sgd", learning_rate=0.1, epochs=2),
        {"model__units": [4, 8], "optimizer__momentum": [0.0, 0.9]},
        cv=3,
    ).fit(*shapes)
    assert search.best_score_ > 0.9
    assert set(search.best_params_) == {"model__units", "optimizer__momentum"}
    units = search.best_params_["model__units"]
    assert search.best_estimator_.n_parameters_ == 64 * units + units + units * 3 + 3


# A good citizen of scikit-learn


def test_it_is_a_classifier_and_folds_are_stratified(shapes):
    assert is_classifier(make_network())
    assert cross_val_score(make_network(), *shapes, cv=3).min() > 0.9


def test_routed_parameters_are_parameters():
    network = make_network(model__units=5, optimizer__momentum=0.9)
    assert network.get_params()["model__units"] == 5
    twin = clone(network)
    assert twin.get_params() == network.get_params()
    twin.set_params(model__units=6, loss__from_logits=True, epochs=1)
    assert (twin.model__units, twin.loss__from_logits, twin.epochs) == (6, True, 1)
    assert network.model__units == 5
    assert "model__units=5" in repr(network)


def test_a_keras_model_can_be_cloned_and_searched(shapes):
    X, y = shapes
    template = perceptron((8, 8, 1), 3)
    search = GridSearchCV(make_network(template), {"epochs": [1, 4]}, cv=2).fit(X, y)
    assert search.best_estimator_.score(X, y) > 0.9


def test_routed_parameters_are_searched_inside_a_pipeline(shapes):
    X, y = shapes
    pipeline = make_pipeline(FunctionTransformer(np.negative), make_network())
    search = GridSearchCV(pipeline, {"networkclassifier__model__units": [5]}, cv=2)
    search.fit(X.astype(float), y)
    best = search.best_estimator_[-1]
    assert best.n_parameters_ == (64 * 5 + 5) + (5 * 3 + 3)


@pytest.mark.parametrize("build", [with_dropout, subclassed, with_lambda])
def test_layers_without_a_seed_are_decided_by_random_state_alone(build, shapes):
    X, y = shapes
    decisions = []
    for number, seed in enumerate((0, 0, 1)):
        random.seed(number)
        np.random.seed(number)  # noqa: NPY002  (must not matter)
        before = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
        network = make_network(build, random_state=seed).fit(X, y)
        decisions.append(network.decision_function(X))
        network.model_.count_params()
        assert random.getstate() == before[0]
        np.testing.assert_array_equal(
            np.random.get_state()[1],  # noqa: NPY002
            before[1],
        )
    np.testing.assert_array_equal(decisions[0], decisions[1])
    assert (decisions[0] != decisions[2]).any()


def test_partial_fit_and_warm_start_go_on(shapes):
    X, y = shapes
    whole = make_network(epochs=2).fit(X, y).decision_function(X)
    parts = make_network()
    for _ in range(2):
        parts.partial_fit(X, y, classes=np.unique(y))
    np.testing.assert_array_equal(parts.decision_function(X), whole)
    warm = make_network(epochs=1, warm_start=True).fit(X, y).fit(X, y)
    np.testing.assert_array_equal(warm.decision_function(X), whole)


def test_equal_networks_share_a_model_and_others_do_not(shapes):
    X, y = shapes
    POOL.clear()
    for units in (8, 8, 8):
        make_network(model__units=units).fit(X, y)
    assert len(POOL) == 1
    make_network(model__units=9).fit(X, y)
    assert len(POOL) == 2


# Refusals


def test_an_unknown_keyword_is_a_type_error():
    match = (
        r"unexpected keyword argument 'epoch'. Did you mean 'epochs'\?.*"
        r"\(perceptron takes \['activation', .*'units'\]\).*'optimizer__'"
    )
    with pytest.raises(TypeError, match=match):
        NetworkClassifier(perceptron, epoch=3)


@pytest.mark.parametrize(
    ("word", "value", "cure"),
    [
        ("build_fn", perceptron, "Pass model=perceptron."),
        ("validation_split", 0.2, "Pass early_stopping=True, validation_fraction=0.2."),
        ("validation_split", 0.0, "Leave it out: rows are held out only for what"),
        ("shuffle", False, "images are shuffled anew in each epoch, as random_state"),
        ("run_eagerly", True, "Leave it out, or let the build function return a"),
        ("validation_batch_size", 8, "Leave it out: how images are cut"),
        ("fit__epochs", 3, "Pass epochs=3."),
        ("fit__callbacks__0__patience", 2, "Pass callbacks__0__patience=2."),
        ("fit__validation_data", 0, "fit(X, y, X_val=X_val, y_val=y_val)"),
        ("fit__sample_weight", 0, "fit(X, y, sample_weight=weights)"),
        ("fit__anything", 0, "Leave it out."),
        ("predict__batch_size", 100, "Leave it out: predict takes images alone"),
        ("compile__loss", "mse", "Pass loss='mse'."),
        ("lr", 0.1, "Pass learning_rate=0.1."),
        ("max_epochs", 3, "Pass epochs=3."),
    ],
)
def test_words_of_scikeras_keras_and_skorch_name_ours(word, value, cure):
    with pytest.raises(TypeError) as error:
        NetworkClassifier(perceptron, **{word: value})
    assert f"keyword argument '{word}'. " in str(error.value)
    assert cure in str(error.value)
    assert "model__" not in str(error.value)


@pytest.mark.parametrize(
    ("word", "value", "cure"),
    [
        ("epochs", 3, r"Call clf.set_params\(epochs=3\).fit\(X, y\)."),
        ("validation_split", 0.2, r"set_params\(early_stopping=True, validation_frac"),
        ("validation_data", (1, 2), r"fit\(X, y, X_val=X_val, y_val=y_val\)"),
        ("anything", 1, "Leave it out."),
    ],
)
@pytest.mark.parametrize("classifier", [NetworkClassifier(perceptron), CNNClassifier()])
def test_fit_names_the_parameter_that_says_the_same(classifier, word, value, cure):
    with pytest.raises(TypeError, match=f"fit got an unexpected.*'{word}'. .*{cure}"):
        classifier.fit(None, None, **{word: value})


def test_partial_fit_names_it_too():
    with pytest.raises(
        TypeError, match=r"partial_fit got .*'lr'\. Call clf\.set_params\(l"
    ):
        CNNClassifier().partial_fit(None, None, lr=0.1)


def test_set_params_refuses_unknown_names_and_changes_nothing():
    network = make_network()
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        network.set_params(epoch=3, model__units=7)
    assert not hasattr(network, "model__units")
    with pytest.raises(TypeError, match=r"'fit__epochs'. Pass epochs=3"):
        network.set_params(fit__epochs=3, epochs=7)
    assert network.epochs == 4


def forgets_to_return(input_shape, n_classes):
    perceptron(input_shape, n_classes)


def five_outputs(input_shape):
    return perceptron(input_shape, 5)


def one_output(input_shape):
    return perceptron(input_shape, 1, activation="sigmoid")


def a_map_of_outputs(input_shape, n_classes):
    return keras.Sequential([keras.Input(input_shape), layers.Dense(n_classes)])


def larger_images(n_classes):
    return perceptron((9, 9, 1), n_classes)


@pytest.mark.parametrize(
    ("model", "error", "match"),
    [
        (None, TypeError, "model=None is no build function: a function .*such as"),
        ("cnn", TypeError, "model='cnn' is no build function"),
        (
            forgets_to_return,
            TypeError,
            "returned 'NoneType'; a Keras model .*'return m",
        ),
        (
            five_outputs,
            ValueError,
            r"shape \(None, 5\), but y holds 3 classes.*needs 3 ",
        ),
        (
            one_output,
            ValueError,
            r"\(None, 1\), but y holds 3 .*needs 3 units\. Take n",
        ),
        (
            a_map_of_outputs,
            ValueError,
            r"shape \(None, 8, 8, 3\), and one row .*Flatten\(\) or .*Pooling2D\(\)",
        ),
        (larger_images, ValueError, r"inputs of shape \(9, 9, 1\), but .* \(8, 8, 1\)"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_networks_that_do_not_fit_are_refused(model, error, match, shapes):
    network = make_network(model)
    before = vars(network).copy()
    with pytest.raises(error, match=match):
        network.fit(*shapes)
    assert vars(network) == before


def test_one_unit_is_offered_for_two_classes(pair):
    with pytest.raises(ValueError, match=r"last layer needs 2 units \(or one\)"):
        make_network(five_outputs).fit(*pair)


def test_an_argument_that_the_build_function_does_not_take(shapes):
    with pytest.raises(TypeError, match="unexpected keyword argument 'unit'"):
        make_network(model__unit=3).fit(*shapes)


def test_an_unknown_loss_names_those_there_are(shapes):
    match = r"loss='entropy' is no loss.*'categorical_crossentropy'.*\], a class"
    with pytest.raises(ValueError, match=match):
        make_network(loss="entropy").fit(*shapes)


@pytest.mark.parametrize("lr_schedule", ["plateau", "constant"])
def test_an_unknown_monitor_names_the_figures(shapes, lr_schedule):
    network = make_network(
        monitor="val_acc", early_stopping=True, lr_schedule=lr_schedule
    )
    with pytest.raises(
        ValueError, match=r"monitor='val_acc' .* \['accuracy', .*'val_lo"
    ):
        network.fit(*shapes)


class Child(NetworkClassifier):
    """A classifier that brings its build function along, as scikeras has it."""

    def __init__(self, units=4, epochs=1, random_state=0):
        super().__init__(epochs=epochs, random_state=random_state)
        self.units = units

    def _keras_build_fn(self, input_shape, n_classes):
        return perceptron(input_shape, n_classes, units=self.units)


def test_a_child_class_may_bring_the_build_function(shapes):
    clf = clone(Child(units=3)).set_params(epochs=2).fit(*shapes)
    assert clf.n_parameters_ == 64 * 3 + 3 + 3 * 3 + 3
    assert clf.current_epoch == clf.n_iter_ == 2
    copied = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(
        copied.predict_proba(shapes[0]), clf.predict_proba(shapes[0])
    )
