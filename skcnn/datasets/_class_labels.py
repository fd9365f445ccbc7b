"""Labels as class numbers and counts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class ClassLabels:
    """The labels of some images.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
        Each image's class, a position in `counts`; -1 where the label is missing.
    counts : pandas.Series
        Number of images; the index holds the classes, sorted.
    """

    codes: np.ndarray
    counts: pd.Series

    @property
    def n_missing(self) -> int:
        """Number of images without a label."""
        return int((self.codes < 0).sum())


def count_labels(y: Any, n_images: int, name: str) -> ClassLabels:
    """Return each image's class number and the size of each class.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels of any type; None and NaN are missing.
    n_images : int
        How many there should be.
    name : str
        The argument they were passed for, named in errors.

    Returns
    -------
    ClassLabels
        Numbers and counts.

    Raises
    ------
    ValueError
        If there is not one label per image.

    Examples
    --------
    >>> count_labels(["dog", "cat", None], 3, "y").codes
    array([ 1,  0, -1])
    """
    shape = np.shape(y)
    if len(shape) == 2 and shape[1] == 1:
        y = np.asarray(y)[:, 0]
    elif len(shape) != 1:
        raise ValueError(
            f"{name} has shape {shape}, but should have one label for each image. If "
            f"it is one-hot, pass np.argmax({name}, axis=1)."
        )
    if len(y) != n_images:
        raise ValueError(
            f"There are {n_images} images, but {name} has {len(y)} labels; pass one "
            "label for each image."
        )
    # A Series keeps None and NaN apart from text, which an array of a list does not.
    codes, classes = pd.factorize(pd.Series(y), sort=True)
    index = pd.Index(np.asarray(classes), name="class")
    sizes = np.bincount(codes[codes >= 0], minlength=len(index))
    return ClassLabels(codes, pd.Series(sizes, index, name="images"))
