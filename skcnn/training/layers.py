"""Layers of a network by name."""

from __future__ import annotations

import math

from skcnn.base.keras_content import snake_case, uncounted
from skcnn.keras_door import keras


def find_layer(network: keras.Model, layer: str | None) -> str:
    """Return the name that a layer has in ``network``.

    Parameters
    ----------
    network : keras.Model
    layer : str or None
        One of :func:`layer_names`. None: the layer whose output enters the last dense
        layer.

    Raises
    ------
    ValueError
        For an unknown name, and for None where there is no dense layer.
    """
    names = layer_names(network)
    if layer is None:
        dense = [one for one in network.layers if isinstance(one, keras.layers.Dense)]
        if dense:
            entering = last_call(network, dense[-1]).input_tensors[0]
            return entering._keras_history.operation.name
        raise ValueError(
            "The network has no dense layer of its own, so the layer that gives the "
            f"features must be named. Pass layer= one of {list(names)}."
        )
    if layer not in names:
        raise ValueError(
            f"layer={layer!r} is no layer of the network. Pass one of {list(names)}, "
            "or None for what enters the last dense layer."
        )
    return names[layer]


def layer_names(network: keras.Model) -> dict[str, str]:
    """Return the names of all layers, as (name that is always the same -> name now).

    Keras numbers layers without a name through all networks of a process; here they
    are numbered in their own network: "conv2d", "conv2d_1", ...
    """
    names, counts = {}, {}
    for layer in network.layers:
        kind = uncounted(layer.name, type(layer).__name__)
        if kind != snake_case(type(layer).__name__):
            names[layer.name] = layer.name
            continue
        number = counts[kind] = counts.get(kind, -1) + 1
        names[f"{kind}_{number}" if number else kind] = layer.name
    return names


def n_outputs(network: keras.Model, layer: str | None) -> int:
    """Return how many numbers a layer gives per image."""
    last = network.get_layer(find_layer(network, layer))
    return math.prod(last_call(network, last).output_tensors[0].shape[1:])


def last_call(network: keras.Model, layer: keras.layers.Layer):
    """Return the node of a layer's last call in this network (it may be in others)."""
    nodes = {id(n) for depth in network._nodes_by_depth.values() for n in depth}
    return [node for node in layer._inbound_nodes if id(node) in nodes][-1]
