"""The first convolution is found through networks that are layers of others."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from skcnn.training.convolution import first_convolution


@pytest.fixture
def images():
    return np.random.default_rng(0).random((3, 6, 6, 1)).astype(np.float32)


def inner():
    return keras.Sequential(
        [keras.Input((6, 6, 1)), keras.layers.Conv2D(2, 3, name="first")]
    )


def nested(depth):
    """Return a network that doubles its images in every one of its shells."""
    network = inner()
    for _ in range(depth):
        images = keras.Input((6, 6, 1))
        network = keras.Model(images, network(keras.layers.Rescaling(2.0)(images)))
    return network


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_it_is_found_at_any_depth_with_what_comes_before_it(images, depth):
    found = first_convolution(nested(depth))
    alone = found.way[-1][1]
    assert alone.name == "first"
    assert found.kernels.shape == (3, 3, 1, 2)
    assert_allclose(found.maps(images), alone(images * 2**depth), rtol=1e-5, atol=1e-6)


def test_it_is_the_first_one_from_the_image_on(images):
    inputs = keras.Input((6, 6, 1))
    first, second = keras.layers.Conv2D(2, 3), keras.layers.Conv2D(4, 3)
    network = keras.Model(inputs, second(first(inputs)))
    assert first_convolution(network).kernels.shape[3] == 2


def test_users_precision_changes_nothing(images):
    network = nested(1)
    before = first_convolution(network).maps(images)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        after = first_convolution(network).maps(images)
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_array_equal(after, before)


def test_networks_without_a_convolution_or_without_a_graph_have_none():
    class Hidden(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = keras.layers.Conv2D(2, 3)

        def call(self, images):
            return self.layer(images)

    images = keras.Input((6, 6, 1))
    assert first_convolution(keras.Model(images, Hidden()(images))) is None
    flat = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Flatten()])
    assert first_convolution(flat) is None
