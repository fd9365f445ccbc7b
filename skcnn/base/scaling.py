"""How pixels become network input, and whether later ones are on the same scale."""

import math
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

# Statistics read pieces of about this many bytes, so that their temporaries stay small.
_CHUNK_BYTES = 2**20

# Images that are looked at, and pixels down and across, where some are enough.
_SAMPLE = 64

# What bytes are multiplied by, unless they are all within this: six bits, at most.
_PER_BYTE, _FEW_BITS = 1 / 255, 63

# Pixels so many times as far out as those of the training are on another scale, and so
# are these many images whose pixels are so many times smaller.
_FAR, _MANY, _DARK = 4, 10, 10

# The share of pixels, of those that are not zero, that may be extreme in the training;
# later ten times as many are on another scale, or a tenth where they are to be dark.
# (A pixel that is rarely lit is divided by next to nothing in a StandardScaler.)
_EXTREME = 0.01


class Scaling(NamedTuple):
    """How pixels become network input: ``pixels * scale + offset``.

    ``low`` and ``high`` are the range of the training pixels, and ``whole_numbers``
    tells that they were whole numbers beyond [-1, 1]. All but the most extreme of them
    are no farther from zero than ``extent``.
    """

    scale: float
    offset: float
    whole_numbers: bool
    low: float
    high: float
    extent: float


def decide_rescale(
    rescale: str | None,
    images: np.ndarray,
    rows: np.ndarray | None = None,
    *,
    needs_unit: bool = False,
) -> Scaling:
    """Decide from the training images, (n, h, w, c), how pixels are scaled.

    ``rows`` are the places of those that are trained on; None: all.

    "auto" divides uint8 by 255, or by its maximum where that needs two bits less,
    leaves alone what lies inside [-1, 1] (uint8 of zeros and ones too), and maps the
    rest to [0, 1] by its minimum and maximum. None leaves all pixels as they are.
    Anything else is a ValueError. ``needs_unit`` is for
    networks that must see [0, 1]: "auto" maps [-1, 1] to it where pixels are below
    zero.
    """
    if rescale is not None and rescale != "auto":
        raise ValueError(f"rescale must be 'auto' or None, got {rescale!r}.")
    low, high, whole = _survey(images, rows)
    is_small = low >= -1 and high <= 1
    scale, offset = 1.0, 0.0
    if rescale == "auto":
        scale, offset = automatic_scale(images.dtype, low, high, needs_unit=needs_unit)
    # Black bytes say nothing, so they count as 0 to 255.
    whole = whole and (not is_small or scale == _PER_BYTE)
    return Scaling(scale, offset, whole, low, high, _extent(images, rows))


def automatic_scale(
    dtype: np.dtype, low: float, high: float, *, needs_unit: bool = False
) -> tuple[float, float]:
    """Return scale and offset of "auto" for pixels of this type and range.

    Examples
    --------
    >>> [automatic_scale(np.dtype("uint8"), 0, high) for high in (16, 255)]
    [(0.0625, 0.0), (0.00392156862745098, 0.0)]
    """
    if dtype == np.uint8 and (high == 0 or high > _FEW_BITS):
        return _PER_BYTE, 0.0
    if low >= -1 and high <= 1:
        return (0.5, 0.5) if needs_unit and low < 0 else (1.0, 0.0)
    low = 0 if dtype == np.uint8 else low
    scale = 1 / (high - low or abs(high))
    return scale, -low * scale if low else 0.0


def check_scale(scaling: Scaling, images: np.ndarray) -> None:
    """Refuse pixels on another scale than those of the training, or warn of them."""
    doubt = doubt_of_scale(scaling, images)
    if isinstance(doubt, Warning):
        warnings.warn(doubt, stacklevel=2)
    elif doubt is not None:
        raise doubt


