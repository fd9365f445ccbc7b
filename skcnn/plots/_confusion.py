"""Confusion matrix with class names."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

from skcnn.base.words import check_class_names
from skcnn.comparison import Predictions
from skcnn.plots._display import PredictionsDisplay
from skcnn.plots._figure import (
    keep_in_figure,
    new_axes,
    shorten_names,
    slant_long_names,
)

# More classes than these leave no room for numbers; colours and a scale say it then.
_MOST_WITH_NUMBERS = 20

# What a cell is a share of, and the axis along which the cells add up to one.
_SHARES = {
    "true": ("each true class", 1),
    "pred": ("each predicted class", 0),
    "all": ("all", None),
}


class ConfusionDisplay(PredictionsDisplay):
    """Confusion matrix, with class names.

    Use :meth:`from_estimator`, :meth:`from_predictions` or :meth:`from_comparison`. The
    drawing is scikit-learn's ``ConfusionMatrixDisplay``, made readable for ten classes
    with long names: names are slanted, empty cells are pale, and beyond 20 classes
    colours stand alone.

    Parameters
    ----------
    confusion_matrix : ndarray of shape (k, k)
        Counts; rows are true classes, columns predictions.
    class_names : sequence of k names, optional
        None: 0 to k - 1.
    name : str, optional
        Title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.
    im_ : matplotlib AxesImage
        The coloured cells.
    text_ : ndarray of shape (k, k) of matplotlib Text, or None
        Numbers in the cells; None beyond 20 classes.

    See Also
    --------
    ErrorGalleryDisplay : The images behind a cell.
    sklearn.metrics.ConfusionMatrixDisplay : What draws it.

    Examples
    --------
    >>> from skcnn.plots import ConfusionDisplay
    >>> display = ConfusionDisplay.from_predictions([3, 3, 8], [3, 8, 8])
    >>> display.confusion_matrix
    array([[1, 1],
           [0, 1]])
    >>> display.plot(normalize="true").text_[0, 1].get_text()
    '0.50'
    """

    def __init__(self, confusion_matrix, *, class_names=None, name=None):
        self.confusion_matrix = confusion_matrix
        self.class_names = class_names
        self.name = name

    def plot(self, *, normalize=None, ax=None):
        """Draw the matrix.

        Parameters
        ----------
        normalize : {"true", "pred", "all"}, optional
            Shares of the rows, of the columns or of all; None: counts.
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        ConfusionDisplay
            Itself.

        Raises
        ------
        ValueError
            For another ``normalize``, or another number of names than classes.
        """
        values = _normalized(np.asarray(self.confusion_matrix), normalize)
        n_classes = len(values)
        names = check_class_names(self.class_names, np.arange(n_classes))
        side = min(max(4.2, 1.5 + 0.36 * n_classes), 9)
        has_numbers = n_classes <= _MOST_WITH_NUMBERS
        self.ax_ = new_axes(ax, "ConfusionDisplay", height=side, width=side + 0.3)
        self.figure_ = self.ax_.figure
        inner = ConfusionMatrixDisplay(values, display_labels=names).plot(
            include_values=has_numbers,
            cmap="Blues",
            values_format="d" if values.dtype.kind in "iu" else ".2f",
            colorbar=not has_numbers,
            ax=self.ax_,
        )
        self.im_, self.text_ = inner.im_, inner.text_
        self.ax_.spines[:].set_visible(True)
        slant_long_names(self.ax_, names, ax is None)
        self.ax_.set_title(self._title(normalize), wrap=True)
        if ax is not None:
            self.ax_.set_yticks(range(n_classes), shorten_names(names))
            keep_in_figure(self.ax_)
        _set_numbers(self.text_, values)
        return self

    def _title(self, normalize):
        what = "counts" if normalize is None else f"shares of {_SHARES[normalize][0]}"
        return f"{self.name}: {what}" if self.name else what.capitalize()

    @classmethod
    def of(cls, predictions, *, class_names=None, normalize=None, ax=None):
        """Draw the matrix of what a classifier said.

        Parameters
        ----------
        predictions : Predictions
        class_names : sequence of k names, optional
            In the order of ``predictions.classes``; None: the labels themselves.
        normalize : {"true", "pred", "all"}, optional
            Shares of the rows, of the columns or of all; None: counts.
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        ConfusionDisplay
        """
        names = check_class_names(class_names, predictions.classes)
        counts = confusion_matrix(
            predictions.y_true, predictions.y_pred, labels=predictions.classes
        )
        display = cls(counts, class_names=names, name=predictions.name)
        return display.plot(normalize=normalize, ax=ax)

    @classmethod
    def from_predictions(
        cls, y_true, y_pred, *, name=None, class_names=None, normalize=None, ax=None
    ):
        """Draw the matrix of predicted labels.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n,)
            True and predicted labels.
        name : str, optional
            Title.
        class_names : sequence of k names, optional
            In the order of all labels, sorted; None: the labels themselves.
        normalize : {"true", "pred", "all"}, optional
            Shares of the rows, of the columns or of all; None: counts.
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        ConfusionDisplay
        """
        said = Predictions(y_true, y_pred, name=name)
        return cls.of(said, class_names=class_names, normalize=normalize, ax=ax)


def _normalized(counts, normalize):
    """Return counts, or shares; what has no rows has shares of 0."""
    if normalize is None:
        return counts
    if normalize not in _SHARES:
        raise ValueError(
            f"normalize={normalize!r}: None, {', '.join(map(repr, _SHARES))} are known."
        )
    totals = counts.sum(axis=_SHARES[normalize][1], keepdims=True)
    return counts / np.maximum(totals, 1)


def _set_numbers(text, values):
    """Make empty cells pale and all numbers small enough for their cells."""
    if text is None:
        return
    for label, value in zip(text.ravel(), values.ravel(), strict=True):
        label.set_fontsize(9 if len(values) <= 12 else 7)
        if value == 0:
            label.set(text="0", color="#aaaaaa")
