"""Loss and accuracy of every epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skcnn import AutoencoderClassifier
from skcnn.base.nested import find_inside
from skcnn.base.palette import COLOURS, GREY
from skcnn.base.words import capital
from skcnn.contract.estimator import BaseNetwork
from skcnn.contract.transformer import BaseAutoencoder
from skcnn.plots._display import find_network
from skcnn.plots._figure import add_legend, legend_lines, line_style, new_grid

# Columns of `history_` that a panel shows.
_LOSS, _ACCURACY = ("loss", "val_loss"), ("accuracy", "val_accuracy")
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
    places : dict of str to int, optional
        Place of each estimator in its comparison, from 0, which gives its colour. None:
        in the order of the rows.
    losses : dict of str to str, optional
        What the loss of an estimator is, if no cross-entropy: it is drawn in a panel of
        that name.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One for each kind of loss, one for the accuracy if there is one.
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

    def __init__(self, histories, *, best_epoch=None, places=None, losses=None):
        self.histories = histories
        self.best_epoch = best_epoch
        self.places = places
        self.losses = losses

    def plot(self, *, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, optional
            One per panel: losses and, if there is one, accuracy. None: a new figure.

        Returns
        -------
        HistoryDisplay
            Itself.
        """
        panels = self._panels()
        n, height = len(panels), 0.8 + 2.1 * len(panels)
        grid = new_grid(ax, "HistoryDisplay", n, 1, height=height, sharex=True)
        self.axes_ = grid[:, 0]
        self.figure_ = self.axes_[0].figure
        self.lines_, self.bands_ = {}, {}
        for panel, (title, keys) in zip(self.axes_, panels.items(), strict=True):
            for name, column in keys:
                self._draw_line(panel, name, column)
            if self.best_epoch is not None:
                panel.axvline(self.best_epoch, **_KEPT)
            _finish(panel, title)
        self.axes_[-1].set_xlabel("Epoch")
        self.axes_[0].set_title(self._title(), wrap=True)
        self.figure_.align_ylabels(self.axes_)
        self.legend_ = add_legend(self.axes_[-1], self._handles(), ax is None)
        return self

    @property
    def _names(self):
        return self.histories["estimator"].unique().tolist()

    def _panels(self):
        """Return the (estimator, column) of every line, panel by panel."""
        panels = {}
        for name in self._names:
            title = (self.losses or {}).get(name, "Loss")
            panels.setdefault(title, []).extend((name, column) for column in _LOSS)
        # The usual loss comes first.
        panels = dict(sorted(panels.items(), key=lambda panel: panel[0] != "Loss"))
        panels["Accuracy"] = [(n, column) for n in self._names for column in _ACCURACY]
        drawn = {
            title: [key for key in keys if self._has_values(*key)]
            for title, keys in panels.items()
        }
        return {title: keys for title, keys in drawn.items() if keys}

    def _has_values(self, name, column):
        if column not in self.histories:
            return False
        own = self.histories["estimator"] == name
        return self.histories.loc[own, column].notna().any()

    def _draw_line(self, ax, name, column):
        rows = self.histories[self.histories["estimator"] == name]
        folds = rows.dropna(subset=column).groupby("epoch")[column]
        mean, sd = folds.mean(), folds.std(ddof=1)
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
        """Return colour and dashes; alone, a network has a colour for each part."""
        if len(self._names) == 1 and self.places is None:
            dashes = "--" if is_validation else "-"
            return {"color": COLOURS[int(is_validation)], "linestyle": dashes}
        places = self.places or {n: i for i, n in enumerate(self._names)}
        style = line_style(places[name])
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
        name = name or type(network).__name__
        histories = _tidy(network.history_, name)
        best_epoch = getattr(network, "best_iter_", None)
        if best_epoch == histories["epoch"].max():
            best_epoch = None  # nothing was taken back
        losses = _own_losses({name: network})
        return cls(histories, best_epoch=best_epoch, losses=losses).plot(ax=ax)

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

        An estimator has the colour of its place in ``comparison.table_``, whoever else
        is drawn. Losses that are no cross-entropy, such as an autoencoder's squared
        error, have panels of their own.

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
        return cls(
            rows.iloc[np.argsort(order, kind="stable")],
            places=comparison.places_of(names),
            losses=_own_losses({n: comparison.estimators_[n] for n in names}),
        ).plot(ax=ax)


def _own_losses(estimators: dict) -> dict[str, str]:
    """Return what networks are trained by, of those that have no cross-entropy."""
    named = {name: _loss_of(estimator) for name, estimator in estimators.items()}
    return {
        name: capital(loss.replace("_", " "))
        for name, loss in named.items()
        if "crossentropy" not in loss.lower().replace("_", "") or "focal" in loss
    }


def _loss_of(estimator: Any) -> str:
    """Return the name of the loss of the first network in an estimator."""
    network = find_inside(estimator, (BaseNetwork, AutoencoderClassifier))
    if isinstance(network, BaseAutoencoder | AutoencoderClassifier):
        return "squared error"
    loss = getattr(network, "loss", None) or "crossentropy"
    name = loss if isinstance(loss, str) else getattr(loss, "name", None)
    return str(name or getattr(loss, "__name__", type(loss).__name__))


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
