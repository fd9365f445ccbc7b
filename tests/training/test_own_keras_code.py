"""What users bring of Keras' objects is heeded: it does what it does in plain Keras."""

import keras
import numpy as np
import pytest

from skcnn import NetworkClassifier
from skcnn.datasets import load_digits


def dense(input_shape, n_classes, regularizer=None, activation=None):
    first = keras.layers.Dense(
        8,
        activation=activation,
        kernel_initializer=ones(),
        kernel_regularizer=regularizer,
    )
    last = keras.layers.Dense(n_classes, activation="softmax")
    return keras.Sequential(
        [keras.Input(input_shape), keras.layers.Flatten(), first, last]
    )


def ones():
    return keras.initializers.Constant(0.01)


def fitted(shapes, model=dense, **params):
    params = {"epochs": 1, "batch_size": 32, "random_state": 0, **params}
    return NetworkClassifier(model, **params).fit(*shapes)


def first_loss(shapes, **params):
    return fitted(shapes, **params).history_["loss"].iloc[0]


# --- objects whose get_config names no parameter --------------------------------------


class Times(keras.losses.Loss):
    """A cross-entropy times a number that no configuration names."""

    def __init__(self, factor=1.0, **others):
        super().__init__(**others)
        self.factor = factor

    def call(self, y_true, y_pred):
        entropy = keras.losses.sparse_categorical_crossentropy(y_true, y_pred)
        return self.factor * entropy


class Constant(keras.metrics.Metric):
    """A figure that is always the same one."""

    def __init__(self, value=1.0, name="constant"):
        super().__init__(name=name)
        self._value = value

    def update_state(self, y_true, y_pred, sample_weight=None):
        pass

    def result(self):
        return keras.ops.convert_to_tensor(self._value)


class Frozen(keras.optimizers.SGD):
    """It takes only a part of each step."""

    def __init__(self, part=1.0, **others):
        super().__init__(**others)
        self.part = part

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient * self.part, variable, learning_rate)


class Fixed(keras.optimizers.schedules.LearningRateSchedule):
    """One rate."""

    def __init__(self, rate=0.0):
        self.rate = rate

    def __call__(self, step):
        return keras.ops.convert_to_tensor(self.rate)

    def get_config(self):
        return {}


class Scaled(keras.layers.Layer):
    """A layer whose factor no configuration names."""

    def __init__(self, factor=1.0, name=None):
        super().__init__(name=name)
        self._factor = factor

    def call(self, inputs):
        return inputs * self._factor

    def get_config(self):
        return {"name": self.name}


class Penalty(keras.regularizers.Regularizer):
    """A penalty that does not depend on the weights."""

    def __init__(self, size=0.0):
        self.size = size

    def __call__(self, x):
        return keras.ops.sum(x * 0) + self.size

    def get_config(self):
        return {}


def test_a_routed_parameter_of_an_own_loss_is_heeded_in_every_fit(shapes):
    once = first_loss(shapes, loss=Times, loss__factor=1.0)
    thrice = first_loss(shapes, loss=Times, loss__factor=3.0)
    assert thrice == pytest.approx(3 * once, rel=0.2)


def test_an_own_loss_that_is_changed_between_fits_is_seen(shapes):
    loss = Times(1.0)
    clf = NetworkClassifier(dense, loss=loss, epochs=1, random_state=0)
    before = clf.fit(*shapes).history_["loss"].iloc[0]
    loss.factor = 0.0
    assert clf.fit(*shapes).history_["loss"].iloc[0] == 0.0
    loss.factor = 1.0
    assert clf.fit(*shapes).history_["loss"].iloc[0] == before


def test_a_loss_that_is_changed_later_leaves_the_compiled_one_as_it_was(pair, pool):
    loss = Times(0.0)
    fitted(pair, loss=loss)
    loss.factor = 5.0
    # The pooled model meets validation images, and so loss and graph, only now.
    clf = fitted(pair, loss=Times(0.0), early_stopping=True, validation_fraction=0.5)
    assert len(pool) == 1
    assert clf.history_["val_loss"].iloc[0] == 0.0


