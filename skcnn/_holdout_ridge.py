"""Ridge classifier that decides its penalty on rows that it holds out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted, validate_data

from skcnn.base.sklearn_callbacks import CallbackSupportMixin, tells_of_fit
from skcnn.base.targets import (
    check_classes,
    check_labels,
    encode,
    row_weights,
    rows_with_weight,
)
from skcnn.base.unchanged import unchanged_on_error

# Rows that are worked on at once. Fewer of them would be added to the whole sums, which
# are large, too often.
_PIECE_ROWS = 4096

# Penalties, in shares of the features' variance: the finest that sums in float32 can
# tell from none, and then each ten times the one before.
_ALPHAS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


class HoldoutRidgeClassifier(ClassifierMixin, CallbackSupportMixin, BaseEstimator):
    """Linear classifier of many features: least squares with a penalty on the weights.

    Each class has a target of 1 for its own rows and -1 for the others. The penalty is
    the one that comes nearest to the targets of held-out rows, of those that give as
    many of these rows their label as the best, up to one standard error of the
    difference; the weights are then those of all rows. It takes one pass over the
    rows, whatever the number of penalties and classes::

        features (n, d) -> Gram matrices (d, d) of the held-out rows and of the others
        -> for each penalty weights (d, k) -> the best penalty -> weights of all rows

    Parameters
    ----------
    alphas : array-like of float, default=(0.0001, 0.001, 0.01, 0.1, 1.0)
        Penalties to choose from, per row and in shares of the features' mean variance,
        so that neither the number of rows nor the scale of the features matters.
    validation_fraction : float, default=0.1
        Share of each class that is held out, below one. Nothing is held out of a class
        with one row.
    random_state : int, RandomState instance or None, default=None
        Decides which rows are held out.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Labels.
    coef_ : ndarray of shape (k, d), or (1, d) for two classes
        Weights of the features.
    intercept_ : ndarray of shape (k,), or (1,) for two classes
        Constants.
    alpha_ : float
        The chosen penalty.
    best_score_ : float
        Accuracy of the held-out rows with it, before they took part.
    n_features_in_ : int
        Number d of features.
    feature_names_in_ : ndarray of shape (d,)
        Columns, where ``X`` was a DataFrame with text column names.

    See Also
    --------
    PatchFeatures : Features that it was made for.
    sklearn.linear_model.RidgeClassifierCV : Leaves out one row at a time, which takes
        a decomposition of all rows, several copies of them and many times as long.

    Notes
    -----
    Beside the features it takes three matrices (d, d) in float64, and pieces of 4096
    rows. Sums of pieces are in float32 where the features are, and in float64
    otherwise; the equations are solved in float64. Features of one scale, such as
    standardised ones, are penalised alike.

    Its penalty is ``alpha * n * mean variance`` in the words of
    :class:`sklearn.linear_model.Ridge`.

    References
    ----------
    .. [1] R. Rifkin and A. Klautau, "In Defense of One-Vs-All Classification", Journal
       of Machine Learning Research 5, 2004.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcnn import HoldoutRidgeClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> ridge = HoldoutRidgeClassifier(random_state=0).fit(X[:1000], y[:1000])
    >>> ridge.decision_function(X[1000:1002]).shape
    (2, 10)
    >>> ridge.score(X[1000:], y[1000:]) > 0.88
    True
    """

    _parameter_constraints: dict = {
        "alphas": ["array-like"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(self, *, alphas=_ALPHAS, validation_fraction=0.1, random_state=None):
        self.alphas = alphas
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    # What a fit leaves, and of which kind; `save` writes it and `load` checks it.
    _fitted_attributes: dict = {
        "classes_": "labels",
        "n_features_in_": "count",
        "coef_": "ndarray",
        "intercept_": "ndarray",
        "alpha_": "float",
        "best_score_": "float",
    }

    @tells_of_fit()
    def fit(self, X, y, sample_weight=None):
        """Choose the penalty and fit the weights.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Features.
        y : array-like of shape (n,)
            Labels: numbers or strings.
        sample_weight : array-like of shape (n,), optional
            Weights of the rows; of the held-out ones, too.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For input that cannot be fitted; nothing fitted before is lost.
        """
        with unchanged_on_error(self):
            self._validate_params()
            alphas = _check_alphas(self.alphas)
            X = validate_data(self, X, dtype=[np.float32, np.float64])
            y = check_labels(self, y, X)
            classes = np.unique(y)
            check_classes(classes)
            y_encoded = encode(y, classes)
            weights = row_weights(sample_weight, None, X, y_encoded, classes)
            rows = np.arange(len(X))[rows_with_weight(weights, y_encoded, classes)]
            held = _held_out(
                y_encoded[rows],
                self.validation_fraction,
                check_random_state(self.random_state),
            )
            data = _Data(X, _targets(y_encoded, len(classes)), weights)
            self.classes_ = classes
            self._fit(data, rows[~held], rows[held], alphas)
        return self

    def _fit(self, data: _Data, rows, held_rows, alphas) -> None:
        """Set the fitted attributes; where nothing is held out, the rows must do."""
        mean = data.mean(np.concatenate([rows, held_rows]))
        moments = data.moments(rows, mean)
        solutions = moments.solve(alphas)
        if not solutions:
            raise ValueError(
                f"alphas={self.alphas!r} are lost in the rounding of the sums over "
                "these features. Use larger ones, such as alphas=(0.001, 0.01)."
            )
        judged = held_rows if len(held_rows) else rows
        errors, right, weights = data.judge(judged, mean, list(solutions.values()))
        best = _best(errors, right, weights)
        alpha = list(solutions)[best]
        if len(held_rows):
            moments.add(data.moments(held_rows, mean))
            solutions = moments.solve([alpha]) or solutions
        coef, intercept = solutions[alpha]
        self.coef_ = coef.T.astype(data.features.dtype)
        intercept = intercept - mean @ coef
        self.intercept_ = intercept.astype(data.features.dtype)
        self.alpha_ = float(alpha)
        self.best_score_ = float(np.average(right[:, best], weights=weights))

    def decision_function(self, X):
        """Return the score of every class.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Features.

        Returns
        -------
        ndarray of shape (n, k), or (n,) for two classes
            Near 1 for the rows of a class and -1 for all others; for two classes
            positive means ``classes_[1]``.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float32, np.float64], reset=False)
        scores = X @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.coef_) == 1 else scores

    def predict(self, X):
        """Return the label of every row: the one of the largest score.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Features.

        Returns
        -------
        ndarray of shape (n,)
        """
        scores = self.decision_function(X)
        y_encoded = scores > 0 if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[y_encoded.astype(int)]

    def _check_fitted(self) -> None:
        """Raise where what a file brought contradicts itself."""
        n_rows = 1 if len(self.classes_) == 2 else len(self.classes_)
        wanted = {"coef_": (n_rows, self.n_features_in_), "intercept_": (n_rows,)}
        for name, shape in wanted.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype.kind != "f":
                raise ValueError(
                    f"holds {name} of shape {array.shape}, {array.dtype}, where "
                    f"numbers of shape {shape} should be"
                )


