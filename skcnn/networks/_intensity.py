"""A convolutional network whose labels depend on how bright an image is, too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skcnn.keras_door import keras
from skcnn.networks._common_layers import (
    LAST,
    dropped,
    initializer,
    normalised,
    to_logits,
)

layers = keras.layers

# The products behind the gates are scaled up: their weights, which start small and move
# by the learning rate, must tell apart intensities that differ by a percent.
_GAIN = 5.0


def build_intensity_cnn(
    input_shape: tuple[int, int, int],
    n_classes: int,
    filters: Sequence[int] = (32, 64, 128),
    convs_per_block: Sequence[int] = (1, 2, 2),
    n_gates: int = 32,
    n_knots: int = 64,
    dropout: float = 0.0,
) -> keras.Model:
    """Return a mixture of experts: shapes choose among functions of the brightness.

    Blocks of 3x3 convolutions, batch normalisation, relu and pooling end in
    ``n_gates`` shares that sum to one: what is on the image. Each gate has a piecewise
    linear function of the mean intensity for every class (a spline of degree 1 with
    ``n_knots`` knots over [0, 1], scikit-learn's ``SplineTransformer``); the logits are
    their average, weighted by the shares. The intensity stays in float32.

    A dense layer on top of the image's mean can say the same in principle, but was
    measured to blur the thresholds: labels that are steps of the pixel sum plus a
    constant per kind of object, as T5's are, need both parts to be sharp.

    Parameters
    ----------
    input_shape : tuple (h, w, c)
        Of images scaled to [0, 1].
    n_classes : int
    filters : tuple of int
        Channels of each block.
    convs_per_block : tuple of int
    n_gates : int
        Kinds of objects that can be told apart.
    n_knots : int
    dropout : float
        Share of the pooled features that is dropped in training.

    Returns
    -------
    keras.Model
        ``(n, h, w, c) float32 -> (n, n_classes) float32`` logits.

    References
    ----------
    R. Jacobs, M. Jordan, S. Nowlan, G. Hinton, "Adaptive Mixtures of Local Experts",
    Neural Computation 3, 1991.
    """
    images = keras.Input(input_shape, name="images")
    x = images
    for n_filters, n_convs in zip(filters, convs_per_block, strict=True):
        for number in range(n_convs):
            x = layers.Conv2D(
                n_filters,
                3,
                padding="same",
                use_bias=False,
                kernel_initializer=initializer("relu"),
                **LAST,
            )(x)
            x = normalised(x)
            if number == n_convs - 1 and min(x.shape[1:3]) > 1:
                # Before the relu: the same, on a quarter of the map.
                x = layers.MaxPooling2D(2, **LAST)(x)
            x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling2D(dtype="float32", **LAST)(x)
    x = dropped(x, dropout)
    gates = layers.Dense(n_gates, activation="softmax", dtype="float32")(x)
    products = layers.Multiply(dtype="float32")(
        [
            layers.Reshape((n_gates, 1), dtype="float32")(gates),
            layers.Reshape((1, n_knots), dtype="float32")(_hats(images, n_knots)),
        ]
    )
    products = layers.Flatten(dtype="float32")(products)
    products = layers.Rescaling(_GAIN, dtype="float32")(products)
    return keras.Model(images, to_logits(products, n_classes), name="intensity_cnn")


def _hats(images, n_knots: int):
    """Return the triangular basis (n, n_knots) of each image's mean in [0, 1]."""
    mean = layers.GlobalAveragePooling2D(dtype="float32", **LAST)(images)
    mean = keras.ops.mean(mean, axis=1, keepdims=True)
    knots = np.arange(n_knots, dtype=np.float32)
    return keras.ops.relu(1 - keras.ops.abs(mean * (n_knots - 1) - knots))
