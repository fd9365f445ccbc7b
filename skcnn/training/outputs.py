"""What a network's last layer gives, and how it becomes scores and probabilities."""

from __future__ import annotations

import numpy as np

from skcnn.keras_door import keras

# Smallest probability whose logarithm is taken.
_TINY = np.finfo(np.float32).tiny


def gives_logits(network: keras.Model, loss=None) -> bool:
    """Tell whether a network ends in logits rather than in probabilities.

    A loss that says ``from_logits`` decides; else the last layer's activation.
    """
    from_logits = _from_logits(loss)
    if from_logits is not None:
        return from_logits
    last = network.layers[-1]
    if isinstance(last, keras.Model):
        return gives_logits(last)
    if isinstance(last, keras.layers.Softmax):
        return False
    return getattr(last, "activation", None) is keras.activations.linear


def _from_logits(loss) -> bool | None:
    if not isinstance(loss, keras.losses.Loss):
        return None
    try:
        return loss.get_config().get("from_logits")
    except NotImplementedError:
        return None


def of_one_output(value):
    """Return a loss or its weight, be it for one output in a list or a dict.

    Raises
    ------
    ValueError
        Where there are several.
    """
    if not isinstance(value, (list, tuple, dict)):
        return value
    values = list(value.values()) if isinstance(value, dict) else value
    if len(values) != 1:
        raise ValueError(
            f"The network has one output, but {value!r} is for {len(values)}. Pass one "
            "loss, and leave out what belongs to other outputs."
        )
    return values[0]


def default_loss(n_outputs: int, logits: bool, label_smoothing: float):
    """Return the cross-entropy for a last layer of so many units."""
    kind = keras.losses.CategoricalCrossentropy
    if n_outputs == 1:
        kind = keras.losses.BinaryCrossentropy
    return kind(from_logits=logits, label_smoothing=label_smoothing, dtype="float32")


def accuracy_metric(n_outputs: int, one_hot: bool, logits: bool):
    """Return the Keras metric behind the columns ``accuracy`` and ``val_accuracy``."""
    # The dtype is said, because Keras' global one may be another.
    if n_outputs == 1:
        threshold = 0 if logits else 0.5
        return keras.metrics.BinaryAccuracy("accuracy", "float32", threshold=threshold)
    if one_hot:
        return keras.metrics.CategoricalAccuracy("accuracy", "float32")
    return keras.metrics.SparseCategoricalAccuracy("accuracy", "float32")


def crossentropy_metric(name: str, n_outputs: int, one_hot: bool, logits: bool):
    """Return the metric that Keras calls "ce" or "crossentropy"."""
    kind = keras.metrics.SparseCategoricalCrossentropy
    if one_hot:
        kind = keras.metrics.CategoricalCrossentropy
    if n_outputs == 1:
        kind = keras.metrics.BinaryCrossentropy
    return kind(name, "float32", from_logits=logits)


def to_logits(raw: np.ndarray, logits: bool) -> np.ndarray:
    """Turn raw outputs (n, k), or (n, 1) for two classes, into float64 logits."""
    raw = raw.astype(np.float64)
    if raw.shape[1] == 1:
        if logits:
            return np.hstack([np.zeros_like(raw), raw])
        raw = np.hstack([1 - raw, raw])
    return raw if logits else np.log(np.maximum(raw, _TINY))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities (n, k) float64 whose rows sum to one."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
