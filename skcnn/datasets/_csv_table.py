"""A CSV file as a table: its columns, its rows in chunks, its lines."""

import csv
import gzip
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ._files import existing_file
from ._options import check_option

# Cells parsed at a time: 12 MB as int64, and large enough that pandas' cost per
# chunk does not show.
_CELLS_PER_CHUNK = 1_500_000
# Lines looked at a time when one is counted: 22 MB if each holds 784 pixels.
_LINES_PER_CHUNK = 10_000
# Only an empty cell is missing: "NA" or "None" may well be the name of a class.
_CELLS = {"keep_default_na": False, "na_values": [""]}
_SEPS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_DAMAGE = (ValueError, EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class CSVTable:
    """A CSV file whose columns are known; columns are numbers, from 0.

    Parameters
    ----------
    path : pathlib.Path
        The file, which may be packed (``.gz``, ``.zip``, ...).
    sep : str
        What stands between two cells.
    names : tuple of str
        Column names; the numbers themselves if the file has no header.
    has_header : bool
        Whether the first line holds the names.
    """

    path: Path
    sep: str
    names: tuple[str, ...]
    has_header: bool

    def position(self, column: str | int, argument: str) -> int:
        """Return the number of a column that the user names.

        Parameters
        ----------
        column : str or int
            A name in the header, or a position; negative ones count from the end.
        argument : str
            The argument it was passed for, named in errors.

        Returns
        -------
        int
            Position, from 0.

        Raises
        ------
        ValueError
            If there is no such column. The message lists the columns.
        """
        if isinstance(column, str):
            if self.has_header and column in self.names:
                return self.names.index(column)
        elif -len(self.names) <= column < len(self.names):
            return range(len(self.names))[column]
        raise ValueError(
            f"{self.path} has no column {argument}={column!r}; {self._columns()}"
        )

    def chunks(self, text_columns: Iterable[int]) -> Iterator[pd.DataFrame]:
        """Yield the rows as frames whose columns and rows are numbered from 0.

        Parameters
        ----------
        text_columns : iterable of int
            Columns to leave as text; all others become numbers where they can.

        Yields
        ------
        pandas.DataFrame of shape (n_rows_of_the_chunk, n_columns)
            The next rows.

        Raises
        ------
        ValueError
            If the file cannot be parsed.
        """
        n_columns = len(self.names)
        try:
            with pd.read_csv(
                self.path,
                sep=self.sep,
                header=0 if self.has_header else None,
                names=range(n_columns),
                dtype=dict.fromkeys(text_columns, str),
                chunksize=max(1, _CELLS_PER_CHUNK // n_columns),
                low_memory=False,
                **_CELLS,
            ) as reader:
                for frame in reader:
                    # pandas takes cells that have no name for an index.
                    if not isinstance(frame.index, pd.RangeIndex):
                        raise ValueError(
                            f"the first line has {n_columns} cells, but rows have "
                            f"{n_columns + frame.index.nlevels}"
                        )
                    yield frame
        except _DAMAGE as error:
            raise unreadable(self.path, error) from error

    def line_of(self, row: int) -> int:
        """Return the line of the file, from 1, in which a row stands.

        Parameters
        ----------
        row : int
            Number of the row, from 0, headers and blank lines not counted.

        Returns
        -------
        int
            Its line. The file is read again, so this is for error messages.
        """
        row += self.has_header
        with pd.read_csv(
            self.path,
            # A character that is in no line makes each line one cell.
            sep="\x01",
            header=None,
            names=["text"],
            quoting=csv.QUOTE_NONE,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
            chunksize=_LINES_PER_CHUNK,
        ) as reader:
            for lines in reader:
                written = lines.index[lines["text"].str.strip() != ""]
                if row < len(written):
                    return int(written[row]) + 1
                row -= len(written)
        raise IndexError(f"{self.path} has fewer rows than it had before.")

    def _columns(self) -> str:
        """Say in an error which columns there are."""
        last = len(self.names) - 1
        if not self.has_header:
            return (
                f"its columns have no names, only positions: 0 to {last}, or -1 for "
                "the last. If the first line holds names, pass header=0."
            )
        shown = self.names if last < 20 else (*self.names[:10], "...", self.names[-1])
        return (
            f"its columns are {', '.join(shown)} (positions 0 to {last}). If the first "
            "line is no header, pass header=None."
        )


def open_table(
    path: str | os.PathLike[str], header: str | int | None, sep: str
) -> CSVTable:
    """Look at the first line of a CSV file.

    Parameters
    ----------
    path : str or path-like
        The file.
    header : {"infer", 0, None}
        Whether the first line holds names; "infer" decides by :func:`is_header`.
    sep : str
        What stands between two cells.

    Returns
    -------
    CSVTable
        The file with its columns.

    Raises
    ------
    MissingFileError
        If there is no such file.
    ValueError
        If the file is empty or no text, its cells are apart by something else than
        `sep`, or `header` is something else.
    """
    if header is not None and (isinstance(header, bool) or header != 0):
        check_option("header (a word, or 0, or None)", header, ("infer",))
    file = existing_file(path)
    try:
        line = pd.read_csv(
            file, sep=sep, header=None, nrows=1, dtype=str, keep_default_na=False
        )
    except pd.errors.EmptyDataError as error:
        raise ValueError(f"{file} is empty; it should hold rows of pixels.") from error
    except _DAMAGE as error:
        raise unreadable(file, error) from error
    cells = tuple(line.iloc[0])
    _check_sep(file, cells, sep)
    has_header = is_header(cells) if header == "infer" else header is not None
    names = cells if has_header else tuple(map(str, range(len(cells))))
    return CSVTable(file, sep, names, has_header)


def _check_sep(file: Path, cells: tuple[str, ...], sep: str) -> None:
    """Refuse a first line that is one cell, but would be more with another `sep`."""
    others = {other: cells[0].count(other) for other in _SEPS if other != sep}
    likely = max(others, key=others.get)
    if len(cells) == 1 and others[likely]:
        raise ValueError(
            f"The cells of {file} are separated by {_SEPS[likely]}; pass "
            f"sep={likely!r}."
        )


def is_header(cells: tuple[str, ...]) -> bool:
    """Tell whether the cells of a first line are names rather than values.

    They are when no two are equal (among hundreds of pixels some always are) and
    they hold text, or count up by one as ``0,1,2,...`` does.

    Examples
    --------
    >>> is_header(("Id", "Label", "1", "2"))
    True
    >>> is_header(("0", "1", "2"))
    True
    >>> is_header(("0", "0", "127", "cat"))
    False
    """
    if len(set(cells)) < len(cells):
        return False
    numbers = pd.to_numeric(pd.Series([cell for cell in cells if cell]), "coerce")
    holds_text = numbers.isna().any()
    counts_up = len(cells) > 1 and (numbers.diff()[1:] == 1).all()
    return bool(holds_text or counts_up)


def unreadable(path: Path, error: Exception) -> ValueError:
    """Return the error for a file that pandas cannot parse."""
    return ValueError(
        f"{path} cannot be read as a CSV file: {str(error).strip()}. Check that it is "
        "complete, that all lines have as many cells, and the sep that is between them."
    )
