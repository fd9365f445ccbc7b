"""Folders of images, IDX files and NumPy's files, and labels in files of their own."""

from __future__ import annotations

import difflib
import zipfile
from pathlib import Path

import numpy as np

from skcnn.cli._known_sets import KNOWN_SETS, is_known
from skcnn.cli._values import parse_shape
from skcnn.datasets import read_idx, read_image_folder, read_npz
from skcnn.datasets._files import MissingFileError
from skcnn.datasets._npz import read_npy, reading_numpy

_ENDINGS = {
    "a CSV file": (".csv", ".csv.gz", ".csv.zip", ".csv.bz2", ".csv.xz"),
    "a NumPy file": (".npy", ".npz"),
    "an IDX file": (".idx", ".idx.gz", "-ubyte", "-ubyte.gz"),
}
_TEST_ARRAYS = ("X_test", "x_test")


def kind_of(source: str) -> str:
    """Return what a source is.

    Parameters
    ----------
    source : str
        As the user wrote it.

    Returns
    -------
    {"a known set", "a folder", "a CSV file", "a NumPy file", "an IDX file"}
        Its kind.

    Raises
    ------
    ValueError
        If it is none of them.

    Examples
    --------
    >>> kind_of("digits")
    'a known set'
    """
    path = Path(source).expanduser()
    if is_known(source):
        return "a known set"
    if path.is_dir():
        return "a folder"
    if not path.exists():
        close = difflib.get_close_matches(source, KNOWN_SETS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise MissingFileError(
            f"There is no file or folder {source} (looked for from {Path.cwd()}), and "
            f"no known set of that name; those are {', '.join(KNOWN_SETS)}.{hint}"
        )
    for kind, endings in _ENDINGS.items():
        if path.name.lower().endswith(endings):
            return kind
    raise ValueError(
        f"{source} is no kind of data that is known by its name: .csv or .csv.gz, .npy "
        "or .npz, an IDX file (...-idx3-ubyte, with or without .gz), or a folder with "
        "a folder of images per class."
    )


def read_folder(
    folder: str, size: str | None, wants: str
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Read a folder of image files.

    Parameters
    ----------
    folder : str
        The folder.
    size : str or None
        Height and width that all images are brought to, as ``"64x64"``.
    wants : {"labels", "labels if any", "images"}
        Whether the folder of an image is its label.

    Returns
    -------
    X : ndarray of shape (n, h, w) or (n, h, w, 3)
        Images.
    y : ndarray of shape (n,) or None
        Labels.
    ids : ndarray of shape (n,)
        Paths below the folder.
    """
    sides = None if size is None else parse_shape(size, "--size")
    if sides is not None and len(sides) != 2:
        raise ValueError(f"--size is a height and a width, such as 64x64; got {size}.")
    path = Path(folder).expanduser()
    has_classes = wants == "labels if any" and any(p.is_dir() for p in path.iterdir())
    bunch = read_image_folder(
        path,
        size=sides,
        labels="inferred" if wants == "labels" or has_classes else None,
        return_X_y=False,
    )
    return bunch.data, bunch.target, bunch.filenames


def read_arrays(
    file: str, kind: str, is_test: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read an IDX file or a NumPy file.

    Parameters
    ----------
    file : str
        The file.
    kind : {"an IDX file", "a NumPy file"}
        Its kind.
    is_test : bool
        Whether test images are wanted where a file holds both.

    Returns
    -------
    X : ndarray of shape (n, ...)
        Images.
    y : ndarray of shape (n,) or None
        Labels, where the file has them.
    """
    if kind == "a NumPy file":
        return read_npz(file, images=_test_array(file) if is_test else None)
    X = read_idx(file)
    if X.ndim < 2:
        raise ValueError(
            f"{file} holds {len(X)} labels and no images; name the file of the images, "
            "and this one with --labels."
        )
    return X, None


def labels_beside(file: str) -> str | None:
    """Return the file of labels that is called so beside an IDX file of images.

    Examples
    --------
    >>> labels_beside("train.csv")
    """
    path = Path(file).expanduser()
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if name == path.name or "idx" not in name:
        return None
    plain = name.removesuffix(".gz")
    beside = [path.with_name(plain), path.with_name(f"{plain}.gz")]
    return next((str(one) for one in beside if one.is_file()), None)


def read_labels(file: str) -> np.ndarray:
    """Return the labels in an IDX file or a ``.npy`` file.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    kind = kind_of(file)
    if kind == "an IDX file":
        labels = read_idx(file)
    elif file.endswith(".npy"):
        labels = read_npy(Path(file).expanduser())
    else:
        raise ValueError(
            f"--labels {file} is {kind}; labels are read from an IDX file or from a "
            ".npy file, one label per image."
        )
    if labels.ndim != 1:
        raise ValueError(
            f"--labels {file} has shape {labels.shape}; one label per image is wanted."
        )
    return labels


def _test_array(file: str) -> str | None:
    """Return the name of the test images in a file that holds both parts."""
    path = Path(file).expanduser()
    if not zipfile.is_zipfile(path):
        return None
    with reading_numpy(path), zipfile.ZipFile(path) as archive:
        members = archive.namelist()
    return next((name for name in _TEST_ARRAYS if f"{name}.npy" in members), None)
