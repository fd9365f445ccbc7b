"""What was found out about images and labels, to be read, printed and stored."""

from dataclasses import dataclass, field, fields
from math import isfinite
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from skcnn.base.words import count, plural

from ._checks import run_checks
from ._file_summary import lines_of_files

# More classes than fit a glance are summed up.
_MAX_CLASSES = 20


@dataclass(frozen=True, eq=False, repr=False)
class Description:
    """What :func:`skcnn.datasets.describe` found out about images and their labels.

    Printed, it is a table of a few lines and the warnings in plain sentences. Row
    numbers are positions in X, from 0, ascending.

    Attributes
    ----------
    shape : tuple of int
        Shape of X: number of images first.
    n_images, n_pixels : int
        Number of images, and values per image (height x width x channels).
    image_shape : tuple (h, w, c) or None
        Of one image; flat rows are taken for a grey square, and None if they are none.
    dtype : str
        NumPy's name of the pixels' type, such as "uint8".
    n_bytes : int
        Memory that the pixels take in this type.
    minimum, maximum, mean : float
        Of all finite pixels; NaN if there are none.
    n_missing, n_infinite : int
        Pixels that are NaN or empty, and pixels that are infinite.
    n_constant_pixels : int
        Pixels that have the same value in all images.
    incomplete_rows : ndarray of int
        Images with missing or infinite pixels.
    constant_rows : ndarray of int
        Images whose pixels are all equal.
    duplicate_rows : ndarray of int
        Images that repeat an earlier one exactly; without them each image is there
        once.
    contradicting_rows : ndarray of int
        Images that are there several times with different labels; each of them.
    class_counts : pandas.Series or None
        Number of images by class, the classes sorted; None without labels.
    imbalance : float or None
        Images of the largest class over those of the smallest.
    n_missing_labels : int
        Labels that are None or NaN.
    test : Description or None
        The same for `X_test` and `y_test`.
    leaked_rows : ndarray of int
        Rows of `X_test` whose image is in X, too.
    unseen_classes : list
        Classes of `y_test` that are not in y.
    files : pandas.DataFrame or None
        The image files behind X, broken ones too, if they were passed.
    has_other_scale : bool
        Whether `X_test` is on another scale than X, by the rule that estimators warn
        by.
    warnings : tuple of str
        What may spoil a training or its figures, and the cure; a few sentences each.

    See Also
    --------
    describe : Makes it.
    """

    shape: tuple[int, ...]
    n_images: int
    n_pixels: int
    image_shape: tuple[int, int, int] | None
    dtype: str
    n_bytes: int
    minimum: float
    maximum: float
    mean: float
    n_missing: int
    n_infinite: int
    n_constant_pixels: int
    incomplete_rows: np.ndarray
    constant_rows: np.ndarray
    duplicate_rows: np.ndarray
    contradicting_rows: np.ndarray
    class_counts: pd.Series | None
    n_missing_labels: int
    test: "Description | None" = None
    leaked_rows: np.ndarray = field(default_factory=lambda: np.empty(0, np.intp))
    unseen_classes: list[Any] = field(default_factory=list)
    has_other_scale: bool = False
    files: pd.DataFrame | None = None

    @property
    def imbalance(self) -> float | None:
        """Images of the largest class over those of the smallest."""
        if self.class_counts is None or self.class_counts.empty:
            return None
        return float(self.class_counts.max() / self.class_counts.min())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may spoil a training or its figures, and the cure."""
        return run_checks(self)

    def to_frame(self) -> pd.DataFrame:
        """Return the table that is printed.

        Returns
        -------
        pandas.DataFrame of shape (n_lines, 1)
            One text for each line, in the column "value".
        """
        return pd.DataFrame({"value": _lines(self)})

    def to_dict(self) -> dict[str, Any]:
        """Return all that JSON can hold.

        Returns
        -------
        dict
            All attributes under their names, NaN as None, classes as text; numbers
            instead of lists of rows (``n_duplicate_rows``).
        """
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        plain: dict[str, Any] = {}
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                plain[f"n_{name}"] = len(value)
            else:
                plain[name] = _to_plain(value)
        return {
            **plain,
            "imbalance": self.imbalance,
            "warnings": list(self.warnings),
        }

    def __str__(self) -> str:
        lines = _lines(self)
        width = max(map(len, lines))
        table = [f"{name.ljust(width)}  {text}" for name, text in lines.items()]
        if not self.warnings:
            return "\n".join([*table, "", "No warnings."])
        marked = [
            "\n".join(wrap(text, 86, initial_indent="- ", subsequent_indent="  "))
            for text in self.warnings
        ]
        return "\n".join([*table, "", "Warnings", *marked])

    __repr__ = __str__


def _lines(description: Description) -> dict[str, str]:
    """Return the table that is printed: a text for each line's name."""
    files = description.files
    lines = {
        **({} if files is None else lines_of_files(files)),
        "images": _images(description),
        "pixels": _pixels(description),
        "constant": _constant(description),
        **_classes(description),
        "duplicates": _duplicates(description),
    }
    test = description.test
    if test is not None:
        lines["test images"] = _images(test)
        lines["test pixels"] = _pixels(test)
        lines["in both"] = plural(len(description.leaked_rows), "test image")
    return lines


