"""What a pretrained backbone is asked for: parameters, their checks, their cures."""

from __future__ import annotations

from numbers import Integral
from os import PathLike

from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from skcnn.base.blocks import entries
from skcnn.base.words import shown

CONSTRAINTS: dict = {
    "backbone": [str, callable],
    "backbone_params": [None, dict],
    "weights": [None, str, PathLike],
    "input_size": [None, Interval(Integral, 1, None, closed="left"), "array-like"],
    "resize": [StrOptions({"pad", "bilinear"})],
    "memory": [None, str, PathLike, HasMethods(["cache"])],
}

_NAMES = ("backbone", "backbone_params", "weights", "input_size", "resize")


def open_extractor(estimator, scaling, seed: int):
    """Return the estimator's backbone, with its weights, for images like its own.

    Parameters
    ----------
    estimator : estimator instance
        Has the parameters of ``CONSTRAINTS``, ``rescale``, ``precision``, and
        ``image_shape_``.
    scaling : tuple of float
        Scale and offset of the pixels.
    seed : int
        Draws the weights where there are none.

    Returns
    -------
    skcnn.transfer.features.Extractor

    Raises
    ------
    ValueError
        For an unknown backbone, parameters it does not take, images it cannot take,
        or a file with the weights of another network.
    OSError
        For weights that are not there.
    """
    from skcnn.transfer.features import Extractor
    from skcnn.transfer.pretrained import (
        call_function,
        check_function,
        load_application,
    )

    h, w, channels = estimator.image_shape_
    if channels not in (1, 3):
        raise ValueError(
            f"The images have {channels} channels, and a backbone takes grey (1) or "
            "RGB (3) ones. Drop what is more, such as an alpha channel: pass "
            f"np.asarray(X).reshape(-1, {h}, {w}, {channels})"
            f"[..., :{min(channels, 4) - 1}]."
        )
    params = dict(estimator.backbone_params or {})
    name = None
    if callable(estimator.backbone):
        if params:
            raise ValueError(
                f"backbone_params={params!r} are for a backbone by name; here it is a "
                "function: functools.partial gives it arguments."
            )
        check_function(estimator.backbone)
        size = check_size(estimator, 1)
        backbone = call_function(
            estimator.backbone,
            estimator.weights,
            size,
            seed,
            estimator.precision,
            estimator.rescale,
        )
    else:
        name = check_name(estimator.backbone, params)
        _check_preprocessing(params, estimator.rescale)
        size = _check_smallest(estimator, name)
        try:
            backbone = load_application(name, params, estimator.weights, size, seed)
        except TypeError as error:  # of the values: their names are known to be right
            raise ValueError(f"backbone_params={params!r}: {error}") from error
    entrance = {
        "size": size,
        "resize": estimator.resize,
        # Backbones know pixels as 0 to 255; unscaled ones are taken for such.
        "gain": 1.0 if estimator.rescale is None else backbone.white,
        "application": name,
    }
    return Extractor(
        backbone,
        estimator.image_shape_,
        entrance,
        (float(scaling[0]), float(scaling[1])),
        estimator.precision,
    )


def backbone_settings(estimator) -> dict:
    """Return the parameters that decide which backbone it is."""
    return {name: getattr(estimator, name) for name in _NAMES}


def memory_location(memory):
    """Return the folder of a ``memory`` parameter, or None."""
    return getattr(memory, "location", None) if hasattr(memory, "cache") else memory


def check_name(backbone: str, params: dict) -> str:
    """Return an application's name as Keras spells it, its parameters checked."""
    from skcnn.networks.backbones import applications, free_parameters

    known = {name.lower(): name for name in applications()}
    if backbone.lower() not in known:
        raise ValueError(
            f"backbone={backbone!r} is no network of keras.applications. Pass one of "
            f"{list(applications())}, or a function of the input shape that returns a "
            "Keras model."
        )
    name = known[backbone.lower()]
    unknown = sorted(set(params) - set(free_parameters(name)))
    if unknown:
        raise ValueError(
            f"backbone_params holds {unknown}, but {name} takes "
            f"{free_parameters(name)} (its top, weights and input are decided by the "
            "other parameters)."
        )
    return name


def check_size(estimator, smallest: int) -> tuple[int, int]:
    """Return the sides (h, w) of the backbone's input, in pixels.

    ``input_size=None`` is the size of the images, enlarged to ``smallest``.
    """
    came = estimator.image_shape_[:2]
    wanted = estimator.input_size
    if wanted is None:
        return max(came[0], smallest), max(came[1], smallest)
    sides = entries(wanted) or (wanted, wanted)
    if len(sides) != 2 or not all(isinstance(s, Integral) and s > 0 for s in sides):
        raise ValueError(
            "input_size must be None, a side in pixels or a pair (height, width) of "
            f"whole numbers above zero, got {shown(wanted)}."
        )
    size = int(sides[0]), int(sides[1])
    if estimator.resize == "pad" and (size[0] < came[0] or size[1] < came[1]):
        raise ValueError(
            f"resize='pad' cannot shrink images of {came} to input_size={size}. Pass "
            f"input_size={came} or more, or resize='bilinear'."
        )
    return size


def _check_preprocessing(params: dict, rescale: str | None) -> None:
    if rescale is not None and not params.get("include_preprocessing", True):
        raise ValueError(
            "backbone_params={'include_preprocessing': False} makes a backbone that "
            "does not scale pixels, and with rescale='auto' it gets them from 0 to "
            "255. Leave it out; or pass rescale=None, and pixels as the backbone "
            "wants them."
        )


def _check_smallest(estimator, name: str) -> tuple[int, int]:
    from skcnn.networks.backbones import smallest_side

    smallest = smallest_side(name)
    size = check_size(estimator, smallest)
    if min(size) < smallest:
        raise ValueError(
            f"input_size={size} is too small: {name} takes images of at least "
            f"{smallest}x{smallest}. Pass input_size={smallest} or more with "
            "resize='pad' or 'bilinear', or input_size=None."
        )
    return size