def test_equal_own_losses_share_a_compiled_network(pair, pool):
    for rate in (0.1, 0.2):
        fitted(pair, loss=Times(2.0), learning_rate=rate)
    assert len(pool) == 1


FACTOR = 1.0


def times_global(y_true, y_pred):
    return FACTOR * keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


def test_a_global_that_a_loss_function_reads_is_seen(shapes, monkeypatch):
    once = first_loss(shapes, loss=times_global)
    monkeypatch.setitem(globals(), "FACTOR", 0.0)
    assert once > 0
    assert first_loss(shapes, loss=times_global) == 0


def test_a_closure_of_a_loss_function_is_seen(shapes):
    def times(factor):
        def loss(y_true, y_pred):
            entropy = keras.losses.sparse_categorical_crossentropy(y_true, y_pred)
            return factor * entropy

        return loss

    assert first_loss(shapes, loss=times(1.0)) > 0
    assert first_loss(shapes, loss=times(0.0)) == 0


@pytest.mark.parametrize("value", [2.0, 7.0])
def test_an_own_metric_keeps_its_parameter(value, shapes):
    clf = fitted(shapes, loss="mse", metrics=[Constant(value)])
    assert clf.history_["constant"].iloc[0] == value


@pytest.mark.parametrize(
    "optimizer", [lambda: Frozen(part=0.0), lambda: keras.optimizers.SGD(Fixed(0.0))]
)
def test_an_own_optimizer_or_schedule_keeps_its_parameter(optimizer, shapes):
    clf = fitted(shapes, optimizer=optimizer())
    kernel = clf.model_.get_weights()[0]
    np.testing.assert_array_equal(kernel, np.full_like(kernel, 0.01))
    moving = Frozen(part=1.0, learning_rate=0.5)
    assert (fitted(shapes, optimizer=moving).model_.get_weights()[0] != 0.01).any()


def test_schedules_that_differ_only_inside_share_nothing(shapes):
    fitted(shapes, optimizer=keras.optimizers.SGD(Fixed(0.0)))
    clf = fitted(shapes, optimizer=keras.optimizers.SGD(Fixed(0.5)))
    assert (clf.model_.get_weights()[0] != 0.01).any()


def test_an_own_regularizer_keeps_its_parameter(shapes):
    def loss(size):
        return first_loss(shapes, model__regularizer=Penalty(size))

    assert loss(100.0) - loss(0.0) == pytest.approx(100.0, rel=1e-3)


def with_own_layer(input_shape, n_classes, factor=0.0):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            Scaled(factor),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes),
        ]
    )


def assert_all_images_look_alike(clf, X):
    scores = clf.decision_function(X)
    # To float32's last digit: processors multiply the last rows in another order.
    np.testing.assert_allclose(
        scores, np.broadcast_to(scores[0], scores.shape), rtol=1e-6
    )


def test_an_own_layer_keeps_its_parameter_beside_batch_normalisation(shapes):
    clf = fitted(shapes, with_own_layer)
    assert_all_images_look_alike(clf, shapes[0])
    np.testing.assert_allclose(
        clf.model_.predict(shapes[0][..., None], verbose=0),
        clf.predict_proba(shapes[0]),
        atol=1e-2,  # of bfloat16
    )


SCALE = 1.0


def test_a_network_that_became_another_one_is_no_longer_predicted_with(
    shapes, pool, monkeypatch
):
    def build(input_shape, n_classes):
        return with_own_layer(input_shape, n_classes, factor=SCALE)

    clf = fitted(shapes, build)
    before = clf.predict_proba(shapes[0])
    pool.clear()
    np.testing.assert_array_equal(clf.predict_proba(shapes[0]), before)
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    pool.clear()
    with pytest.raises(RuntimeError, match="another network than it gave at fit"):
        clf.predict(shapes[0])


def test_a_template_keeps_the_parameter_of_an_own_layer(shapes):
    keras.utils.set_random_seed(0)
    clf = fitted(shapes, with_own_layer((8, 8, 1), 3))
    assert_all_images_look_alike(clf, shapes[0])


