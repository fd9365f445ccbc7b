"""Receiver operating characteristic, one curve per class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.metrics import auc, roc_curve
from sklearn.utils.validation import check_array, check_consistent_length

from skcnn.base.words import check_class_names, few
from skcnn.comparison import Predictions
from skcnn.plots._display import PredictionsDisplay
from skcnn.plots._figure import add_legend, line_style, new_axes

# From this area on all curves are in the upper left corner, which is then drawn larger.
_AREA_TO_ZOOM = 0.95

_AVERAGES = {
    "micro average": {"color": "#444444", "linestyle": ":", "linewidth": 2.5},
    "macro average": {"color": "#444444", "linestyle": "--", "linewidth": 2.5},
}


class RocCurve(NamedTuple):
    """One curve: its name, rates of false and true positives, and the area."""

    name: str
    fpr: np.ndarray
    tpr: np.ndarray
    roc_auc: float


class RocDisplay(PredictionsDisplay):
    """Receiver operating characteristic: one curve per class, and their averages.

    Use :meth:`from_estimator`, :meth:`from_predictions` or :meth:`from_comparison`. A
    class's curve is that of the class against all others. Where all curves are in the
    upper left corner, a figure of its own shows it a second time, larger. Two classes
    have one curve, as in scikit-learn's ``RocCurveDisplay``.

    Parameters
    ----------
    curves : list of RocCurve
        (name, fpr, tpr, roc_auc) of each class.
    averages : list of RocCurve
        Micro and macro average; empty for two classes.
    name : str, optional
        Title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.
    lines_ : dict
        Name of the curve -> matplotlib Line2D.
    zoom_ax_ : matplotlib Axes or None
        The larger corner, if there is one.
    legend_ : matplotlib Legend
        Names and areas.

    See Also
    --------
    ConfusionDisplay : Which classes are taken for which.

    Notes
    -----
    The micro average takes every entry of the (n, k) scores as a decision of its own.
    The macro average is the mean of the classes' curves, so its area is the mean of
    their areas: scikit-learn's ``roc_auc_score(..., multi_class="ovr")``. A class
    without rows in ``y_true`` has no curve and takes no part in the macro average.

    Examples
    --------
    >>> from skcnn.plots import RocDisplay
    >>> y_true = ["cat", "cat", "dog", "pig"]
    >>> proba = [[0.8, 0.1, 0.1], [0.3, 0.4, 0.3], [0.2, 0.7, 0.1], [0.1, 0.3, 0.6]]
    >>> display = RocDisplay.from_predictions(y_true, proba)
    >>> [(curve.name, curve.roc_auc) for curve in display.curves]
    [('cat', 1.0), ('dog', 1.0), ('pig', 1.0)]
    """

    _has_proba = True

    def __init__(self, curves, averages=(), *, name=None):
        self.curves = curves
        self.averages = averages
        self.name = name

    def plot(self, *, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        RocDisplay
            Itself.
        """
        self.ax_ = new_axes(ax, "RocDisplay", height=4.5)
        self.figure_ = self.ax_.figure
        self.lines_ = self._draw_lines(self.ax_)
        if not self._is_good():
            # What mere chance would give.
            self.ax_.plot([0, 1], [0, 1], color="#aaaaaa", linewidth=0.8, zorder=1)
        self.ax_.set(
            xlim=(-0.01, 1.01),
            ylim=(-0.01, 1.01),
            aspect="equal",
            xlabel="False positive rate",
            ylabel="True positive rate",
        )
        self.ax_.set_title(f"ROC of {self.name}" if self.name else "ROC", wrap=True)
        # The user's axes have no room for both the legend and a second drawing.
        self.zoom_ax_ = self._zoom() if ax is None and self._is_good() else None
        handles = list(self.lines_.values())
        self.legend_ = add_legend(self.ax_, handles, ax is None)
        return self

    def _draw_lines(self, ax):
        lines = {}
        for i, curve in enumerate([*self.curves, *self.averages]):
            is_class = i < len(self.curves)
            style = line_style(i) if is_class else _AVERAGES[curve.name]
            label = f"{curve.name} (AUC {curve.roc_auc:.3f})"
            (line,) = ax.plot(curve.fpr, curve.tpr, label=label, **style)
            lines[curve.name] = line
        return lines

    def _is_good(self):
        return min(curve.roc_auc for curve in self.curves) >= _AREA_TO_ZOOM

    def _zoom(self):
        zoom = self.ax_.inset_axes([0.4, 0.14, 0.56, 0.56])
        self._draw_lines(zoom)
        zoom.set(xlim=(-0.002, 0.1), ylim=(0.9, 1.002), xticks=[0, 0.05, 0.1])
        zoom.set_yticks([0.9, 0.95, 1])
        zoom.tick_params(labelsize=8)
        zoom.set_title("upper left corner", fontsize=8)
        return zoom

    @classmethod
    def of(cls, predictions, *, class_names=None, ax=None):
        """Draw the curves of what a classifier said.

        Parameters
        ----------
        predictions : Predictions
            With probabilities or decision values.
        class_names : sequence of k names, optional
            In the order of ``predictions.classes``; None: the labels themselves.
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        RocDisplay

        Raises
        ------
        ValueError
            For labels that are not among the classes, another number of columns than
            of classes, or not at least two classes among the labels.
        """
        curves, averages = _roc_curves(predictions, class_names)
        return cls(curves, averages, name=predictions.name).plot(ax=ax)

    @classmethod
    def from_predictions(
        cls, y_true, y_score, *, classes=None, name=None, class_names=None, ax=None
    ):
        """Draw the curves of scores.

        Parameters
        ----------
        y_true : array-like of shape (n,)
            True labels.
        y_score : array-like of shape (n, k), or (n,) for two classes
            Probabilities or decision values; (n,) belongs to the second class.
        classes : array-like of shape (k,), optional
            Labels in the order of the columns; None: those of ``y_true``, sorted.
        name : str, optional
            Title.
        class_names : sequence of k names, optional
            In the order of ``classes``; None: the labels themselves.
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        RocDisplay

        Raises
        ------
        ValueError
            As :meth:`of`.
        """
        said = Predictions(y_true, proba=y_score, classes=classes, name=name)
        return cls.of(said, class_names=class_names, ax=ax)

    @classmethod
    def _ask(cls, estimator, X, y, name):
        said = super()._ask(estimator, X, y, name)
        if said.class_values is None:
            raise TypeError(
                f"{type(estimator).__name__} has neither predict_proba nor a "
                "decision_function with a value for every class, and a ROC needs one "
                "of them. Put it into CalibratedClassifierCV of sklearn.calibration."
            )
        return said

    @classmethod
    def _find(cls, comparison, name):
        said = super()._find(comparison, name)
        if said.class_values is None:
            raise ValueError(
                f"{said.name!r} gave neither probabilities nor a decision value for "
                "every class, and a ROC needs them: compare(..., calibrate=True) gives "
                "it probabilities."
            )
        return said


def _roc_curves(predictions, class_names):
    """Return the curves of the classes, and micro and macro average.

    Each class is against all others, without classes that have no rows. Of two classes
    there is one curve, the second against the first, and there are no averages.
    """
    y_true, classes = predictions.y_true, predictions.classes
    y_score = check_array(predictions.class_values, ensure_2d=False)
    check_consistent_length(y_true, y_score)
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
            f"y_true holds labels that are not among the classes: {few(unknown)}; "
            f"classes: {few(classes.tolist())}."
        )
    if len(present) < 2:
        raise ValueError(
            f"y_true holds one class, {present.tolist()}, and a ROC needs at least two."
        )
    n_columns = 2 if y_score.ndim == 1 else y_score.shape[1]
    if n_columns != len(classes):
        raise ValueError(
            f"y_score of shape {y_score.shape} has scores of {n_columns} classes, but "
            f"there are {len(classes)}: {few(classes.tolist())}. Pass one column "
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
