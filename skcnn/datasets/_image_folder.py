"""Folders of image files: one sub-folder per class, or images alone."""

import os
from numbers import Integral
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from skcnn.base.arguments import check_option

from ._files import MissingFileError
from ._image_files import SUFFIXES, read_images


def read_image_folder(
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int] | None = None,
    color_mode: str = "auto",
    labels: str | None = "inferred",
    return_X_y: bool = True,
) -> tuple[np.ndarray, np.ndarray | None] | Bunch:
    """Read a folder of image files with one sub-folder per class.

    ::

        flowers/
            daisy/    1.jpg  2.jpg  ...
            rose/     1.jpg  2.jpg  ...

    Parameters
    ----------
    path : str or path-like
        The folder.
    size : tuple (height, width), default=None
        Pixels that all images are brought to (bilinear, smoothed when they shrink;
        proportions are not kept). None: they must all have one size.
    color_mode : {"auto", "grayscale", "rgb"}, default="auto"
        "auto": grey if all images are grey, else colour.
    labels : {"inferred"} or None, default="inferred"
        "inferred": the name of the sub-folder is the label. None: there are no labels,
        and all images in the folder and below it are read, as for a prediction.
    return_X_y : bool, default=True
        False returns a Bunch.

    Returns
    -------
    X : ndarray of shape (n, h, w) or (n, h, w, 3)
        Grey or colour images, uint8; uint16 for grey images of 16 bits, float32 for
        grey TIFF files with fractions.
    y : ndarray of shape (n,) or None
        Names of the sub-folders, str objects. None without labels.
    bunch : sklearn.utils.Bunch
        Instead of both if `return_X_y` is False: `data` (X), `target` (y),
        `target_names` (the classes, sorted; None without labels) and `filenames`
        (str objects of shape (n,): each image's path below the folder, with ``/``,
        such as ``"rose/1.jpg"``: the ids that a table of predictions needs).

    Raises
    ------
    FileNotFoundError
        If there is no such folder (the error is a ValueError, too).
    ValueError
        If no images are found, a class has none, images lie beside the class folders
        or all of them one folder deeper (as in ``train/rose/1.jpg``), sizes differ
        (two files are named), or files are damaged (they are named).

    See Also
    --------
    describe : Look at what was read.

    Notes
    -----
    Read are ``.png``, ``.jpg``, ``.jpeg``, ``.bmp``, ``.gif``, ``.tif``, ``.tiff`` and
    ``.webp``, in the order of their names, class after class, however deep they lie
    below the folder of their class, if any class has images of its own. Other files are
    left alone, and so are hidden ones (``.name``) and ``__MACOSX``.

    Photographs are turned upright as their EXIF data say. Transparent parts become
    white. A palette is grey if the image shows no colour. Of animations and files of
    several pages the first image is read. Colour images of 16 bits are read with eight.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skcnn.datasets import read_image_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, grey in [("day", 200), ("night", 30)]:
    ...         Path(folder, name).mkdir()
    ...         Image.new("L", (3, 2), grey).save(Path(folder, name, "1.png"))
    ...     X, y = read_image_folder(folder)
    >>> X.shape, y.tolist()
    ((2, 2, 3), ['day', 'night'])
    """
    check_option("color_mode", color_mode, ("auto", "grayscale", "rgb"))
    if labels is not None:
        check_option("labels (a word, or None)", labels, ("inferred",))
    size = _check_size(size)
    folder = _existing_folder(path)
    if labels is None:
        names, y, classes = _all_images(folder), None, None
    else:
        names, y, classes = _images_by_class(folder)
    X = read_images(folder, names, color_mode, size)
    if return_X_y:
        return X, y
    return Bunch(
        data=X, target=y, target_names=classes, filenames=np.array(names, dtype=object)
    )


def _check_size(size: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return the size as two whole numbers, or refuse it."""
    if size is None:
        return None
    sides = tuple(size) if isinstance(size, (tuple, list)) else ()
    if len(sides) != 2 or not all(isinstance(s, Integral) and s > 0 for s in sides):
        raise ValueError(
            "size must be None or (height, width) in whole numbers above zero, got "
            f"{size!r}."
        )
    return int(sides[0]), int(sides[1])


def _existing_folder(path: str | os.PathLike[str]) -> Path:
    """Return `path` with ``~`` expanded, once it is known to be a folder."""
    folder = Path(path).expanduser()
    if folder.is_file():
        raise ValueError(
            f"{folder} is a file; pass the folder that holds the images' folders."
        )
    if not folder.exists():
        raise MissingFileError(
            f"There is no folder {folder} (looked for from {Path.cwd()}); check the "
            "path's spelling or pass an absolute one."
        )
    return folder


def _all_images(folder: Path) -> list[str]:
    """Return the images in a folder and below it."""
    names = _below(folder, folder)
    if not names:
        raise ValueError(f"{folder} holds no images ({', '.join(SUFFIXES)}).")
    return names


def _images_by_class(folder: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the images in the class folders, their labels, and the classes."""
    classes = sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.is_dir() and not _is_hidden(entry.name)
    )
    _check_no_images_beside(folder, classes)
    names, labels = [], []
    for label in classes:
        of_class = _below(folder / label, folder)
        if not of_class:
            raise ValueError(
                f"The class folder {folder / label} holds no images "
                f"({', '.join(SUFFIXES)}). Put some there, or remove it."
            )
        names += of_class
        labels += [label] * len(of_class)
    _check_not_one_deeper(folder, classes, names)
    return names, np.array(labels, dtype=object), np.array(classes, dtype=object)


def _check_no_images_beside(folder: Path, classes: list[str]) -> None:
    """Refuse a folder without class folders, and images that are in none."""
    beside = sorted(entry.name for entry in folder.iterdir() if _is_image(entry))
    cure = "or pass labels=None to read all images without labels"
    if not classes:
        state = f"{len(beside)} images, but" if beside else "no images and"
        raise ValueError(
            f"{folder} holds {state} no folders. Put the images of each class into a "
            f"folder named after the class, {cure}."
        )
    if beside:
        raise ValueError(
            f"{folder} holds {len(beside)} image(s) beside the class folders "
            f"({_some(beside)}). Move them into the folder of their class, {cure}."
        )


def _check_not_one_deeper(folder: Path, classes: list[str], names: list[str]) -> None:
    """Refuse folders such as train and test, which hold the class folders."""
    if any(name.count("/") == 1 for name in names):
        return
    deeper = sorted({name.split("/")[1] for name in names})
    meant = next((name for name in classes if name.lower() == "train"), classes[0])
    raise ValueError(
        f"The folders in {folder} ({_some(classes)}) hold no images themselves, only "
        f"folders with images ({_some(deeper)}). Did you mean {folder / meant}? If "
        "they are the classes, move the images up into them."
    )


def _some(names: list[str]) -> str:
    return ", ".join([*names[:5], *["..."][: len(names) > 5]])


def _below(top: Path, folder: Path) -> list[str]:
    """Return the images below `top` as sorted paths relative to `folder`."""
    names = []
    for parent, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        here = Path(parent)
        names += [
            (here / name).relative_to(folder).as_posix()
            for name in files
            if _is_image(here / name)
        ]
    return sorted(names)


def _is_image(file: Path) -> bool:
    """Tell by its name whether a file is an image."""
    is_named_so = file.suffix.lower() in SUFFIXES and not _is_hidden(file.name)
    return is_named_so and file.is_file()


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"