def test_an_own_layer_as_augmentation_keeps_its_parameter(shapes):
    blind, seeing = (
        fitted(shapes, augment=Scaled(factor), epochs=20, optimizer="sgd")
        for factor in (0.0, 1.0)
    )
    # Who has only seen black images has learned no kernel.
    kernel = blind.model_.get_weights()[0]
    np.testing.assert_array_equal(kernel, np.full_like(kernel, 0.01))
    assert (seeing.model_.get_weights()[0] != 0.01).any()


def test_what_cannot_be_copied_is_named_with_the_cure(shapes):
    class Needing(keras.optimizers.SGD):
        def __init__(self, something):
            super().__init__()

    with pytest.raises(TypeError, match=r"Needing cannot be copied.*get_config"):
        fitted(shapes, optimizer=Needing(1))


# --- functions that are named like Keras' own -----------------------------------------


def relu(x):
    """Return zeros, unlike Keras' function of this name."""
    return x * 0


@pytest.mark.parametrize("is_template", [False, True])
def test_a_function_that_is_named_like_one_of_keras_own_is_used(is_template, shapes):
    model, params = dense, {"model__activation": relu}
    if is_template:
        keras.utils.set_random_seed(0)
        model, params = dense((8, 8, 1), 3, activation=relu), {}
    assert_all_images_look_alike(fitted(shapes, model, **params), shapes[0])


# --- subclasses of keras.Model --------------------------------------------------------


def subclass_with(**members):
    """Return a build function for a subclass with further members."""

    def call(self, images):
        return self.scores(self.flatten(images))

    def build(input_shape, n_classes):
        kind = type("Mine", (keras.Model,), {"call": call, **members})
        network = kind()
        network.flatten = keras.layers.Flatten()
        network.scores = keras.layers.Dense(n_classes)
        return network

    return build


@pytest.mark.parametrize(
    "name",
    ["train_step", "test_step", "compute_loss", "compute_metrics", "predict_step"],
)
def test_an_own_way_of_training_is_refused_by_name(name, shapes):
    def never(self, *args, **kwargs):
        raise AssertionError("called")

    with pytest.raises(ValueError, match=rf"Mine with a {name} of its own") as error:
        fitted(shapes, subclass_with(**{name: never}))
    assert "loss=" in str(error.value)


def test_a_subclass_without_one_is_trained(shapes):
    assert fitted(shapes, subclass_with(), epochs=30).score(*shapes) > 0.9


# --- what compile was given -----------------------------------------------------------


def compiled_by(**given):
    def build(input_shape, n_classes):
        network = dense(input_shape, n_classes)
        network.compile(
            "sgd", "sparse_categorical_crossentropy", **{"metrics": ["acc"], **given}
        )
        return network

    return build


def test_loss_weights_of_a_compiled_network_count(shapes):
    once = first_loss(shapes, model=compiled_by())
    hundred = first_loss(shapes, model=compiled_by(loss_weights=100.0))
    assert hundred > 20 * once


def test_weighted_metrics_of_a_compiled_network_are_weighted(shapes):
    X, y = shapes
    metrics = {"metrics": ["mse"], "weighted_metrics": [keras.metrics.MeanSquaredError]}
    weights = np.where(y == "left", 5.0, 0.1)
    clf = NetworkClassifier(compiled_by(**metrics), epochs=1, random_state=0)
    history = clf.fit(X, y, sample_weight=weights).history_
    names = ["mean_squared_error", "mean_squared_error_1"]
    assert set(names) <= set(history.columns)
    assert history[names[0]].iloc[0] != history[names[1]].iloc[0]


@pytest.mark.parametrize("given", ["run_eagerly", "jit_compile"])
def test_a_network_that_is_compiled_for_keras_loop_gets_it(given, pair, monkeypatch):
    from skcnn.training import fast_model

    def fit_by_keras(model, *arguments, **options):
        raise InterruptedError(model.run_eagerly, model.jit_compile)

    monkeypatch.setattr(fast_model, "fit_by_keras", fit_by_keras)
    with pytest.raises(InterruptedError) as seen:
        fitted(pair, compiled_by(**{given: True}))
    assert seen.value.args == (given == "run_eagerly", given == "jit_compile")


# --- targets and names of losses and metrics ------------------------------------------