def _images(description: Description) -> str:
    """Say how many images of which shape and type there are."""
    sides = description.image_shape or (1, description.n_pixels, 1)
    size = " x ".join(map(str, sides if sides[2] > 1 else sides[:2]))
    layout = ", flat rows" if len(description.shape) == 2 else ""
    megabytes = description.n_bytes / 1e6
    memory = f"{megabytes:.3g} MB" if megabytes >= 1 else f"{megabytes * 1e3:.3g} kB"
    type_and_layout = f"{description.dtype}{layout}"
    return f"{count(description.n_images)} of {size}, {type_and_layout}, {memory}"


def _pixels(description: Description) -> str:
    """Say the range, and what is missing."""
    missing = f"{count(description.n_missing)} missing"
    if description.n_infinite:
        missing += f", {count(description.n_infinite)} infinite"
    return (
        f"{description.minimum:.6g} to {description.maximum:.6g}, "
        f"mean {description.mean:.4g}, {missing}"
    )


def _constant(description: Description) -> str:
    """Say how much of the pixels carries nothing."""
    share = description.n_constant_pixels / description.n_pixels
    return (
        f"{plural(len(description.constant_rows), 'image')} of one value; "
        f"{count(description.n_constant_pixels)} of {count(description.n_pixels)} "
        f"pixels ({share:.1%}) the same in all images"
    )


def _classes(description: Description) -> dict[str, str]:
    """Say how many classes there are, and how many images each has."""
    counts = description.class_counts
    if counts is None:
        return {"classes": "no labels"}
    if counts.empty:
        return {"classes": "all labels are missing"}
    lines = {
        "classes": f"{count(len(counts))}, of {count(counts.min())} to "
        f"{plural(counts.max(), 'image')} (largest / smallest "
        f"{description.imbalance:.3g})"
    }
    names = [*counts.index, *description.unseen_classes]
    if len(names) <= _MAX_CLASSES:
        lines |= {f"class {name}": _class(description, name) for name in names}
    return lines


def _class(description: Description, name: Any) -> str:
    """Say how many images a class has, for training and for test."""
    texts = []
    for part in (description, description.test):
        if part is not None and part.class_counts is not None:
            n_images = part.class_counts.get(name, 0)
            share = n_images / part.class_counts.sum()
            texts.append(f"{count(n_images)} ({share:.1%})")
    return "; test ".join(texts)


def _duplicates(description: Description) -> str:
    """Say how many images are there again."""
    text = f"{plural(len(description.duplicate_rows), 'image')} like an earlier one"
    if description.class_counts is None:
        return text
    return (
        f"{text}; {count(len(description.contradicting_rows))} with labels that differ"
    )


def _to_plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, Description):
        return value.to_dict()
    if isinstance(value, pd.Series):
        return {str(name): int(count) for name, count in value.items()}
    if isinstance(value, pd.DataFrame):
        return value.to_dict("records")
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, (tuple, list)):
        return [item if isinstance(item, int) else str(item) for item in value]
    return value
