"""The plain Keras model behind ``model_``."""

from __future__ import annotations

from skcnn.training.blueprint import Blueprint, seeded
from skcnn.training.runtime import start_tensorflow
from skcnn.training.state import NetworkState

start_tensorflow()
import keras  # noqa: E402  (TensorFlow's threads are set before Keras starts it)


def plain_model(blueprint: Blueprint, state: NetworkState, logits: bool):
    """Return a Keras model ``raw images -> probabilities`` with fitted weights.

    It has the network's own layers, with the scaling before and a softmax (or, for
    one unit, a sigmoid) behind where the network gives logits.
    """
    network = blueprint.network()
    network.set_weights([weight.copy() for weight in state.weights])
    scale, offset = state.scaling
    if (scale, offset) == (1.0, 0.0) and not logits:
        return network
    scaling = keras.layers.Rescaling(scale, offset, dtype="float32")

    def call(layer, *args, **kwargs):
        if args and getattr(args[0], "name", None) == network.inputs[0].name:
            args = (scaling(args[0]), *args[1:])
        return layer(*args, **kwargs)

    # Cloning with another way to call the layers keeps the summary flat.
    with seeded(0):
        body = keras.models.clone_model(network, call_function=call)
    body.set_weights(network.get_weights())
    outputs = body.outputs[0]
    if logits:
        kind = "sigmoid" if network.output_shape[-1] == 1 else "softmax"
        outputs = keras.layers.Activation(kind, dtype="float32", name=kind)(outputs)
    return keras.Model(body.inputs, outputs, name=network.name)
