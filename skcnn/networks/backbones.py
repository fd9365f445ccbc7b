"""Networks of ``keras.applications`` (or of the user's) under a new head."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from skcnn.keras_door import keras

layers = keras.layers


# Channels are last whatever the user's global setting says.
_LAST = {"data_format": "channels_last"}

# Any seed will do: a fit draws new ones for every fit. Without one, Keras would
# take it from Python's global random state.
_SEED = 0

# What this package decides itself: the other arguments of an application are free.
_OURS = {
    "include_top",
    "weights",
    "input_tensor",
    "input_shape",
    "classes",
    "classifier_activation",
    "name",
}


@cache
def applications() -> dict[str, Callable]:
    """Return the networks of ``keras.applications`` by their names."""
    return {
        name: member
        for name, member in sorted(vars(keras.applications).items())
        if inspect.isfunction(member) and name[0].isupper()
    }


@cache
def smallest_side(name: str) -> int:
    """Return the smallest height and width that an application takes, in pixels."""
    try:
        applications()[name](include_top=False, weights=None, input_shape=(1, 1, 3))
    except ValueError as error:
        # Keras checks it before it makes a layer, and tells nowhere else.
        stated = re.search(r"at least (\d+)x\d+", str(error))
        return int(stated[1]) if stated else 1
    return 1


def free_parameters(name: str) -> list[str]:
    """Return the arguments of an application that the user may set."""
    return sorted(set(inspect.signature(applications()[name]).parameters) - _OURS)


def build_application(
    name: str,
    input_shape: tuple[int, int, int] | None,
    weights: str | None = None,
    **params,
) -> keras.Model:
    """Return an application without its top, as Keras builds it.

    Parameters
    ----------
    name : str
        As in :func:`applications`.
    input_shape : tuple (h, w, 3) or None
        None: the size that its ImageNet weights were trained with.
    weights : "imagenet" or None
    **params : object
        Its own arguments, such as ``alpha``.

    Returns
    -------
    keras.Model
        It takes what the application's ``preprocess_input`` makes of RGB pixels.
    """
    with _channels_last():
        return applications()[name](
            include_top=False, weights=weights, input_shape=input_shape, **params
        )


def build_features(
    backbone: Callable[[], keras.Model], input_shape: tuple[int, int, int], **entrance
) -> keras.Model:
    """Return a backbone with its entrance and a global average pooling.

    Parameters
    ----------
    backbone : callable
        Without arguments; returns the backbone for images of ``entrance["size"]``.
    input_shape : tuple (h, w, c)
        Of the images; c is 1 or 3.
    **entrance : object
        ``size``, ``resize``, ``gain`` and ``application`` of :func:`_entrance`.

    Returns
    -------
    keras.Model
        ``(n, h, w, c) float32 -> (n, n_features) float32``.
    """
    images = keras.Input(input_shape, name="images")
    features = _pooled(backbone()(_entrance(images, **entrance)))
    return keras.Model(images, features, name="features")


def build_head(
    n_features: int,
    n_classes: int,
    *,
    dense_units: Sequence[int] = (),
    dense_dropout: float = 0.0,
) -> keras.Model:
    """Return dense layers and logits over features of shape (1, 1, n_features).

    They compute in float32 whatever the precision of the backbone: they cost next to
    nothing, and the features come in float32.
    """
    features = keras.Input((1, 1, n_features), name="features")
    x = layers.Reshape((n_features,), dtype="float32")(features)
    return keras.Model(features, _head(x, n_classes, dense_units, dense_dropout))


def build_transfer(
    backbone: Callable[[], keras.Model],
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    dense_units: Sequence[int] = (),
    dense_dropout: float = 0.0,
    n_trainable: int = 0,
    **entrance,
) -> keras.Model:
    """Return the whole network, images to logits.

    Its weights are those of the backbone, then those of the head. The last
    ``n_trainable`` layers of the backbone are trainable, but no batch normalisation:
    its averages would follow the few images of a fine-tuning. What is frozen runs as
    at prediction time.
    """
    images = keras.Input(input_shape, name="images")
    body = backbone()
    _freeze(body, n_trainable)
    x = _pooled(body(_entrance(images, **entrance)))
    logits = _head(x, n_classes, dense_units, dense_dropout)
    return keras.Model(images, logits, name="transfer")


def _entrance(images, *, size, resize: str, gain: float, application: str | None):
    """Return what the backbone sees of scaled images, in float32 throughout.

    Parameters
    ----------
    images : keras tensor (n, h, w, c)
    size : tuple (h, w)
        Sides of the backbone's input.
    resize : {"pad", "bilinear"}
        How images of another size come to it.
    gain : float
        255 where the images are scaled to [0, 1].
    application : str or None
        Whose ``preprocess_input`` is applied.
    """
    x = images
    if tuple(x.shape[1:3]) != tuple(size):
        x = _resized(x, size, resize)
    if x.shape[-1] == 1:
        x = layers.Concatenate(dtype="float32")([x, x, x])
    if gain != 1:
        x = layers.Rescaling(gain, dtype="float32")(x)
    if application is None:
        return x
    module = applications()[application].__module__.rpartition(".")[2]
    preprocess = getattr(keras.applications, module).preprocess_input
    return preprocess(x, **_LAST)


def _resized(x, size, resize: str):
    if resize == "bilinear":
        return layers.Resizing(*size, dtype="float32", **_LAST)(x)
    gaps = [wanted - came for wanted, came in zip(size, x.shape[1:3], strict=True)]
    sides = [(gap // 2, gap - gap // 2) for gap in gaps]
    return layers.ZeroPadding2D(sides, dtype="float32", **_LAST)(x)


def _pooled(x):
    if len(x.shape) == 2:
        # The backbone pools itself: nothing but its format may change.
        return layers.Activation("linear", dtype="float32")(x)
    return layers.GlobalAveragePooling2D(dtype="float32", **_LAST)(x)


def _head(x, n_classes: int, dense_units: Sequence[int], dense_dropout: float):
    for units in dense_units:
        x = layers.Dense(
            units,
            activation="relu",
            kernel_initializer=keras.initializers.HeNormal(seed=_SEED),
            dtype="float32",
        )(x)
        if dense_dropout:
            x = layers.Dropout(dense_dropout, seed=_SEED, dtype="float32")(x)
    return layers.Dense(
        n_classes,
        kernel_initializer=keras.initializers.GlorotUniform(seed=_SEED),
        dtype="float32",
        name="logits",
    )(x)


def _freeze(backbone: keras.Model, n_trainable: int) -> None:
    first = max(len(backbone.layers) - n_trainable, 0)
    for number, layer in enumerate(backbone.layers):
        for part in [layer, *layer._flatten_layers(include_self=False)]:
            is_norm = isinstance(part, layers.BatchNormalization)
            if number < first or is_norm:
                part.trainable = False
            if number < first:
                _silence(part)


def _silence(layer) -> None:
    """Let a frozen layer drop nothing: Keras' dropout is at work even when frozen."""
    for rate in ("rate", "drop_path_rate"):
        if isinstance(getattr(layer, rate, None), (int, float)):
            setattr(layer, rate, 0.0)


@contextmanager
def _channels_last() -> Iterator[None]:
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        keras.config.set_image_data_format(before)


def n_features(backbone: keras.Model) -> int:
    """Return the length of a backbone's pooled features, or raise a ValueError."""
    shape = backbone.output_shape
    is_one = isinstance(shape, tuple) and len(shape) in (2, 4)
    if not is_one or None in shape[1:] or math.prod(shape[1:]) == 0:
        raise ValueError(
            f"The backbone's output has shape {shape}; maps (n, h, w, channels) or "
            "features (n, n_features) are wanted."
        )
    return shape[-1]
