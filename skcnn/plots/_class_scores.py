"""Precision, recall and F1 of every class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import unique_labels

from skcnn.base.palette import COLOURS
from skcnn.base.words import check_class_names, few
from skcnn.comparison import Predictions
from skcnn.plots._display import PredictionsDisplay
from skcnn.plots._figure import (
    WIDTH,
    add_legend,
    keep_in_figure,
    new_grid,
    slant_long_names,
)

# Columns of `scores`, and their names in the picture.
_TITLES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}

# Where the axis may begin, and the least share of it that every bar takes.
_STARTS = (0.99, 0.98, 0.95, 0.9, 0.8)
_LEAST_BAR = 0.1

# Shades of its model's colour that the scores of one model have.
_SHADES = (0.4, 0.7, 1.0)


class ClassScoresDisplay(PredictionsDisplay):
    """Precision, recall and F1 of every class, of one model or several side by side.

    Use :meth:`from_estimator`, :meth:`from_predictions` or :meth:`from_comparison`. One
    model is one panel with a bar for each score; several models are one panel for each
    score with a bar for each model. The legend has the means over the classes.

    Parameters
    ----------
    scores : DataFrame
        One row per model and class, with the columns estimator, class (its name),
        precision, recall, f1 and support (rows of that class).
    places : dict of str to int, optional
        Place of each model in its comparison, from 0, which gives its colour. None:
        in the order of the rows.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One panel, or one for each score.
    figure_ : matplotlib Figure
        The figure.
    bars_ : dict
        (estimator, score) -> matplotlib BarContainer, with the bars in the order of the
        classes.
    legend_ : matplotlib Legend
        The legend.

    See Also
    --------
    ConfusionDisplay : Which classes are taken for which.

    Notes
    -----
    Where all scores are above 0.8, the axis does not begin at 0, and its label says so.

    The scores are scikit-learn's. The precision of a class that was never predicted,
    and the recall of a class that has no rows, are 0.

    Examples
    --------
    >>> from skcnn.plots import ClassScoresDisplay
    >>> y_true = ["cat", "cat", "dog", "dog"]
    >>> display = ClassScoresDisplay.from_predictions(
    ...     y_true, {"svm": ["cat", "dog", "dog", "dog"], "cnn": y_true}
    ... )
    >>> [float(bar.get_height()) for bar in display.bars_["svm", "recall"]]
    [0.5, 1.0]
    """

    def __init__(self, scores, *, places=None):
        self.scores = scores
        self.places = places

    def plot(self, *, metrics=("precision", "recall", "f1"), ax=None):
        """Draw the bars.

        Parameters
        ----------
        metrics : str or sequence of {"precision", "recall", "f1"}
            What is drawn, in this order.
        ax : matplotlib Axes or sequence of them, optional
            One for one model, else one per score. None: a new figure.

        Returns
        -------
        ClassScoresDisplay
            Itself.

        Raises
        ------
        ValueError
            For an unknown score.
        """
        metrics = _check_metrics(metrics)
        names = self.scores["class"].drop_duplicates().tolist()
        panels = self._panels(metrics)
        n_panels, n_bars = len(panels), len(panels[0])
        # A bar is at least 7 points wide.
        width = max(WIDTH, 0.7 + 0.1 * len(names) * (n_bars + 1))
        height = 3.0 if n_panels == 1 else 0.9 + 1.5 * n_panels
        size = {"height": height, "width": width}
        self.axes_ = new_grid(
            ax, "ClassScoresDisplay", n_panels, 1, sharex=True, **size
        )[:, 0]
        self.figure_ = self.axes_[0].figure
        self.bars_ = {}
        start = _start_of_axis(self.scores[metrics].to_numpy().min())
        for panel, keys in zip(self.axes_, panels, strict=True):
            self._draw_panel(panel, keys, start)
        slant_long_names(self.axes_[-1], names, ax is None)
        self.axes_[-1].set_xlabel("Class")
        title = f"{self._models[0]}: scores" if len(self._models) == 1 else "Scores"
        self.axes_[0].set_title(f"{title} of every class", wrap=True)
        if ax is not None:
            keep_in_figure(self.axes_[-1])
        handles = [self.bars_[key] for key in panels[0]]
        self.legend_ = add_legend(self.axes_[0], handles, ax is None, is_full=True)
        return self

    @property
    def _models(self):
        return self.scores["estimator"].unique().tolist()

    def _panels(self, metrics):
        """Return the (estimator, score) of every bar, panel by panel."""
        if len(self._models) == 1:
            return [[(self._models[0], metric) for metric in metrics]]
        return [[(model, metric) for model in self._models] for metric in metrics]

    def _draw_panel(self, ax, keys, start):
        is_one = len(self._models) == 1
        width = 0.8 / len(keys)
        for i, (model, metric) in enumerate(keys):
            rows = self.scores[self.scores["estimator"] == model]
            name = _TITLES[metric] if is_one else str(model)
            self.bars_[model, metric] = ax.bar(
                np.arange(len(rows)) + (i - (len(keys) - 1) / 2) * width,
                rows[metric],
                width * 0.92,
                **self._style(i, model, len(keys)),
                edgecolor="white",  # of the hatching
                linewidth=0,
                label=f"{name} (mean {rows[metric].mean():.3f})" if is_one else name,
            )
        title = "Score" if is_one else _TITLES[keys[0][1]]
        ax.set(ylim=(start, 1), ylabel=f"{title}, from {start}" if start else title)
        ax.grid(axis="y", color="#dddddd", linewidth=0.6)
        ax.set_axisbelow(True)

    def _style(self, i, model, n_bars):
        """Return colour, shade and hatching of the i-th bar of a class."""
        if self.places is None:
            place, shade = i, None
        else:
            place = self.places[model]
            shade = _SHADES[-n_bars:][i] if len(self._models) == 1 else None
        return {
            "color": COLOURS[place % len(COLOURS)],
            "alpha": shade,
            "hatch": "////" if place >= len(COLOURS) else None,  # no colour is left
        }

    @classmethod
    def of(
        cls,
        predictions,
        *,
        class_names=None,
        metrics=("precision", "recall", "f1"),
        ax=None,
    ):
        """Draw the scores of what one model or several said.

        Parameters
        ----------
        predictions : Predictions or list of Predictions
            Of models with different names, about the same classes.
        class_names : sequence of k names, optional
            In the order of ``predictions.classes``; None: the labels themselves.
        metrics : str or sequence of {"precision", "recall", "f1"}
            What is drawn, in this order.
        ax : matplotlib Axes or sequence of them, optional
            One for one model, else one per score. None: a new figure.

        Returns
        -------
        ClassScoresDisplay

        Raises
        ------
        ValueError
            For another number of names than of classes, and an unknown score.
        """
        all_said = (
            [predictions] if isinstance(predictions, Predictions) else predictions
        )
        names = check_class_names(class_names, all_said[0].classes)
        scores = [
            said.class_scores().assign(estimator=said.name, **{"class": names})
            for said in all_said
        ]
        places = {said.name: said.place for said in all_said}
        return cls(
            pd.concat(scores, ignore_index=True),
            places=None if None in places.values() else places,
        ).plot(metrics=metrics, ax=ax)

    @classmethod
    def from_predictions(
        cls, y_true, y_pred, *, name="Classifier", class_names=None, ax=None, **options
    ):
        """Draw the scores of predicted labels.

        Parameters
        ----------
        y_true : array-like of shape (n,)
            True labels.
        y_pred : array-like of shape (n,), or dict of names and such
            Predicted labels, of one model or of several.
        name : str, default="Classifier"
            Title, where there is one model.
        class_names : sequence of k names, optional
            In the order of all labels, sorted; None: the labels themselves.
        ax : matplotlib Axes or sequence of them, optional
            One for one model, else one per score. None: a new figure.
        **options
            What else :meth:`of` takes.

        Returns
        -------
        ClassScoresDisplay

        Raises
        ------
        ValueError
            For labels of different lengths, and another number of names than classes.
        """
        models = y_pred if isinstance(y_pred, Mapping) else {name: y_pred}
        said = [Predictions(y_true, labels, name=n) for n, labels in models.items()]
        classes = unique_labels(*(one.classes for one in said))
        said = [replace(one, classes=classes) for one in said]
        return cls.of(said, class_names=class_names, ax=ax, **options)

    @classmethod
    def _find(cls, comparison, name):
        return [comparison.predictions_of(one) for one in comparison.check_names(name)]


def _start_of_axis(least):
    """Return where an axis up to 1 begins, so that differences are seen."""
    if least == 1:
        return 0
    fitting = (s for s in _STARTS if least >= s + _LEAST_BAR * (1 - s))
    return next(fitting, 0)


def _check_metrics(metrics):
    metrics = [metrics] if isinstance(metrics, str) else list(metrics)
    unknown = [metric for metric in metrics if metric not in _TITLES]
    if unknown or not metrics:
        raise ValueError(f"metrics must be of {few(list(_TITLES))}; got {metrics}.")
    return metrics
