"""NumPy's own files: arrays in .npz, and .npy of images alone."""

import math
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

import numpy as np

from ._files import MOST_PACKED, existing_file, reading

# Names that images and their labels are known by. The last are those of np.savez
# when it was given no names.
_PAIRS = {
    "X": "y",
    "x": "y",
    "X_train": "y_train",
    "x_train": "y_train",
    "images": "labels",
    "data": "target",
    "X_test": "y_test",
    "x_test": "y_test",
    "arr_0": "arr_1",
}
_ZIP_MAGICS = (b"PK\3\4", b"PK\5\6")
_MAGIC = np.lib.format.MAGIC_PREFIX
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npz(
    path: str | os.PathLike[str],
    *,
    images: str | None = None,
    target: str | None = "infer",
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read images and labels from a file of NumPy's, ``.npz`` or ``.npy``.

    Nothing pickled is ever loaded.

    Parameters
    ----------
    path : str or path-like
        The file. A ``.npy`` file has images only.
    images : str, default=None
        Name of the array of images. None: the first of ``X``, ``x``, ``X_train``,
        ``x_train``, ``images``, ``data``, ``X_test``, ``x_test``, ``arr_0`` that is
        there.
    target : str or None, default="infer"
        Name of the array of labels. "infer": the partner of `images`, that is ``y``,
        ``y_train``, ``labels``, ``target``, ``y_test`` or ``arr_1``, if it is there.
        None: no labels.

    Returns
    -------
    X : ndarray of shape (n, h, w), (n, h, w, c) or (n, n_pixels)
        The images in the file's own type.
    y : ndarray of shape (n,) or None
        Labels; None if there are none.

    Raises
    ------
    FileNotFoundError
        If there is no such file (the error is a ValueError, too).
    ValueError
        If the file is damaged or none of NumPy's, an array does not exist (the message
        lists those that do) or is pickled, or images are no numbers, or labels are not
        as many as images.

    See Also
    --------
    read_csv : Images from a table.
    read_idx : The format in which MNIST is published.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skcnn.datasets import read_npz
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "images.npz")
    ...     np.savez(path, X=np.zeros((2, 8, 8), np.uint8), y=["cat", "dog"])
    ...     X, y = read_npz(path)
    >>> X.shape, y.tolist()
    ((2, 8, 8), ['cat', 'dog'])
    """
    file = existing_file(path)
    # NumPy would leave a file open that turns out to be damaged.
    with file.open("rb") as stream:
        if stream.read(4) not in _ZIP_MAGICS:
            _check_no_names(file, images, target)
            return _checked(file, read_npy(file), None)
        stream.seek(0)
        with reading_numpy(file):
            content = np.load(stream, allow_pickle=False)
        return _checked(file, *_arrays(file, content, images, target))


def read_npy(file: Path) -> np.ndarray:
    """Return the array in a ``.npy`` file.

    Raises
    ------
    ValueError
        If it is damaged, or no such file, or pickled.
    """
    with reading_numpy(file), file.open("rb") as stream:
        return _array_in(stream, file.stat().st_size)


def reading_numpy(file: Path, part: str = "") -> AbstractContextManager[None]:
    """Make one ValueError of what NumPy and zipfile raise; see `reading`."""
    cure = "Write one with np.savez(path, X=images, y=labels)."
    return reading(f"{file}{part}", "a .npy or .npz file", cure)


def _check_no_names(file: Path, images: str | None, target: str | None) -> None:
    """Refuse what was asked for of a .npy file, whose array has no name."""
    if images is not None or target not in (None, "infer"):
        raise ValueError(
            f"{file} holds one array without a name, the images; pass neither "
            "images= nor target=, or a .npz file."
        )


def _arrays(
    file: Path, content: np.lib.npyio.NpzFile, images: str | None, target: str | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return images and labels of a .npz file."""
    images = _name_of_images(file, content, images, target)
    X = _array(file, content, images, "images")
    if target == "infer":
        target = _PAIRS.get(images)
        target = target if target in content.files else None
    y = None if target is None else _array(file, content, target, "target")
    return X, y


def _name_of_images(
    file: Path, content: np.lib.npyio.NpzFile, images: str | None, target: str | None
) -> str:
    """Return which array holds the images."""
    if images is not None:
        return images
    known = [name for name in _PAIRS if name in content.files and name != target]
    # The partner of the labels that were asked for goes before the others.
    known.sort(key=lambda name: _PAIRS[name] != target)
    if not known:
        raise ValueError(
            f"{file} has none of the arrays {', '.join(_PAIRS)}. "
            f"Say by images= which one holds the images; {_listed(content)}"
        )
    return known[0]


def _array(
    file: Path, content: np.lib.npyio.NpzFile, name: str, argument: str
) -> np.ndarray:
    """Return one array of the file."""
    if name not in content.files:
        raise ValueError(f"{file} has no array {argument}={name!r}; {_listed(content)}")
    with reading_numpy(file, f", array {name!r},"):
        archive = content.zip
        assert archive is not None  # only a closed file has none
        member = f"{name}.npy"
        member = member if member in archive.namelist() else name
        # What the zip says of the size may be as wrong as the array's own header.
        most = MOST_PACKED * file.stat().st_size
        with archive.open(member) as stream:
            return _array_in(stream, min(archive.getinfo(member).file_size, most))


def _array_in(stream: IO[bytes], n_bytes: int) -> np.ndarray:
    """Return an array, once its header says no more than can be there.

    NumPy would take the memory before it looks for the bytes.
    """
    if stream.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("it is no array of NumPy's")
    stream.seek(0)
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"it is of NumPy's format {version}")
    shape, _, dtype = _HEADERS[version](stream)
    if dtype.hasobject:
        raise ValueError(
            "it holds Python objects, which only unpickling could read, and that may "
            "run any code; labels.astype(str) makes text of them"
        )
    wanted = math.prod(shape) * dtype.itemsize
    if wanted > n_bytes:
        raise ValueError(
            f"its header says {shape} of {dtype}, {wanted} bytes, of which only "
            f"{n_bytes} can be there"
        )
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def _listed(content: np.lib.npyio.NpzFile) -> str:
    return f"its arrays are {', '.join(content.files) or 'none'}."


def _checked(
    file: Path, X: np.ndarray, y: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return images and labels once they can be such."""
    if X.dtype.kind not in "buif" or X.ndim < 2:
        raise ValueError(
            f"The images of {file} have shape {X.shape} and type {X.dtype}, but should "
            "be numbers of shape (n, height, width), (n, height, width, channels) or "
            "(n, pixels)."
        )
    if y is not None and len(np.atleast_1d(y)) != len(X):
        raise ValueError(
            f"{file} has {len(X)} images, but {len(np.atleast_1d(y))} labels; name the "
            "arrays that belong together by images= and target=."
        )
    return X, y