def doubt_of_scale(
    scaling: Scaling, images: np.ndarray
) -> ValueError | UserWarning | None:
    """Say that pixels are on another scale than those of the training.

    Fractions inside [-1, 1] are an error where training pixels were whole numbers;
    black images and images of zeros and ones pass, since they may be dark ones. Pixels
    far outside of the training range are worth a warning, and so are many images that
    are all but black; a few extreme pixels are neither.
    """
    are_bytes = images.dtype == np.uint8 and scaling.scale == _PER_BYTE
    if are_bytes and len(images) < _MANY:
        return None
    if scaling.whole_numbers and _are_fractions(images):
        low, high, _ = _survey(images)
        # The brightest byte of the training need not be 255.
        white = 255 if _FEW_BITS < scaling.high <= 255 else scaling.high
        return ValueError(
            f"X has fractions between {low:.3g} and {high:.3g}, but the model was "
            f"fitted on whole numbers from {scaling.low:.3g} to {scaling.high:.3g}. "
            "Give the pixels as they were at fit, for example "
            f"np.round(np.multiply(X, {white:.3g}))."
        )
    pixels, extent = _sample(images), scaling.extent
    n_lit = np.count_nonzero(pixels)
    is_far = not are_bytes and _n_beyond(_FAR * extent, pixels) > 10 * _EXTREME * n_lit
    is_dark = len(images) >= _MANY and (
        _n_beyond(extent / _DARK, pixels) < _EXTREME / 10 * n_lit
    )
    if not (is_far or is_dark):
        return None
    low, high, _ = _survey(images)
    return UserWarning(
        f"X has pixels between {low:.3g} and {high:.3g}, but nearly all that the "
        f"model was fitted on are from {max(scaling.low, -extent):.3g} to "
        f"{min(scaling.high, extent):.3g}. Are they on the same scale? Give them "
        "as they were at fit, or fit on images like these."
    )


def is_whole(pixels: np.ndarray) -> bool:
    """Whether all values are whole numbers."""
    return pixels.dtype.kind != "f" or bool((np.rint(pixels) == pixels).all())


def chunks(images: np.ndarray, rows: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """Cut images, or some rows of them, into pieces of about `_CHUNK_BYTES`."""
    step = max(1, _CHUNK_BYTES // images[0].nbytes)
    for start in range(0, len(images if rows is None else rows), step):
        part = slice(start, start + step)
        yield images[part if rows is None else rows[part]]


def _survey(
    images: np.ndarray, rows: np.ndarray | None = None
) -> tuple[float, float, bool]:
    """Return minimum, maximum, and whether all values are whole numbers."""
    low, high, whole = math.inf, -math.inf, True
    for chunk in chunks(images, rows):
        low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
        whole = whole and is_whole(chunk)
    return low, high, whole


def _sample(images: np.ndarray) -> np.ndarray:
    """Return some pixels of some images, evenly spread, about `_SAMPLE` along an axis.

    A view: what is asked of it costs the same for any number of images of any size.
    """
    steps = (max(1, size // _SAMPLE) for size in images.shape[:3])
    return images[tuple(slice(None, None, step) for step in steps)]


def _extent(images: np.ndarray, rows: np.ndarray | None) -> float:
    """Return what all but the most extreme pixels are within; 1 for black images."""
    if rows is not None:
        images = images[rows[:: max(1, len(rows) // _SAMPLE)]]
    pixels = _sample(images)
    lit = np.abs(pixels[pixels != 0].astype(np.float64))
    return float(np.quantile(lit, 1 - _EXTREME, method="higher")) if len(lit) else 1.0


def _n_beyond(limit: float, pixels: np.ndarray) -> int:
    """Count pixels that are farther from zero than ``limit``."""
    n_beyond = np.count_nonzero(pixels > limit)
    return n_beyond + (
        0 if pixels.dtype.kind == "u" else np.count_nonzero(pixels < -limit)
    )


def _are_fractions(images: np.ndarray) -> bool:
    """Whether all pixels are inside [-1, 1], and not all of them whole numbers."""
    has_fractions = False
    for chunk in chunks(images) if images.dtype.kind == "f" else ():
        if chunk.max() > 1 or chunk.min() < -1:
            return False
        has_fractions = has_fractions or not is_whole(chunk)
    return has_fractions
