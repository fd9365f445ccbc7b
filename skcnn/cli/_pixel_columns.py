"""Columns of pixels by their names: a model gets them in the order it was fitted on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skcnn.cli._images import Images

# Names that an error quotes.
_N_SHOWN = 3


def in_order_of(images: Images, names: Sequence[str] | None, owner: str) -> Images:
    """Return images whose pixels stand in a given order.

    Parameters
    ----------
    images : Images
        As they were read.
    names : sequence of str or None
        Columns of pixels in the order that is wanted. Names that are all numbers, as
        0 to 783 for 1 to 784, are matched by their order where they differ. Without
        names here or there, the pixels stay where they are.
    owner : str
        What has the names, for notes and errors.

    Returns
    -------
    Images
        ``columns`` says what was done.

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
    return replace(_noted(images, said), X=X, pixel_names=tuple(names))


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
        return _noted(images, "by position, as the model knows no names of columns")
    return in_order_of(images, names, "the model")


def _check_n_pixels(images: Images, n_wanted: int | None) -> None:
    """Raise where images are of another size than the model's."""
    shape = images.X.shape[1:]
    n_pixels = math.prod(shape)
    if n_wanted is not None and n_pixels != n_wanted:
        size = f" ({'x'.join(map(str, shape))})" if len(shape) > 1 else ""
        raise ValueError(
            f"An image of {images.source} has {n_pixels} pixels{size}, but the model "
            f"was fitted on images of {n_wanted}. Give it images of that size; columns "
            "of a CSV file that hold no pixels are named with --drop."
        )


def rows_for(estimator: BaseEstimator, images: Images) -> np.ndarray | pd.DataFrame:
    """Return what a fitted model predicts from: with its names, where it has some.

    Parameters
    ----------
    estimator : BaseEstimator
        A fitted model.
    images : Images
        Pixels in the model's order.

    Returns
    -------
    ndarray or DataFrame
        The pixels, not copied.
    """
    names = getattr(estimator, "feature_names_in_", None)
    if names is None or math.prod(images.X.shape[1:]) != len(names):
        return images.X
    return _frame(images.X, names)


def fit_rows(estimator: BaseEstimator, images: Images) -> BaseEstimator:
    """Fit a model on images, so that it knows the names of their columns.

    Parameters
    ----------
    estimator : BaseEstimator
        The model. Where rows were cut into images and it can cut them itself, its
        ``image_shape`` is set.
    images : Images
        With labels.

    Returns
    -------
    BaseEstimator
        The model, fitted. The pixels are not copied for it.
    """
    X = images.X
    if images.pixel_names is None:
        return estimator.fit(X, images.y)
    if X.ndim > 2:
        # Only rows have names of columns.
        if estimator.get_params().get("image_shape", "cannot cut") is not None:
            return estimator.fit(X, images.y)
        estimator.set_params(image_shape=X.shape[1:])
    return estimator.fit(_frame(X, images.pixel_names), images.y)


def _noted(images: Images, said: str) -> Images:
    """Add what was done with the columns."""
    return replace(images, columns=", ".join(filter(None, [images.columns, said])))


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
