"""Is one estimator better than another? Tests for scores of the same folds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit
from scipy.stats import binomtest

# Of the intervals.
_CONFIDENCE = 0.95


class PairedTest(NamedTuple):
    """What a paired test says of the scores of two estimators.

    Attributes
    ----------
    difference : float or ndarray
        Mean difference of the scores.
    low, high : float or ndarray
        Ends of its 95 % confidence interval.
    t : float or ndarray
        Test statistic.
    df : int
        Degrees of freedom.
    p : float or ndarray
        Two-sided p-value.
    """

    difference: np.ndarray
    low: np.ndarray
    high: np.ndarray
    t: np.ndarray
    df: int
    p: np.ndarray


def corrected_t_test(
    first: np.ndarray, second: np.ndarray, test_per_train: float, step: float
) -> PairedTest:
    r"""Compare two estimators by the corrected resampled t-test.

    Training sets of different folds share images, so the scores of folds are not
    independent, and the ordinary paired t-test finds differences where there are none.
    Nadeau and Bengio [1]_ correct its variance; Bouckaert and Frank [2]_ do so for
    repeated cross-validation.

    Parameters
    ----------
    first, second : array-like of shape (..., n_folds)
        Scores of both estimators on the same folds. A score that is NaN, or a single
        fold, allows no test, and all but ``difference`` and ``df`` are NaN.
    test_per_train : float
        Test images per training image of a fold, 1/4 in five-fold cross-validation.
    step : float
        What one image more or less makes of a score, 1 / n_test for accuracy; above 0.

    Returns
    -------
    PairedTest
        Of ``first`` less ``second``.

    Notes
    -----
    With the differences :math:`d_j` of :math:`J` folds, their mean :math:`\bar d` and
    their variance :math:`s^2` (divided by :math:`J - 1`),

    .. math::

        t = \frac{\bar d}{\sqrt{(1/J + n_{test} / n_{train})\, s^2}}

    has Student's distribution with :math:`J - 1` degrees of freedom.

    A score that moves in steps cannot show less variance than the steps hide: values
    that are rounded to multiples of :math:`h` have an error of variance
    :math:`h^2 / 12`, and :math:`s^2` is taken to be that at least. Without it, few
    folds that happen to differ by the same number of images would make any difference
    certain.

    References
    ----------
    .. [1] C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine
       Learning 52, 2003.
    .. [2] R. R. Bouckaert and E. Frank, "Evaluating the replicability of significance
       tests for comparing learning algorithms", PAKDD 2004.

    Examples
    --------
    >>> from skcnn.comparison._statistics import corrected_t_test
    >>> test = corrected_t_test([0.9, 0.8, 0.9], [0.8, 0.8, 0.7], 1 / 2, 0.1)
    >>> print(f"t = {test.t:.3f}, p = {test.p:.3f}")
    t = 1.095, p = 0.388
    """
    differences = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    n_folds = differences.shape[-1]
    mean, df = differences.mean(axis=-1), n_folds - 1
    if df < 1:
        nothing = np.full_like(mean, np.nan)[()]
        return PairedTest(mean, nothing, nothing, nothing, df, nothing)
    variance = np.maximum(differences.var(axis=-1, ddof=1), step**2 / 12)
    error = np.sqrt((1 / n_folds + test_per_train) * variance)
    t = mean / error
    margin = stdtrit(df, (1 + _CONFIDENCE) / 2) * error
    return PairedTest(mean, mean - margin, mean + margin, t, df, 2 * stdtr(df, -abs(t)))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values for their number by Holm's step-down procedure.

    The smallest of m is multiplied by m, the next one by m - 1, and so on; none gets
    below one before it, nor above one. NaN stays NaN and does not count.

    Parameters
    ----------
    p_values : array-like of shape (m,)
        P-values, in any order.

    Returns
    -------
    ndarray of shape (m,)
        Where one is at most alpha, its hypothesis is rejected; the probability of any
        wrong rejection among all m is at most alpha.

    References
    ----------
    .. [1] S. Holm, "A simple sequentially rejective multiple test procedure",
       Scandinavian Journal of Statistics 6, 1979.

    Examples
    --------
    >>> from skcnn.comparison._statistics import holm
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p_values = np.asarray(p_values, np.float64)
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    steps = np.maximum.accumulate(p_values[order] * factors)
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def pairwise_tests(
    scores: dict[str, np.ndarray], test_per_train: float, step: float
) -> pd.DataFrame:
    """Compare all pairs of estimators.

    Parameters
    ----------
    scores : dict of str to array-like of shape (n_folds,)
        Scores of every estimator on the same folds, the best estimator first.
    test_per_train : float
        Test images per training image of a fold.
    step : float
        What one image more or less makes of a score.

    Returns
    -------
    DataFrame
        One row per pair: ``first``, ``second``, ``difference``, ``ci_low``,
        ``ci_high``, ``t``, ``df``, ``p``, and ``p_holm``, adjusted over all pairs.
    """
    names, values = np.array(list(scores), object), np.stack(list(scores.values()))
    first, second = np.triu_indices(len(names), k=1)
    test = corrected_t_test(values[first], values[second], test_per_train, step)
    return pd.DataFrame(
        {
            "first": names[first],
            "second": names[second],
            "difference": test.difference,
            "ci_low": test.low,
            "ci_high": test.high,
            "t": test.t,
            "df": test.df,
            "p": test.p,
            "p_holm": holm(test.p),
        }
    )


def score_intervals(folds: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return the mean of a score, and how sure it is, for every estimator.

    Parameters
    ----------
    folds : DataFrame
        ``Comparison.folds_``.
    score : str
        One of its columns.

    Returns
    -------
    DataFrame
        One row per estimator: ``score``, ``sd_low`` and ``sd_high`` (a standard
        deviation below and above), ``ci_low`` and ``ci_high`` (95 % confidence interval
        of the mean, by the test above), ``fit_seconds``.
    """
    scores = {n: own.to_numpy(float) for n, own in folds.groupby("estimator")[score]}
    values = np.stack(list(scores.values()))
    ci = corrected_t_test(values, 0 * values, *fold_sizes(folds))
    mean, sd = values.mean(axis=1), pd.DataFrame(values.T).std(ddof=1).to_numpy()
    table = {"score": mean, "sd_low": mean - sd, "sd_high": mean + sd}
    table |= {"ci_low": ci.low, "ci_high": ci.high}
    seconds = folds.groupby("estimator")["fit_seconds"].mean()
    return pd.DataFrame(table, index=list(scores)).assign(fit_seconds=seconds)


def wilson_interval(n_right: int, n_images: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of an accuracy on images seen once.

    Parameters
    ----------
    n_right, n_images : int
        How many answers were right, of how many.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical
       inference", Journal of the American Statistical Association 22, 1927.

    Examples
    --------
    >>> from skcnn.comparison._statistics import wilson_interval
    >>> print("{:.3f} to {:.3f}".format(*wilson_interval(90, 100)))
    0.826 to 0.945
    """
    ci = binomtest(n_right, n_images).proportion_ci(_CONFIDENCE, method="wilson")
    return float(ci.low), float(ci.high)


def fold_sizes(folds: pd.DataFrame) -> tuple[float, float]:
    """Return test images per training image, and what one makes of a score."""
    n_test = folds["n_test"].mean()
    return n_test / folds["n_train"].mean(), 1 / n_test
