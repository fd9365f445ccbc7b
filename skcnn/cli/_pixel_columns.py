"""Images and their columns of pixels, in the order that a model was fitted on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skcnn import ImageLoader
from skcnn.base.words import plural

# Names that an error quotes.
_N_SHOWN = 3


@dataclass(frozen=True)
class Images:
    """Images, and what belongs to them.

    Attributes
    ----------
    source : str
        Where they come from.
    X : ndarray of shape (n, ...)
        Images, or flat rows.
    y, ids, groups : ndarray of shape (n,) or None
        Labels, what the file calls each image, and what must stay together.
    id_column : str
        Name of the column of the ids; empty where there is none.
    columns : str
        What was done with the columns of a CSV file, or with pictures.
    pixel_names : tuple of str or None
        Names of the columns of pixels, in the order of ``X``; None where there are
        none.
    loader : ImageLoader or None
        What was decided of pictures: their size and colour.
    files : DataFrame or None
        What was found of each picture's file, the broken ones too.
    """

    source: str
    X: np.ndarray
    y: np.ndarray | None = None
    ids: np.ndarray | None = None
    groups: np.ndarray | None = None
    id_column: str = ""
    columns: str = ""
    pixel_names: tuple[str, ...] | None = None
    loader: ImageLoader | None = None
    files: pd.DataFrame | None = None

    @property
    def n_pixels(self) -> int:
        """Numbers of one image."""
        return math.prod(self.X.shape[1:])

    def noted(self, said: str) -> Images:
        """Return them with something more to say of their columns."""
        return replace(self, columns=", ".join(filter(None, [self.columns, said])))

    def __str__(self) -> str:
        shape = "x".join(map(str, self.X.shape[1:]))
        unit = " pixels" if self.X.ndim == 2 else ""
        noun = "image" if len(self.X) == 1 else "images"
        parts = [f"{self.source}: {len(self.X)} {noun} of {shape}{unit}"]
        parts.append(str(self.X.dtype))
        if self.y is not None:
            parts.append(plural(len(np.unique(self.y)), "class"))
        return ", ".join(parts) + (f" ({self.columns})" if self.columns else "")


def in_order_of(images: Images, names: Sequence[str] | None, owner: str) -> Images:
    """Return images whose pixels stand in the order of ``names``, which ``owner`` has.

    Names that are all numbers, as 0 to 783 for 1 to 784, are matched by their order
    where they differ. Without names here or there, the pixels stay where they are.

    Raises
    ------
    ValueError
        If the columns are others. The message names some.
    """
    own = images.pixel_names
    if own is None or names is None or own == tuple(names):
        return images
    order = _positions(own, names) or _positions(_ranks(own), _ranks(names))
    if order is None:
        raise ValueError(_difference(images.source, set(own), owner, set(names)))
    said = f"columns put into the order of {owner}"
    if set(own) != set(names):
        first, last = own[order[0]], own[order[-1]]
        said = f"columns {first} to {last} taken for {names[0]} to {names[-1]}"
    X = images.X
    if order != list(range(len(order))):
        # Not X[:, order], which has the pixels of one image far from each other.
        X = np.take(X.reshape(len(X), -1), order, axis=1).reshape(X.shape)
    return replace(images.noted(said), X=X, pixel_names=tuple(names))


def in_order_of_model(images: Images, estimator: BaseEstimator) -> Images:
    """Return images whose pixels stand in the order that a model was fitted on.

    Raises
    ------
    ValueError
        If the columns are others, or an image has more pixels or fewer.
    """
    names = getattr(estimator, "feature_names_in_", None)
    if names is None or images.pixel_names is None:
        _check_n_pixels(images, getattr(estimator, "n_features_in_", None))
    if names is None and images.pixel_names is not None:
        return images.noted("by position, as the model knows no names of columns")
    return in_order_of(images, names, "the model")


def _check_n_pixels(images: Images, n_wanted: int | None) -> None:
    """Raise where images are of another size than the model's."""
    shape = images.X.shape[1:]
    if n_wanted is not None and images.n_pixels != n_wanted:
        size = f" ({'x'.join(map(str, shape))})" if len(shape) > 1 else ""
        raise ValueError(
            f"An image of {images.source} has {images.n_pixels} pixels{size}, but the "
            f"model was fitted on images of {n_wanted}. Give it images of that size; "
            "columns of a CSV file that hold no pixels are named with --drop."
        )


def rows_for(estimator: BaseEstimator, images: Images) -> np.ndarray | pd.DataFrame:
    """Return what a fitted model predicts from, not copied: with names, if it has any.

    The pixels are in the model's order already.
    """
    names = getattr(estimator, "feature_names_in_", None)
    if names is None or images.n_pixels != len(names):
        return images.X
    return _frame(images.X, names)


def fit_rows(estimator: BaseEstimator, images: Images) -> BaseEstimator:
    """Fit a model on images, not copied, so that it knows the names of their columns.

    Where rows were cut into images and the model can cut them itself, its
    ``image_shape`` is set.
    """
    return estimator.fit(rows_to_fit(estimator, images), images.y)


def rows_to_fit(estimator: BaseEstimator, images: Images) -> np.ndarray | pd.DataFrame:
    """Return what :func:`fit_rows` fits on; it may set ``image_shape``."""
    X = images.X
    if images.pixel_names is None:
        return X
    if X.ndim > 2:
        # Only rows have names of columns.
        if estimator.get_params().get("image_shape", "cannot cut") is not None:
            return X
        estimator.set_params(image_shape=X.shape[1:])
    return _frame(X, images.pixel_names)


def _frame(X: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """View images as a frame."""
    return pd.DataFrame(X.reshape(len(X), -1), columns=list(names), copy=False)


def _positions(own: Sequence, wanted: Sequence) -> list[int] | None:
    """Return where each wanted name stands; None where they are not the same names.

    Examples
    --------
    >>> _positions(["p1", "p10", "p2"], ["p1", "p2", "p10"])
    [0, 2, 1]
    """
    position = {name: at for at, name in enumerate(own)}
    if position.keys() != set(wanted):
        return None
    return [position[name] for name in wanted]


def _ranks(names: Sequence[str]) -> Sequence:
    """Return names that are all whole numbers as their ranks, others as they are.

    Examples
    --------
    >>> _ranks(["1", "10", "2"])
    [0, 2, 1]
    """
    if not all(name.isdecimal() for name in names):
        return names
    return np.argsort(np.argsort([int(name) for name in names])).tolist()


def _difference(source: str, own: set[str], owner: str, wanted: set[str]) -> str:
    """Say which columns are missing, and which are unknown."""
    parts = [
        f"{word} {_some(names)}"
        for word, names in (("lacks", wanted - own), ("has", own - wanted))
        if names
    ]
    others = "other columns of pixels than"
    if len(own) != len(wanted):
        others = f"{len(own)} columns of pixels, not the {len(wanted)} of"
    return (
        f"{source} has {others} {owner}: it {' and '.join(parts)}. "
        "Columns that hold no pixels are named with --drop, labels with --target."
    )


def _some(names: set[str]) -> str:
    shown = sorted(names)[:_N_SHOWN]
    n_others = len(names) - len(shown)
    return ", ".join(shown) + (f" and {n_others} more" if n_others else "")
