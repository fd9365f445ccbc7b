"""Receiver operating characteristic, one curve per class."""

from __future__ import annotations

from sklearn.utils.validation import check_is_fitted

from skcnn.plots._figure import line_style, new_axes
from skcnn.plots._labels import add_legend
from skcnn.plots._roc_curves import roc_curves
from skcnn.plots._selection import check_estimator, check_name, predictions_of

# From this area on all curves are in the upper left corner, which is then drawn larger.
_AREA_TO_ZOOM = 0.95

_AVERAGES = {
    "micro average": {"color": "#444444", "linestyle": ":", "linewidth": 2.5},
    "macro average": {"color": "#444444", "linestyle": "--", "linewidth": 2.5},
}


class RocDisplay:
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
            title=f"ROC of {self.name}" if self.name else "ROC",
        )
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
    def from_estimator(cls, estimator, X, y, *, name=None, class_names=None, ax=None):
        """Draw the curves of one fitted classifier on given images.

        Parameters
        ----------
        estimator : classifier with ``predict_proba``
            Fitted.
        X : array-like
            Images, in any layout that the estimator takes.
        y : array-like of shape (n,)
            Their labels.
        name : str, optional
            Title; None: the name of the class.
        class_names : sequence of k names, optional
            In the order of ``estimator.classes_``; None: the labels themselves.
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        RocDisplay

        Raises
        ------
        TypeError
            Without probabilities.
        """
        check_estimator(estimator)
        check_is_fitted(estimator)
        kind = type(estimator).__name__
        if not hasattr(estimator, "predict_proba"):
            raise TypeError(
                f"{kind} has no predict_proba, and a ROC needs a score for every class."
                " An SVMClassifier has it with probability=True. Or pass other scores: "
                "RocDisplay.from_predictions(y, estimator.decision_function(X))."
            )
        return cls.from_predictions(
            y,
            estimator.predict_proba(X),
            classes=estimator.classes_,
            name=name or kind,
            class_names=class_names,
            ax=ax,
        )

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
            For labels that are not among the classes, another number of columns than
            of classes, or not at least two classes among the labels.
        """
        curves, averages = roc_curves(y_true, y_score, classes, class_names)
        return cls(curves, averages, name=name).plot(ax=ax)

    @classmethod
    def from_comparison(cls, comparison, *, name=None, class_names=None, ax=None):
        """Draw the curves of one estimator of a comparison, out of fold.

        Parameters
        ----------
        comparison : Comparison
            What :func:`skcnn.compare` returns.
        name : str, optional
            Name of the estimator; None: the best.
        class_names : sequence of k names, optional
            In the order of ``comparison.classes_``; None: the labels themselves.
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        RocDisplay

        Raises
        ------
        ValueError
            For an unknown name, or an estimator without probabilities.
        """
        name = check_name(comparison, name)
        if name not in comparison.probabilities_:
            raise ValueError(
                f"{name!r} gave no probabilities (it has no predict_proba), and a ROC "
                "needs them. An SVMClassifier has it with probability=True. Those of "
                f"this comparison that have them: {list(comparison.probabilities_)}."
            )
        return cls.from_predictions(
            predictions_of(comparison, name)["y_true"],
            comparison.probabilities_[name],
            classes=comparison.classes_,
            name=name,
            class_names=class_names,
            ax=ax,
        )
