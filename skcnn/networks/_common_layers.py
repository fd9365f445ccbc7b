"""What the networks of this folder have in common: layers with fixed settings."""

from __future__ import annotations

from skcnn.keras_door import keras

layers = keras.layers


# Channels are last whatever the user's global setting says.
LAST = {"data_format": "channels_last"}

# Batch normalisation: short trainings need averages that follow within a few dozen
# steps; Keras' 0.99 needs hundreds.
_MOMENTUM = 0.9

SHORT_MOMENTUM = 0.6
"""Averages that follow within a few steps, where the rate falls to nothing at last."""

WHITENING = "whitening"
"""Name of the layer whose filters the training images give."""

# Principal components of a patch that are kept, of which each gives two filters.
_COMPONENTS = 32


def normalised(x, momentum: float = _MOMENTUM):
    """Normalise each channel over the batch (Ioffe and Szegedy, 2015)."""
    return layers.BatchNormalization(axis=-1, momentum=momentum)(x)


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


def whitened(images, kernel_size: tuple[int, int], activation: str = "relu"):
    """Convolve with the filters that the training images will give.

    In float32: of fine structure these are small differences of large numbers.
    """
    n_components = min(kernel_size[0] * kernel_size[1] * images.shape[-1], _COMPONENTS)
    x = layers.Conv2D(
        2 * n_components,
        kernel_size,
        padding="same",
        trainable=False,
        dtype="float32",
        name=WHITENING,
        **LAST,
    )(images)
    return layers.Activation(activation)(x)