class Seeing(keras.losses.Loss):
    """It notes the shape of its targets."""

    shapes: list

    def call(self, y_true, y_pred):
        self.shapes.append(tuple(y_true.shape))
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


def test_a_loss_class_gets_class_numbers_as_a_function_does(shapes):
    class Noting(Seeing):
        shapes = []

    def function(y_true, y_pred):
        seen.append(tuple(y_true.shape))
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    seen = []
    fitted(shapes, loss=Noting())
    fitted(shapes, loss=function)
    assert {shape[1:] for shape in Noting.shapes} == {shape[1:] for shape in seen}
    assert {shape[1:] for shape in seen} == {(1,)}


def test_an_own_kind_of_categorical_cross_entropy_gets_rows(shapes):
    class Mine(keras.losses.CategoricalCrossentropy):
        pass

    assert first_loss(shapes, loss=Mine()) == pytest.approx(
        first_loss(shapes, loss=keras.losses.CategoricalCrossentropy())
    )


@pytest.mark.parametrize("loss", [None, "sparse_categorical_crossentropy"])
@pytest.mark.parametrize(
    "metric",
    [
        "sparse_categorical_accuracy",
        "categorical_accuracy",
        keras.metrics.SparseTopKCategoricalAccuracy,
        keras.metrics.TopKCategoricalAccuracy,
    ],
)
def test_metrics_count_whatever_targets_the_loss_has(loss, metric, shapes):
    name = metric
    if not isinstance(metric, str):
        metric, name = metric(1, name="top"), "top"
    history = fitted(shapes, loss=loss, metrics=[metric]).history_
    assert history[name].iloc[0] == pytest.approx(history["accuracy"].iloc[0])


@pytest.mark.parametrize("name", ["AUC", "Precision", "F1Score"])
def test_metrics_of_scores_are_the_same_under_both_targets(name, shapes):
    def figures(loss):
        metric = keras.metrics.F1Score("macro") if name == "F1Score" else name
        return fitted(shapes, loss=loss, metrics=[metric]).history_.iloc[0, 2]

    by_rows, by_numbers = map(
        figures, ("categorical_crossentropy", "sparse_categorical_crossentropy")
    )
    np.testing.assert_allclose(by_rows, by_numbers)


def test_a_metric_of_one_number_per_class_is_named_with_the_cure(shapes):
    with pytest.raises(
        ValueError, match=r"'f1_score' gives 3 numbers.*average='macro'"
    ):
        fitted(shapes, metrics=[keras.metrics.F1Score()])


def test_metrics_are_called_what_the_fit_calls_them(shapes):
    for name in ("first", "second"):
        metrics = [keras.metrics.CategoricalAccuracy(name=name)]
        assert name in fitted(shapes, metrics=metrics).history_


def test_numbers_of_keras_count_within_a_fit(shapes):
    for _ in range(2):
        metrics = [keras.metrics.AUC(), keras.metrics.AUC(curve="PR")]
        columns = fitted(shapes, metrics=metrics).history_.columns
        assert {"auc", "auc_1"} <= set(columns)
        assert "auc_2" not in columns


def test_acc_is_a_column_that_a_callback_can_monitor(shapes):
    stopping = keras.callbacks.EarlyStopping(monitor="acc", patience=1)
    history = fitted(shapes, metrics=["acc"], callbacks=[stopping]).history_
    np.testing.assert_array_equal(history["acc"], history["accuracy"])


def test_mixed_images_under_a_sparse_loss_are_refused(shapes):
    with pytest.raises(ValueError, match=r"augment=\('mixup',\).*class numbers"):
        fitted(shapes, loss="sparse_categorical_crossentropy", augment="mixup")


def test_a_search_over_own_losses_finds_the_better_one():
    from sklearn.model_selection import GridSearchCV

    X, y = load_digits()
    clf = NetworkClassifier(dense, loss=Times, epochs=6, random_state=0)
    search = GridSearchCV(clf, {"loss__factor": [0.0, 1.0]}, cv=2, refit=False)
    none, all_of_it = search.fit(X[:300], y[:300]).cv_results_["mean_test_score"]
    assert none < all_of_it - 0.2
