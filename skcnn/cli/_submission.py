"""A table of ids and labels, as Kaggle takes it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skcnn.base.atomic import replacing
from skcnn.cli._images import Images
from skcnn.cli._options import SubmissionOptions
from skcnn.cli._pixel_columns import rows_for


def make_submission(
    estimator: BaseEstimator, images: Images, options: SubmissionOptions
) -> pd.DataFrame:
    """Predict, and put the ids beside it.

    Parameters
    ----------
    estimator : BaseEstimator
        A fitted classifier.
    images : Images
        What to predict.
    options : SubmissionOptions
        Heads of the columns, and whether probabilities are wanted.

    Returns
    -------
    DataFrame
        A column of ids and one of labels, or one per class.

    Raises
    ------
    ValueError
        If probabilities are wanted that the classifier does not have.
    """
    if options.proba:
        values = pd.DataFrame(_probabilities(estimator, images))
        values.columns = [str(one) for one in estimator.classes_]
    else:
        values = pd.DataFrame(
            {options.label: estimator.predict(rows_for(estimator, images))}
        )
    ids = images.ids
    if ids is None:
        ids = options.first_id + np.arange(len(values))
    values.insert(0, options.id or images.id_column or "Id", ids)
    return values


def _probabilities(estimator: BaseEstimator, images: Images) -> np.ndarray:
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            "The model has no probabilities. Leave out --proba, or fit it so that it "
            "has: a support vector machine with --set probability=True."
        )
    proba = estimator.predict_proba(rows_for(estimator, images))
    # Six digits of a probability are more than it is worth.
    return np.vectorize(lambda one: float(f"{one:.6g}"), otypes=[float])(proba)


def write_submission(table: pd.DataFrame, path: Path | None) -> None:
    """Write a table as CSV to a file, or to stdout without one."""
    if path is None:
        table.to_csv(sys.stdout, index=False)
        return
    compression = "gzip" if path.suffix.lower() == ".gz" else None
    with replacing(path) as file:
        table.to_csv(file, index=False, mode="wb", compression=compression)
