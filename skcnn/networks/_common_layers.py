"""What the networks of this folder have in common: layers with fixed settings."""

from __future__ import annotations

from skcnn.keras_door import keras

layers = keras.layers


# Channels are last whatever the user's global setting says.
LAST = {"data_format": "channels_last"}

# Batch normalisation: short trainings need averages that follow within a few dozen
# steps; Keras' 0.99 needs hundreds.
_MOMENTUM = 0.9


def normalised(x):
    """Normalise each channel over the batch (Ioffe and Szegedy, 2015)."""
    return layers.BatchNormalization(axis=-1, momentum=_MOMENTUM)(x)


def rectified(x):
    """Set what is negative to zero."""
    return layers.Activation("relu")(x)


def dropped(x, rate: float):
    """Drop a share of the values in training; no layer where the share is zero."""
    return layers.Dropout(rate)(x) if rate else x


def to_logits(x, n_classes: int, **options):
    """Return (n, n_classes) in float32, whatever the precision of the others."""
    return layers.Dense(
        n_classes,
        kernel_initializer=keras.initializers.GlorotUniform(),
        dtype="float32",
        name="logits",
        **options,
    )(x)


def initializer(activation: str = "relu"):
    """Return He's initializer for rectifiers, else Glorot's.

    Without a seed, as everything in these networks: a fit draws the weights from its
    ``random_state``, which a fixed seed would withstand.
    """
    if activation in ("relu", "leaky_relu"):
        return keras.initializers.HeNormal()
    return keras.initializers.GlorotUniform()


def regularizer(l2: float):
    """Return the penalty on squared weights, None for zero."""
    return keras.regularizers.L2(l2) if l2 else None
