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


# Where numbers stand about their points: right or left, above or below.
_SIDES = ((1, 1), (1, -1), (-1, -1), (-1, 1))


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
        Numbers and names, the best first.

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

    def __init__(self, points, *, score, n_folds):
        self.points = points
        self.score = score
        self.n_folds = n_folds

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
        labels = [f"{i + 1}  {name}" for i, name in enumerate(self.points.index)]
        styles = [
            {"color": _colour(i), "marker": "o", "linestyle": ""}
            for i in range(len(labels))
        ]
        self.legend_ = add_legend(self.ax_, legend_lines(labels, styles), ax is None)
        return self

    def _draw_points(self, low, high):
        """Draw points with intervals, and beside each its number in the legend."""
        # One fold has no interval.
        ends = self.points[[low, high]].apply(lambda end: end.fillna(self.points.score))
        where = zip(self.points["fit_seconds"], self.points["score"], strict=True)
        self.points_, self.labels_ = {}, {}
        for i, (name, (x, y)) in enumerate(zip(self.points.index, where, strict=True)):
            below, above = y - ends[low].iloc[i], ends[high].iloc[i] - y
            self.points_[name] = self.ax_.errorbar(
                x, y, [[below], [above]], fmt="o", color=_colour(i), capsize=3
            )
            # Neighbours in the ranking have their numbers on different sides.
            right, up = _SIDES[i % len(_SIDES)]
            self.labels_[name] = self.ax_.annotate(
                str(i + 1),
                (x, y),
                (7 * right, 7 * up),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=9,
            )

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
        n_folds = len(comparison.splits_)
        return cls(points, score=score, n_folds=n_folds).plot(interval=interval, ax=ax)


def _colour(i):
    return COLOURS[i % len(COLOURS)]
