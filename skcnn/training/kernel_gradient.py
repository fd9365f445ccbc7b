"""The gradient of a convolution's kernel, as a convolution itself.

What a kernel's gradient sums, over images and positions, is what a convolution sums
when channels stand for images and images for channels. On small maps of many channels
oneDNN has a far faster way for that one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module

from skcnn.keras_door import keras, tf
from skcnn.training.precision import processor_flags

# Measured in bfloat16 with 3x3 kernels, 32 and 128 images, maps of side 3 to 12 and 1
# to 256 channels: it pays off from this many channels on for each pixel of the side.
_CHANNELS_PER_SIDE = 8


@contextmanager
def fast_kernel_gradients(model: keras.Model) -> Iterator[None]:
    """While a training is traced, let convolutions have the faster gradient.

    Those get it that are Keras' own, where it was measured to be faster. What they give
    stays as it is, and so do their gradients, but for rounding.
    """
    layers = []
    if _is_this_processor():
        layers = [one for one in model._flatten_layers() if _is_plain(one)]
    for layer in layers:
        layer.convolution_op = partial(_convolve, layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.convolution_op


@cache
def _tapes():
    """Return the module that tapes are written by, or None in a release without it.

    It has no public name.
    """
    try:
        return import_module("tensorflow.python.eager.record")
    except ImportError:
        return None


def _is_this_processor() -> bool:
    """Tell whether products are made by AVX512-BF16, not by AMX or a GPU."""
    flags = processor_flags()
    return (
        _tapes() is not None
        and "avx512_bf16" in flags
        and "amx_bf16" not in flags
        and not tf.config.list_physical_devices("GPU")
    )


def _is_plain(layer) -> bool:
    return (
        type(layer) is keras.layers.Conv2D
        and "convolution_op" not in vars(layer)  # the user's own
        and layer.data_format == "channels_last"
        and {*layer.strides, *layer.dilation_rate, layer.groups} == {1}
    )


def _gains(images) -> bool:
    """Tell whether images of shape (n, h, w, c) are small, with many channels."""
    _, height, width, channels = images.shape
    if images.dtype != tf.bfloat16 or height is None or width is None:
        return False
    return channels >= _CHANNELS_PER_SIDE * math.sqrt(height * width)


def _convolve(layer, images, kernel):
    """Do what ``layer.convolution_op`` does, with the faster gradient."""
    if not _gains(images):
        return type(layer).convolution_op(layer, images, kernel)
    padding = layer.padding.upper()
    kernel = tf.cast(keras.ops.convert_to_tensor(kernel), images.dtype)

    def gradients(upstream):
        of_images = tf.raw_ops.Conv2DBackpropInput(
            input_sizes=tf.shape(images),
            filter=kernel,
            out_backprop=upstream,
            strides=[1, 1, 1, 1],
            padding=padding,
        )
        return of_images, kernel_gradient(images, upstream, kernel.shape, padding)

    # What tf.custom_gradient does, too; but that never forgets a graph it was used in.
    with _tapes().stop_recording():
        outputs = tf.nn.conv2d(images, kernel, 1, padding)
    _tapes().record_operation("Convolution", [outputs], [images, kernel], gradients)
    return outputs


def kernel_gradient(images, upstream, shape, padding: str):
    """Return the gradient of a kernel by one convolution.

    Parameters
    ----------
    images : tensor of shape (n, h, w, c)
    upstream : tensor of shape (n, h', w', d)
        Gradient of what the convolution gave.
    shape : sequence of int
        That of the kernel, (i, j, c, d).
    padding : {"SAME", "VALID"}
        Of the convolution, whose strides are 1.
    """
    borders = [_border(size, padding) for size in shape[:2]]
    gradient = tf.nn.conv2d(
        tf.transpose(images, [3, 1, 2, 0]),
        tf.transpose(upstream, [1, 2, 0, 3]),
        strides=1,
        padding=[[0, 0], *borders, [0, 0]],
    )
    return tf.transpose(gradient, [1, 2, 0, 3])


def _border(size: int, padding: str) -> list[int]:
    """Return the zeros before and after, as TensorFlow pads for a stride of 1."""
    total = size - 1 if padding == "SAME" else 0
    return [total // 2, total - total // 2]
