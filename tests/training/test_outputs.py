"""From a network's last layer to scores and probabilities."""

import keras
import numpy as np
import pytest

from skcnn.training.outputs import (
    accuracy_metric,
    default_loss,
    gives_logits,
    softmax,
    to_logits,
)


def network(*last):
    return keras.Sequential([keras.Input((4,)), *last])


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ([keras.layers.Dense(3)], True),
        ([keras.layers.Dense(3, activation="softmax")], False),
        ([keras.layers.Dense(1, activation="sigmoid")], False),
        ([keras.layers.Dense(3), keras.layers.Softmax()], False),
        ([keras.layers.Dense(3), keras.layers.Activation("softmax")], False),
        ([network(keras.layers.Dense(3))], True),
        ([network(keras.layers.Dense(3, activation="softmax"))], False),
    ],
)
def test_the_last_layer_tells_logits_from_probabilities(last, expected):
    assert gives_logits(network(*last)) is expected


def test_a_loss_that_says_so_outranks_the_last_layer():
    linear = network(keras.layers.Dense(3))
    for from_logits in (True, False):
        loss = keras.losses.CategoricalCrossentropy(from_logits=from_logits)
        assert gives_logits(linear, loss) is from_logits
    # This one says nothing.
    assert gives_logits(linear, keras.losses.CategoricalHinge()) is True


@pytest.mark.parametrize("logits", [True, False])
def test_the_loss_is_the_cross_entropy_of_the_probabilities(logits):
    proba = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], np.float32)
    targets = np.array([[1, 0, 0], [0, 0, 1]], np.float32)
    output = np.log(proba) if logits else proba
    loss = default_loss(3, logits, 0.0)(targets, output)
    np.testing.assert_allclose(loss, -np.log([0.7, 0.4]).mean(), rtol=1e-5)


@pytest.mark.parametrize("logits", [True, False])
def test_the_loss_of_one_unit_is_the_binary_cross_entropy(logits):
    proba = np.array([[0.7], [0.2]], np.float32)
    output = np.log(proba / (1 - proba)) if logits else proba
    loss = default_loss(1, logits, 0.0)(np.array([[1.0], [0.0]]), output)
    np.testing.assert_allclose(loss, -np.log([0.7, 0.8]).mean(), rtol=1e-5)


def test_label_smoothing_spreads_its_share_over_all_classes():
    proba = np.array([[0.7, 0.2, 0.1]], np.float32)
    loss = default_loss(3, False, 0.3)(np.array([[1.0, 0, 0]]), proba)
    expected = -(np.log(proba[0]) @ [0.8, 0.1, 0.1])
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("n_outputs", "one_hot", "targets", "output"),
    [
        (3, True, np.eye(3)[[0, 1, 2, 2]], np.eye(3)[[0, 1, 1, 2]]),
        (3, False, [0, 1, 2, 2], np.eye(3)[[0, 1, 1, 2]]),
        (1, False, [[1], [0], [1], [0]], [[3.0], [-3.0], [-0.2], [-0.1]]),
    ],
)
def test_accuracy_counts_right_answers(n_outputs, one_hot, targets, output):
    metric = accuracy_metric(n_outputs, one_hot, logits=True)
    metric.update_state(np.array(targets, np.float32), np.array(output, np.float32))
    assert float(metric.result()) == 0.75


def test_accuracy_of_one_probability_is_cut_at_a_half():
    metric = accuracy_metric(1, False, logits=False)
    metric.update_state([[1.0], [1.0]], [[0.6], [0.4]])
    assert float(metric.result()) == 0.5


def test_logits_come_out_as_they_are_in_double_precision():
    raw = np.array([[1.5, -2, 0.25]], np.float32)
    logits = to_logits(raw, logits=True)
    assert logits.dtype == np.float64
    np.testing.assert_array_equal(logits, raw)


@pytest.mark.parametrize("logits", [True, False])
def test_probabilities_survive_the_way_through_logits(logits):
    proba = np.array([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]], np.float32)
    with np.errstate(divide="ignore"):
        raw = np.log(proba) if logits else proba
    np.testing.assert_allclose(softmax(to_logits(raw, logits)), proba, atol=1e-7)


@pytest.mark.parametrize("logits", [True, False])
def test_one_unit_is_the_second_of_two_classes(logits):
    second = np.array([[0.9], [0.2]], np.float32)
    raw = np.log(second / (1 - second)) if logits else second
    proba = softmax(to_logits(raw, logits))
    np.testing.assert_allclose(proba, [[0.1, 0.9], [0.8, 0.2]], rtol=1e-5)


def test_softmax_of_huge_logits_is_finite_and_sums_to_one():
    proba = softmax(np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]]))
    np.testing.assert_allclose(proba, [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]])
