"""Random changes of training images, inside the graph.

Every function draws its random numbers from a stateless seed, so that a fit is
decided by its own seed and step number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skcnn.base.augment import SHIFT
from skcnn.keras_door import keras, tf

# Largest turn in radians (15 degrees, as prepared for E7) and largest zoom.
_TURN, _ZOOM = 0.26, 0.15
# Random erasing (Zhong et al., 2020): the chance and the largest part of a side.
_ERASE_CHANCE, _ERASE_SIDE = 0.5, 0.5
# Mixup (Zhang et al., 2018) with Beta(1, 1), that is a uniform share.


def _uniform(seed, low, high, shape):
    return tf.random.stateless_uniform(shape, seed, low, high)


def _flip(images, seed):
    """Mirror half of the images left to right."""
    turned = _uniform(seed, 0.0, 1.0, [tf.shape(images)[0], 1, 1, 1]) < 0.5
    return tf.where(turned, images[:, :, ::-1], images)


def _moved(positions, offsets, side):
    """Return the source positions of a shift, held at the border."""
    return tf.clip_by_value(positions[None, :] + offsets[:, None], 0, side - 1)


def _shift(images, seed):
    """Move every image by whole pixels; the border pixels fill the gap."""
    count, height, width = tf.unstack(tf.shape(images)[:3])
    for axis, side, key in ((1, height, 0), (2, width, 1)):
        reach = tf.cast(tf.round(SHIFT * tf.cast(side, tf.float32)), tf.int32)
        # A side of one pixel cannot move; any other moves by at least one.
        reach = tf.where(side > 1, tf.maximum(reach, 1), 0)
        offsets = tf.random.stateless_uniform(
            [count], seed + key, -reach, reach + 1, tf.int32
        )
        source = _moved(tf.range(side), offsets, side)
        if axis == 1:
            images = tf.gather(images, source, axis=1, batch_dims=1)
        else:
            # One flat gather over all rows is faster than a batched one on axis 2.
            rows = tf.reshape(images, [count * height, width, images.shape[3]])
            source = tf.repeat(source, height, axis=0)
            rows = tf.gather(rows, source, axis=1, batch_dims=1)
            images = tf.reshape(rows, [count, height, width, images.shape[3]])
    return images


def _projected(images, a, b, c, d):
    """Apply one linear map per image around the image's centre."""
    height, width = tf.unstack(tf.cast(tf.shape(images)[1:3], tf.float32))
    x, y = (width - 1) / 2, (height - 1) / 2
    zero = tf.zeros_like(a)
    maps = tf.stack(
        [a, b, x - a * x - b * y, c, d, y - c * x - d * y, zero, zero], axis=1
    )
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=maps,
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )


def _rotate(images, seed):
    """Turn every image by up to 15 degrees."""
    angle = _uniform(seed, -_TURN, _TURN, [tf.shape(images)[0]])
    cos, sin = tf.cos(angle), tf.sin(angle)
    return _projected(images, cos, -sin, sin, cos)


def _zoom(images, seed):
    """Enlarge or shrink every image by up to 15 percent."""
    size = _uniform(seed, 1 - _ZOOM, 1 + _ZOOM, [tf.shape(images)[0]])
    return _projected(images, size, tf.zeros_like(size), tf.zeros_like(size), size)


def _box(shape, seed, largest_part):
    """Return a mask (n, h, w, 1) of one random box per image."""
    count, height, width = tf.unstack(shape[:3])
    masks = []
    for side, key in ((height, 0), (width, 1)):
        part = largest_part * _uniform(seed + key, 0.0, 1.0, [count])
        centre = _uniform(seed + key + 2, 0.0, 1.0, [count])
        place = (tf.cast(tf.range(side), tf.float32) + 0.5) / tf.cast(side, tf.float32)
        masks.append(tf.abs(place[None, :] - centre[:, None]) < part[:, None] / 2)
    return (masks[0][:, :, None] & masks[1][:, None, :])[..., None]


def _erase(images, seed):
    """Grey out a random box (random erasing) in half of the images."""
    chosen = _uniform(seed + 8, 0.0, 1.0, [tf.shape(images)[0], 1, 1, 1])
    box = _box(tf.shape(images), seed, _ERASE_SIDE) & (chosen < _ERASE_CHANCE)
    return tf.where(box, tf.reduce_mean(images, axis=[1, 2], keepdims=True), images)


def _mixup(images, targets, seed):
    """Blend every image and its target with those of another one."""
    share = _uniform(seed, 0.0, 1.0, [])
    images = share * images + (1 - share) * tf.reverse(images, [0])
    return images, share * targets + (1 - share) * tf.reverse(targets, [0])


def _cutmix(images, targets, seed):
    """Paste a box of another image (CutMix, Yun et al., 2019)."""
    box = _box(tf.shape(images), seed, 1.0)
    images = tf.where(box, tf.reverse(images, [0]), images)
    share = tf.reduce_mean(tf.cast(box, tf.float32), axis=[1, 2, 3])[:, None]
    return images, (1 - share) * targets + share * tf.reverse(targets, [0])


_OF_IMAGES = {
    "flip": _flip,
    "shift": _shift,
    "rotate": _rotate,
    "zoom": _zoom,
    "erase": _erase,
}
_OF_PAIRS = {"mixup": _mixup, "cutmix": _cutmix}


def mixes(names: Sequence[str]) -> bool:
    """Tell whether an augmentation blends targets, and so needs them one-hot."""
    return any(name in _OF_PAIRS for name in names)


def check_layer(layer: keras.Layer, shape: tuple[int, int, int]) -> None:
    """Raise for a Keras layer that does not make images of images.

    Parameters
    ----------
    layer : keras.Layer
        It is called, which may change it.
    shape : tuple (h, w, c)
        Of one image.
    """
    wanted = (
        f"augment={layer.name!r}, a {type(layer).__name__}, must make images of shape "
        f"{shape} of such images in training"
    )
    try:
        came = tf.convert_to_tensor(layer(tf.zeros([2, *shape]), training=True)).shape
    except Exception as error:
        raise ValueError(f"{wanted}. It says: {error}") from error
    if tuple(came) != (2, *shape):
        raise ValueError(
            f"{wanted}, and gives those of shape {tuple(came[1:])}. Pass a layer that "
            "keeps it, such as keras.layers.RandomFlip()."
        )


def build_augmentation(augment) -> Callable:
    """Return the function ``(images, targets, seed) -> (images, targets)``.

    Parameters
    ----------
    augment : tuple of str or keras layer
        Names out of ``AUGMENTATIONS``, applied in that order, or a Keras layer
        that is called with ``training=True``.

    Returns
    -------
    callable
        It takes images (n, h, w, c) float32, targets ((n, k) where an augmentation
        blends them) and a stateless seed of shape (2,) int32.
    """
    if not isinstance(augment, tuple):

        def call_layer(images, targets, seed):
            del seed  # the layer has its own, which a fit sets anew
            return augment(images, training=True), targets

        call_layer.layer = augment
        return call_layer

    def apply(images, targets, seed):
        for number, name in enumerate(augment):
            own = seed + tf.constant([16 * number, 0], tf.int32)
            if name in _OF_IMAGES:
                images = _OF_IMAGES[name](images, own)
            else:
                images, targets = _OF_PAIRS[name](images, targets, own)
        return images, targets

    return apply
