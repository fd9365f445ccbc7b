"""Receiver operating characteristic of each class, and the averages."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import auc, roc_curve
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d

from skcnn.plots._figure import check_class_names, shorten


class RocCurve(NamedTuple):
    """One curve: its name, rates of false and true positives, and the area."""

    name: str
    fpr: np.ndarray
    tpr: np.ndarray
    roc_auc: float


def roc_curves(
    y_true: Any, y_score: Any, classes: Any, class_names: Any
) -> tuple[list[RocCurve], list[RocCurve]]:
    """Return the curves of the classes, and micro and macro average.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    y_score : array-like of shape (n, k), or (n,) for two classes
        Probabilities or decision values; (n,) belongs to the second class.
    classes : array-like of shape (k,) or None
        Labels in the order of the columns; None: those of ``y_true``, sorted.
    class_names : sequence of k names or None
        None: the labels themselves.

    Returns
    -------
    curves : list of RocCurve
        Each class against all others, without classes that have no rows; of two
        classes one, the second against the first.
    averages : list of RocCurve
        Micro and macro average; none for two classes.

    Raises
    ------
    ValueError
        For labels that are not among the classes, another number of columns than of
        classes, and less than two classes among the labels.
    """
    y_true = column_or_1d(y_true)
    y_score = check_array(y_score, ensure_2d=False)
    check_consistent_length(y_true, y_score)
    classes = np.unique(y_true) if classes is None else np.asarray(classes)
    _check_scores(y_true, y_score, classes)
    names = check_class_names(class_names, classes)
    is_class = y_true[:, None] == classes  # (n, k)
    if len(classes) == 2:
        score = y_score if y_score.ndim == 1 else y_score[:, 1]
        return [_curve(f"{names[1]} against {names[0]}", is_class[:, 1], score)], []
    curves = [
        _curve(name, is_class[:, i], y_score[:, i])
        for i, name in enumerate(names)
        if is_class[:, i].any()
    ]
    micro = _curve("micro average", is_class.ravel(), y_score.ravel())
    return curves, [micro, _mean_curve(curves)]


def _check_scores(y_true, y_score, classes):
    present = np.unique(y_true)
    unknown = present[~np.isin(present, classes)].tolist()
    if unknown:
        raise ValueError(
            f"y_true holds labels that are not among the classes: {shorten(unknown)}; "
            f"classes: {shorten(classes.tolist())}."
        )
    if len(present) < 2:
        raise ValueError(
            f"y_true holds one class, {present.tolist()}, and a ROC needs at least two."
        )
    n_columns = 2 if y_score.ndim == 1 else y_score.shape[1]
    if n_columns != len(classes):
        raise ValueError(
            f"y_score of shape {y_score.shape} has scores of {n_columns} classes, but "
            f"there are {len(classes)}: {shorten(classes.tolist())}. Pass one column "
            "per class, as predict_proba gives them, and classes=clf.classes_ where "
            "y_true lacks some."
        )


def _curve(name, is_positive, score):
    fpr, tpr, _ = roc_curve(is_positive, score)
    return RocCurve(name, fpr, tpr, auc(fpr, tpr))


def _mean_curve(curves):
    """Return the mean of curves, steps included, so that its area is their mean."""
    grid = np.unique(np.concatenate([curve.fpr for curve in curves]))
    before = np.mean([_heights(curve, grid, "left") for curve in curves], axis=0)
    after = np.mean([_heights(curve, grid, "right") for curve in curves], axis=0)
    fpr, tpr = np.repeat(grid, 2), np.column_stack([before, after]).ravel()
    return RocCurve("macro average", fpr, tpr, auc(fpr, tpr))


def _heights(curve, grid, side):
    """Return where a curve is before ("left") or after its step at each fpr."""
    heights = np.interp(grid, curve.fpr, curve.tpr)
    places = np.searchsorted(curve.fpr, grid, side) - (side == "right")
    places = places.clip(0, len(curve.fpr) - 1)
    is_point = curve.fpr[places] == grid
    heights[is_point] = curve.tpr[places[is_point]]
    return heights
