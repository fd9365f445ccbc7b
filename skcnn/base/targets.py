"""Labels to codes, and weights of rows."""

from __future__ import annotations

from numbers import Real

import numpy as np
import pandas as pd
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight

from skcnn.base.words import message, shown


def check_labels(estimator, y, images: np.ndarray) -> np.ndarray:
    """Return labels of shape (n,), or raise.

    Raises
    ------
    ValueError
        For no labels, one-hot rows, continuous values, NaN, or another length than
        the images'.
    TypeError
        For labels of mixed types, such as numbers among strings.
    """
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is "
            "None. Pass one label per image."
        )
    y = column_or_1d(_one_each(y), warn=True)
    if y.dtype.kind in "fO":
        if len(missing := np.flatnonzero(pd.isna(y))):
            raise ValueError(
                f"Input y contains NaN: {len(missing)} of {len(y)} images have no "
                f"label, first at {missing[:5].tolist()}. Drop them: "
                "labelled = pd.notna(np.array(y, object)).ravel(); "
                "X, y = np.asarray(X)[labelled], np.asarray(y)[labelled]."
            )
        assert_all_finite(y, input_name="y")
    if y.dtype.kind == "O":
        y = _of_one_type(y)
    check_classification_targets(y)
    check_consistent_length(images, y)
    return y


def _one_each(y):
    """Return labels, or raise where an image has several.

    A list whose numbers and NaN NumPy would make text becomes an array of objects, in
    which they are seen.
    """
    try:
        array = np.asarray(y)
    except ValueError:  # lists of several lengths
        array = np.empty(len(y), object)
        array[:] = list(y)
    if array.ndim == 0:
        raise ValueError(
            f"y is {shown(y)}; one label per image is wanted, as a list, an array or a "
            "Series."
        )
    is_row = array.ndim == 1 and array.dtype.kind == "O"
    several = next(filter(_are_several, array), None) if is_row else None
    if several is not None or array.shape[1:] not in ((), (1,)):
        raise _error_of_several(array, several)
    is_list = isinstance(y, (list, tuple)) and array.dtype.kind in "US"
    if is_list and not all(isinstance(label, str) for label in y):
        return np.array(y, object)
    return y


def _are_several(label) -> bool:
    return not isinstance(label, (str, bytes)) and np.iterable(label)


def _error_of_several(array: np.ndarray, several) -> ValueError:
    """Return what to say of labels (n, k), or of objects with lists among them."""
    n = len(array)
    came = f"has shape {array.shape}"
    cure = "To keep the first of each, pass np.asarray(y)[:, 0]"
    if several is not None:
        came = f"holds several labels for an image, such as {shown(several)}"
        cure = "To keep the first of each, pass [labels[0] for labels in y]"
    if several is not None and hasattr(several, "dtype"):
        cure = "If these are one-hot rows, pass np.argmax(np.stack(y), axis=1)"
    elif array.dtype.kind in "biuf":
        cure = "If these are one-hot rows, pass np.argmax(y, axis=1)"
    return ValueError(f"y {came}; one label per image is wanted, shape ({n},). {cure}.")


def _of_one_type(y: np.ndarray) -> np.ndarray:
    """Return objects as the numbers that they are; text stays as it is."""
    try:
        some = np.unique(y)[0]  # sorts them
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in y})
        raise TypeError(
            f"y mixes labels of the types {shown(kinds)}; all must be of one type. "
            "Pass all labels as text: np.asarray(y, str)."
        ) from error
    return y if isinstance(some, str) else np.array(y.tolist())


def check_classes(classes: np.ndarray, name: str = "y") -> None:
    """Raise where there are fewer than two classes."""
    if len(classes) < 2:
        only = f"one class ({shown(classes.tolist()[0])})" if len(classes) else "none"
        raise ValueError(
            f"{name} holds {only}, and a classifier needs at least two classes. Look "
            "at how the rows were selected."
        )


def encode(y: np.ndarray, classes: np.ndarray, name: str = "y") -> np.ndarray:
    """Return the position of every label in ``classes`` (sorted), int64 (n,)."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(
            f"{name} holds labels that are not among the classes: "
            f"{shown(unknown[:5].tolist())}; classes are {shown(classes.tolist())}."
        )
    return np.searchsorted(classes, y)


def row_weights(
    sample_weight, class_weight, images, codes: np.ndarray, classes: np.ndarray
) -> np.ndarray | None:
    """Return the product of both weights, float64 (n,), or None where all are one.

    ``sample_weight`` itself is never changed.

    Raises
    ------
    ValueError
        For negative or all-zero weights, another length than the images', or a
        ``class_weight`` that names unknown classes.
    """
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(len(codes))
    if sample_weight is not None:
        rows = images.reshape(len(images), -1)
        weights = _check_sample_weight(
            _numbers(sample_weight), rows, dtype=np.float64, copy=True
        )
        if (weights < 0).any():
            raise ValueError(
                f"sample_weight has {int((weights < 0).sum())} values below zero (the "
                f"smallest is {weights.min()}); weights must be at least zero."
            )
    if class_weight is not None:
        weights = weights * _class_weights(class_weight, codes, classes)[codes]
    if not weights.any():
        raise ValueError(
            "All weights are zero, so there is nothing to train on. Give at least one "
            "row a weight above zero."
        )
    return weights


def _numbers(sample_weight):
    """Return weights as they came, or raise for text and other objects."""
    try:
        np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"sample_weight must hold one number per image ({message(error)})."
        ) from None
    return sample_weight


def rows_with_weight(
    weights: np.ndarray | None, codes: np.ndarray, classes: np.ndarray
) -> slice | np.ndarray:
    """Return the rows that take part, for learners that count rows of weight zero.

    Raises
    ------
    ValueError
        Where a class has no row left.
    """
    if weights is None or weights.all():
        return slice(None)
    rows = np.flatnonzero(weights)
    lost = np.setdiff1d(codes, codes[rows])
    if len(lost):
        raise ValueError(
            f"All rows of class {classes.tolist()[lost[0]]!r} have weight zero, and "
            "rows of every class are needed. Leave the class out of X and y, or give "
            "one of its rows a weight above zero."
        )
    return rows


def _class_weights(class_weight, codes, classes) -> np.ndarray:
    """Return one weight per class; a class without rows gets one."""
    weights = np.ones(len(classes))
    if isinstance(class_weight, dict):
        names = classes.tolist()
        unknown = [name for name in class_weight if name not in set(names)]
        if unknown:
            raise ValueError(
                f"class_weight names {shown(unknown)}, which are not among the classes "
                f"{shown(names)}."
            )
        for name, weight in class_weight.items():
            if not (isinstance(weight, Real) and 0 <= weight < np.inf):
                raise ValueError(
                    f"class_weight gives {shown(name)} the weight {shown(weight)}; a "
                    "number of at least zero is wanted."
                )
            weights[names.index(name)] = weight
        return weights
    present = np.unique(codes)
    weights[present] = compute_class_weight(class_weight, classes=present, y=codes)
    return weights
