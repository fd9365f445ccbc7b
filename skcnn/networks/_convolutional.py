"""The configurable convolutional network."""

from __future__ import annotations

from collections.abc import Sequence

from skcnn.keras_door import keras
from skcnn.networks._common_layers import (
    LAST,
    SHORT_MOMENTUM,
    dropped,
    initializer,
    normalised,
    regularizer,
    to_logits,
    whitened,
)

layers = keras.layers

_INCREASING = ("relu", "leaky_relu", "elu", "selu", "tanh", "sigmoid")


def build_cnn(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    filters: Sequence[int],
    kernel_size: Sequence[tuple[int, int]],
    convs_per_block: Sequence[int],
    strides: Sequence[tuple[int, int]],
    padding: Sequence[str],
    pool_size: Sequence[tuple[int, int] | None],
    batch_norm: Sequence[bool],
    dropout: Sequence[float],
    activation: str = "relu",
    head: str = "average",
    dense_units: Sequence[int] = (),
    dense_dropout: float = 0.0,
    l2: float = 0.0,
    whitening: tuple[int, int] | None = None,
    pool_after: str = "last",
) -> keras.Model:
    """Return blocks of convolutions, then a head, then logits.

    Every sequence has one entry per block. A block is ``convs_per_block`` times
    (convolution, batch normalisation, activation), with max pooling behind one of them,
    then dropout; the first convolution of a block has the strides. ``head="flatten"``
    keeps every position, ``"average"`` averages each channel over all positions.
    Initial weights are He's where batch normalisation and a rectifier follow, else
    Glorot's; a fit sets some of them anew (``training/first_weights.py``).

    Parameters
    ----------
    whitening : pair of int, optional
        Height and width of the kernels of a fixed first convolution; None: there is
        none. Its filters are those of the training images in the ready estimators; who
        calls this function otherwise must set them.
    pool_after : {"first", "last"}
        The convolution of a block that its pooling follows: behind the activation of
        the last one, or right behind the first one, so that what is normalised is
        pooled already. The latter is for few epochs on many images, and its averages
        of batch normalisation follow within a few steps.

    Returns
    -------
    keras.Model
        ``(n, h, w, c) float32 -> (n, n_classes) float32`` logits.
    """
    images = keras.Input(input_shape, name="images")
    x, pools_first = images, pool_after == "first"
    if whitening is not None:
        x = whitened(x, whitening, activation)
    for block in range(len(filters)):
        for number in range(convs_per_block[block]):
            x = layers.Conv2D(
                filters[block],
                kernel_size[block],
                strides=strides[block] if number == 0 else 1,
                padding=padding[block],
                use_bias=not batch_norm[block],
                kernel_initializer=_initial_weights(activation, batch_norm[block]),
                kernel_regularizer=regularizer(l2),
                **LAST,
            )(x)
            pool = pool_size[block]
            if pools_first and number == 0 and pool is not None:
                x = layers.MaxPooling2D(pool, **LAST)(x)
            if batch_norm[block]:
                x = normalised(x, SHORT_MOMENTUM) if pools_first else normalised(x)
            is_last = number == convs_per_block[block] - 1
            x = _activated(x, activation, None if pools_first or not is_last else pool)
        x = dropped(x, dropout[block])
    if head == "average":
        x = layers.GlobalAveragePooling2D(**LAST)(x)
    else:
        x = layers.Flatten(**LAST)(x)
    for units in dense_units:
        x = layers.Dense(
            units,
            kernel_initializer=_initial_weights(activation, is_normalised=False),
            kernel_regularizer=regularizer(l2),
        )(x)
        x = layers.Activation(activation)(x)
        x = dropped(x, dense_dropout)
    return keras.Model(images, to_logits(x, n_classes), name="cnn")


def _initial_weights(activation: str, is_normalised: bool):
    """Return Keras' own initial weights (Glorot) where nothing normalises their scale.

    He's are eight times larger in a first convolution of 64 filters on grey images.
    Batch normalisation takes that away; without it, networks with dropout learned
    another brightness in training than they met afterwards.
    """
    return initializer(activation if is_normalised else "linear")


def _activated(x, activation: str, pool_size: tuple[int, int] | None):
    """Apply the activation, then the pooling; where that is the same, in turn.

    The largest of increasing values is the increasing value of the largest, and the
    activation of a quarter of the map is a quarter of the work.
    """
    steps = [layers.Activation(activation)]
    if pool_size is not None:
        steps.append(layers.MaxPooling2D(pool_size, **LAST))
    if activation in _INCREASING:
        steps.reverse()
    for step in steps:
        x = step(x)
    return x
