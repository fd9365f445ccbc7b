"""The configurable residual network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from skcnn.keras_door import keras
from skcnn.networks._common_layers import (
    LAST,
    dropped,
    initializer,
    normalised,
    rectified,
    regularizer,
    to_logits,
    whitened,
)

layers = keras.layers

# A bottleneck's last convolution has this many times the filters of the others
# (He et al., 2015).
_WIDENING = 4


def build_resnet(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    blocks: Sequence[int],
    filters: Sequence[int],
    block: str = "basic",
    kernel_size: Sequence[tuple[int, int]],
    stem_kernel_size: tuple[int, int] = (3, 3),
    stem_pool: tuple[int, int] | None = None,
    dropout: Sequence[float],
    l2: float = 0.0,
    whitening: tuple[int, int] | None = None,
) -> keras.Model:
    """Return a stem, stages of residual blocks, the average, then logits.

    ``blocks``, ``filters``, ``kernel_size`` and ``dropout`` have one entry per stage.
    The first block of each stage but the first has stride 2. A shortcut is the
    identity where the shape stays, else a 1x1 convolution.

    Parameters
    ----------
    input_shape : tuple (h, w, c)
    n_classes : int
    blocks : sequence of int
        Residual blocks in each stage.
    filters : sequence of int
        Channels in each stage; of a bottleneck, those of its narrow convolutions.
    block : {"basic", "bottleneck", "preactivation"}
        The first two as in He et al. (2015), the last as in He et al. (2016).
    kernel_size : sequence of (height, width)
    stem_kernel_size : (height, width)
    stem_pool : (height, width), optional
        None: the stem keeps the size of the image. Else its convolution and this max
        pooling halve it in turn.
    dropout : sequence of float
        Share dropped before the last convolution of each block (Zagoruyko and
        Komodakis, 2016).
    l2 : float
        Penalty on the squared weights of the convolutions.
    whitening : pair of int, optional
        Height and width of the kernels of a fixed first convolution; None: there is
        none. Its filters are those of the training images in the ready estimators; who
        calls this function otherwise must set them.

    Returns
    -------
    keras.Model
        ``(n, h, w, c) float32 -> (n, n_classes) float32`` logits.
    """
    convolved = partial(_convolved, l2=l2)
    is_postactivated = block != "preactivation"
    images = keras.Input(input_shape, name="images")
    x = images if whitening is None else whitened(images, whitening)
    x = _stem(x, filters[0], stem_kernel_size, stem_pool, is_postactivated, convolved)
    for stage, n_blocks in enumerate(blocks):
        for number in range(n_blocks):
            x = _BLOCKS[block](
                x,
                filters[stage],
                kernel_size[stage],
                2 if stage > 0 and number == 0 else 1,
                dropout[stage],
                convolved,
            )
    if not is_postactivated:
        x = rectified(normalised(x))
    x = layers.GlobalAveragePooling2D(**LAST)(x)
    return keras.Model(images, to_logits(x, n_classes), name="resnet")


def _stem(x, filters, kernel_size, pool_size, is_activated, convolved):
    x = convolved(x, filters, kernel_size, 1 if pool_size is None else 2)
    if is_activated:
        x = rectified(normalised(x))
    if pool_size is not None:
        x = layers.MaxPooling2D(pool_size, strides=2, padding="same", **LAST)(x)
    return x


def _basic(x, filters, kernel_size, stride, dropout, convolved):
    branch = convolved(x, filters, kernel_size, stride)
    branch = rectified(normalised(branch))
    branch = convolved(dropped(branch, dropout), filters, kernel_size)
    return _joined(branch, x, stride, convolved)


def _bottleneck(x, filters, kernel_size, stride, dropout, convolved):
    branch = convolved(x, filters, 1)
    branch = rectified(normalised(branch))
    # He et al. have the stride one convolution earlier, where it drops three of four
    # positions unseen (Goyal et al., 2017).
    branch = convolved(branch, filters, kernel_size, stride)
    branch = rectified(normalised(branch))
    branch = convolved(dropped(branch, dropout), _WIDENING * filters, 1)
    return _joined(branch, x, stride, convolved)


def _preactivation(x, filters, kernel_size, stride, dropout, convolved):
    active = rectified(normalised(x))
    branch = convolved(active, filters, kernel_size, stride)
    branch = rectified(normalised(branch))
    branch = convolved(dropped(branch, dropout), filters, kernel_size)
    if branch.shape != x.shape:
        x = convolved(active, filters, 1, stride)
    return layers.Add()([x, branch])


_BLOCKS = {
    "basic": _basic,
    "bottleneck": _bottleneck,
    "preactivation": _preactivation,
}


def _joined(branch, x, stride, convolved):
    """Add the branch to its shortcut, and rectify the sum."""
    # Its scale begins at one: from zero (Goyal et al., 2017) short trainings lost two
    # points of accuracy.
    branch = normalised(branch)
    if branch.shape != x.shape:
        x = normalised(convolved(x, branch.shape[-1], 1, stride))
    return rectified(layers.Add()([x, branch]))


def _convolved(x, filters, kernel_size, stride=1, *, l2):
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer=initializer(),
        kernel_regularizer=regularizer(l2),
        **LAST,
    )(x)
