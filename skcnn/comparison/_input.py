"""Images, labels and folds, checked before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import _num_samples

from skcnn.base.targets import check_classes, check_labels, encode
from skcnn.comparison._units import Data, numpy_seeded

Split = tuple[np.ndarray, np.ndarray]


def check_data(X, y, X_test, y_test) -> Data:
    """Return images and labels, or raise where they do not belong together.

    Images are looked at by the estimators, each in its own way.
    """
    y = _check_pair(X, y, "X", "y")
    X = _in_one_piece(X)
    classes = np.unique(y)
    check_classes(classes)
    if X_test is None and y_test is None:
        return Data(X, y, classes)
    if X_test is None or y_test is None:
        missing = "X_test" if X_test is None else "y_test"
        raise ValueError(f"{missing} is missing: pass X_test and y_test together.")
    y_test = _check_pair(X_test, y_test, "X_test", "y_test")
    encode(y_test, classes, "y_test")
    return Data(X, y, classes, _in_one_piece(X_test), y_test)


def _in_one_piece(X):
    """Return a list of equal images as one array.

    Joblib gives its workers an array once, as a file, and a list with every fit.
    """
    if not isinstance(X, (list, tuple)):
        return X
    is_equal = all(isinstance(image, np.ndarray) for image in X) and (
        len({(image.shape, image.dtype) for image in X}) == 1
    )
    return np.stack(X) if is_equal else X


def _check_pair(X, y, images_name: str, labels_name: str) -> np.ndarray:
    if X is None or y is None:
        missing = images_name if X is None else labels_name
        raise ValueError(f"{missing} is None; pass images and one label for each.")
    n_images, n_labels = _num_samples(X), _num_samples(y)
    if n_images != n_labels:
        raise ValueError(
            f"{images_name} holds {n_images} images and {labels_name} {n_labels} "
            "labels; one label per image is wanted. Look at how the rows of each were "
            "selected."
        )
    if n_images == 0:
        raise ValueError(f"{images_name} holds no images.")
    return check_labels(None, y, X)


def has_image_axes(X) -> bool:
    """Whether images have axes of their own, where rows of pixels would have one."""
    if isinstance(X, Sequence):
        return np.ndim(X[0]) > 1
    return getattr(X, "ndim", 2) > 2


def make_splits(
    cv, X, y: np.ndarray, seed: int, groups=None
) -> tuple[str, list[Split]]:
    """Return what the folds are, in words, and their rows.

    Parameters
    ----------
    cv : int, splitter or iterable
        As for :func:`compare`.
    X, y : images, ndarray of shape (n,)
        What is split.
    seed : int
        Seed of the shuffle, and of a splitter without one.
    groups : array-like of shape (n,), optional
        For a splitter that keeps images of one group together.

    Raises
    ------
    ValueError
        For fewer than two folds, more folds than a class has images, empty folds, rows
        that are not there, and groups that are missing or that nobody asks for.
    """
    _check_groups(cv, groups, len(y))
    if isinstance(cv, Integral) and not isinstance(cv, bool):
        _check_counts(cv, y)
        cv = StratifiedKFold(int(cv), shuffle=True, random_state=seed)
    elif not hasattr(cv, "split"):
        cv = _check_iterable(cv)
    with numpy_seeded(seed):
        pairs = list(cv.split(X, y, groups)) if hasattr(cv, "split") else cv
    splits = [_check_split(pair, len(y), number) for number, pair in enumerate(pairs)]
    if not splits:
        raise ValueError(f"cv={cv!r} gives no folds; pass a number such as 5.")
    text = repr(cv) if hasattr(cv, "split") else f"{len(splits)} splits that were given"
    return text, splits


def _check_groups(cv, groups, n_images: int) -> None:
    if groups is None:
        if get_routing_for_object(cv).consumes("split", ["groups"]):
            raise ValueError(
                f"cv={cv!r} splits by groups; pass groups= with one value for each "
                "image, such as the patient that it shows."
            )
        return
    if not hasattr(cv, "split"):
        n_folds = cv if isinstance(cv, Integral) else 5
        raise ValueError(
            f"groups are for a splitter that keeps images of one group together, but "
            f"cv={cv!r} does not; pass cv=StratifiedGroupKFold({n_folds}) of "
            "sklearn.model_selection, or leave groups out."
        )
    if _num_samples(groups) != n_images:
        raise ValueError(
            f"There are {n_images} images, but {_num_samples(groups)} groups; pass one "
            "value for each image."
        )


def _check_counts(n_folds: int, y: np.ndarray) -> None:
    if n_folds < 2:
        raise ValueError(f"cv={n_folds} folds; at least two are needed, such as cv=5.")
    classes, counts = np.unique(y, return_counts=True)
    if counts.min() < n_folds:
        raise ValueError(
            f"Class {classes.tolist()[counts.argmin()]!r} has {counts.min()} images, "
            f"fewer than the {n_folds} folds, so some would be without it. Use at most "
            f"cv={counts.min()}, or leave the class out."
            if counts.min() > 1
            else f"Class {classes.tolist()[counts.argmin()]!r} has a single image, and "
            f"cv={n_folds} folds need {n_folds} of each class. Give more, or leave the "
            "class out."
        )


def _check_iterable(cv) -> list:
    try:
        return list(cv)
    except TypeError:
        raise TypeError(
            "cv must be a number of folds, a splitter such as "
            "RepeatedStratifiedKFold(), or an iterable of (train, test) rows, got "
            f"{cv!r}."
        ) from None


def _check_split(pair, n_rows: int, number: int) -> Split:
    """Return the rows of a fold as numbers; masks become such."""
    try:
        train, test = map(np.asarray, pair)
    except (TypeError, ValueError):
        raise ValueError(
            f"Fold {number} of cv is no pair of (train, test) rows, but {pair!r}."
        ) from None
    rows = []
    for part, side in ((train, "train"), (test, "test")):
        part = np.flatnonzero(part) if part.dtype == bool else part
        if part.ndim != 1 or part.size == 0 or part.dtype.kind not in "iu":
            raise ValueError(
                f"The {side} rows of fold {number} are {part!r}; row numbers, at least "
                "one, were wanted."
            )
        if part.min() < 0 or part.max() >= n_rows:
            raise ValueError(
                f"Fold {number} has the {side} row {part.max()}, but rows of X go from "
                f"0 to {n_rows - 1}."
            )
        rows.append(part.astype(np.intp))
    return rows[0], rows[1]
