"""How pixels become network input, and whether later ones are on the same scale."""

import math
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

# Statistics read pieces of about this many bytes, so that their temporaries stay small.
_CHUNK_BYTES = 2**20

# What bytes are multiplied by, unless they are all within this: six bits, at most.
_PER_BYTE, _FEW_BITS = 1 / 255, 63

# Pixels so many times as far out as those of the training are on another scale, and so
# are these many images whose pixels are so many times smaller.
_FAR, _MANY, _DARK = 4, 10, 10


class Scaling(NamedTuple):
    """How pixels become network input: ``pixels * scale + offset``.

    ``low`` and ``high`` are the range of the training pixels, and ``whole_numbers``
    tells that they were whole numbers beyond [-1, 1].
    """

    scale: float
    offset: float
    whole_numbers: bool
    low: float
    high: float


def decide_rescale(
    rescale: str | None, images: np.ndarray, *, needs_unit: bool = False
) -> Scaling:
    """Decide from the training images, (n, h, w, c), how pixels are scaled.

    "auto" divides uint8 by 255, or by its maximum where that needs two bits less,
    leaves alone what lies inside [-1, 1] (uint8 of zeros and ones too), and maps the
    rest to [0, 1] by its minimum and maximum. None leaves all pixels as they are.
    Anything else is a ValueError. ``needs_unit`` is for
    networks that must see [0, 1]: "auto" maps [-1, 1] to it where pixels are below
    zero.
    """
    if rescale is not None and rescale != "auto":
        raise ValueError(f"rescale must be 'auto' or None, got {rescale!r}.")
    low, high, whole = _survey(images)
    is_small = low >= -1 and high <= 1
    scale, offset = 1.0, 0.0
    if rescale == "auto":
        scale, offset = _automatic(images.dtype, low, high, needs_unit)
    # Black bytes say nothing, so they count as 0 to 255.
    whole = whole and (not is_small or scale == _PER_BYTE)
    return Scaling(scale, offset, whole, low, high)


def _automatic(dtype, low, high, needs_unit) -> tuple[float, float]:
    """Return scale and offset for training pixels of this type and range."""
    if dtype == np.uint8 and (high == 0 or high > _FEW_BITS):
        return _PER_BYTE, 0.0
    if low >= -1 and high <= 1:
        return (0.5, 0.5) if needs_unit and low < 0 else (1.0, 0.0)
    low = 0 if dtype == np.uint8 else low
    scale = 1 / (high - low or abs(high))
    return scale, -low * scale if low else 0.0


def check_scale(scaling: Scaling, images: np.ndarray) -> None:
    """Say that pixels are on another scale than those of the training.

    Fractions inside [-1, 1] are refused where training pixels were whole numbers; black
    images and images of zeros and ones pass, since they may be dark ones. Pixels far
    outside of the training range warn, and so do many images that are all but black.
    """
    are_bytes = images.dtype == np.uint8 and scaling.scale == _PER_BYTE
    if are_bytes and len(images) < _MANY:
        return
    low, high, whole = _survey(images)
    came = f"between {low:.3g} and {high:.3g}"
    fitted = f"from {scaling.low:.3g} to {scaling.high:.3g}"
    if scaling.whole_numbers and not whole and low >= -1 and high <= 1:
        # The brightest byte of the training need not be 255.
        white = 255 if _FEW_BITS < scaling.high <= 255 else scaling.high
        raise ValueError(
            f"X has fractions {came}, but the model was fitted on whole numbers "
            f"{fitted}. Give the pixels as they were at fit, for example np.round(X * "
            f"{white:.3g})."
        )
    times = max(-low, high) / (max(-scaling.low, scaling.high) or 1)
    is_far = times > _FAR and not are_bytes
    if is_far or (0 < times < 1 / _DARK and len(images) >= _MANY):
        warnings.warn(
            f"X has pixels {came}, but the model was fitted on pixels {fitted}. Are "
            "they on the same scale? Give them as they were at fit, or fit on images "
            "like these.",
            UserWarning,
            stacklevel=2,
        )


def is_whole(pixels: np.ndarray) -> bool:
    """Whether all values are whole numbers."""
    return pixels.dtype.kind != "f" or bool((np.rint(pixels) == pixels).all())


def _chunks(images: np.ndarray) -> Iterator[np.ndarray]:
    """Cut images into pieces of about `_CHUNK_BYTES`."""
    step = max(1, _CHUNK_BYTES // images[0].nbytes)
    for start in range(0, len(images), step):
        yield images[start : start + step]


def _survey(images: np.ndarray) -> tuple[float, float, bool]:
    """Return minimum, maximum, and whether all values are whole numbers."""
    low, high, whole = math.inf, -math.inf, True
    for chunk in _chunks(images):
        low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
        whole = whole and is_whole(chunk)
    return low, high, whole
