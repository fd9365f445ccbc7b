"""CSV files: one image per row, one pixel per column."""

import os
import warnings
from collections.abc import Iterable

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from ._csv_table import CSVTable, Texts, open_table


def read_csv(
    path: str | os.PathLike[str],
    *,
    target: str | int | None = None,
    drop: str | int | Iterable[str | int] | None = None,
    header: str | int | None = "infer",
    sep: str = ",",
    return_X_y: bool = True,
) -> tuple[np.ndarray, np.ndarray | None] | Bunch:
    r"""Read images from a CSV file with one image per row.

    The file is read piece by piece into one array with one byte per pixel where the
    values allow it, so that 60 000 rows of 784 pixels take 47 MB and not the
    380 MB that pandas takes.

    Parameters
    ----------
    path : str or path-like
        The file; also packed, as ``.csv.gz``, ``.bz2``, ``.xz`` or ``.zip``, which is
        seen from its content.
    target : str or int, default=None
        Column of the labels: its name in the header, or its position (from 0;
        -1 is the last). None if the file has none, as test files of Kaggle.
    drop : str, int or iterable of them, default=None
        Columns that are neither pixels nor labels, such as ``"Id"``.
    header : {"infer", 0, None}, default="infer"
        0 if the first line holds column names, None if it is a row. "infer" takes
        it for names if all its cells are different, and they hold text or count up
        by one.
    sep : str, default=","
        The character between two cells; ``r"\s+"`` for blanks.
    return_X_y : bool, default=True
        False returns a Bunch.

    Returns
    -------
    X : ndarray of shape (n_rows, n_pixels), uint8 or float32
        Flat images, which all estimators accept. uint8 if every pixel of the file
        is a whole number from 0 to 255, else float32.
    y : ndarray of shape (n_rows,) or None
        Labels: int64 or float64 if all are numbers, else str objects. None
        without `target`.
    bunch : sklearn.utils.Bunch
        Instead of both if `return_X_y` is False: `data` (X), `target` (y),
        `feature_names` (the pixel columns) and `dropped` (a DataFrame of the
        dropped columns as text, such as the ids that a submission needs; a
        submission gives ``00012`` back as it came, not as ``12``).

    Raises
    ------
    FileNotFoundError
        If there is no such file (the error is a ValueError, too).
    ValueError
        If the file is empty or damaged, a column does not exist (the message lists
        those that do), or a pixel or label is empty or a pixel is no finite
        number (the message names line and column).

    Warns
    -----
    UserWarning
        If the first column has no name, as the index that pandas writes.

    See Also
    --------
    read_idx : The format in which MNIST is published.

    Notes
    -----
    Pixels of another range, such as 0 to 16, come as uint8, too. How estimators scale
    them is said at their parameter ``rescale``; :func:`describe` warns where that
    would leave them dark.

    Examples
    --------
    A file of Kaggle's kind, with two images of four pixels:

    >>> import tempfile
    >>> from pathlib import Path
    >>> from skcnn.datasets import read_csv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "train.csv")
    ...     _ = path.write_text("Id,Label,1,2,3,4\n0,cat,0,0,9,255\n1,dog,7,0,0,1\n")
    ...     X, y = read_csv(path, target="Label", drop="Id")
    >>> X
    array([[  0,   0,   9, 255],
           [  7,   0,   0,   1]], dtype=uint8)
    >>> y
    array(['cat', 'dog'], dtype=object)

    Its test file has no labels; what was dropped holds the ids of a submission:

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "test.csv")
    ...     _ = path.write_text("Id,1,2,3,4\n70,1,8,9,9\n71,7,0,0,1\n")
    ...     test = read_csv(path, drop="Id", return_X_y=False)
    >>> test.data.shape, test.dropped["Id"].tolist()
    ((2, 4), ['70', '71'])
    """
    table = open_table(path, header, sep)
    target_at = None if target is None else table.position(target, "target")
    drop_at = _dropped_columns(table, drop)
    texts_at = [*drop_at] if target_at is None else [target_at, *drop_at]
    pixels_at = [at for at in range(len(table.names)) if at not in texts_at]
    if not pixels_at:
        raise ValueError(
            f"No column of {table.path} is left for the pixels. Pictures in a folder, "
            "which a table names, are read by read_image_table(path, folder=...)."
        )
    if pixels_at[0] == 0 and table.names[0] == "":
        warnings.warn(
            f"The first column of {table.path} has no name and is taken for pixels. "
            "If it is the index that pandas writes, pass drop=0.",
            stacklevel=2,
        )

    texts: Texts = {at: {} for at in texts_at}
    X, numbers = np.empty((0, len(pixels_at)), np.uint8), []
    for lines in table.pieces():
        values = table.parse(lines, texts, target_at)
        numbers.append(values[:, texts_at].astype(np.intp))
        X = _appended(X, values[:, pixels_at])
    if not len(X):
        raise ValueError(f"{table.path} has a header, but no rows below it.")

    columns = {
        at: np.array([*texts[at]], dtype=object)[rows]
        for at, rows in zip(texts_at, np.concatenate(numbers).T, strict=True)
    }
    y = None if target_at is None else to_labels(columns[target_at])
    if return_X_y:
        return X, y
    names = np.array(table.names, dtype=object)
    dropped = pd.DataFrame(
        {at: columns[at] for at in drop_at}, index=range(len(X)), dtype=object
    )
    return Bunch(
        data=X,
        target=y,
        feature_names=names[pixels_at],
        dropped=dropped.replace("", np.nan).set_axis(names[drop_at], axis=1),
    )


