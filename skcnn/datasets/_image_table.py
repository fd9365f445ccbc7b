"""Labels in a table, pictures in a folder."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skcnn.base.image_files import readable_suffixes

from ._class_folders import FoundImages, all_images, existing_folder
from ._files import existing_file, reading, unpacked
from ._read_csv import to_labels
from ._read_pictures import bunch_of, new_loader, read_pictures

# What the column of labels is called, in lower case, where the user names none.
_NAMES_OF_LABELS = ("label", "labels", "target", "class", "category")
# What stands between several labels of one image.
_BETWEEN_LABELS = ("|", ";", ",", " ")
_MAX_NAMED = 20


def read_image_table(
    path: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    id: str | None = None,
    target: str | None = None,
    sep: str = ",",
    size: str | tuple[int, int] | None = "auto",
    color: str = "auto",
    resize: str = "crop",
    on_error: str = "raise",
    return_X_y: bool = True,
) -> tuple[np.ndarray, np.ndarray | None] | Bunch:
    r"""Read pictures from a folder, and their labels from a table.

    ::

        train.csv     id,label          train/    a01.jpg  a02.jpg  ...
                      a01,rose
                      a02,daisy

    Parameters
    ----------
    path : str or path-like
        A CSV file with a header and a row for each picture.
    folder : str or path-like
        Where the pictures are, also in folders below it.
    id : str, default=None
        Column of their names, with or without suffix, with or without the folders on
        the way. None: the column that names most of them.
    target : str, default=None
        Column of the labels. None: the one called label, labels, target, class or
        category, or else the only other one.
    sep : str, default=","
        The character between two cells.
    size : "auto", None or tuple (height, width), default="auto"
        As in :func:`read_image_folder`.
    color : {"auto", "grayscale", "rgb"}, default="auto"
        "auto": grey if all images are grey, else colour.
    resize : {"crop", "pad", "stretch"}, default="crop"
        What is done with files of other proportions than `size`; see
        :class:`skcnn.ImageLoader`.
    on_error : {"raise", "skip"}, default="raise"
        What becomes of files that are missing, damaged or no images: an error that
        names them, or they are skipped, and a warning names them.
    return_X_y : bool, default=True
        False returns a Bunch.

    Returns
    -------
    X : ndarray of shape (n, h, w) or (n, h, w, 3)
        Grey or colour images in the order of the table, as of
        :func:`read_image_folder`.
    y : ndarray of shape (n,) or None
        Labels: int64 or float64 if all are numbers, else str objects. None if the
        table has no column but the names.
    bunch : sklearn.utils.Bunch
        Instead of both if `return_X_y` is False: `data` (X), `target` (y),
        `target_names`, `ids` (names as the table has them), `filenames`, `files`,
        `left_out` and `loader`, as of :func:`read_image_folder`.

    Raises
    ------
    FileNotFoundError
        If there is no such file or folder (the error is a ValueError, too).
    ValueError
        If the table is damaged, a column does not exist (those that do, are listed),
        no column names files of the folder, a label is empty or an image has
        several, or files cannot be read (they are named).

    Warns
    -----
    UserWarning
        With ``on_error="skip"``, if files are missing or broken.

    See Also
    --------
    read_image_folder : The folder of a picture is its label.
    skcnn.ImageLoader : Reads pictures in a Pipeline, from paths.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skcnn.datasets import read_image_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("a01", "a02"):
    ...         Image.new("RGB", (30, 20)).save(Path(folder, f"{name}.png"))
    ...     table = Path(folder, "train.csv")
    ...     _ = table.write_text("id,label\na02,rose\na01,daisy\n")
    ...     X, y = read_image_table(table, folder)
    >>> X.shape, y.tolist()
    ((2, 20, 30, 3), ['rose', 'daisy'])
    """
    loader = new_loader(size, color, resize, on_error)
    found = images_of_table(path, folder, id, target, sep)
    pictures = read_pictures(existing_folder(folder), found.names, loader, on_error)
    y = None if found.labels is None else found.labels[pictures.is_whole]
    if return_X_y:
        return pictures.X, y
    return Bunch(
        **bunch_of(
            pictures,
            target=y,
            target_names=None if y is None else np.unique(y),
            ids=found.ids[pictures.is_whole],
            left_out=found.left_out,
        )
    )


def images_of_table(
    path: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    id: str | None = None,
    target: str | None = None,
    sep: str = ",",
    *,
    wants_labels: bool = True,
) -> FoundImages:
    """Return the images that a table names, and their labels; see `read_image_table`.

    What the folder does not have keeps the name that it has in the table.
    """
    file, home = existing_file(path), existing_folder(folder)
    table = _read_table(file, sep)
    found = all_images(home)
    known = _Names(found.names)
    at = _id_column(file, table, home, known, id, target)
    ids = table[at].to_numpy(dtype=object)
    names = [known.find(one) or one for one in ids]
    labels = None
    if wants_labels:
        column = _label_column(file, table, at, target)
        labels = None if column is None else _labels(file, table, at, column)
    return FoundImages(names, labels, found.left_out, ids, at)


def _read_table(file: Path, sep: str) -> pd.DataFrame:
    """Return all cells as text."""
    with (
        reading(file, "a CSV file", "Check that it is a table with a header."),
        unpacked(file) as stream,
    ):
        table = pd.read_csv(
            stream, sep=sep, dtype=str, keep_default_na=False, index_col=False
        )
    if not len(table):
        raise ValueError(f"{file} has a header, but no rows below it.")
    return table.map(str.strip)


# --- which file is meant --------------------------------------------------------------


class _Names:
    """Image files of a folder by what a table may call them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._whole: dict[str, list[str]] = {}
        self._last: dict[str, list[str]] = {}
        for name in names:
            last = name.rpartition("/")[2]
            for known, called in ((self._whole, name), (self._last, last)):
                for key in (called, _without_suffix(called)):
                    known.setdefault(key, []).append(name)

    def find(self, name: str) -> str | None:
        """Return the file of a name; None if there is none."""
        name = name.removeprefix("./")
        for known in (self._whole, self._last):
            for key in (name, _without_suffix(name)):
                if (files := known.get(key)) is not None:
                    return self._only(name, files)
        return None

    def _only(self, name: str, files: Sequence[str]) -> str:
        if len(files) > 1:
            raise ValueError(
                f"{name!r} of the table may be any of {', '.join(files[:3])}. Write "
                "the names with their suffixes and folders into the table."
            )
        return files[0]


