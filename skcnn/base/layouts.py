"""Array layouts: flat rows, frames, grey and colour images -> (n, h, w, c) and back."""

import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils import check_array

from skcnn.base.arrays import explain_cells, to_array
from skcnn.base.blocks import entries
from skcnn.base.words import message, shown

Shape = tuple[int, int, int]

# Rows up to this wide are one line of pixels without a word: tables this narrow
# (scikit-learn's own checks fit 30 columns at most) are no images that went wrong.
_WIDEST_SILENT_ROW = 32

# The last axis is taken for channels without a look at the others up to this size, and
# what is so many times nearer to a square is the image.
_COLOURS, _NEARER = 4, 2

# Patches of 6 x 6 and cells of 4 x 4 pixels see too little of images below this side.
_SMALL_SIDE = 12


def is_small(shape: tuple[int, ...]) -> bool:
    """Tell whether images (h, w, ...) are small; one line of pixels is no image.

    Examples
    --------
    >>> is_small((8, 8, 1)), is_small((28, 28)), is_small((1, 9))
    (True, False, False)
    """
    return 1 < min(shape[:2]) < _SMALL_SIDE


def view_images(
    X: Any, image_shape: Any = None, *, may_lack_pixels: bool = False
) -> np.ndarray:
    """View images in any layout as (n, h, w, c).

    Parameters
    ----------
    X : array-like
        Images of shape (n, h, w) or (n, h, w, c), a list or another sequence of such
        images, flat rows of shape (n, h * w * c) with the channels last, or a DataFrame
        of such rows.
    image_shape : tuple (h, w) or (h, w, c), default=None
        How flat rows are cut. None: rows whose width is a square are grey images, and
        all others single lines of pixels, (1, width, 1); a wide one warns.
    may_lack_pixels : bool, default=False
        Whether pixels may be NaN or infinite; empty cells become NaN.

    Returns
    -------
    images : ndarray of shape (n, h, w, c)
        A view of X where its strides allow it, in its own type. Booleans are viewed as
        uint8; float16, longer floats and foreign byte orders are converted.

    Raises
    ------
    ValueError
        For what is no image, of another shape, or not finite.
    """
    image_shape = read_shape(image_shape)
    rows, shape = to_rows(X, image_shape)
    check = partial(check_array, input_name="X", ensure_all_finite=not may_lack_pixels)
    rows = check_numbers(rows, check)
    shape = shape or shape_of_rows(rows.shape[1], image_shape)
    return rows.reshape(-1, *shape)


def to_flat(images: np.ndarray) -> np.ndarray:
    """View images of shape (n, h, w, c) as rows of shape (n, h * w * c)."""
    return images.reshape(len(images), math.prod(images.shape[1:]))


def to_rows(
    X: Any, image_shape: Shape | None, owner: str = "image_shape"
) -> tuple[Any, Shape | None]:
    """Return flat rows, or a table of them, and (h, w, c) where X tells it.

    Nothing is said of the values. ``owner`` is what wants ``image_shape``: the
    parameter, or an estimator that was fitted.
    """
    name = "X" if isinstance(X, (np.ndarray, list, tuple)) else "np.stack(X)"
    X = to_array(X)
    if not isinstance(X, np.ndarray) or X.ndim == 2:
        return X, None
    shape = _shape_of_images(X.shape, image_shape, owner, name)
    return X.reshape(len(X), math.prod(shape)), shape


def check_numbers(rows: Any, check: Callable[[Any], np.ndarray]) -> np.ndarray:
    """Check rows as scikit-learn does, and say more where it says too little or much.

    Types that a network cannot take are converted, and only those.
    """
    try:
        rows = check(rows)
    except ValueError as error:
        explain_cells(rows)
        raise ValueError(message(error)) from error
    if rows.dtype.kind == "b":
        return rows.view(np.uint8)
    if rows.dtype.kind not in "uif":
        raise ValueError(f"Pixels must be numbers, but X has type {rows.dtype}.")
    own = rows.dtype.newbyteorder("=")
    return rows.astype({"e": "f4", "g": "f8"}.get(own.char, own), copy=False)


def read_shape(image_shape: Any) -> Shape | None:
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
    came: tuple[int, ...], wanted: Shape | None, owner: str, name: str
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
    cure = f"Bring them to {wanted}, or fit again."
    if owner == "image_shape":
        cure = f"Pass image_shape={shape} or None."
    elif came in (wanted, wanted[:2]):
        cure = "For a single image pass np.expand_dims(X, 0)."
    raise ValueError(
        f"X of shape {came} has images of shape {shape}, but {owner} wants {wanted}. "
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


def shape_of_rows(width: int, image_shape: Shape | None, warns: bool = True) -> Shape:
    """Return the (h, w, c) that flat rows are cut into; a bad guess warns."""
    side = math.isqrt(width)
    if image_shape is None:
        doubt = doubt_of_width(width) if warns else None
        if doubt is not None:
            warnings.warn(doubt, stacklevel=3)
        return (side, side, 1) if side * side == width else (1, width, 1)
    n_pixels = math.prod(image_shape)
    if n_pixels != width:
        raise ValueError(
            f"X has {width} columns, but image_shape={image_shape} needs {n_pixels}. "
            f"{_cure_width(width, image_shape)}"
        )
    return image_shape


def doubt_of_width(width: int) -> str | None:
    """Say what is wrong with flat rows that are no square image; None if nothing is.

    Examples
    --------
    >>> doubt_of_width(784), doubt_of_width(30)
    (None, None)
    >>> print(doubt_of_width(785))
    X has 785 columns, which is no square image, so each row is taken as one line of
    pixels, (1, 785, 1). 785 is 28 * 28 + 1: drop the column of ids or labels.
    """
    if math.isqrt(width) ** 2 == width or width <= _WIDEST_SILENT_ROW:
        return None
    return (
        f"X has {width} columns, which is no square image, so each row is taken as one "
        f"line of pixels, (1, {width}, 1). {_cure_width(width, None)}"
    )


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
