"""Which estimators are drawn, and what they predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from skcnn.base.nested import find_inside
from skcnn.contract.estimator import BaseNetwork
from skcnn.plots._figure import shorten


def check_name(comparison: Any, name: str | None) -> str:
    """Return the name of one estimator that was fitted; None: the best."""
    if name is None:
        return comparison.best_
    return check_names(comparison, [name])[0]


def check_names(comparison: Any, names: str | Sequence[str] | None) -> list[str]:
    """Return names of estimators that were fitted; None: all, the best first.

    Raises
    ------
    ValueError
        For an unknown name, and for an estimator that failed; with the names there are.
    """
    folds, table = comparison.folds_, comparison.table_
    # An estimator that failed on test images only has all there is to draw.
    failed = folds.loc[folds["error"] != "", "estimator"].unique()
    able = table.index[~table.index.isin(failed)].tolist()
    if names is None:
        return able
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in table.index:
            raise ValueError(
                f"{name!r} is no estimator of this comparison: {shorten(able)}."
            )
        if name not in able:
            raise ValueError(
                f"{name!r} failed in this comparison, there is nothing to draw: "
                f"{table['error'][name]}. Choose among {shorten(able)}."
            )
    return names


def predictions_of(comparison: Any, name: str) -> pd.DataFrame:
    """Return the out-of-fold rows of one estimator: row, y_true, y_pred, ..."""
    predictions = comparison.predictions_
    return predictions[predictions["estimator"] == name].reset_index(drop=True)


def check_estimator(estimator: Any, wanted: str = "classifier") -> None:
    """Refuse images, labels and classes where an estimator is wanted.

    Parameters
    ----------
    estimator : object
        What came as the first argument of ``from_estimator``.
    wanted : str
        What is wanted there, such as ``"network"``.

    Raises
    ------
    TypeError
        For what is no estimator.
    """
    is_class = isinstance(estimator, type)
    if is_class or not hasattr(estimator, "fit"):
        kind = estimator if is_class else type(estimator)
        got = f"the class {kind.__name__} itself" if is_class else kind.__name__
        raise TypeError(
            f"The first argument of from_estimator must be a fitted {wanted}, got "
            f"{got}. Images and labels come after it: from_estimator({wanted}, X, ...)."
        )


def find_network(
    estimator: Any, owner: str, kind: type[BaseNetwork] = BaseNetwork
) -> Any:
    """Return the fitted network that an estimator is or holds.

    Parameters
    ----------
    estimator : object
        What came as the first argument of ``from_estimator``.
    owner : str
        The Display.
    kind : class, default=BaseNetwork
        Or ``BaseAutoencoder``.

    Raises
    ------
    TypeError
        For an estimator without any, and for what is no estimator.
    sklearn.exceptions.NotFittedError
        For a network that is not fitted.
    """
    wanted, example = "network", "CNNClassifier"
    if kind is not BaseNetwork:
        wanted, example = "autoencoder", "ConvAutoencoder"
    check_estimator(estimator, wanted)
    network = find_inside(estimator, kind)
    if network is None:
        raise TypeError(
            f"{owner} draws what is in a fitted {wanted}, and {estimator!r} has none. "
            f"Pass one, such as a {example}."
        )
    check_is_fitted(network)
    return network


def check_classifier(estimator: Any) -> None:
    """Refuse what is no classifier, and one that is not fitted.

    Raises
    ------
    TypeError
        For what is no classifier.
    sklearn.exceptions.NotFittedError
        For one that is not fitted.
    """
    check_estimator(estimator)
    if not is_classifier(estimator):
        raise TypeError(
            f"{type(estimator).__name__} is no classifier; pass a fitted one."
        )
    check_is_fitted(estimator)


def predict(estimator: Any, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray, Any]:
    """Return true labels, predicted labels and classes of a fitted classifier.

    Raises
    ------
    TypeError
        For what is no classifier.
    ValueError
        For labels that the classifier does not know.
    """
    check_classifier(estimator)
    y, y_pred = check_predictions(y, estimator.predict(X))
    unknown = sorted(set(y.tolist()) - set(estimator.classes_.tolist()), key=str)
    if unknown:
        raise ValueError(
            f"y holds labels that {type(estimator).__name__} does not know: "
            f"{shorten(unknown)}. It was fitted on "
            f"{shorten(estimator.classes_.tolist())}."
        )
    return y, y_pred, estimator.classes_


def check_predictions(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return true and predicted labels as arrays (n,) of one length."""
    y_true, y_pred = (column_or_1d(labels, dtype=None) for labels in (y_true, y_pred))
    check_consistent_length(y_true, y_pred)
    return y_true, y_pred