def to_labels(texts: np.ndarray) -> np.ndarray:
    """Return labels that were read as text as numbers, if all of them are.

    Parameters
    ----------
    texts : ndarray of str objects
        Labels as they stand in the file.

    Returns
    -------
    ndarray of shape (n,)
        Whole numbers as int64, other numbers as float64, else the text as objects.

    Examples
    --------
    >>> to_labels(np.array(["3", "4.000e+00"], object))
    array([3, 4])
    >>> to_labels(np.array(["3", "NA"], object))
    array(['3', 'NA'], dtype=object)
    """
    numbers = np.asarray(pd.to_numeric(texts, errors="coerce"))
    if numbers.dtype.kind not in "if" or not np.isfinite(numbers).all():
        return texts
    # float64 is exact up to 2**53.
    is_whole = (np.abs(numbers) < 2**53) & (numbers % 1 == 0)
    return numbers.astype(np.int64) if is_whole.all() else numbers


def _dropped_columns(
    table: CSVTable, drop: str | int | Iterable[str | int] | None
) -> list[int]:
    """Return the positions of the columns to drop."""
    if drop is None:
        return []
    columns = [drop] if isinstance(drop, str | int) else list(drop)
    return [*dict.fromkeys(table.position(column, "drop") for column in columns)]


def _appended(rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return rows with more below them: bytes as long as all values are, else float32.

    Examples
    --------
    >>> rows = _appended(np.empty((0, 2), np.uint8), np.array([[0.0, 255.0]]))
    >>> rows
    array([[  0, 255]], dtype=uint8)
    >>> _appended(rows, np.array([[0.5, 1.0]]))
    array([[  0. , 255. ],
           [  0.5,   1. ]], dtype=float32)
    """
    with np.errstate(invalid="ignore"):
        # Whatever the cast makes of a value outside, it is another value.
        are_bytes = (values.astype(np.uint8) == values).all()
    if rows.dtype == np.uint8 and not are_bytes:
        rows = rows.astype(np.float32)
    n_rows = len(rows)
    # Grown in place: a list of pieces would double the memory when joined.
    # No one else holds the array, which refcheck cannot know.
    rows.resize((n_rows + len(values), rows.shape[1]), refcheck=False)
    rows[n_rows:] = values
    return rows
