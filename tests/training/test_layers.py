"""Tests of layers by name."""

import keras
import pytest
from keras import layers

from skcnn.training.layers import find_layer, last_call, layer_names, n_outputs


def make_network():
    """Build a network with layers of all kinds of names, in two branches."""
    images = keras.Input((8, 8, 1), name="images")
    x = layers.Conv2D(2, 3)(images)
    x = layers.Conv2D(3, 3)(x)
    left = layers.GlobalAveragePooling2D()(x)
    right = layers.Flatten(name="dense_1000000")(x)
    x = layers.Concatenate()([left, right])
    x = layers.Dense(5)(x)
    return keras.Model(images, layers.Dense(3, name="logits")(x))


NAMES = [
    "images",
    "conv2d",
    "conv2d_1",
    "global_average_pooling2d",
    "dense_1000000",
    "concatenate",
    "dense",
    "logits",
]


def test_names_do_not_depend_on_what_was_built_before():
    first, second = make_network(), make_network()
    assert sorted(layer_names(first)) == sorted(layer_names(second)) == sorted(NAMES)
    now = layer_names(second)["conv2d_1"]
    # A global count: the second network goes on after the first.
    assert now != layer_names(first)["conv2d_1"]
    assert second.get_layer(now).filters == 3


def test_a_layer_is_found_by_its_name():
    network = make_network()
    assert network.get_layer(find_layer(network, "conv2d")).filters == 2
    # Named by its maker, though Keras could have called another kind of layer so.
    assert find_layer(network, "dense_1000000") == "dense_1000000"


def test_without_a_name_it_is_what_enters_the_last_dense_layer():
    network = make_network()
    assert find_layer(network, None) == find_layer(network, "dense")


def test_an_unknown_name_is_an_error_that_lists_all():
    with pytest.raises(ValueError, match=r"'conv2d_9' is no layer.*'conv2d_1'"):
        find_layer(make_network(), "conv2d_9")


def test_a_network_without_a_dense_layer_needs_a_name():
    network = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(name="flat")])
    with pytest.raises(ValueError, match=r"no dense layer.*\['flat'\]"):
        find_layer(network, None)


def test_outputs_are_counted_per_image():
    network = make_network()
    # Two convolutions without padding leave 4 x 4, of three channels.
    assert n_outputs(network, "conv2d_1") == 4 * 4 * 3
    assert n_outputs(network, "concatenate") == 3 + 4 * 4 * 3
    assert n_outputs(network, None) == 5


def test_the_last_call_is_that_in_this_network():
    images = keras.Input((8, 8, 1))
    shared = layers.Conv2D(1, 3, padding="same")
    twice = shared(shared(images))
    network = keras.Model(images, twice)
    shared(twice)  # a third call, of no network
    assert last_call(network, shared).output_tensors[0] is twice
