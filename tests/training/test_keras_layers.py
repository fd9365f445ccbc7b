"""Layers that compute what Keras' own compute."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from skcnn.training import keras_layers
from skcnn.training.keras_layers import fuse_layers


def normalised(layer, images, weights):
    """Return outputs, gradients and averages after one training step of a layer."""
    layer.build(images.shape)
    layer.set_weights(weights)
    images = tf.Variable(images)
    with tf.GradientTape() as tape:
        outputs = layer(images, training=True)
        total = tf.reduce_sum(tf.cast(outputs, tf.float32) ** 3)
    gradients = tape.gradient(total, [images, layer.gamma.value, layer.beta.value])
    return [outputs, *gradients, *layer.get_weights()[2:], layer(images)]


@pytest.mark.parametrize("shape", [(6, 5, 4, 3), (1, 2, 2, 3), (2, 1, 1, 3)])
def test_batch_normalisation_is_keras_own_to_rounding(shape):
    rng = np.random.default_rng(0)
    images = rng.normal(3, 2, shape).astype(np.float32)
    weights = [rng.uniform(0.5, 2, 3).astype(np.float32) for _ in range(4)]
    params = {"momentum": 0.8, "epsilon": 1e-2}
    mine = normalised(keras_layers.BatchNormalization(**params), images, weights)
    theirs = normalised(keras.layers.BatchNormalization(**params), images, weights)
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-4)


def test_a_frozen_layer_uses_its_averages():
    layer = keras_layers.BatchNormalization()
    layer.build((4, 3, 3, 2))
    layer.trainable = False
    images = np.random.default_rng(0).normal(5, 2, (4, 3, 3, 2)).astype(np.float32)
    expected = images / np.sqrt(1 + layer.epsilon)
    np.testing.assert_allclose(layer(images, training=True), expected, rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean.value, [0, 0])


def network(*middle):
    return keras.Sequential(
        [keras.Input((4, 4, 2)), *middle, keras.layers.Flatten(), keras.layers.Dense(2)]
    )


@pytest.mark.parametrize(
    ("layer", "is_fused"),
    [
        (keras.layers.BatchNormalization(), True),
        (keras.layers.BatchNormalization(axis=3), True),
        (keras.layers.BatchNormalization(axis=1), False),
        (keras.layers.BatchNormalization(scale=False), False),
        (keras.layers.BatchNormalization(center=False), False),
    ],
)
def test_what_one_kernel_can_do_is_replaced(layer, is_fused):
    plain = network(layer)
    fuse_layers(plain)
    assert (type(plain.layers[0]) is keras_layers.BatchNormalization) is is_fused


def test_fused_layers_are_the_very_layers_of_the_network():
    plain = network(
        keras.layers.Conv2D(3, 3),
        keras.layers.BatchNormalization(),
        keras.layers.Conv2D(3, 1),
        keras.layers.BatchNormalization(),
    )
    layers, weights = plain.layers[:], plain.weights[:]
    fuse_layers(plain)
    assert all(a is b for a, b in zip(plain.layers, layers, strict=True))
    assert all(a is b for a, b in zip(plain.weights, weights, strict=True))
