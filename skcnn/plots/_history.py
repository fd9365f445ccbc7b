"""Loss and accuracy of every epoch."""

from __future__ import annotations

import numpy as np
import pandas as pd

from skcnn.base.palette import COLOURS, GREY
from skcnn.plots._display import find_network
from skcnn.plots._figure import add_legend, legend_lines, line_style, new_grid

# Panels, with the columns of `history_` that they show.
_PANELS = {"Loss": ("loss", "val_loss"), "Accuracy": ("accuracy", "val_accuracy")}
_PARTS = ("training", "validation")

_KEPT = {"color": GREY, "linewidth": 1, "linestyle": ":"}


class HistoryDisplay:
    """Loss and accuracy of every epoch, in training and validation.

    Use :meth:`from_estimator`, :meth:`from_comparison` or :meth:`from_history`. Where
    there are several folds, lines are their mean and bands one standard deviation.

    Parameters
    ----------
    histories : DataFrame
        One row per epoch, with the columns estimator, fold and epoch (from 1), and any
        of loss, val_loss, accuracy, val_accuracy.
    best_epoch : int, optional
        Epoch whose weights were kept, to be marked.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One for the loss, one for the accuracy if there is one.
    figure_ : matplotlib Figure
        The figure.
    lines_ : dict
        (estimator, column) -> matplotlib Line2D.
    bands_ : dict
        (estimator, column) -> the band of one standard deviation over the folds.
    legend_ : matplotlib Legend
        The legend.

    See Also
    --------
    ComparisonDisplay : Scores against time.

    Notes
    -----
    Where early stopping ends the folds at different epochs, mean and standard deviation
    (``ddof=1``) are those of the folds that were trained so long.

    Examples
    --------
    >>> from skcnn import CNNClassifier
    >>> from skcnn.datasets import load_digits
    >>> from skcnn.plots import HistoryDisplay
    >>> X, y = load_digits()
    >>> clf = CNNClassifier(filters=(8, 16), epochs=3, random_state=0)
    >>> clf.fit(X[:500], y[:500], X_val=X[500:600], y_val=y[500:600])
    CNNClassifier(...)
    >>> display = HistoryDisplay.from_estimator(clf)
    >>> [ax.get_ylabel() for ax in display.axes_]
    ['Loss', 'Accuracy']
    """

    def __init__(self, histories, *, best_epoch=None):
        self.histories = histories
        self.best_epoch = best_epoch

    def plot(self, *, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, optional
            One per panel: loss and, if there is one, accuracy. None: a new figure.

        Returns
        -------
        HistoryDisplay
            Itself.
        """
        panels = {
            title: [c for c in columns if _has_values(self.histories, c)]
            for title, columns in _PANELS.items()
            if _has_values(self.histories, columns[0])
        }
        n, height = len(panels), 0.8 + 2.1 * len(panels)
        grid = new_grid(ax, "HistoryDisplay", n, 1, height=height, sharex=True)
        self.axes_ = grid[:, 0]
        self.figure_ = self.axes_[0].figure
        self.lines_, self.bands_ = {}, {}
        for panel, (title, columns) in zip(self.axes_, panels.items(), strict=True):
            for name in self._names:
                for column in columns:
                    self._draw_line(panel, name, column)
            if self.best_epoch is not None:
                panel.axvline(self.best_epoch, **_KEPT)
            _finish(panel, title)
        self.axes_[-1].set_xlabel("Epoch")
        self.axes_[0].set_title(self._title())
        self.figure_.align_ylabels(self.axes_)
        self.legend_ = add_legend(self.axes_[-1], self._handles(), ax is None)
        return self

    @property
    def _names(self):
        return self.histories["estimator"].unique().tolist()

    def _draw_line(self, ax, name, column):
        rows = self.histories[self.histories["estimator"] == name]
        folds = rows.dropna(subset=column).groupby("epoch")[column]
        mean, sd = folds.mean(), folds.std(ddof=1)
        if mean.empty:
            return
        style = self._style(name, column.startswith("val_"))
        marker = "o" if len(mean) == 1 else None
        (line,) = ax.plot(mean.index, mean, marker=marker, markersize=4, **style)
        self.lines_[name, column] = line
        if sd.notna().any():
            self.bands_[name, column] = ax.fill_between(
                mean.index,
                mean - sd,
                mean + sd,
                color=style["color"],
                alpha=0.18,
                linewidth=0,
            )

    def _style(self, name, is_validation):
        """Return colour and dashes; a network alone has a colour for each part."""
        if len(self._names) == 1:
            dashes = "--" if is_validation else "-"
            return {"color": COLOURS[int(is_validation)], "linestyle": dashes}
        style = line_style(self._names.index(name))
        return {**style, "linestyle": "--"} if is_validation else style

    def _title(self):
        names, n_folds = self._names, self.histories["fold"].nunique()
        folds = f"mean and sd over {n_folds} folds" if n_folds > 1 else ""
        if len(names) > 1:
            return folds.capitalize() or "Training of each network"
        return f"{names[0]}: {folds}" if folds else str(names[0])

    def _handles(self):
        names = self._names
        has_validation = any(column.startswith("val_") for _, column in self.lines_)
        parts = _PARTS if has_validation else _PARTS[:1]
        if len(names) == 1:
            styles = [self._style(names[0], part == "validation") for part in parts]
            handles = legend_lines(parts, styles)
        else:
            handles = legend_lines(names, [self._style(n, False) for n in names])
            dashes = [{"color": GREY, "linestyle": d} for d in ("-", "--")]
            handles += legend_lines(parts, dashes[: len(parts)])
        if self.best_epoch is not None:
            label = f"epoch {self.best_epoch}, kept"
            handles += legend_lines([label], [_KEPT])
        return handles

    @classmethod
    def from_estimator(cls, estimator, *, name=None, ax=None):
        """Draw the training of one fitted network.

        Parameters
        ----------
        estimator : estimator with ``history_``
            A network classifier or autoencoder of ours, fitted; also inside a pipeline
            or a search.
        name : str, optional
            Title; None: the name of the class.
        ax : sequence of matplotlib Axes, optional
            One per panel. None: a new figure.

        Returns
        -------
        HistoryDisplay

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        TypeError
            For an estimator that has no epochs.
        """
        has_history = hasattr(estimator, "history_")
        network = estimator if has_history else find_network(estimator, cls.__name__)
        histories = _tidy(network.history_, name or type(network).__name__)
        best_epoch = getattr(network, "best_iter_", None)
        if best_epoch == histories["epoch"].max():
            best_epoch = None  # nothing was taken back
        return cls(histories, best_epoch=best_epoch).plot(ax=ax)

    @classmethod
    def from_history(cls, history, *, name="Training", ax=None):
        """Draw one history.

        Parameters
        ----------
        history : DataFrame or dict
            A ``history_`` of ours, or Keras' ``History.history``: one row per epoch,
            with the column loss and any of val_loss, accuracy and val_accuracy. Epochs
            are the index if it is called so, else they are counted from 1.
        name : str, default="Training"
            Title.
        ax : sequence of matplotlib Axes, optional
            One per panel. None: a new figure.

        Returns
        -------
        HistoryDisplay

        Raises
        ------
        ValueError
            Without a loss.
        """
        return cls(_tidy(history, name)).plot(ax=ax)

    @classmethod
    def from_comparison(cls, comparison, *, name=None, ax=None):
        """Draw the trainings of a comparison, with bands over the folds.

        Parameters
        ----------
        comparison : Comparison
            What :func:`skcnn.compare` returns.
        name : str or list of str, optional
            Names of networks; None: all that have epochs.
        ax : sequence of matplotlib Axes, optional
            One per panel. None: a new figure.

        Returns
        -------
        HistoryDisplay

        Raises
        ------
        ValueError
            For a name that is unknown or has no epochs.
        """
        histories = comparison.histories_
        able = histories["estimator"].unique().tolist() if len(histories) else []
        names = comparison.check_names(name)
        if name is None:
            names = [n for n in names if n in able]
        lacking = [n for n in names if n not in able]
        if lacking or not names:
            who = f"{lacking[0]!r} has" if lacking else "These estimators have"
            raise ValueError(
                f"{who} no epochs to draw. Networks of this comparison: {able}."
            )
        rows = histories[histories["estimator"].isin(names)]
        order = rows["estimator"].map(names.index)
        return cls(rows.iloc[np.argsort(order, kind="stable")]).plot(ax=ax)


def _has_values(histories, column):
    return column in histories and histories[column].notna().any()


def _tidy(history, name):
    """Return a history as rows of one estimator and one fold."""
    history = pd.DataFrame(history)
    if "loss" not in history or history.empty:
        raise ValueError(
            f"A history needs the column 'loss' and a row per epoch; got the columns "
            f"{list(history.columns)} and {len(history)} rows. Pass clf.history_."
        )
    if "epoch" not in history:
        is_counted = history.index.name == "epoch"
        epochs = history.index if is_counted else range(1, len(history) + 1)
        history = history.assign(epoch=epochs)
    return history.reset_index(drop=True).assign(estimator=name, fold=0)


def _finish(ax, title):
    from matplotlib.ticker import MaxNLocator

    ax.set_ylabel(title)
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
