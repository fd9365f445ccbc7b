"""Scores of a comparison against the time to fit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from skcnn.comparison._statistics import corrected_t_test
from skcnn.plots._figure import COLOURS, new_axes, shorten
from skcnn.plots._labels import label_points
from skcnn.plots._selection import check_names

# Ends of each interval among the columns of `points`, and what the axis says of it.
_INTERVALS = {
    "sd": ("sd_low", "sd_high", "mean and sd"),
    "ci": ("ci_low", "ci_high", "mean and 95% interval"),
}


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
        Name of the estimator -> matplotlib Annotation.

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
        where = self.points[["fit_seconds", "score"]].to_numpy()
        # One fold has no interval.
        spans = self.points[[low, high]].fillna(
            {low: self.points["score"], high: self.points["score"]}
        )
        self.points_ = self._draw_points(where, spans.to_numpy())
        self.ax_.set(
            xlabel="Seconds to fit (mean over the folds)",
            ylabel=f"{self.score}, {said}",
            title=f"Score against time to fit, {self.n_folds} folds",
        )
        self._set_time_axis()
        self.ax_.margins(0.15)
        self.ax_.grid(color="#e4e4e4", linewidth=0.6)
        names = [str(name) for name in self.points.index]
        texts = label_points(self.ax_, where, spans.to_numpy(), names, self._colours)
        self.labels_ = dict(zip(self.points.index, texts, strict=True))
        return self

    @property
    def _colours(self):
        return [COLOURS[i % len(COLOURS)] for i in range(len(self.points))]

    def _draw_points(self, where, spans):
        points = {}
        for name, (x, y), (low, high), colour in zip(
            self.points.index, where, spans, self._colours, strict=True
        ):
            points[name] = self.ax_.errorbar(
                x, y, [[y - low], [high - y]], fmt="o", color=colour, capsize=3
            )
        return points

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
        scores = list(comparison.scoring_)
        score = scores[0] if score is None else score
        if score not in scores:
            raise ValueError(
                f"score={score!r} was not computed, only {shorten(scores)}: name it in "
                "compare(..., scoring=...)."
            )
        names = check_names(comparison, name)
        folds = comparison.folds_
        points = {n: _point(folds[folds["estimator"] == n], score) for n in names}
        points = pd.DataFrame.from_dict(points, orient="index")
        points = points[points["score"].notna()]
        if points.empty:
            raise ValueError(
                f"None of {shorten(names)} has the score {score!r}; probabilities may "
                f"be lacking. Choose another score of {shorten(scores)}."
            )
        n_folds = folds["fold"].nunique()
        return cls(points, score=score, n_folds=n_folds).plot(interval=interval, ax=ax)


def _point(folds, score):
    """Return one row of `points` from the folds of one estimator."""
    scores = folds[score].to_numpy(dtype=float)
    mean, sd = np.mean(scores), folds[score].std(ddof=1)
    n_test = folds["n_test"].mean()
    test_per_train = n_test / folds["n_train"].mean()
    ci = corrected_t_test(scores, np.zeros_like(scores), test_per_train, 1 / n_test)
    return {
        "score": mean,
        "sd_low": mean - sd,
        "sd_high": mean + sd,
        "ci_low": ci.low,
        "ci_high": ci.high,
        "fit_seconds": folds["fit_seconds"].mean(),
    }
