"""The plain Keras model behind ``model_``."""

from __future__ import annotations

from skcnn.keras_door import keras
from skcnn.training.copies import holds_own_code
from skcnn.training.keras_layers import set_weights
from skcnn.training.precision import dtype_policy
from skcnn.training.spec import ModelSpec, seeded
from skcnn.training.state import NetworkState


def plain_model(spec: ModelSpec, state: NetworkState) -> keras.Model:
    """Return a Keras model ``raw images -> probabilities`` with fitted weights.

    It has the network's own layers, with the scaling before and a softmax (or, for
    one unit, a sigmoid) behind where the network gives logits. What ``precision`` has
    made bfloat16 is float32, as exporters want it; a dtype that the user's code has
    given a layer stays.
    """
    network = spec.network()
    if spec.precision != "float32":
        _to_float32(network)
    set_weights(network, [weight.copy() for weight in state.weights])
    scale, offset = state.scaling
    is_scaled = (scale, offset) != (1.0, 0.0)
    body = _scaled(
        network,
        keras.layers.Rescaling(scale, offset, dtype="float32") if is_scaled else None,
    )
    outputs = body.outputs[0]
    if spec.logits:
        kind = "sigmoid" if network.output_shape[-1] == 1 else "softmax"
        outputs = keras.layers.Activation(kind, dtype="float32", name=kind)(outputs)
    return keras.Model(body.inputs[0], outputs, name=network.name)


def _to_float32(network: keras.Model) -> None:
    """Let the layers that compute in bfloat16, with weights in float32, not do so."""
    for layer in network._flatten_layers():
        if layer.dtype_policy.name == dtype_policy("bfloat16"):
            layer.dtype_policy = keras.DTypePolicy("float32")


def _scaled(network: keras.Model, scaling: keras.Layer | None) -> keras.Model:
    """Return the same layers, fed with scaled images instead of images.

    Calling the layers anew, rather than the network as a whole, keeps the summary flat.
    """
    if isinstance(network, keras.Sequential):
        network = keras.Model(network.inputs, network.outputs)
    name = network.inputs[0].name
    scaled = {}

    def replaced(tensor):
        if scaling is None or getattr(tensor, "name", None) != name:
            return tensor
        if name not in scaled:
            scaled[name] = scaling(tensor)
        return scaled[name]

    def call(layer, *args, **kwargs):
        args, kwargs = keras.tree.map_structure(replaced, (args, kwargs))
        return layer(*args, **kwargs)

    with seeded(0):
        scaled_network = keras.models.clone_model(
            network, clone_function=_copied, call_function=call
        )
    set_weights(scaled_network, network.get_weights())
    return scaled_network


def _copied(layer: keras.Layer) -> keras.Layer:
    """Return a layer of the same kind, or itself where that may lose something.

    A layer that is called again keeps its first ``output``, that of unscaled images.
    """
    if holds_own_code(layer):
        return layer
    return type(layer).from_config(layer.get_config())
