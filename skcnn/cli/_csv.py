"""CSV files: which columns are labels and ids, and which are pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skcnn.datasets import read_csv
from skcnn.datasets._csv_table import CSVTable, open_table

# What such columns are called, in lower case, where the user names none.
_NAMES_OF_LABELS = ("label", "labels", "target", "class")
_NAMES_OF_IDS = ("id", "imageid", "image_id", "index")
# What pandas calls the index that it writes first, and when it has read it again.
_NAMES_OF_INDEX = ("", "Unnamed: 0")


@dataclass(frozen=True)
class Columns:
    """Which columns are no pixels.

    Attributes
    ----------
    target : str, optional
        Column of the labels: name, or position. None: the one that is called so.
    drop : tuple of str
        Columns to leave out, beside the ids.
    ids : str, optional
        Column of the ids, if there is one of this name. None: the one that is called
        so.
    needs_labels : bool
        Whether a file without labels is refused.
    may_lack : bool
        Whether columns of `drop` may be missing.
    sep : str
        What stands between two cells.
    """

    target: str | None = None
    drop: tuple[str, ...] = ()
    ids: str | None = None
    needs_labels: bool = True
    may_lack: bool = False
    sep: str = ","


def read(
    path: str, columns: Columns
) -> tuple[
    np.ndarray,
    np.ndarray | None,
    np.ndarray | None,
    str,
    str,
    tuple[str, ...] | None,
]:
    """Read images from a CSV file.

    Parameters
    ----------
    path : str
        The file.
    columns : Columns
        Which columns are no pixels.

    Returns
    -------
    X : ndarray of shape (n, n_pixels)
        Flat images.
    y : ndarray of shape (n,) or None
        Labels.
    ids : ndarray of shape (n,) or None
        The column of ids, as text; without one, the first that was left out.
    id_column : str
        Its name.
    said : str
        What was done with the columns.
    pixel_names : tuple of str or None
        Names of the columns of pixels; None for a file without header.

    Raises
    ------
    ValueError
        For columns that are not there (those that are, are listed) and cells that are
        no pixels (row and column are named).
    """
    table = open_table(path, "infer", columns.sep)
    target = _target(table, columns)
    drop = _drop(table, columns, target)
    _check_other_labels(table, columns, {target, *drop})
    bunch = read_csv(path, target=target, drop=drop, sep=columns.sep, return_X_y=False)
    ids = bunch.dropped.iloc[:, 0].to_numpy() if drop else None
    id_column = table.names[drop[0]] if drop and table.has_header else ""
    id_column = "" if id_column in _NAMES_OF_INDEX else id_column
    said = [] if target is None else [f"labels from column {table.names[target]}"]
    left_out = [table.names[at] or "the first column, an index" for at in drop]
    said += [f"without {', '.join(left_out)}"] if drop else []
    names = tuple(bunch.feature_names) if table.has_header else None
    return bunch.data, bunch.target, ids, id_column, ", ".join(said), names


def _target(table: CSVTable, columns: Columns) -> int | None:
    """Return the position of the labels' column."""
    if columns.target is not None:
        return _position(table, columns.target, "--target")
    found = _called(table, _NAMES_OF_LABELS)
    if found is None and columns.needs_labels:
        raise ValueError(
            f"{table.path}: which column holds the labels? Name it with --target; "
            f"{_listing(table)}"
        )
    return found


def _check_other_labels(
    table: CSVTable, columns: Columns, others: set[int | None]
) -> None:
    """Raise where a column of pixels is called as labels are."""
    if columns.target is None or not table.has_header:
        return
    for at, name in enumerate(table.names):
        if at not in others and name.strip().lower() in _NAMES_OF_LABELS:
            raise ValueError(
                f"{table.path} has a column {name}, which --target {columns.target} "
                f"would take for pixels; did you mean --target {name}? If not, leave "
                f"it out with --drop {name}."
            )


def _drop(table: CSVTable, columns: Columns, target: int | None) -> list[int]:
    """Return the positions of the columns to leave out, the ids first."""
    if table.has_header and columns.ids in table.names:
        ids = table.names.index(columns.ids)
    else:
        ids = _called(table, _NAMES_OF_IDS)
    names = [
        name
        for name in columns.drop
        if name in table.names or not (columns.may_lack and table.has_header)
    ]
    drop = [_position(table, name, "--drop") for name in names]
    index = _index(table) - {target}
    return list(dict.fromkeys([*([] if ids is None else [ids]), *drop, *index]))


def _index(table: CSVTable) -> set[int]:
    """Return where the index stands: once, or twice if the file was written twice."""
    first = table.names[:2] if table.has_header else ()
    return {at for at, name in enumerate(first) if name in _NAMES_OF_INDEX}


def _called(table: CSVTable, names: tuple[str, ...]) -> int | None:
    """Return the first column that has one of these names."""
    if not table.has_header:
        return None
    own = [name.strip().lower() for name in table.names]
    return next((own.index(name) for name in names if name in own), None)


def _position(table: CSVTable, column: str, option: str) -> int:
    """Return the position of a column that the user names, or numbers."""
    if table.has_header and column in table.names:
        return table.names.index(column)
    n_columns = len(table.names)
    is_number = column.removeprefix("-").isdecimal()
    if is_number and -n_columns <= int(column) < n_columns:
        return range(n_columns)[int(column)]
    raise ValueError(
        f"{table.path} has no column {column!r} ({option}); {_listing(table)}"
    )


def _listing(table: CSVTable) -> str:
    """Say which columns there are."""
    last = len(table.names) - 1
    if not table.has_header:
        return f"its columns have no names, only positions: 0 to {last}, or -1."
    names = table.names if last < 20 else (*table.names[:10], "...", table.names[-1])
    return f"its columns are {', '.join(names)}."
