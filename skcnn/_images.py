"""Array layouts: flat rows, frames, grey and colour images -> (n, h, w, c) and back."""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import validate_data

from skcnn._unchanged import unchanged_on_error

Shape = tuple[int, int, int]

# Types that stay as they are; the others are converted (_to_plain).
_PLAIN_TYPES = frozenset("bBhHiIlLqQfd")

# Rows up to this wide are one line of pixels without a warning: tables this narrow
# (scikit-learn's own checks fit 30 columns at most) are no images that went wrong.
_WIDEST_SILENT_ROW = 32

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


def check_images(
    estimator: Any, X: Any, *, reset: bool, rows_may_be_features: bool = False
) -> np.ndarray:
    """Validate images in any layout and view them as (n, h, w, c).

    Parameters
    ----------
    estimator : estimator instance
        With ``reset``, its ``image_shape`` (None, (h, w) or (h, w, c)) says how flat
        rows are cut; without, its ``image_shape_`` does.
    X : array-like
        Images of shape (n, h, w) or (n, h, w, c), a list of such images, flat rows of
        shape (n, h * w * c) with the channels last, or a DataFrame of such rows.
        Without an image shape, rows whose width is a square are grey images, and all
        others single lines of pixels, (1, width, 1); a wide one warns.
    reset : bool
        True sets ``n_features_in_``, ``feature_names_in_`` (from a frame) and
        ``image_shape_``; False checks against them.
    rows_may_be_features : bool
        For estimators that take rows of any meaning: a wide line of pixels warns only
        where its first or last column may hold ids or labels, whole numbers above one.

    Returns
    -------
    images : ndarray of shape (n, h, w, c)
        A view of X where its strides allow it, in its own type. Booleans are viewed as
        uint8; float16, longer floats and foreign byte orders are converted.

    Raises
    ------
    ValueError
        In scikit-learn's own words where it has them. A refused X leaves the estimator
        as it was.
    """
    if not reset and _is_ready(estimator, X):
        return X.reshape(-1, *estimator.image_shape_)
    X = _to_array(X)
    wanted = _read_shape(estimator.image_shape) if reset else estimator.image_shape_
    shape = None
    if isinstance(X, np.ndarray) and X.ndim > 2:
        shape = _shape_of_images(estimator, X.shape, wanted, reset)
        X = X.reshape(len(X), math.prod(shape))
    with unchanged_on_error(estimator) if reset else nullcontext():
        rows = _to_plain(_validate_rows(estimator, X, reset))
        if reset:
            warns = not rows_may_be_features or _has_ids(rows)
            estimator.image_shape_ = shape or _shape_of_rows(
                rows.shape[1], wanted, warns
            )
    return rows.reshape(-1, *estimator.image_shape_)


def to_flat(images: np.ndarray) -> np.ndarray:
    """View images of shape (n, h, w, c) as rows of shape (n, h * w * c)."""
    return images.reshape(len(images), math.prod(images.shape[1:]))


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
    low, high, is_whole = _survey(images)
    is_small = low >= -1 and high <= 1
    scale, offset = 1.0, 0.0
    if rescale == "auto":
        scale, offset = _automatic(images.dtype, low, high, needs_unit)
    # Black bytes say nothing, so they count as 0 to 255.
    is_whole = is_whole and (not is_small or scale == _PER_BYTE)
    return Scaling(scale, offset, is_whole, low, high)


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
    low, high, is_whole = _survey(images)
    came = f"between {low:.3g} and {high:.3g}"
    fitted = f"from {scaling.low:.3g} to {scaling.high:.3g}"
    if scaling.whole_numbers and not is_whole and low >= -1 and high <= 1:
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


def _is_ready(estimator: Any, X: Any) -> bool:
    """Whether scikit-learn, slower by far for one image, would pass X as it is."""
    if type(X) is not np.ndarray or X.ndim < 2 or len(X) == 0:
        return False
    h, w, c = estimator.image_shape_
    is_fitting = X.shape[1:] in ((h, w, c), (h * w * c,), (h, w) if c == 1 else None)
    is_plain = X.dtype.char in _PLAIN_TYPES and X.dtype.isnative
    if not (is_fitting and is_plain) or hasattr(estimator, "feature_names_in_"):
        return False
    # An overflowing sum makes finite pixels unsure, not wrong.
    with np.errstate(all="ignore"):
        return X.dtype.kind != "f" or math.isfinite(X.sum())


def _to_array(X: Any) -> Any:
    """Stack lists of images; frames and whatever else scikit-learn judges pass."""
    _refuse_file_names(X)
    if isinstance(X, np.ndarray):
        return _stack(list(X)) if X.dtype == object and X.ndim == 1 else X
    if isinstance(X, (list, tuple)):
        return _stack(X)
    is_table = hasattr(X, "columns") or hasattr(X, "iloc")
    is_array = hasattr(X, "__array__") or hasattr(X, "__array_interface__")
    return np.asarray(X) if is_array and not is_table else X


def _refuse_file_names(X: Any) -> None:
    """Raise where X is a file name, or a sequence of them."""
    is_row = isinstance(X, (list, tuple)) or getattr(X, "ndim", None) == 1
    first = next(iter(X), None) if is_row else X
    if isinstance(first, (str, PathLike)):
        raise ValueError(
            f"X holds text ({str(first)!r}), and images are wanted as arrays of "
            "pixels. skcnn.datasets reads them: read_image_folder, read_csv, read_npz, "
            "read_idx."
        )


