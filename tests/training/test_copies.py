"""Copies of Keras objects hold all that the original holds, and share nothing."""

import keras
import numpy as np
import pytest

from skcnn.training.copies import (
    copy_of,
    holds_own_code,
    is_own,
    own_attributes,
)


def relu(x):
    """Return another thing than Keras' function of this name."""
    return -x


class Metric(keras.metrics.Metric):
    """It keeps a parameter under another name, and needs one."""

    def __init__(self, size, name=None, **hidden):
        super().__init__(name=name)
        self.size = size
        self._hidden = hidden.get("hidden", 1)
        self.total = self.add_weight(shape=(size,), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(keras.ops.ones((self.size,)))

    def result(self):
        return self.total[0]


class Composite(keras.layers.Layer):
    """A layer of layers."""

    def __init__(self, units=1, **others):
        super().__init__(**others)
        self.parts = [keras.layers.Dense(units, activation=relu)]
        self._shift = 0.0

    def call(self, x):
        return self.parts[0](x) + self._shift

    def get_config(self):
        return {"units": self.parts[0].units}


def test_a_metric_is_copied_with_what_it_needs_and_hides():
    metric = Metric(3, hidden=5)
    copy = copy_of(metric)
    assert (copy.size, copy._hidden) == (3, 5)
    copy.update_state(None, None)
    assert (float(copy.result()), float(metric.result())) == (1.0, 0.0)


def test_a_layer_of_layers_is_copied_down_to_its_functions():
    layer = Composite(2)
    layer._shift = 4.0
    layer(np.ones((1, 3)))
    copy = copy_of(layer)
    copy(np.ones((1, 3)))
    copy.set_weights(layer.get_weights())
    np.testing.assert_array_equal(copy(np.ones((2, 3))), layer(np.ones((2, 3))))
    assert copy.parts[0] is not layer.parts[0]


def test_a_loss_is_copied_as_it_is_now():
    class Loss(keras.losses.Loss):
        def __init__(self, something):
            super().__init__()
            self.something = something

    loss = Loss([1])
    copy = copy_of(loss)
    loss.something = 2
    assert copy.something == [1]


def test_a_function_of_the_users_is_own_whatever_it_is_called():
    assert is_own(relu)
    assert is_own([{"a": relu}])
    assert not is_own(keras.activations.relu)
    assert not is_own([1, "relu", None, np.float32(2), keras.initializers.HeNormal()])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (lambda: keras.layers.Dense(2, activation="relu"), False),
        (lambda: keras.layers.Dense(2, activation=relu), True),
        (lambda: keras.layers.TimeDistributed(keras.layers.Dense(2)), False),
        (
            lambda: keras.layers.TimeDistributed(keras.layers.Dense(2, relu)),
            True,
        ),
        (lambda: keras.layers.Activation(lambda x: x), True),
        (lambda: keras.layers.LSTM(2, kernel_regularizer="l2"), False),
        (Composite, True),
        (lambda: keras.Sequential([keras.layers.Dense(2, activation=relu)]), True),
    ],
)
def test_own_code_is_found_wherever_it_is_in_a_layer(layer, expected):
    assert holds_own_code(layer()) is expected


def test_own_attributes_are_what_keras_does_not_keep():
    class Optimizer(keras.optimizers.Optimizer):
        def __init__(self, momentum):
            super().__init__(0.1)
            self.momentum = momentum

    assert own_attributes(Optimizer(0.5)) == {"momentum": 0.5}
    assert own_attributes(keras.optimizers.SGD(momentum=0.5)) == {}
