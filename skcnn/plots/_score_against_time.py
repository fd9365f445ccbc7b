"""Scores of a comparison against the time to fit."""

from __future__ import annotations

from skcnn.base.palette import COLOURS
from skcnn.base.words import few
from skcnn.plots._figure import add_legend, legend_lines, new_axes

# Ends of each interval among the columns of `points`, and what the axis says of it.
_INTERVALS = {
    "sd": ("sd_low", "sd_high", "mean and sd"),
    "ci": ("ci_low", "ci_high", "mean and 95% interval"),
}


# Where a number may stand, in points from its own: to the right or left, further and
# further away, and a little above or below.
_PLACES = [
    (side * far, up)
    for far in (10, 18, 28, 40)
    for up in (7, -7, 0, 16, -16)
    for side in (1, -1)
]


class ComparisonDisplay:
    """Scores with intervals against the time to fit, one point per estimator.

    Use :meth:`from_comparison`. What is better is higher, what is faster is further to
    the left, on a logarithmic axis.

    Parameters
    ----------
    points : DataFrame
        One row per estimator (the index), with the columns score (mean over the
        folds), sd_low and sd_high (a standard deviation below and above), ci_low and
        ci_high (95% confidence interval of the mean) and fit_seconds.
    score : str
        Name of the score.
    n_folds : int
        Number of folds.
    places : dict of str to int, optional
        Place of each estimator in its comparison, from 0, which gives its number and
        colour. None: in the order of the rows.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.
    points_ : dict
        Name of the estimator -> matplotlib ErrorbarContainer.
    labels_ : dict
        Name of the estimator -> matplotlib Annotation: its number in the legend.
    legend_ : matplotlib Legend
        Numbers and names.

    See Also
    --------
    skcnn.compare : What is drawn.

    Notes
    -----
    The interval is that of Nadeau and Bengio (2003), as in ``comparison.pairwise_``:
    folds share training images, and the usual interval would be too narrow. Intervals
    that overlap do not say that two estimators are equal, for both have met the same
    folds; ``pairwise_`` compares them fold by fold.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcnn.plots import ComparisonDisplay
    >>> points = pd.DataFrame(
    ...     {"score": [0.97, 0.99], "sd_low": [0.96, 0.98], "sd_high": [0.98, 1.0],
    ...      "fit_seconds": [0.1, 20.0]}, index=["svm", "cnn"])
    >>> display = ComparisonDisplay(points, score="accuracy", n_folds=5).plot()
    >>> display.ax_.get_ylabel()
    'accuracy, mean and sd'
    """

    def __init__(self, points, *, score, n_folds, places=None):
        self.points = points
        self.score = score
        self.n_folds = n_folds
        self.places = places

    def plot(self, *, interval="sd", ax=None):
        """Draw the points.

        Parameters
        ----------
        interval : {"sd", "ci"}, default="sd"
            Bars of one standard deviation over the folds, or 95% confidence intervals.
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        ComparisonDisplay
            Itself.

        Raises
        ------
        ValueError
            For another interval.
        """
        if interval not in _INTERVALS:
            raise ValueError(f"interval={interval!r}: 'sd' and 'ci' are known.")
        low, high, said = _INTERVALS[interval]
        self.ax_ = new_axes(ax, "ComparisonDisplay", height=4.2)
        self.figure_ = self.ax_.figure
        self._draw_points(low, high)
        self.ax_.set(
            xlabel="Seconds to fit (mean over the folds)",
            ylabel=f"{self.score}, {said}",
            title=f"Score against time to fit, {self.n_folds} folds",
        )
        self._set_time_axis()
        self.ax_.margins(0.15)
        self.ax_.grid(color="#e4e4e4", linewidth=0.6)
        places = [self._place(name) for name in self.points.index]
        labels = [
            f"{place + 1}  {name}"
            for place, name in zip(places, self.points.index, strict=True)
        ]
        styles = [
            {"color": _colour(place), "marker": "o", "linestyle": ""}
            for place in places
        ]
        self.legend_ = add_legend(self.ax_, legend_lines(labels, styles), ax is None)
        self._place_labels()
        return self

    def _place(self, name):
        return self.points.index.get_loc(name) if not self.places else self.places[name]

    def _draw_points(self, low, high):
        """Draw points with intervals, and beside each its number in the legend."""
        # One fold has no interval.
        ends = self.points[[low, high]].apply(lambda end: end.fillna(self.points.score))
        where = zip(self.points["fit_seconds"], self.points["score"], strict=True)
        self.points_, self.labels_ = {}, {}
        for name, (x, y) in zip(self.points.index, where, strict=True):
            below, above = y - ends.loc[name, low], ends.loc[name, high] - y
            place = self._place(name)
            self.points_[name] = self.ax_.errorbar(
                x, y, [[below], [above]], fmt="o", color=_colour(place), capsize=3
            )
            self.labels_[name] = self.ax_.annotate(
                str(place + 1),
                (x, y),
                _PLACES[0],
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=9,
            )

    def _place_labels(self):
        """Move each number to where it covers the least of bars and other numbers."""
        self.figure_.draw_without_rendering()
        taken = [_box_of(container) for container in self.points_.values()]
        room = self.ax_.get_window_extent()
        for label in self.labels_.values():
            costs = []
            for place in _PLACES:
                label.set_position(place)
                box = label.get_window_extent()
                is_outside = not (room.contains(*box.p0) and room.contains(*box.p1))
                costs.append(is_outside + sum(map(box.padded(1).overlaps, taken)))
            label.set_position(_PLACES[costs.index(min(costs))])
            taken.append(label.get_window_extent())

    def _set_time_axis(self):
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

        self.ax_.set_xscale("log")
        seconds = self.points["fit_seconds"]
        is_narrow = seconds.max() < 30 * seconds.min()
        marks = (1, 2, 5) if is_narrow else (1,)
        self.ax_.xaxis.set_major_locator(LogLocator(subs=marks))
        self.ax_.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        self.ax_.xaxis.set_minor_formatter(NullFormatter())

    @classmethod
    def from_comparison(
        cls, comparison, *, name=None, score=None, interval="sd", ax=None
    ):
        """Draw a comparison.

        An estimator has number and colour of its place in ``comparison.table_``,
        whoever else is drawn.

        Parameters
        ----------
        comparison : Comparison
            What :func:`skcnn.compare` returns.
        name : str or list of str, optional
            Names of estimators; None: all that have the score.
        score : str, optional
            One of ``comparison.scoring_``; None: the first.
        interval : {"sd", "ci"}, default="sd"
            Bars of one standard deviation over the folds, or 95% confidence intervals.
        ax : matplotlib Axes, optional
            None: a new figure.

        Returns
        -------
        ComparisonDisplay

        Raises
        ------
        ValueError
            For an unknown score or name, and where no estimator has the score.
        """
        score = comparison.scoring_[0] if score is None else score
        points = comparison.intervals(score)
        names = comparison.check_names(name)
        points = points.loc[names].dropna(subset="score")
        if points.empty:
            raise ValueError(
                f"None of {few(names)} has the score {score!r}; probabilities may be "
                f"lacking. Choose another score of {few(comparison.scoring_)}."
            )
        n_folds, places = len(comparison.splits_), comparison.places_of(points.index)
        display = cls(points, score=score, n_folds=n_folds, places=places)
        return display.plot(interval=interval, ax=ax)


def _box_of(container):
    """Return the box of a point with its interval, in pixels."""
    from matplotlib.transforms import Bbox

    point, ends, _ = container
    return Bbox.union([line.get_window_extent() for line in (point, *ends)])


def _colour(i):
    return COLOURS[i % len(COLOURS)]
