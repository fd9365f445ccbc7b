"""The residual networks of the reports that `build_resnet` does not give exactly."""

from __future__ import annotations

from functools import partial

from skcnn.keras_door import keras
from skcnn.networks._common_layers import (
    LAST,
    dropped,
    rectified,
    regularizer,
    to_logits,
)

layers = keras.layers


def build_report_resnet(
    input_shape: tuple[int, int, int], n_classes: int, *, l2: float = 1e-4
) -> keras.Model:
    """Return the residual network of systems A3 and B4.

    A stem of 7x7 without stride; four stages of two blocks with 64, 128, 256 and 512
    filters; average pooling, not over the whole map but 2x2, and flattening. Unlike in
    :func:`build_resnet`, every convolution has a bias, the 1x1 shortcuts are not
    normalised, and batch normalisation is as slow as Keras' own (momentum 0.99).

    Parameters
    ----------
    input_shape : tuple (h, w, c)
    n_classes : int
    l2 : float
        Penalty on the squared weights of the convolutions.

    Returns
    -------
    keras.Model
        ``(n, h, w, c) float32 -> (n, n_classes) float32`` logits.
    """
    images = keras.Input(input_shape, name="images")
    x = rectified(_normalised(_convolved(images, 64, 7, l2)))
    for stage, filters in enumerate((64, 128, 256, 512)):
        for number in range(2):
            stride = 2 if stage > 0 and number == 0 else 1
            x = _block(x, filters, stride, l2)
    # Padding matters for odd maps only: a map of one pixel passes as it is.
    x = layers.AveragePooling2D(2, padding="same", **LAST)(x)
    x = layers.Flatten(**LAST)(x)
    return keras.Model(images, to_logits(x, n_classes), name="report_resnet")


def build_tiny_resnet(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    l2: float = 0.01,
    dropout: float = 0.2,
) -> keras.Model:
    """Return the tiny residual network of system C6, as it was meant.

    One pre-activation block of two convolutions with 64 filters behind a convolution,
    without batch normalisation. (Only one of the two was reached in the report's code:
    100 293 parameters instead of 137 221.)

    Parameters
    ----------
    input_shape : tuple (h, w, c)
    n_classes : int
    l2 : float
        Penalty on the squared weights of convolutions and of the dense layer.
    dropout : float
        Share dropped before the dense layer.

    Returns
    -------
    keras.Model
        ``(n, h, w, c) float32 -> (n, n_classes) float32`` logits.
    """
    images = keras.Input(input_shape, name="images")
    # The block's first activation is the one that the stem ends with.
    convolved = partial(
        _convolved, filters=64, kernel_size=3, l2=l2, initializer="glorot_uniform"
    )
    x = rectified(convolved(images))
    branch = convolved(rectified(convolved(x)))
    x = rectified(layers.Add()([x, branch]))
    x = layers.MaxPooling2D(2, padding="same", **LAST)(x)
    x = dropped(layers.Flatten(**LAST)(x), dropout)
    logits = to_logits(x, n_classes, kernel_regularizer=regularizer(l2))
    return keras.Model(images, logits, name="tiny_resnet")


def _block(x, filters, stride, l2):
    branch = rectified(_normalised(_convolved(x, filters, 3, l2, stride)))
    branch = _normalised(_convolved(branch, filters, 3, l2))
    if stride > 1:
        x = _convolved(x, filters, 1, l2, stride)
    return rectified(layers.Add()([x, branch]))


def _convolved(x, filters, kernel_size, l2, stride=1, initializer="he_normal"):
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=stride,
        padding="same",
        kernel_initializer=initializer,
        kernel_regularizer=regularizer(l2),
        **LAST,
    )(x)


def _normalised(x):
    return layers.BatchNormalization(axis=-1)(x)
