"""Array layouts: flat rows, frames, grey and colour images -> (n, h, w, c) and back."""

import math
import warnings
from contextlib import nullcontext
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from skcnn.base.arrays import explain_cells, to_array
from skcnn.base.blocks import entries
from skcnn.base.scaling import is_whole
from skcnn.base.unchanged import unchanged_on_error
from skcnn.base.words import message, shown

Shape = tuple[int, int, int]

# Types that stay as they are; the others are converted (_to_plain).
_PLAIN_TYPES = frozenset("bBhHiIlLqQfd")

# Rows up to this wide are one line of pixels without a warning: tables this narrow
# (scikit-learn's own checks fit 30 columns at most) are no images that went wrong.
_WIDEST_SILENT_ROW = 32

# The last axis is taken for channels without a look at the others up to this size, and
# what is so many times nearer to a square is the image.
_COLOURS, _NEARER = 4, 2


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
        Images of shape (n, h, w) or (n, h, w, c), a list or another sequence of such
        images, flat rows of shape (n, h * w * c) with the channels last, or a DataFrame
        of such rows.
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
    name = "X" if isinstance(X, (np.ndarray, list, tuple)) else "np.stack(X)"
    X = to_array(X)
    wanted = _read_shape(estimator.image_shape) if reset else estimator.image_shape_
    shape = None
    if isinstance(X, np.ndarray) and X.ndim > 2:
        shape = _shape_of_images(estimator, X.shape, wanted, reset, name)
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


def _read_shape(image_shape: Any) -> Shape | None:
    """Complete the parameter ``image_shape`` to (h, w, c)."""
    if image_shape is None:
        return None
    sides = entries(image_shape) or ()
    is_whole = all(isinstance(s, (int, np.integer)) and s > 0 for s in sides)
    if len(sides) not in (2, 3) or not is_whole:
        raise ValueError(
            "image_shape must be None, (height, width) or (height, width, channels) "
            f"in whole numbers above zero, got {shown(image_shape)}."
        )
    h, w, c = (*map(int, sides), 1)[:3]
    return h, w, c


def _shape_of_images(
    estimator: Any, came: tuple[int, ...], wanted: Shape | None, reset: bool, name: str
) -> Shape:
    """Return the (h, w, c) of an array with more than two axes, or refuse it.

    ``name`` is what an array of X is called in a cure.
    """
    if len(came) > 4:
        raise ValueError(
            f"X has {len(came)} axes, shape {came}, but images are (n, height, width) "
            f"or (n, height, width, channels). {_cure_axes(came, name)}"
        )
    h, w, c = (*came[1:], 1)[:3]
    shape = h, w, c
    is_moved = wanted == (w, c, h) or (wanted is None and has_channels_in_front(came))
    if len(came) == 4 and is_moved and shape != wanted:
        raise ValueError(
            f"X of shape {came} seems to have its channels in front; here they come "
            f"last: pass np.moveaxis({name}, 1, -1)."
            + f" If it is meant so, pass image_shape={shape}."
            * (wanted is None)
        )
    if wanted in (None, shape):
        return shape
    who, cure = type(estimator).__name__, f"Bring them to {wanted}, or fit again."
    if reset:
        who, cure = "image_shape", f"Pass image_shape={shape} or None."
    elif came in (wanted, wanted[:2]):
        cure = "For a single image pass np.expand_dims(X, 0)."
    raise ValueError(
        f"X of shape {came} has images of shape {shape}, but {who} wants {wanted}. "
        f"{cure}"
    )


def has_channels_in_front(shape: tuple[int, ...]) -> bool:
    """Whether four axes are (n, c, h, w) for certain, and not (n, h, w, c).

    They are where the last two make a square and the two before do not, or come at
    least twice as near to one. Up to four at the end are always channels.

    Examples
    --------
    >>> [has_channels_in_front((9, *sides)) for sides in [(4, 64, 64), (13, 64, 48)]]
    [True, True]
    >>> [has_channels_in_front((9, *sides)) for sides in [(8, 8, 16), (20, 28, 30)]]
    [False, False]
    """
    if len(shape) != 4 or shape[3] <= _COLOURS or 0 in shape:
        return False
    _, a, b, c = shape
    in_front, at_back = max(b, c) / min(b, c), max(a, b) / min(a, b)
    return at_back > 1 == in_front or at_back >= _NEARER * in_front


def _cure_axes(came: tuple[int, ...], name: str) -> str:
    """Say how an array of more than four axes becomes one of four."""
    n_over = len(came) - 4
    single = tuple(i for i, size in enumerate(came) if i and size == 1)[:n_over]
    if len(single) == n_over:
        return f"Pass np.squeeze({name}, axis={single})."
    return "To join batches of images, pass np.concatenate(list(X))."


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
    return any(column.max() > 1 and is_whole(column) for column in ends)


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
    """Validate as scikit-learn does, and say more where it says too little or much."""
    try:
        return validate_data(estimator, X, reset=reset)
    except ValueError as error:
        explain_cells(X)
        text = message(error)
        if not reset and (*np.shape(X), 1) == estimator.image_shape_:
            text += " For a single image pass np.expand_dims(X, 0)."
        raise ValueError(text) from error


def _to_plain(rows: np.ndarray) -> np.ndarray:
    """Convert the types that a network cannot take, and only those."""
    if rows.dtype.kind == "b":
        return rows.view(np.uint8)
    if rows.dtype.kind not in "uif":
        raise ValueError(f"Pixels must be numbers, but X has type {rows.dtype}.")
    own = rows.dtype.newbyteorder("=")
    return rows.astype({"e": "f4", "g": "f8"}.get(own.char, own), copy=False)
