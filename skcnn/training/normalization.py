"""Keras' ``Normalization`` follows its weights, also where a copy is given them.

Keras' own makes constants of its mean and variance when it is adapted or read from a
file: weights that are assigned to it afterwards change nothing.
"""

from __future__ import annotations

from skcnn.keras_door import keras

ops = keras.ops


class Normalization(keras.layers.Normalization):
    """Normalisation by the weights as they are: a model's change from fit to fit.

    It has the name of Keras' own, because files of weights are ordered by the names
    of classes.
    """

    def call(self, inputs):
        """Return the normalised ``inputs``; see Keras' own."""
        if self.input_mean is not None:
            return super().call(inputs)
        inputs = ops.cast(inputs, self.compute_dtype)
        mean, variance = (
            ops.cast(ops.reshape(weight, self._broadcast_shape), self.compute_dtype)
            for weight in (self.adapt_mean, self.adapt_variance)
        )
        deviation = ops.maximum(ops.sqrt(variance), keras.config.epsilon())
        if self.invert:
            return mean + inputs * deviation
        return (inputs - mean) / deviation


def follow_weights(model: keras.Model) -> None:
    """Let all normalisations of a model, nested ones too, compute by their weights."""
    for layer in _normalizations(model):
        if type(layer) is keras.layers.Normalization:
            # In place: layers of a nested model cannot be exchanged.
            layer.__class__ = Normalization


def set_weights(network: keras.Model, weights) -> None:
    """Give a network of Keras' own layers all its weights, statistics included."""
    network.set_weights(weights)
    for layer in _normalizations(network):
        layer.finalize_state()


def _normalizations(model: keras.Model) -> list:
    kind = keras.layers.Normalization
    return [one for one in model._flatten_layers() if isinstance(one, kind)]
