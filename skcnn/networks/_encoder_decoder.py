"""The convolutional autoencoder: images to a code, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence

from skcnn.keras_door import keras
from skcnn.networks._common_layers import LAST, initializer, rectified

layers = keras.layers

# The layer whose output is the code; what follows it makes images of codes.
CODE = "code"


def build_autoencoder(
    input_shape: tuple[int, int, int],
    *,
    filters: Sequence[int],
    kernel_size: Sequence[tuple[int, int]],
    code_units: int | None = None,
) -> keras.Model:
    """Return convolutions and poolings down to a code, and the same way back.

    Every sequence has one entry per block. A block is a convolution, a max pooling of
    2 and a rectifier; on the way back, in reverse order, a convolution, a rectifier
    and an enlargement by 2, cut to the size that the map had (an odd side is rounded
    up by its pooling). A last convolution gives the channels of the image. With
    ``code_units``, the smallest map becomes a vector of that length by a dense layer,
    and a map again by another.

    Returns
    -------
    keras.Model
        ``(n, h, w, c) float32 -> (n, h, w, c) float32``. The layer ``"code"`` gives
        flat codes.
    """
    images = keras.Input(input_shape, name="images")
    x, sizes = images, []
    for count, kernel in zip(filters, kernel_size, strict=True):
        sizes.append(x.shape[1:3])
        x = _convolved(x, count, kernel)
        pool = _halves(x.shape[1:3])
        x = rectified(layers.MaxPooling2D(pool, padding="same", **LAST)(x))
    x = _coded(x, code_units)
    for count, kernel, size in zip(
        filters[::-1], kernel_size[::-1], sizes[::-1], strict=True
    ):
        x = rectified(_convolved(x, count, kernel))
        x = _enlarged(x, size)
    pixels = _convolved(x, input_shape[2], kernel_size[0], "linear", dtype="float32")
    return keras.Model(images, pixels, name="autoencoder")


def _convolved(x, filters: int, kernel, activation="relu", **options):
    return layers.Conv2D(
        filters,
        kernel,
        padding="same",
        kernel_initializer=initializer(activation),
        **LAST,
        **options,
    )(x)


def _halves(size: tuple[int, int]) -> tuple[int, int]:
    """Return the pooling that halves a map; a side of one pixel stays as it is."""
    return tuple(min(2, side) for side in size)


def _coded(x, code_units: int | None):
    """Pass a map through the layer ``"code"``, and return a map of the same shape."""
    shape = x.shape[1:]
    if code_units is None:
        return layers.Reshape(shape)(layers.Flatten(name=CODE, **LAST)(x))
    x = layers.Flatten(**LAST)(x)
    linear, relu = initializer("linear"), initializer("relu")
    x = layers.Dense(code_units, kernel_initializer=linear, name=CODE)(x)
    x = layers.Dense(math.prod(shape), kernel_initializer=relu)(x)
    return layers.Reshape(shape)(rectified(x))


def _enlarged(x, size: tuple[int, int]):
    """Double a map, and cut it to ``size``."""
    x = layers.UpSampling2D(_halves(size), **LAST)(x)
    surplus = [have - want for have, want in zip(x.shape[1:3], size, strict=True)]
    if not any(surplus):
        return x
    return layers.Cropping2D([(0, extra) for extra in surplus], **LAST)(x)
