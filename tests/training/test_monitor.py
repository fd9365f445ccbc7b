"""Early stopping and "plateau" ask the metric in which direction it improves."""

import re

import keras
import numpy as np
import pytest

from skcnn import ConvAutoencoder, NetworkClassifier
from skcnn.training.callbacks import Monitor


def build(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def fitted(shapes, **params):
    X, y = shapes
    common = {"epochs": 3, "batch_size": 20, "random_state": 0, "precision": "float32"}
    clf = NetworkClassifier(build, **{**common, **params})
    return clf.fit(X, y, X_val=X[::3], y_val=y[::3])


class BatchHook(keras.callbacks.Callback):
    """Asks for Keras' own loop."""

    def on_train_batch_end(self, batch, logs=None):
        pass


class Rising(keras.metrics.Metric):
    """Grows with every batch since the fit began, or falls."""

    step = 1.0

    def __init__(self, name="figure"):
        super().__init__(name=name)
        self.value = self.add_variable((), "zeros", name="value")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.value.assign_add(self.step)

    def result(self):
        return self.value.value

    def reset_state(self):
        """Go on counting."""


class Falling(Rising):
    step = -1.0


def told(kind, direction):
    return type("Told", (kind,), {"_direction": direction})


@pytest.mark.parametrize(
    ("kind", "direction", "own_loop", "best"),
    [
        (Rising, "up", None, 3),
        (Rising, "down", None, 1),
        (Rising, "up", BatchHook, 3),
        (Falling, "up", None, 1),
        (Falling, "down", None, 3),
    ],
)
def test_the_best_epoch_is_that_which_the_metric_says(
    kind, direction, own_loop, best, shapes
):
    clf = fitted(
        shapes,
        metrics=[told(kind, direction)()],
        monitor="val_figure",
        early_stopping=True,
        callbacks=own_loop,
    )
    assert clf.best_iter_ == best


@pytest.mark.parametrize(
    ("direction", "own_loop", "falls"),
    [("up", None, False), ("up", BatchHook, False), ("down", None, True)],
)
def test_the_rate_falls_where_the_metric_gets_no_better(
    direction, own_loop, falls, shapes
):
    clf = fitted(
        shapes,
        metrics=[told(Rising, direction)()],
        monitor="figure",
        lr_schedule="plateau",
        epochs=5,
        callbacks=own_loop,
    )
    rates = clf.history_["learning_rate"].to_numpy()
    assert (rates[-1] < rates[0]) == falls


@pytest.mark.parametrize(
    ("make", "column", "sign"),
    [
        (lambda: keras.metrics.AUC(name="auc"), "auc", 1),
        (lambda: keras.metrics.Precision(name="precision"), "precision", 1),
        (lambda: keras.metrics.Recall(name="val_recall"), "val_recall", 1),
        (lambda: keras.metrics.F1Score(average="macro"), "f1_score", 1),
        (lambda: keras.metrics.CosineSimilarity(), "cosine_similarity", 1),
        (lambda: keras.metrics.KLDivergence(name="acc_gap"), "acc_gap", -1),
        (lambda: "mean_squared_error", "mean_squared_error", -1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_metrics_of_keras_say_where_they_improve(make, column, sign, shapes):
    column = f"val_{column}"
    clf = fitted(shapes, metrics=[make()], monitor=column, early_stopping=True)
    figures = sign * clf.history_[column].to_numpy()
    assert clf.best_iter_ == figures.argmax() + 1


@pytest.mark.parametrize(
    ("monitor", "sign"),
    [("loss", -1), ("val_loss", -1), ("accuracy", 1), ("val_accuracy", 1)],
)
def test_loss_and_accuracy_are_known_for_every_classifier(monitor, sign, cnn, digits):
    X, y = digits
    clf = cnn(monitor=monitor, early_stopping=True).fit(X, y, X_val=X, y_val=y)
    figures = sign * clf.history_[monitor].to_numpy()
    assert clf.best_iter_ == figures.argmax() + 1


def test_an_autoencoder_watches_its_loss(digits):
    encoder = ConvAutoencoder(
        filters=(2,), epochs=2, random_state=0, monitor="loss", early_stopping=True
    ).fit(digits[0])
    assert encoder.best_iter_ == encoder.history_["loss"].argmin() + 1


class Silent(Rising):
    """Says nothing of its direction."""


def share(y_true, y_pred):
    return keras.ops.mean(y_pred[:, 0])


class MustNotTrain(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        raise AssertionError


@pytest.mark.parametrize(
    "how", [{"early_stopping": True}, {"lr_schedule": "plateau"}], ids=str
)
@pytest.mark.parametrize(
    ("metric", "column", "name"),
    [(lambda: share, "share", "share"), (Silent, "figure", "Silent")],
    ids=["function", "class"],
)
def test_a_metric_that_cannot_tell_is_refused_with_a_cure_that_runs(
    metric, column, name, how, shapes
):
    params = {"metrics": [metric()], "monitor": f"val_{column}", **how}
    with pytest.raises(ValueError, match=f"monitor='val_{column}': {name}") as caught:
        fitted(shapes, **params, callbacks=MustNotTrain)
    cure = re.search(r'Set (.*?"up")', str(caught.value))[1]
    exec(cure, globals())
    try:
        clf = fitted(shapes, **{**params, "metrics": [metric()]})
    finally:
        del globals()[name]._direction
    if "early_stopping" in how:
        assert clf.best_iter_ == np.argmax(clf.history_[f"val_{column}"]) + 1


@pytest.mark.parametrize("monitor", ["val_acc", "figure_1", "seconds", "learning_rate"])
def test_an_unknown_column_is_refused_before_training(monitor, shapes):
    known = ["accuracy", "figure", "loss", "val_accuracy", "val_figure", "val_loss"]
    text = f"monitor={monitor!r} is no metric of this fit; known are {known}."
    with pytest.raises(ValueError, match=re.escape(text)):
        fitted(
            shapes,
            metrics=[Silent()],
            monitor=monitor,
            early_stopping=True,
            callbacks=MustNotTrain,
        )


def test_a_column_that_an_epoch_lacks_is_named():
    with pytest.raises(ValueError, match=r"monitor='f1' .* known are \['loss'\]"):
        Monitor("f1", 1).value({"loss": 1.0})
