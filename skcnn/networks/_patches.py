"""Patches of images as the filters of one convolution, pooled over a grid."""

from __future__ import annotations

import math

from skcnn.keras_door import keras
from skcnn.networks._common_layers import LAST, rectified

layers = keras.layers
ops = keras.ops

# Pixels come scaled so that patches have a variance of one on the average; this is
# added to the variance of each, so that what is nearly flat is not blown up.
CONTRAST_FLOOR = 0.02


def build_patches(
    input_shape: tuple[int, int, int],
    n_filters: int,
    patch_size: tuple[int, int],
    pool: tuple[int, int],
) -> keras.Model:
    """Return the network from images to what their patches have of the filters.

    Each patch is divided by its contrast; both signs of each filter's response are
    rectified, averaged over the cells of a grid, and their square root is taken. The
    only weights are the filters. Maps whose sides are no multiple of the grid's are
    made larger by mirroring the image's borders.

    Parameters
    ----------
    input_shape : tuple (h, w, c)
        Of images scaled so that their patches have a variance of one.
    n_filters : int
    patch_size : tuple (height, width)
        In pixels, at most the image's.
    pool : tuple (down, across)
        Cells of the grid, at most as many as there are places of a patch.

    Returns
    -------
    keras.Model
        ``(n, h, w, c) float32 -> (n, down * across * 2 * n_filters) float32``; cell by
        cell, in it all filters, then all filters with their signs turned.
    """
    places = [s - p + 1 for s, p in zip(input_shape, patch_size, strict=False)]
    cell = tuple(math.ceil(n / p) for n, p in zip(places, pool, strict=True))
    missing = [c * p - n for c, p, n in zip(cell, pool, places, strict=True)]
    images = keras.Input(input_shape, name="images")
    x = _mirrored(images, missing)
    responses = layers.Conv2D(
        n_filters, patch_size, use_bias=False, name="filters", **LAST
    )(x)
    responses = layers.Multiply()([responses, _per_contrast(x, patch_size)])
    cells = [
        layers.AveragePooling2D(cell, **LAST)(rectified(one))
        for one in (responses, layers.Rescaling(-1.0)(responses))
    ]
    x = layers.Concatenate(dtype="float32")(cells)
    x = layers.Activation(ops.sqrt, dtype="float32")(x)
    return keras.Model(images, layers.Flatten(dtype="float32")(x), name="patches")


def _mirrored(images, missing: list[int]):
    """Make images larger by so many pixels, down and across, half of them each side."""
    if not any(missing):
        return images
    sides = [(n // 2, n - n // 2) for n in missing]
    return ops.pad(images, [(0, 0), *sides, (0, 0)], mode="symmetric")


def _per_contrast(x, patch_size: tuple[int, int]):
    """Return 1 / (standard deviation of the patch) at each place, (n, h, w, 1)."""

    def averaged(pixels):
        pool = layers.AveragePooling2D(patch_size, strides=1, dtype="float32", **LAST)
        return ops.mean(pool(pixels), axis=-1, keepdims=True)

    variance = averaged(ops.square(x)) - ops.square(averaged(x))
    return ops.rsqrt(ops.maximum(variance, 0.0) + CONTRAST_FLOOR)
