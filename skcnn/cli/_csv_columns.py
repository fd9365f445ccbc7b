"""CSV files: which columns are labels, ids and groups, and which are pixels."""

from __future__ import annotations

from collections.abc import Iterable

from sklearn.utils import Bunch

from skcnn.cli._pixel_columns import Images
from skcnn.datasets import open_table, read_csv

# What such columns are called, in lower case, where the user names none.
_NAMES_OF_LABELS = ("label", "labels", "target", "class", "category")
_NAMES_OF_IDS = ("id", "imageid", "image_id", "index")
# What pandas calls the index that it writes first, and when it has read it again.
_NAMES_OF_INDEX = ("", "Unnamed: 0")


def read_table(
    path: str,
    *,
    target: str | None = None,
    drop: Iterable[str] = (),
    sep: str = ",",
    ids: str | None = None,
    groups: str | None = None,
    needs_labels: bool = True,
    may_lack: bool = False,
) -> Images:
    """Read images from a CSV file.

    Parameters
    ----------
    path : str
        The file.
    target : str, optional
        Column of the labels: name, or position. None: the one that is called so.
    drop : iterable of str
        Columns to leave out, beside the ids.
    sep : str
        What stands between two cells.
    ids : str, optional
        Column of the ids, if there is one of this name. None: the one that is called
        so; without one, the first that is left out.
    groups : str, optional
        Column of the groups.
    needs_labels : bool
        Whether a file without labels is refused.
    may_lack : bool
        Whether columns of `drop` may be missing.

    Raises
    ------
    ValueError
        For columns that are not there (those that are, are listed) and cells that are
        no pixels (row and column are named).
    """
    table = open_table(path, "infer", sep)
    label_at = _label_column(table, target, needs_labels)
    groups_at = None if groups is None else _position(table, groups, "--groups")
    names = [name for name in drop if not may_lack or _has(table, name)]
    drop_at = [*_id_columns(table, ids)]
    drop_at += [_position(table, name, "--drop") for name in names]
    drop_at += sorted(_index_columns(table) - {label_at})
    drop_at += [] if groups_at is None else [groups_at]
    drop_at = list(dict.fromkeys(drop_at))
    if target is not None:
        _check_other_labels(table, target, {label_at, *drop_at})

    bunch: Bunch = read_csv(
        path, target=label_at, drop=drop_at, sep=sep, return_X_y=False
    )
    left_out = [bunch.dropped.iloc[:, at].to_numpy() for at in range(len(drop_at))]
    id_column = table.names[drop_at[0]] if drop_at and table.has_header else ""
    images = Images(
        path,
        bunch.data,
        bunch.target,
        ids=left_out[0] if drop_at else None,
        groups=None if groups_at is None else left_out[drop_at.index(groups_at)],
        id_column="" if id_column in _NAMES_OF_INDEX else id_column,
        pixel_names=tuple(bunch.feature_names) if table.has_header else None,
    )
    if label_at is not None:
        images = images.noted(f"labels from column {table.names[label_at]}")
    without = [table.names[at] or "the first column, an index" for at in drop_at]
    return images.noted(f"without {', '.join(without)}") if without else images


def _label_column(table, target: str | None, needs_labels: bool) -> int | None:
    """Return the position of the labels."""
    if target is not None:
        return _position(table, target, "--target")
    found = _called(table, _NAMES_OF_LABELS)
    if found is None and needs_labels:
        raise ValueError(
            f"{table.path}: which column holds the labels? Name it with --target; "
            f"{_listing(table)}"
        )
    return found


def _id_columns(table, ids: str | None) -> list[int]:
    """Return the position of the ids, if there are any."""
    if table.has_header and ids in table.names:
        return [table.names.index(ids)]
    found = _called(table, _NAMES_OF_IDS)
    return [] if found is None else [found]


def _index_columns(table) -> set[int]:
    """Return where the index stands: once, or twice if the file was written twice."""
    first = table.names[:2] if table.has_header else ()
    return {at for at, name in enumerate(first) if name in _NAMES_OF_INDEX}


def _check_other_labels(table, target: str, others: set[int | None]) -> None:
    """Raise where a column of pixels is called as labels are."""
    for at, name in enumerate(table.names if table.has_header else ()):
        if at not in others and name.strip().lower() in _NAMES_OF_LABELS:
            raise ValueError(
                f"{table.path} has a column {name}, which --target {target} would take "
                f"for pixels; did you mean --target {name}? If not, leave it out with "
                f"--drop {name}."
            )


def _called(table, names: tuple[str, ...]) -> int | None:
    """Return the first column that has one of these names."""
    own = [name.strip().lower() for name in table.names] if table.has_header else []
    return next((own.index(name) for name in names if name in own), None)


def _has(table, name: str) -> bool:
    """Tell whether a column may be meant; without a header, any may."""
    return name in table.names or not table.has_header


def _position(table, column: str, option: str) -> int:
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


def _listing(table) -> str:
    """Say which columns there are."""
    last = len(table.names) - 1
    if not table.has_header:
        return f"its columns have no names, only positions: 0 to {last}, or -1."
    names = table.names if last < 20 else (*table.names[:10], "...", table.names[-1])
    return f"its columns are {', '.join(names)}."
