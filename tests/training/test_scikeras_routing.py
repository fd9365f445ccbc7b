"""What scikeras routes, and what it never gets to see."""

import keras
import numpy as np
import pytest
import sklearn
from scikeras.wrappers import KerasClassifier
from sklearn.pipeline import Pipeline

from skcnn import NetworkClassifier


def perceptron(input_shape, n_classes, units=4):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(n_classes),
        ]
    )


class Doubled(keras.callbacks.Callback):
    """Sets the rate to twice a parameter of its own."""

    def __init__(self, half=0.0):
        super().__init__()
        self.half = half

    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate.assign(2 * self.half)


def network(**params):
    return NetworkClassifier(
        perceptron, **{"epochs": 1, "random_state": 0, "precision": "float32", **params}
    )


def test_arguments_with_a_prefix_reach_what_they_name(digits, pool):
    X, y = digits
    loss = keras.losses.CategoricalCrossentropy
    clf = network(
        model__units=3,
        optimizer="sgd",
        optimizer__momentum=0.5,
        optimizer__learning_rate=0.25,
        loss=loss,
        loss__from_logits=True,
        loss__label_smoothing=0.125,
        metrics=[keras.metrics.TopKCategoricalAccuracy],
        metrics__k=2,
        metrics__name="top",
    ).fit(X, y)
    (compiled,) = pool._models
    assert clf.n_parameters_ == 64 * 3 + 3 + 3 * 10 + 10
    assert compiled.model.optimizer.momentum == 0.5
    assert compiled.model.loss.label_smoothing == 0.125
    assert clf.history_["learning_rate"].tolist() == [0.25]
    assert clf.history_["top"].iloc[0] >= clf.history_["accuracy"].iloc[0]


def test_callbacks_get_their_routed_parameters(digits):
    X, y = digits
    clf = network(callbacks=Doubled, callbacks__half=0.125).fit(X, y)
    assert clf.history_["learning_rate"].tolist() == [0.25]


def test_scikeras_sees_class_numbers_only(digits, monkeypatch):
    X, y = digits
    labels = np.array([f"digit {label}" for label in y])
    seen = []
    initialize = KerasClassifier.initialize

    def watched(self, X, y):
        seen.append((X, y))
        return initialize(self, X, y)

    monkeypatch.setattr(KerasClassifier, "initialize", watched)
    monkeypatch.setattr(KerasClassifier, "fit", None)
    network().fit(X, labels, X_val=X[:9], y_val=labels[:9])
    ((rows, numbers),) = seen
    np.testing.assert_array_equal(rows[:, 0], np.arange(10))
    np.testing.assert_array_equal(numbers, np.arange(10))


def test_ready_made_estimators_pass_scikeras_by(cnn, digits, monkeypatch):
    monkeypatch.setattr(KerasClassifier, "__init__", None)
    cnn().fit(*digits)


@pytest.mark.parametrize("loss", [None, "categorical_crossentropy"])
def test_a_global_setting_for_outputs_changes_nothing(loss, bits, digits):
    X, y = digits
    expected = bits(network(loss=loss).fit(X, y))
    with sklearn.config_context(transform_output="pandas"):
        assert bits(network(loss=loss).fit(X, y)) == expected


def test_no_pipeline_of_scikit_learn_is_fitted(digits, monkeypatch):
    # mlflow's autolog would take it for one of the user's.
    monkeypatch.setattr(Pipeline, "fit", None)
    seen = {}

    def build(meta, input_shape, n_classes):
        seen.update(meta)
        return perceptron(input_shape, n_classes)

    NetworkClassifier(build, epochs=1, random_state=0).fit(*digits)
    assert (seen["n_outputs_"], seen["n_outputs_expected_"]) == (1, 1)


@pytest.mark.parametrize("kept", [[0, 9], [3, 4, 5]])
def test_labels_that_lack_a_class_are_coded_all_the_same(kept, digits):
    X, y = digits
    rows = np.isin(y, kept)
    clf = network(epochs=20, learning_rate=0.02)
    clf.partial_fit(X[rows], y[rows], classes=np.arange(10))
    for _ in range(20):
        clf.partial_fit(X[rows], y[rows])
    assert clf.predict_proba(X).shape == (len(X), 10)
    assert set(clf.predict(X[rows])) == set(kept)


def test_epochs_are_numbered_on_over_warm_fits(digits):
    X, y = digits
    epochs = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            epochs.append(epoch)

    clf = network(callbacks=Watch, epochs=2, warm_start=True).fit(X, y).fit(X, y)
    clf.partial_fit(X, y)
    assert epochs == [0, 1, 2, 3, 4]
