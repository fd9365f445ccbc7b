"""A CSV file as a table: its columns, its rows in chunks, its lines."""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from ._files import existing_file, reading, unpacked
from ._options import check_option

# Cells parsed at a time: 12 MB as int64, and large enough that pandas' cost per
# chunk does not show.
_CELLS_PER_CHUNK = 1_500_000
# pandas takes 50 us for each column of a chunk, which has few rows by then.
_WIDE = 8192
# 2048 x 2048 pixels take half of it.
_LONGEST_LINE = 2**25
# Only an empty cell is missing: "NA" or "None" may well be the name of a class.
_CELLS = {"keep_default_na": False, "na_values": [""]}
_SEPS = {",": "commas", ";": "semicolons", "\t": "tabs"}


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
        with _reading(self.path), _opened(self.path) as stream:
            if len(self.names) < _WIDE:
                yield from self._chunks(stream, text_columns)
            else:
                yield from self._wide_chunks(stream, [*text_columns])

    def _chunks(
        self, stream: BinaryIO, text_columns: Iterable[int]
    ) -> Iterator[pd.DataFrame]:
        """Yield the rows as pandas reads them."""
        n_columns = len(self.names)
        with pd.read_csv(
            stream,
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
                    raise self._too_long(n_columns + frame.index.nlevels)
                yield frame

    def _wide_chunks(
        self, stream: BinaryIO, text_columns: list[int]
    ) -> Iterator[pd.DataFrame]:
        """Yield the rows without pandas' cost per column."""
        n_columns = len(self.names)
        rows = islice(_rows(stream, self.sep), int(self.has_header), None)
        n_rows, start = max(1, _CELLS_PER_CHUNK // n_columns), 0
        while chunk := list(islice(rows, n_rows)):
            longest = max(map(len, chunk))
            if longest > n_columns:
                raise self._too_long(longest)
            cells = np.full((len(chunk), n_columns), np.nan, object)
            for row, of_row in zip(cells, chunk, strict=True):
                row[: len(of_row)] = of_row
            cells[cells == ""] = np.nan
            frame = _as_numbers(cells, text_columns)
            yield frame.set_axis(range(start, start + len(chunk)))
            start += len(chunk)

    def _too_long(self, n_cells: int) -> ValueError:
        return ValueError(
            f"the first line has {len(self.names)} cells, but rows have {n_cells}"
        )

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
        with _opened(self.path) as stream:
            lines = enumerate(_text(stream), start=1)
            written = (number for number, line in lines if line.strip())
            return next(islice(written, row + self.has_header, None))

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


def _as_numbers(cells: np.ndarray, text_columns: list[int]) -> pd.DataFrame:
    """Return cells in few blocks: numbers where all are finite, the others as text."""
    texts = cells[:, text_columns]
    cells[:, text_columns] = 0
    try:
        numbers = cells.astype(np.float64)
    except ValueError:
        numbers = np.array(np.nan)
    values = numbers if np.isfinite(numbers).all() else cells
    frame = pd.DataFrame(values, dtype=values.dtype)
    for at, column in zip(text_columns, texts.T, strict=True):
        frame.isetitem(at, column)
    return frame


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
    with _reading(file), _opened(file) as stream:
        cells = tuple(next(_rows(stream, sep), ()))
    if not cells:
        raise ValueError(f"{file} is empty; it should hold rows of pixels.")
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


def _reading(path: Path) -> AbstractContextManager[None]:
    cure = (
        "Check that it is complete, that all lines have as many cells, and the sep "
        "that is between them."
    )
    return reading(path, "a CSV file", cure)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a CSV file, plain or packed, whose lines are no longer than any image."""
    with unpacked(path) as stream:
        yield io.BufferedReader(_BoundedLines(stream), 2**18)


class _BoundedLines(io.RawIOBase):
    """The bytes of a stream, refused where a line is too long.

    Two megabytes of gzip may be one line of two gigabytes.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._length = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        n_bytes = self._stream.readinto(buffer)
        read = bytes(buffer[:n_bytes])
        n_last = n_bytes - 1 - max(read.rfind(b"\n"), read.rfind(b"\r"))
        self._length = n_last + (self._length if n_last == n_bytes else 0)
        if self._length > _LONGEST_LINE:
            raise ValueError(
                f"a line of it has more than {_LONGEST_LINE // 2**20} MB, too much for "
                "one image"
            )
        return n_bytes


def _text(stream: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, "utf-8-sig", newline="")


def _rows(stream: BinaryIO, sep: str) -> Iterator[list[str]]:
    """Yield the cells of each line that is not blank."""
    text = _text(stream)
    if len(sep) == 1:
        rows = csv.reader(text, delimiter=sep)
    else:
        rows = (re.split(sep, line.strip()) for line in text)
    return (row for row in rows if len(row) > 1 or "".join(row).strip())
