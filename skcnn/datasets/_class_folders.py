"""Which image files are in a folder, and which class each belongs to."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from skcnn.base.image_files import readable_suffixes

from ._files import MissingFileError

# What systems write beside pictures, in lower case.
_OF_THE_SYSTEM = ("desktop.ini", "ehthumbs.db", "thumbs.db")
# What the parts of a data set are called, in lower case: no names of classes.
_PARTS = ("train", "training", "test", "testing", "val", "valid", "validation", "dev")
_MAX_NAMED = 5


class FoundImages(NamedTuple):
    """The image files in a folder.

    Attributes
    ----------
    names : list of str
        Their paths below the folder, with ``/``.
    labels : ndarray of shape (n,) or None
        Their classes.
    left_out : list of str
        Other files, which Pillow does not read by their suffix.
    ids : ndarray of shape (n,)
        What a table calls them; the names where there is none.
    id_column : str
        The table's column of that; empty where there is none.
    """

    names: list[str]
    labels: np.ndarray | None
    left_out: list[str]
    ids: np.ndarray
    id_column: str = ""


def existing_folder(path: str | os.PathLike[str]) -> Path:
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


def only_image(file: Path) -> FoundImages:
    """Return one file as the only image of its folder."""
    return FoundImages([file.name], None, [], np.array([file.name], dtype=object))


def all_images(folder: Path) -> FoundImages:
    """Return the images in a folder and below it, without labels."""
    names, left_out = _below(folder, folder)
    if not names:
        raise ValueError(f"{folder} holds no images{_instead(left_out)}.")
    return FoundImages(names, None, left_out, np.array(names, dtype=object))


def images_by_class(folder: Path) -> FoundImages:
    """Return the images in the class folders, and their labels."""
    entries = sorted(folder.iterdir())
    beside = [entry.name for entry in entries if entry.is_file()]
    classes = [e.name for e in entries if e.is_dir() and not _is_hidden(e.name)]
    left_out = [name for name in beside if not _is_image(name) and _is_users(name)]
    _check_no_images_beside(folder, [*filter(_is_image, beside)], classes)
    names, labels = [], []
    for label in classes:
        of_class, others = _below(folder / label, folder)
        if not of_class:
            raise ValueError(
                f"The class folder {folder / label} holds no images{_instead(others)}. "
                "Put some there, or remove it."
            )
        names += of_class
        left_out += others
        labels += [label] * len(of_class)
    _check_not_one_deeper(folder, classes, names)
    columns = np.array(labels, dtype=object), left_out, np.array(names, dtype=object)
    return FoundImages(names, *columns)


def say_left_out(names: Iterable[str]) -> str:
    """Say how many files of which suffix there are.

    Examples
    --------
    >>> say_left_out(["a.HEIC", "b.heic", "notes.txt", "LICENSE"])
    '2 .heic, 1 .txt, 1 without suffix'
    """
    suffixes = Counter(Path(name).suffix.lower() for name in names)
    said = [f"{n} {suffix or 'without suffix'}" for suffix, n in suffixes.most_common()]
    more = ["..."] if len(said) > _MAX_NAMED else []
    return ", ".join([*said[:_MAX_NAMED], *more])


def _instead(left_out: list[str]) -> str:
    """Say which files there are in the place of images."""
    if not left_out:
        return ""
    return (
        f", only {say_left_out(left_out)}, which Pillow does not read: save them as "
        ".jpg or .png"
    )


def _check_no_images_beside(
    folder: Path, beside: list[str], classes: list[str]
) -> None:
    """Refuse a folder without class folders, and images that are in none."""
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
    """Refuse folders such as train and test, which hold the class folders.

    One folder in each class, such as ``rose/images``, is no such case.
    """
    if any(name.count("/") == 1 for name in names):
        return
    deeper = {tuple(name.split("/")[:2]) for name in names}
    are_parts = any(name.lower() in _PARTS for name in classes)
    if len(deeper) == len(classes) > 1 and not are_parts:
        return
    meant = next((name for name in classes if name.lower() == "train"), classes[0])
    raise ValueError(
        f"The folders in {folder} ({_some(classes)}) hold no images themselves, only "
        f"folders with images ({_some(sorted({name for _, name in deeper}))}). Did you "
        f"mean {folder / meant}? If they are the classes, move the images up into them."
    )


def _some(names: list[str]) -> str:
    return ", ".join([*names[:_MAX_NAMED], *["..."][: len(names) > _MAX_NAMED]])


def _below(top: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Return the images below `top`, and other files, as paths below `folder`."""
    found: list[str] = []
    for parent, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        here = Path(parent).relative_to(folder)
        found += [(here / name).as_posix() for name in files if _is_users(name)]
    found.sort()
    return [*filter(_is_image, found)], [n for n in found if not _is_image(n)]


def _is_image(name: str) -> bool:
    """Tell by its name whether a file is an image."""
    return _is_users(name) and Path(name).suffix.lower() in readable_suffixes()


def _is_users(name: str) -> bool:
    """Tell whether a file is neither hidden nor the system's."""
    last = name.rpartition("/")[2]
    return not _is_hidden(last) and last.lower() not in _OF_THE_SYSTEM


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"
