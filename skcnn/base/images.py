"""The images of an estimator: any layout, and scikit-learn's rules for features."""

import math
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from skcnn.base.layouts import (
    check_numbers,
    read_shape,
    shape_of_rows,
    to_rows,
)
from skcnn.base.scaling import is_whole
from skcnn.base.unchanged import unchanged_on_error

# Types that stay as they are; the others are converted.
_PLAIN_TYPES = frozenset("bBhHiIlLqQfd")


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
    wanted = read_shape(estimator.image_shape) if reset else estimator.image_shape_
    owner = "image_shape" if reset else type(estimator).__name__
    rows, shape = to_rows(X, wanted, owner)
    with unchanged_on_error(estimator) if reset else nullcontext():
        rows = check_numbers(rows, partial(_validate, estimator, reset=reset))
        if reset:
            warns = not rows_may_be_features or _has_ids(rows)
            estimator.image_shape_ = shape or shape_of_rows(
                rows.shape[1], wanted, warns
            )
    return rows.reshape(-1, *estimator.image_shape_)


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


def _validate(estimator: Any, rows: Any, *, reset: bool) -> np.ndarray:
    """Let scikit-learn validate rows, and know a single grey image."""
    try:
        return validate_data(estimator, rows, reset=reset)
    except ValueError as error:
        if reset or (*np.shape(rows), 1) != estimator.image_shape_:
            raise
        cure = "For a single image pass np.expand_dims(X, 0)."
        raise ValueError(f"{error} {cure}") from error


def _has_ids(rows: np.ndarray) -> bool:
    """Whether the first or the last column holds whole numbers above one."""
    ends = rows[:, 0], rows[:, -1]
    return any(column.max() > 1 and is_whole(column) for column in ends)
