"""A kernel's gradient as a convolution: the same values, where it was faster."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from skcnn.training import kernel_gradient as faster
from skcnn.training.kernel_gradient import fast_kernel_gradients, kernel_gradient
from skcnn.training.pool import POOL


@pytest.fixture(params=[True, False], ids=["this processor", "another one"])
def on_this_processor(request, monkeypatch):
    monkeypatch.setattr(faster, "_is_this_processor", lambda: request.param)
    return request.param


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("size", [(1, 1), (3, 3), (2, 4), (5, 3)])
@pytest.mark.parametrize("side", [5, 8])
def test_it_is_the_gradient_that_tensorflow_gives(side, size, padding):
    rng = np.random.default_rng(0)
    images = tf.constant(rng.normal(size=(3, side, side + 1, 4)), tf.float32)
    kernel = tf.constant(rng.normal(size=(*size, 4, 6)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        given = tf.nn.conv2d(images, kernel, 1, padding)
        upstream = tf.constant(rng.normal(size=given.shape), tf.float32)
        loss = tf.reduce_sum(given * upstream)
    ours = kernel_gradient(images, upstream, kernel.shape, padding)
    assert_allclose(ours, tape.gradient(loss, kernel), rtol=1e-4, atol=1e-4)


def small_network(**params):
    """Return a network of one convolution in bfloat16: 32 channels on 4x4 pixels."""
    params = {"padding": "same", "dtype": "mixed_bfloat16", **params}
    layer = keras.layers.Conv2D(8, 3, **params)
    return keras.Sequential([keras.Input((4, 4, 32)), layer]), layer


def graph_of(model):
    """Return the graph of one step."""

    @tf.function
    def step(images):
        with fast_kernel_gradients(model), tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.cast(model(images, training=True), tf.float32))
        return tape.gradient(loss, model.trainable_weights)

    return step.get_concrete_function(tf.TensorSpec([None, 4, 4, 32])).graph


def kinds_of(model):
    """Return the names of the operations of one step's graph."""
    return {one.type for one in graph_of(model).get_operations()}


def test_it_stands_in_the_graph_where_it_is_faster(on_this_processor):
    model, _ = small_network()
    assert ("Conv2DBackpropFilter" in kinds_of(model)) is not on_this_processor


def test_tensorflow_keeps_no_graph_in_which_it_stood(on_this_processor):
    model, _ = small_network()
    graph = weakref.ref(graph_of(model))
    gc.collect()
    assert graph() is None


@pytest.mark.parametrize(
    "params", [{"strides": 2}, {"dilation_rate": 2}, {"groups": 2}], ids=str
)
def test_other_convolutions_are_left_alone(params, monkeypatch):
    monkeypatch.setattr(faster, "_is_this_processor", lambda: True)
    model, layer = small_network(**params)
    with fast_kernel_gradients(model):
        assert "convolution_op" not in vars(layer)


def test_float32_keeps_tensorflows(monkeypatch):
    monkeypatch.setattr(faster, "_is_this_processor", lambda: True)
    assert "Conv2DBackpropFilter" in kinds_of(small_network(dtype="float32")[0])


def test_maps_that_are_large_for_their_channels_keep_tensorflows(monkeypatch):
    monkeypatch.setattr(faster, "_is_this_processor", lambda: True)
    monkeypatch.setattr(faster, "_CHANNELS_PER_SIDE", 9)  # 36 channels, not 32
    assert "Conv2DBackpropFilter" in kinds_of(small_network()[0])


def test_a_layer_of_the_users_own_is_left_alone(monkeypatch):
    class Twice(keras.layers.Conv2D):
        def convolution_op(self, inputs, kernel):
            return 2 * super().convolution_op(inputs, kernel)

    monkeypatch.setattr(faster, "_is_this_processor", lambda: True)
    layer = Twice(8, 3, padding="same", dtype="mixed_bfloat16")
    model = keras.Sequential([keras.Input((4, 4, 32)), layer])
    with fast_kernel_gradients(model):
        assert "convolution_op" not in vars(layer)


def test_what_a_user_has_put_on_a_layer_stays_there(monkeypatch):
    monkeypatch.setattr(faster, "_is_this_processor", lambda: True)
    model, layer = small_network()
    own = layer.convolution_op = lambda images, kernel: 2 * images[..., :8]
    with fast_kernel_gradients(model):
        assert layer.convolution_op is own
    assert layer.convolution_op is own


def test_layers_are_as_before_also_after_an_error(monkeypatch):
    monkeypatch.setattr(faster, "_is_this_processor", lambda: True)
    model, layer = small_network()
    seen = []

    def trace():
        with fast_kernel_gradients(model):
            seen.append("convolution_op" in vars(layer))
            raise KeyError

    with pytest.raises(KeyError):
        trace()
    assert [*seen, "convolution_op" in vars(layer)] == [True, False]


def test_a_layer_that_is_used_twice_has_the_sum_of_both_gradients(monkeypatch):
    layer = keras.layers.Conv2D(32, 3, padding="same", dtype="mixed_bfloat16")
    inputs = keras.Input((4, 4, 32))
    model = keras.Model(inputs, layer(layer(inputs)))
    images = tf.random.stateless_normal((5, 4, 4, 32), seed=[0, 1])

    def gradient():
        with fast_kernel_gradients(model), tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.cast(model(images, training=True), tf.float32))
        return tape.gradient(loss, layer.kernel).numpy()

    monkeypatch.setattr(faster, "_is_this_processor", lambda: True)
    ours = gradient()
    monkeypatch.setattr(faster, "_is_this_processor", lambda: False)
    theirs = gradient()
    assert np.abs(theirs).max() > 0
    assert_allclose(ours, theirs, atol=0.02 * np.abs(theirs).max())


def test_a_fit_has_the_same_bits_twice_and_learns_the_same(cnn, digits, monkeypatch):
    X, y = digits

    def fitted(on_this_processor):
        POOL.clear()
        monkeypatch.setattr(faster, "_is_this_processor", lambda: on_this_processor)
        params = {"filters": (8, 32), "convs_per_block": 2, "precision": "bfloat16"}
        return cnn(**params, epochs=1).fit(X, y)

    first, again, without = fitted(True), fitted(True), fitted(False)
    for ours, same, theirs in zip(
        first._state.weights, again._state.weights, without._state.weights, strict=True
    ):
        np.testing.assert_array_equal(ours, same)
        assert_allclose(ours, theirs, atol=0.02)
    POOL.clear()