def _without_suffix(name: str) -> str:
    suffix = Path(name).suffix
    return name.removesuffix(suffix) if suffix.lower() in readable_suffixes() else name


# --- which column is which ------------------------------------------------------------


def _id_column(
    file: Path,
    table: pd.DataFrame,
    folder: Path,
    known: _Names,
    id: str | None,
    target: str | None,
) -> str:
    """Return the column that names files: the one that names most."""
    if id is not None:
        return _existing_column(file, table, id, "id")
    counts = {
        name: sum(known.find(cell) is not None for cell in table[name].unique()[:1000])
        for name in table
        if name != target
    }
    best = max(counts, key=lambda name: counts[name], default=None)
    if best is None or not counts[best]:
        own = next(iter(known._whole))
        raise ValueError(
            f"No column of {file} names files of {folder}, which are called such as "
            f"{own!r}; {_listing(table)} The first row is "
            f"{', '.join(table.iloc[0].tolist()[:5])}. Pass another folder."
        )
    if known.find(best) is not None:
        raise ValueError(
            f"{file} has no header: its first line names the file {best!r}. Write one "
            "above it, such as id,label."
        )
    return best


def _label_column(
    file: Path, table: pd.DataFrame, id: str, target: str | None
) -> str | None:
    """Return the column of the labels; None if the table has only names."""
    if target is not None:
        return _existing_column(file, table, target, "target")
    others = [name for name in table if name != id]
    called = [name for name in others if name.strip().lower() in _NAMES_OF_LABELS]
    if called or len(others) <= 1:
        return next(iter(called or others), None)
    _check_not_one_column_per_class(file, table[others])
    raise ValueError(
        f"{file}: which column holds the labels? Pass target=; {_listing(table)}"
    )


def _check_not_one_column_per_class(file: Path, table: pd.DataFrame) -> None:
    numbers = table.apply(pd.to_numeric, errors="coerce")
    if not numbers.isin([0, 1]).all(axis=None):
        return
    names = ", ".join(table.columns[:5])
    if (numbers.sum(axis=1) == 1).all():
        raise ValueError(
            f"{file} has a column of 0 and 1 for each class ({names}). Make one column "
            "of them: frame['label'] = frame[classes].idxmax(axis=1)."
        )
    raise ValueError(
        f"{file} has columns of 0 and 1 ({names}), of which several are 1 for one "
        "image. Estimators take one label per image: train one model for each column, "
        f"target={table.columns[0]!r} first."
    )


def _existing_column(file: Path, table: pd.DataFrame, name: str, argument: str) -> str:
    if name not in table.columns:
        raise ValueError(f"{file} has no column {argument}={name!r}; {_listing(table)}")
    return name


def _listing(table: pd.DataFrame) -> str:
    names = [*map(str, table.columns[:_MAX_NAMED])]
    names += ["..."] if len(table.columns) > _MAX_NAMED else []
    return f"its columns are {', '.join(names)}."


# --- labels ---------------------------------------------------------------------------


def _labels(file: Path, table: pd.DataFrame, id: str, column: str) -> np.ndarray:
    """Return one label per image, or refuse what is none."""
    texts = table[column]
    if empty := np.flatnonzero(texts == "").tolist():
        raise ValueError(
            f"{file} has no {column} for {table[id].iloc[empty[0]]!r} (row {empty[0]}, "
            f"and {len(empty) - 1} more). Label these images, or drop their rows."
        )
    if (several := _of_several(texts.unique().tolist())) is not None:
        raise ValueError(
            f"{file} has several labels for one image, such as {several!r} in the "
            f"column {column}. Estimators take one label per image: keep one of them, "
            "or train one model per label, on a column of yes and no."
        )
    n_labels = texts.groupby(table[id]).nunique()
    if (n_labels > 1).any():
        raise ValueError(
            f"{file} has several rows with different labels for one image, such as "
            f"{n_labels.idxmax()!r}. Estimators take one label per image: drop the "
            "others."
        )
    return to_labels(texts.to_numpy(dtype=object))


def _of_several(labels: list[str]) -> str | None:
    """Return a label that is made of several; None if there is none.

    Names of classes may have blanks and commas in them, so that a part must be a label
    itself.

    Examples
    --------
    >>> _of_several(["scab", "rust", "scab rust"])
    'scab rust'
    >>> _of_several(["golden retriever", "flat coated retriever", "cat"])
    """
    known = set(labels)
    for label in labels:
        if label.startswith("[") and label.endswith("]"):
            return label
        for between in _BETWEEN_LABELS:
            parts = [part.strip() for part in label.split(between)]
            if len(parts) > 1 and known.issuperset(parts):
                return label
    return None
