"""Keras' layers that compute in another way here, with the same weights and results."""

from __future__ import annotations

from skcnn.keras_door import keras, tf


class BatchNormalization(keras.layers.BatchNormalization):
    """Batch normalisation of maps (n, h, w, c) by one kernel while training.

    It has the name of Keras' own, because files of weights are ordered by the names
    of classes (a ``ModelCheckpoint`` of the user's writes such files).

    Keras' own is some twenty elementwise operations in float32, which in bfloat16 was
    a third of the time of the default network. Weights, names and results are those of
    :class:`keras.layers.BatchNormalization` (to rounding); inference is Keras' own.
    """

    def call(self, inputs, training=None, mask=None):
        """Normalise ``inputs``, and let the moving averages follow."""
        if not training or not self.trainable or mask is not None:
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma.value,
            offset=self.beta.value,
            mean=[],
            variance=[],
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel gives the unbiased variance, and Keras keeps the biased one.
        count = tf.cast(tf.size(inputs) // inputs.shape[-1], tf.float32)
        variance *= (count - 1) / count
        for average, new in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            average.assign(average * self.momentum + new * (1 - self.momentum))
        return outputs


def fuse_layers(network: keras.Model) -> None:
    """Let the batch normalisations of a network run as one kernel each.

    The layers themselves change their class: a network that is built anew from its
    configuration lacks what the configurations of the user's layers do not name.
    """
    for layer in network.layers:
        if _can_be_fused(layer):
            layer.__class__ = BatchNormalization


def _can_be_fused(layer) -> bool:
    return (
        type(layer) is keras.layers.BatchNormalization
        and layer.axis in (-1, 3)
        and layer.input_spec is not None
        and layer.input_spec.ndim == 4
        and layer.scale
        and layer.center
        and not layer.synchronized
        and not getattr(layer, "renorm", False)
    )


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
