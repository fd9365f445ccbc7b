"""Image files of any size as one array, and what became of each file."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skcnn import ImageLoader
from skcnn.base.arguments import check_option
from skcnn.base.image_files import read_images, say_broken
from skcnn.base.image_headers import check_size, read_headers


class Pictures(NamedTuple):
    """What was read of image files.

    Attributes
    ----------
    X : ndarray of shape (n, h, w) or (n, h, w, 3)
        The images that could be read.
    is_whole : ndarray of shape (n_files,), bool
        Which ones these are.
    files : DataFrame
        What was found of each file, the broken ones too.
    loader : ImageLoader
        Fitted on them.
    """

    X: np.ndarray
    is_whole: np.ndarray
    files: pd.DataFrame
    loader: ImageLoader


def new_loader(size: Any, color: str, resize: str, on_error: str) -> ImageLoader:
    """Return an unfitted loader; all that readers are given is checked before work."""
    check_option("color", color, ("auto", "grayscale", "rgb"))
    check_option("resize", resize, ("crop", "pad", "stretch"))
    check_option("on_error", on_error, ("raise", "skip"))
    return ImageLoader(size=check_size(size), color=color, resize=resize)


def read_pictures(
    folder: Path, names: Sequence[str], loader: ImageLoader, on_error: str
) -> Pictures:
    """Read image files, with a loader that is fitted on them or was before.

    Parameters
    ----------
    folder : pathlib.Path
        Where they lie.
    names : sequence of str
        Their paths below the folder; at least one.
    loader : ImageLoader
        If it is not fitted, it is fitted on the files that can be read.
    on_error : {"raise", "skip"}
        What becomes of broken files.

    Raises
    ------
    ValueError
        If files are damaged (all are read before, and they are named), all of them are
        so, or they differ in depth or, with ``size=None``, in size.

    Warns
    -----
    UserWarning
        With "skip", if files are broken: they are named.
    """
    paths = [str(folder / name) for name in names]
    files = pd.DataFrame(read_headers(paths)).drop(columns="is_grey")
    files.insert(0, "file", names)
    whole = [paths[row] for row in np.flatnonzero(files["error"] == "")]
    if whole and not hasattr(loader, "image_shape_"):
        loader.fit(whole)
    if whole:
        X, broken = read_images(
            paths, loader.image_shape_, loader.dtype_, loader.resize
        )
        files["error"] = [broken.get(row, "") for row in range(len(names))]
    is_whole = (files["error"] == "").to_numpy()
    _tell_broken(folder, files[~is_whole], len(files), on_error)
    X = X if is_whole.all() else X[is_whole]
    return Pictures(X[..., 0] if X.shape[-1] == 1 else X, is_whole, files, loader)


def _tell_broken(
    folder: Path, broken: pd.DataFrame, n_files: int, on_error: str
) -> None:
    """Raise or warn where files are broken."""
    if broken.empty:
        return
    reasons = dict(zip(broken["file"], broken["error"], strict=True))
    said = f"In {folder} {say_broken(reasons, n_files)}"
    if len(broken) == n_files:
        raise ValueError(f"{said}. Get new copies of them.")
    if on_error == "raise":
        raise ValueError(
            f"{said}. Get new copies of them, remove them, or pass on_error='skip'."
        )
    warnings.warn(f"{said}. They are skipped.", stacklevel=4)


def bunch_of(pictures: Pictures, **more: Any) -> dict[str, Any]:
    """Return what the bunches of all readers of pictures hold."""
    whole = pictures.files.loc[pictures.is_whole, "file"]
    return {
        "data": pictures.X,
        "filenames": whole.to_numpy(dtype=object),
        "files": pictures.files,
        "loader": pictures.loader,
        **more,
    }