def _check_alphas(alphas) -> np.ndarray:
    values = np.asarray(alphas, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not (values > 0).all():
        raise ValueError(
            f"alphas={alphas!r} must be one or more numbers above zero, such as "
            "alphas=(0.001, 0.01)."
        )
    return np.unique(values)


def _targets(y_encoded: np.ndarray, n_classes: int) -> np.ndarray:
    """Return 1 for each row's own class and -1 for others; of two, the second alone."""
    columns = np.arange(n_classes) if n_classes > 2 else np.array([1])
    return np.where(y_encoded[:, np.newaxis] == columns, np.float32(1), np.float32(-1))


def _held_out(y_encoded: np.ndarray, fraction: float, random_state) -> np.ndarray:
    """Return which rows are held out, of each class this share and at least one."""
    held = np.zeros(len(y_encoded), bool)
    for label in np.unique(y_encoded):
        rows = random_state.permutation(np.flatnonzero(y_encoded == label))
        n_held = max(1, round(fraction * len(rows)))
        held[rows[: min(n_held, len(rows) - 1)]] = True
    return held


def _best(errors: np.ndarray, right: np.ndarray, weights: np.ndarray) -> int:
    """Return which of m solutions is the best, by errors (m,) and right rows (n, m).

    What can be told apart counts the rows where two of them differ, as McNemar's test
    does. Errors decide among the others: they are sure of themselves on a few rows,
    too, but put up with a loss of accuracy for scores that are near to 1.
    """
    weights = weights / weights.mean()
    n_right = weights @ right
    leader = int(np.argmax(n_right))
    n_differing = weights @ (right != right[:, [leader]])
    is_as_good = n_right[leader] - n_right <= np.sqrt(n_differing)
    return int(np.argmin(np.where(is_as_good, errors, np.inf)))


@dataclass
class _Moments:
    """Sums over rows, of features and targets whose means are about zero."""

    n: float
    features: np.ndarray  # (d,)
    targets: np.ndarray  # (k,)
    gram: np.ndarray  # (d, d)
    products: np.ndarray  # (d, k)

    def add(self, other: _Moments) -> None:
        """Take other rows in."""
        self.n += other.n
        self.features += other.features
        self.targets += other.targets
        self.gram += other.gram
        self.products += other.products

    def solve(self, alphas) -> dict[float, tuple[np.ndarray, np.ndarray]]:
        """Return coefficients (d, k) and intercepts (k,) by penalty, where there are.

        One Cholesky decomposition each: a dozen of them take as long as the one of
        eigenvectors that would do for all of them.
        """
        mean, target = self.features / self.n, self.targets / self.n
        products = self.products - np.outer(self.features, target)
        variance = np.trace(self.gram) / self.n - mean @ mean
        unit = self.n * (variance / len(mean) if variance > 0 else 1.0)
        solutions = {}
        for alpha in alphas:
            matrix = self.gram - self.n * np.outer(mean, mean)
            matrix[np.diag_indices_from(matrix)] += alpha * unit
            try:
                factor = cho_factor(matrix.T, overwrite_a=True, check_finite=False)
            except LinAlgError:  # the penalty is lost in the rounding of the sums
                continue
            coef = cho_solve(factor, products, check_finite=False)
            solutions[alpha] = coef, target - mean @ coef
        return solutions


@dataclass(frozen=True)
class _Data:
    """Features (n, d), targets (n, k) and weights (n,) or None, read in pieces."""

    features: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None

    def _pieces(self, rows) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield features, targets, and weights (n, 1) of these rows."""
        for start in range(0, len(rows), _PIECE_ROWS):
            piece = rows[start : start + _PIECE_ROWS]
            weights = (
                np.ones(len(piece)) if self.weights is None else self.weights[piece]
            )
            weights = weights.astype(self.features.dtype)[:, np.newaxis]
            yield self.features[piece], self.targets[piece], weights

    def mean(self, rows) -> np.ndarray:
        """Return the mean of the features, float64 (d,)."""
        total, n = np.zeros(self.features.shape[1]), 0.0
        for features, _, weights in self._pieces(rows):
            total += (weights.T @ features)[0]
            n += weights.sum(dtype=np.float64)
        return total / n

    def moments(self, rows, mean: np.ndarray) -> _Moments:
        """Return the sums over these rows, of features less ``mean``."""
        d, k = self.features.shape[1], self.targets.shape[1]
        sums = _Moments(
            0.0, np.zeros(d), np.zeros(k), np.zeros((d, d)), np.zeros((d, k))
        )
        shift = mean.astype(self.features.dtype)
        for features, targets, weights in self._pieces(rows):
            features -= shift
            weighted = targets * weights
            sums.n += float(weights.sum(dtype=np.float64))
            sums.features += (weights.T @ features)[0]
            sums.targets += weighted.sum(axis=0, dtype=np.float64)
            sums.products += features.T @ weighted
            features *= np.sqrt(weights)
            sums.gram += features.T @ features
        return sums

    def judge(self, rows, mean, solutions) -> tuple[np.ndarray, ...]:
        """Return errors (m,) of solutions, where they are right (n, m), and weights."""
        coef = np.hstack([coef for coef, _ in solutions]).astype(self.features.dtype)
        intercepts = np.hstack([intercept for _, intercept in solutions])
        intercepts -= mean @ coef
        k, errors = self.targets.shape[1], np.zeros(len(solutions))
        all_right, all_weights = [], []
        for features, targets, weights in self._pieces(rows):
            found = (features @ coef + intercepts).reshape(len(features), -1, k)
            right = (
                (found[..., 0] > 0) == (targets > 0)
                if k == 1
                else found.argmax(axis=2) == targets.argmax(axis=1)[:, np.newaxis]
            )
            squares = np.square(found - targets[:, np.newaxis]).sum(axis=2)
            errors += (squares * weights).sum(axis=0)
            all_right.append(right)
            all_weights.append(weights[:, 0])
        return errors, np.concatenate(all_right), np.concatenate(all_weights)
