"""A table of predictions in the form of a competition's sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skcnn.base.image_files import readable_suffixes
from skcnn.cli._pixel_columns import Images
from skcnn.cli._results import predict_table

_N_SHOWN = 5


def predict_with_ids(
    estimator: BaseEstimator,
    images: Images,
    id: str | None,
    label: str | None,
    first_id: int,
    proba: bool,
) -> pd.DataFrame:
    """Return predictions behind the ids of the images, or numbers where they have none.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    images : Images
        Images.
    id, label : str or None
        Heads of the columns. None: the head that the ids have, else "Id"; "Label".
    first_id : int
        Number of the first image without ids.
    proba : bool
        Whether there is a column of probabilities for each class.
    """
    table = predict_table(estimator, images, label or "Label", proba)
    numbers = range(first_id, first_id + len(table))
    ids = numbers if images.ids is None else images.ids
    table.insert(0, id or images.id_column or "Id", ids)
    return table


def read_sample(path: Path) -> pd.DataFrame:
    """Return a sample as text; its first column, or one of the others, has ids.

    Raises
    ------
    ValueError
        If it is no table of ids and something beside.
    """
    try:
        sample = pd.read_csv(path, dtype=str, keep_default_na=False)
    except Exception as error:  # pandas raises almost anything for what is no table
        raise ValueError(f"--like {path} cannot be read as CSV: {error}") from error
    if sample.shape[1] < 2 or not len(sample):
        raise ValueError(
            f"--like {path} has {sample.shape[1]} columns and {len(sample)} rows; a "
            "sample of a submission has a column of ids, one of labels or one per "
            "class, and a row per image."
        )
    return sample


def predict_like(
    sample: pd.DataFrame, estimator: BaseEstimator, images: Images, proba: bool
) -> pd.DataFrame:
    """Return predictions with the columns and rows of a sample.

    Parameters
    ----------
    sample : DataFrame
        Text.
    estimator : estimator
        Fitted.
    images : Images
        Images, of which the sample may name fewer.
    proba : bool
        Whether probabilities are wanted also where the sample has one column.

    Raises
    ------
    ValueError
        If ids of the sample have no image, or its columns are no classes.
    """
    id_column = _id_column(sample, images.ids)
    rows = _rows(sample[id_column], images)
    columns = [name for name in sample if name != id_column]
    values = _values(columns, estimator, images, proba)
    table = values.iloc[rows].reset_index(drop=True)
    table[id_column] = sample[id_column]
    return table[sample.columns.tolist()]


# --- rows -----------------------------------------------------------------------------


def _id_column(sample: pd.DataFrame, ids: np.ndarray | None) -> str:
    """Return the column that has most of the images' ids; the first in doubt."""
    if ids is None:
        return sample.columns[0]
    known = set(_known(ids))
    shares = [sample[name].map(_short).isin(known).mean() for name in sample]
    return sample.columns[int(np.argmax(shares))]


def _rows(wanted: pd.Series, images: Images) -> np.ndarray:
    """Return the row of each id of the sample."""
    if images.ids is None:
        if len(wanted) != len(images.X):
            raise ValueError(
                f"The sample has {len(wanted)} rows, but {images.source} holds "
                f"{len(images.X)} images, and no ids that tell which is which."
            )
        return np.arange(len(wanted))
    known = _known(images.ids)
    found = [known.get(one, known.get(_short(one), -1)) for one in wanted]
    rows = np.array(found, dtype=np.intp)
    missing = wanted[rows < 0].tolist()
    if missing:
        raise ValueError(
            f"{len(missing)} of {len(wanted)} ids of the sample are not in "
            f"{images.source}: {_some(missing)}; its own are {_some(images.ids)}."
        )
    return rows


def _known(ids: np.ndarray) -> dict[str, int]:
    """Return the row of each id, also without folders and suffix.

    Examples
    --------
    >>> _known(np.array(["more/7.jpg", "8"]))
    {'7': 0, '8': 1, 'more/7.jpg': 0}
    """
    texts = [str(one) for one in ids]
    short = {_short(one): row for row, one in enumerate(texts)}
    return short | {one: row for row, one in enumerate(texts)}


def _short(id: str) -> str:
    last = id.rpartition("/")[2]
    suffix = Path(last).suffix
    return last.removesuffix(suffix) if suffix.lower() in readable_suffixes() else last


# --- columns --------------------------------------------------------------------------


def _values(
    columns: list[str], estimator: BaseEstimator, images: Images, proba: bool
) -> pd.DataFrame:
    """Return labels, or probabilities, under the heads of the sample."""
    if len(columns) == 1 and not proba:
        return predict_table(estimator, images, columns[0], False)
    classes = [str(one) for one in estimator.classes_]
    table = predict_table(estimator, images, "", True)
    if len(columns) == 1:
        if len(classes) != 2:
            raise ValueError(
                f"The sample has one column, {columns[0]}, and the model "
                f"{len(classes)} classes; leave out --proba to write labels into it."
            )
        # Of two classes the second one is the event, as in scikit-learn.
        return table[[classes[1]]].set_axis(columns, axis=1)
    if set(columns) != set(classes):
        parts = [
            f"{who} {_some(sorted(names))}"
            for who, names in (
                ("the sample alone has", set(columns) - set(classes)),
                ("the model alone has", set(classes) - set(columns)),
            )
            if names
        ]
        raise ValueError(
            f"The columns of the sample are not the model's classes: "
            f"{'; '.join(parts)}."
        )
    return table


def _some(names) -> str:
    shown = [repr(str(name)) for name in list(names)[:_N_SHOWN]]
    return ", ".join([*shown, *["..."][: len(names) > _N_SHOWN]])
