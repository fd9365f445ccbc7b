"""Rows of pixels that arrive in chunks and end as one small array."""

import numpy as np
import pandas as pd


class PixelRows:
    """Rows of pixels in one array that grows.

    The array is uint8 until a value comes that is no whole number from 0 to 255;
    from then on it is float32.

    Parameters
    ----------
    n_pixels : int
        Pixels in a row.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, n_pixels), uint8 or float32
        All rows so far.

    Examples
    --------
    >>> pixels = PixelRows(2)
    >>> pixels.append(np.array([[0, 255]]))
    >>> pixels.rows
    array([[  0, 255]], dtype=uint8)
    >>> pixels.append(np.array([[0.5, 1.0]]))
    >>> pixels.rows
    array([[  0. , 255. ],
           [  0.5,   1. ]], dtype=float32)
    """

    def __init__(self, n_pixels: int) -> None:
        self.rows = np.empty((0, n_pixels), np.uint8)

    def append(self, values: np.ndarray) -> None:
        """Add rows below the others.

        Parameters
        ----------
        values : ndarray of shape (n_new_rows, n_pixels)
            Numbers of any type.
        """
        if self.rows.dtype == np.uint8 and not _fits_uint8(values):
            self.rows = self.rows.astype(np.float32)
        n_rows = len(self.rows)
        # Grown in place: a list of chunks would double the memory when joined.
        # No one else holds the array yet, which refcheck cannot know.
        self.rows.resize((n_rows + len(values), self.rows.shape[1]), refcheck=False)
        self.rows[n_rows:] = values


def to_numbers(frame: pd.DataFrame) -> np.ndarray:
    """Return the values of a frame, with NaN for cells that are no number.

    Parameters
    ----------
    frame : pandas.DataFrame of shape (n_rows, n_pixels)
        Pixels as pandas parsed them.

    Returns
    -------
    ndarray of shape (n_rows, n_pixels)
        Integers, or float64.

    Examples
    --------
    >>> to_numbers(pd.DataFrame({"1": [0, 7], "2": ["3", "seven"]}))
    array([[ 0.,  3.],
           [ 7., nan]])
    """
    values = frame.to_numpy()
    if not all(dtype.kind in "iuf" for dtype in frame.dtypes.unique()):
        # At once: pandas takes as long for a column of three cells as for a thousand.
        texts = pd.Series(values.ravel().astype(str))
        values = pd.to_numeric(texts, "coerce").to_numpy().reshape(values.shape)
    # Columns of int64 beside uint64 have no common integer type.
    return values if values.dtype.kind in "iuf" else values.astype(np.float64)


def first_bad_cell(values: np.ndarray) -> tuple[int, int] | None:
    """Return where the first value stands that is no finite number in float32.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_pixels)
        Numbers.

    Returns
    -------
    (row, column) or None
        Its position, from 0, in reading order; None if all are finite.

    Examples
    --------
    >>> first_bad_cell(np.array([[0.0, 3.0], [7.0, np.nan]]))
    (1, 1)
    """
    if values.dtype.kind != "f":
        return None
    with np.errstate(over="ignore"):
        is_bad = ~np.isfinite(values.astype(np.float32))
    if not is_bad.any():
        return None
    row, column = np.unravel_index(is_bad.argmax(), is_bad.shape)
    return int(row), int(column)


def _fits_uint8(values: np.ndarray) -> bool:
    """Tell whether all values are whole numbers from 0 to 255."""
    # Whatever the cast makes of a value outside, it is another value.
    with np.errstate(invalid="ignore"):
        return bool((values.astype(np.uint8) == values).all())
