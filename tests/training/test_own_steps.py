"""Steps with sums of our own in place of Keras' metrics: when, and what they give."""

import numpy as np
import pytest

from skcnn import NetworkClassifier
from skcnn.keras_door import keras


class BatchCounter(keras.callbacks.Callback):
    """Has a hook per batch, so that only Keras' own loop and steps can serve it."""

    def on_train_batch_begin(self, batch, logs=None):
        """Do nothing."""


class Metrics(keras.callbacks.Callback):
    """Notes the logs of an epoch, and what Keras' metrics hold then."""

    seen = []

    def on_epoch_end(self, epoch, logs=None):
        """Note both."""
        held = {name: float(m) for name, m in self.model.get_metrics_result().items()}
        Metrics.seen.append((dict(logs), held))


def build(meta):
    """Return a network of one layer whose weights are penalised."""
    return keras.Sequential(
        [
            keras.layers.Input(meta["X_shape_"][1:]),
            keras.layers.Flatten(),
            keras.layers.Dense(
                meta["n_classes_"], kernel_regularizer="l2", name="logits"
            ),
        ]
    )


def has_own_steps(pool):
    """Tell it of the model that was used last."""
    return pool._models[-1].model.own_steps is not None


def test_an_image_classifier_takes_them(cnn, digits, pool):
    cnn(epochs=1).fit(*digits)
    assert has_own_steps(pool)


@pytest.mark.parametrize(
    "params",
    [
        {"loss": "categorical_focal_crossentropy"},
        {"metrics": ["top_k_categorical_accuracy"]},
        {"optimizer": keras.optimizers.Adam(loss_scale_factor=8.0)},
    ],
    ids=["loss", "metric", "scaled loss"],
)
def test_what_they_do_not_count_is_left_to_keras(params, digits, pool):
    NetworkClassifier(build, epochs=1, random_state=0, **params).fit(*digits)
    assert not has_own_steps(pool)


def test_penalties_on_weights_count_as_in_keras_own_steps(digits, pool):
    X, y = digits
    fits = [
        NetworkClassifier(build, epochs=2, random_state=0, callbacks=callbacks).fit(
            X, y, sample_weight=np.linspace(0.0, 2.0, len(X))
        )
        for callbacks in (None, [BatchCounter()])
    ]
    assert has_own_steps(pool)
    ours, keras_own = (fit.history_.drop(columns="seconds") for fit in fits)
    np.testing.assert_allclose(ours, keras_own, rtol=1e-4)


def test_keras_metrics_hold_what_the_logs_say(cnn, digits):
    Metrics.seen.clear()
    cnn(callbacks=[Metrics()]).fit(*digits)
    for logs, held in Metrics.seen:
        assert held == {name: logs[name] for name in ("loss", "accuracy")}