def _stack(images: Sequence[Any]) -> np.ndarray:
    """Make one array of a list, or name the first image of another size."""
    try:
        return np.asarray(images)
    except ValueError:
        first = np.shape(images[0])
        for i, image in enumerate(images):
            if np.shape(image) != first:
                raise ValueError(
                    f"All images must have one size, but X[0] has shape {first} and "
                    f"X[{i}] has shape {np.shape(image)}. Resize or crop them first."
                ) from None
        raise


def _read_shape(image_shape: Any) -> Shape | None:
    """Complete the parameter ``image_shape`` to (h, w, c)."""
    if image_shape is None:
        return None
    sides = image_shape if isinstance(image_shape, (tuple, list)) else ()
    is_whole = all(isinstance(s, (int, np.integer)) and s > 0 for s in sides)
    if len(sides) not in (2, 3) or not is_whole:
        raise ValueError(
            "image_shape must be None, (height, width) or (height, width, channels) "
            f"in whole numbers above zero, got {image_shape!r}."
        )
    h, w, c = (*map(int, sides), 1)[:3]
    return h, w, c


def _shape_of_images(
    estimator: Any, came: tuple[int, ...], wanted: Shape | None, reset: bool
) -> Shape:
    """Return the (h, w, c) of an array with more than two axes, or refuse it."""
    if len(came) > 4:
        raise ValueError(
            f"X has {len(came)} axes, shape {came}, but images are (n, height, width) "
            "or (n, height, width, channels). np.squeeze removes axes of length one."
        )
    h, w, c = (*came[1:], 1)[:3]
    shape = h, w, c
    is_moved = len(came) == 4 and h in (1, 3) and c > 4 and wanted in (None, (w, c, h))
    if is_moved and shape != wanted:
        raise ValueError(
            f"X of shape {came} seems to have its channels in front; here they come "
            "last: pass np.moveaxis(X, 1, -1)."
            + f" If it is meant so, pass image_shape={shape}."
            * (wanted is None)
        )
    if wanted in (None, shape):
        return shape
    who, cure = type(estimator).__name__, f"Bring them to {wanted}, or fit again."
    if reset:
        who, cure = "image_shape", f"Pass image_shape={shape} or None."
    elif came in (wanted, wanted[:2]):
        cure = "For a single image pass X[None]."
    raise ValueError(
        f"X of shape {came} has images of shape {shape}, but {who} wants {wanted}. "
        f"{cure}"
    )


def _shape_of_rows(width: int, wanted: Shape | None, warns: bool) -> Shape:
    """Return the (h, w, c) that flat rows are cut into."""
    side = math.isqrt(width)
    if wanted is None and side * side == width:
        return side, side, 1
    n_pixels = math.prod(wanted or (1, width, 1))
    if n_pixels != width:
        raise ValueError(
            f"X has {width} columns, but image_shape={wanted} needs {n_pixels}. "
            f"{_cure_width(width, wanted)}"
        )
    if wanted is None and width > _WIDEST_SILENT_ROW and warns:
        warnings.warn(
            f"X has {width} columns, which is no square image, so each row is taken as "
            f"one line of pixels, (1, {width}, 1). {_cure_width(width, wanted)}",
            stacklevel=2,
        )
    return wanted or (1, width, 1)


def _has_ids(rows: np.ndarray) -> bool:
    """Whether the first or the last column holds whole numbers above one."""
    ends = rows[:, 0], rows[:, -1]
    return any(column.max() > 1 and _is_whole(column) for column in ends)


def _cure_width(width: int, wanted: Shape | None) -> str:
    """Guess what makes a width wrong: a column too many, or colour."""
    for channels in (1, 3):
        side = math.isqrt(width // channels)
        h, w = wanted[:2] if wanted else (side, side)
        if width == h * w * channels:
            return f"If all are pixels, pass image_shape={(h, w, channels)}."
        if width == h * w * channels + 1:
            image = f"{h} * {w}" if channels == 1 else f"{h} * {w} * {channels}"
            return f"{width} is {image} + 1: drop the column of ids or labels."
    return "Drop the columns that are no pixels, or pass image_shape=(height, width)."


def _validate_rows(estimator: Any, X: Any, reset: bool) -> np.ndarray:
    """Validate as scikit-learn does, and tell a single grey image of its lost axis."""
    try:
        return validate_data(estimator, X, reset=reset)
    except ValueError as error:
        if not reset and (*np.shape(X), 1) == estimator.image_shape_:
            raise ValueError(f"{error} For a single image pass X[None].") from error
        raise


def _to_plain(rows: np.ndarray) -> np.ndarray:
    """Convert the types that a network cannot take, and only those."""
    if rows.dtype.kind == "b":
        return rows.view(np.uint8)
    if rows.dtype.kind not in "uif":
        raise ValueError(f"Pixels must be numbers, but X has type {rows.dtype}.")
    own = rows.dtype.newbyteorder("=")
    return rows.astype({"e": "f4", "g": "f8"}.get(own.char, own), copy=False)


def _chunks(images: np.ndarray) -> Iterator[np.ndarray]:
    """Cut images into pieces of about `_CHUNK_BYTES`."""
    step = max(1, _CHUNK_BYTES // images[0].nbytes)
    for start in range(0, len(images), step):
        yield images[start : start + step]


def _is_whole(chunk: np.ndarray) -> bool:
    return chunk.dtype.kind != "f" or bool((np.rint(chunk) == chunk).all())


def _survey(images: np.ndarray) -> tuple[float, float, bool]:
    """Return minimum, maximum, and whether all values are whole numbers."""
    low, high, is_whole = math.inf, -math.inf, True
    for chunk in _chunks(images):
        low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
        is_whole = is_whole and _is_whole(chunk)
    return low, high, is_whole
