"""The pretrained networks of the reports: what `build_transfer` cannot say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from skcnn.keras_door import keras
from skcnn.networks._common_layers import LAST, to_logits
from skcnn.networks._stack import stacked
from skcnn.networks.backbones import applications, build_application

keras_layers = keras.layers

# The smallest height and width that VGG16 and ResNet50 take.
_SIDE = 32


def build_report_backbone(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    backbone: str,
    layers: Sequence[tuple],
    weights: str | None = "imagenet",
    trained: str = ".*",
) -> keras.Model:
    """Return the network of systems C5, D4 and E7.

    The images are padded with zeros to 32x32 and repeated to three channels. As in the
    reports, the backbone gets them scaled to [0, 1], and not as its own preprocessing
    makes them: that is what :class:`skcnn.TransferClassifier` does better.

    Parameters
    ----------
    input_shape : tuple (h, w, 1)
        Sides of at most 32 pixels.
    n_classes : int
    backbone : str
        Name of a network of ``keras.applications``.
    layers : sequence of tuples
        Layers behind the backbone, as in :func:`build_stack`.
    weights : "imagenet", path or None
        None: random ones.
    trained : str
        Regular expression: the layers of the backbone whose whole name it matches are
        trained, and batch normalisation among them normalises by the batch. ``".*"``
        are all, ``""`` is none, ``".*_bn"`` are ResNet50's batch normalisations.

    Returns
    -------
    keras.Model
        ``(n, h, w, 1) float32 -> (n, n_classes) float32`` logits.

    Raises
    ------
    ValueError
        For an unknown backbone, images that are not grey or larger than 32x32, and
        weights that are missing or belong to another architecture.
    """
    _check(input_shape, backbone)
    images = keras.Input(input_shape, name="images")
    gaps = [_SIDE - side for side in input_shape[:2]]
    sides = [(gap // 2, gap - gap // 2) for gap in gaps]
    x = keras_layers.ZeroPadding2D(sides, **LAST)(images)
    x = keras_layers.Concatenate(name="rgb")([x, x, x])
    # On the tensor itself, so that all layers are the network's own.
    body = _with_weights(backbone, weights, x)
    for layer in body.layers:
        layer.trainable = re.fullmatch(trained, layer.name) is not None
    logits = to_logits(stacked(body.output, layers), n_classes)
    return keras.Model(images, logits, name="report_backbone")


def _check(input_shape, backbone: str) -> None:
    h, w, c = input_shape
    if c != 1 or max(h, w) > _SIDE:
        raise ValueError(
            f"The images have shape {tuple(input_shape)}, and this network pads grey "
            f"ones, (h, w, 1), to {_SIDE}x{_SIDE}. skcnn.TransferClassifier takes "
            "others."
        )
    if backbone not in applications():
        raise ValueError(
            f"backbone={backbone!r} is no network of keras.applications. Pass one of "
            f"{list(applications())}."
        )


def _with_weights(backbone: str, weights, images) -> keras.Model:
    try:
        return build_application(backbone, None, weights, input_tensor=images)
    # Keras raises what it meets; Exception itself where a URL cannot be fetched.
    except Exception as error:
        came = (
            f"The ImageNet weights of {backbone} could not be downloaded."
            if weights == "imagenet"
            else f"weights={weights!r} are no weights of {backbone} without its top."
        )
        raise ValueError(
            f"{came} Pass the path of their file (..._no_top.h5), or None for random "
            f"ones. Keras says: {error}"
        ) from error
