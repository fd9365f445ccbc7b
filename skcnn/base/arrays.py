"""Whatever holds images -> one array, or the reason why that cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
from scipy.sparse import issparse

from skcnn.base.words import shown

# Numbers of a text that are looked at, to tell whether it holds pixels.
_FEW = 20

# Kinds of NumPy's types.
_NUMBERS = "biufc"

# Letters of a column in code.
_LONGEST_NAME = 40

# An image of so many channels or fewer has them in front or at the back.
_COLOURS = 4


def to_array(X: Any) -> Any:
    """Return images as one array; tables and sparse matrices pass as they are.

    Parameters
    ----------
    X : array, tensor, table, or sequence of arrays
        A sequence has a length and items: a list, a deque, a Series of arrays, a column
        of Hugging Face's datasets.

    Raises
    ------
    ValueError
        For text, mappings, streams (generators, ``tf.data``, loaders of batches), items
        that are no images, images of several sizes, and less than two axes.
    """
    if hasattr(X, "columns") or issparse(X):
        return X
    if not isinstance(X, np.ndarray):
        X = np.asarray(X) if _is_array(X) else _to_list(X)
    if isinstance(X, list) or (X.ndim == 1 and X.dtype.kind not in _NUMBERS):
        X = _stack(list(X))
    if X.ndim < 2:
        cure = ": for a single image pass np.expand_dims(X, 0)" * (X.shape > (0,))
        raise ValueError(
            f"X has shape {X.shape}, but images are (n, height, width) or (n, height, "
            f"width, channels), and flat rows (n, pixels). Reshape your data{cure}."
        )
    return X


def explain_cells(X: Any) -> None:
    """Raise for cells of a table, or of an array, that are text or hold arrays."""
    is_table = hasattr(X, "columns")
    columns = _columns(X) if is_table else {"np.ravel(X)": np.ravel(X)}
    odd = {}
    for name, cells in columns.items():
        is_number = getattr(cells.dtype, "kind", "O") in _NUMBERS
        if not is_number and (cell := next(filter(_is_odd, cells), None)) is not None:
            odd[name] = cell
    # Where one column has all pixels, the others are not the trouble.
    for name in sorted(odd, key=lambda name: not _are_pixels(odd[name])):
        cell, place = odd[name], name if is_table else "X"
        if not isinstance(cell, str):
            raise ValueError(
                f"{place} holds {type(cell).__name__} objects, and a column is one "
                f"pixel of every image. If they are images, pass np.stack({name})."
            )
        if _are_pixels(cell):
            raise _error_of_text(cell, place, name)
        cure = " Pass X.select_dtypes('number')." * hasattr(X, "select_dtypes")
        raise ValueError(
            f"{place} holds text ({shown(str(cell))}), and pixels are numbers.{cure}"
        )


def _columns(X: Any) -> dict[str, Any]:
    """Return the columns of a table by the code that gives them."""
    if not hasattr(X, "iloc"):
        return {f"X[{name!r}]": X[name] for name in X.columns}
    # The first row of a file without header is all names.
    codes = [f"X[{name!r}]" for name in X.columns]
    return {
        code if len(code) <= _LONGEST_NAME else f"X.iloc[:, {i}]": X.iloc[:, i]
        for i, code in enumerate(codes)
    }


def _is_array(X: Any) -> bool:
    return hasattr(X, "__array__") or hasattr(X, "__array_interface__")


def _is_odd(cell: Any) -> bool:
    """Whether a cell is no number, and not missing either."""
    if not isinstance(cell, str):
        return isinstance(cell, (Sequence, Mapping)) or np.ndim(cell) > 0
    try:
        float(cell)
    except ValueError:
        return True
    return False


def _to_list(X: Any) -> list:
    """Return a sequence of images as a list, or refuse what is none."""
    if isinstance(X, (str, PathLike)):
        raise _error_of_text(str(X))
    if isinstance(X, Mapping):
        arrays = (key for key, value in X.items() if getattr(value, "ndim", 0) > 1)
        key = next(arrays, next(iter(X), None))
        raise ValueError(
            f"X maps {shown(list(X))} to something, and one array of images is wanted. "
            f"Pass one of them: X[{key!r}]."
        )
    is_sequence = hasattr(X, "__len__") and hasattr(X, "__getitem__")
    if not is_sequence and hasattr(X, "__next__"):
        raise ValueError(
            f"X is a {type(X).__name__}, which can be read only once, and images are "
            "read several times. If it comes to an end, pass list(X)."
        )
    if not is_sequence and not hasattr(X, "__iter__"):
        raise ValueError(
            f"X is {shown(X)}, and images are wanted as an array of shape (n, height, "
            "width) or (n, height, width, channels), a table of pixels, or a list of "
            "arrays."
        )
    first = next(iter(X), None)
    _check_first(X, first)
    if not is_sequence:
        cure = "np.concatenate(list(X))" if _is_batch(first) else "list(X)"
        raise _error_of_items(X, "which has no items by number", cure)
    return list(X)


def _check_first(X: Any, first: Any) -> None:
    """Raise where the first item is no image: text, a row of a data set, a pair."""
    if isinstance(first, (str, PathLike)):
        raise _error_of_text(str(first))
    if isinstance(first, Mapping):
        arrays = (k for k, v in first.items() if _is_array(v) or isinstance(v, list))
        key = next(arrays, next(iter(first), None))
        cure = f"[row[{key!r}] for row in X]"
        is_batch = _is_batch(first.get(key))
        cure = f"np.concatenate({cure})" if is_batch else cure
        raise _error_of_items(X, f"of rows with {shown(list(first))}", cure)
    is_pair = isinstance(first, (tuple, list)) and len(first) == 2
    if is_pair and _is_array(first[0]) and np.shape(first[0]) != np.shape(first[1]):
        join = "np.concatenate" if _is_batch(first[0]) else "np.stack"
        # What has items by number need not end when it is iterated over.
        is_counted = hasattr(X, "__getitem__") and not isinstance(X, Sequence)
        items = "(X[i] for i in range(len(X)))" if is_counted else "X"
        cure = f"X, y = map({join}, zip(*{items}))"
        raise _error_of_items(X, "of pairs, such as of images and labels", cure)


def _is_batch(images: Any) -> bool:
    """Whether an item of a stream is many images: more axes than one has."""
    shape = np.shape(images)
    return len(shape) > 3 or (len(shape) == 3 and min(shape[0], shape[2]) > _COLOURS)


def _error_of_items(X: Any, what: str, cure: str) -> ValueError:
    return ValueError(
        f"X is a {type(X).__name__} {what}, and images are wanted as one array or a "
        f"list of arrays. Pass {cure}."
    )


def _stack(images: list) -> np.ndarray:
    """Make one array of a list, or name the first item that is unlike the others."""
    _check_first(images, images[0] if images else None)
    try:
        array = np.asarray(images)
    except ValueError:
        first = _in_words(images[0])
        for i, image in enumerate(images):
            if _in_words(image) != first:
                raise ValueError(
                    f"All images must have one size, but X[0] {first} and X[{i}] "
                    f"{_in_words(image)}. Resize or crop them first."
                ) from None
        raise ValueError(f"X[0] {first}, and so has every image.") from None
    if array.ndim == 1 and array.dtype.kind not in _NUMBERS and len(array):
        raise ValueError(f"X[0] is {shown(images[0])}, and an array is wanted.")
    return array


def _in_words(image: Any) -> str:
    try:
        return (
            f"has shape {np.shape(image)}" if np.ndim(image) else f"is {shown(image)}"
        )
    except ValueError:
        return "has rows of several lengths"


def _are_pixels(text: Any) -> bool:
    """Whether a text is a list of numbers, such as "70 80 82"."""
    numbers = _numbers(text) if isinstance(text, str) else []
    return len(numbers) > 1 and not any(map(_is_odd, numbers))


def _numbers(text: str) -> list[str]:
    return re.split(r"[\s,]+", text.strip(" []\n"), maxsplit=_FEW)[:_FEW]


def _error_of_text(text: str, place: str = "X", cells: str = "X") -> ValueError:
    """Return what to say of file names, and of texts that hold all pixels."""
    start = text if len(text) <= 40 else f"{text[:36]} ..."
    if not _are_pixels(text):
        return ValueError(
            f"{place} holds text ({start!r}), and images are wanted as arrays of "
            "pixels. skcnn.datasets reads them: read_image_folder, read_csv, read_npz, "
            "read_idx. For paths of pictures put skcnn.ImageLoader in front: "
            "make_pipeline(ImageLoader(), estimator)."
        )
    strip = ".strip('[]')" if text.strip().startswith("[") else ""
    split = "','" if "," in text else ""
    are_bytes = all(n.isdecimal() and int(n) < 256 for n in _numbers(text))
    kind = "np.uint8" if are_bytes else "float"
    return ValueError(
        f"{place} holds all pixels of an image as one text ({start!r}). Pass numbers: "
        f"np.array([row{strip}.split({split}) for row in {cells}], dtype={kind})."
    )
