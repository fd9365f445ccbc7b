"""A CSV file as a table: its columns, and its rows, some at a time."""

import csv
import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from skcnn.base.arguments import check_option
from skcnn.base.words import shown

from ._files import existing_file, reading, unpacked

# The columns of text, and the number of each text that is in one.
Texts = dict[int, dict[str, int]]

# Cells parsed at a time: 12 MB as float64.
_CELLS_PER_PIECE = 1_500_000
# 2048 x 2048 pixels take half of it.
_LONGEST_LINE = 2**25
#: How the user writes that cells are separated by blanks, as pandas has it.
BLANKS = r"\s+"
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

    def pieces(self) -> Iterator[dict[int, str]]:
        """Yield the lines of some rows by their numbers, from 1, without blank ones.

        Raises
        ------
        ValueError
            If the file cannot be read as text.
        """
        n_rows = max(1, _CELLS_PER_PIECE // len(self.names))
        with _reading(self.path), _opened(self.path) as stream:
            lines = islice(_lines(stream, self.sep), int(self.has_header), None)
            while piece := dict(islice(lines, n_rows)):
                yield piece

    def parse(
        self, lines: dict[int, str], texts: Texts, target: int | None = None
    ) -> np.ndarray:
        """Return the numbers in some lines.

        Parameters
        ----------
        lines : dict of int to str
            One of `pieces`.
        texts : dict of int to dict
            Columns of text, and the number of each text in it. New ones are added.
        target : int or None
            The one of them whose cells may not be empty.

        Returns
        -------
        ndarray of shape (n_lines, n_columns), float64
            All cells, of columns of text the numbers.

        Raises
        ------
        ValueError
            If a cell is no number that is finite in float32, or a row is of another
            length. The message names the line and the column.
        """
        try:
            values = np.loadtxt(
                lines.values(),
                delimiter=None if self.sep == BLANKS else self.sep,
                comments=None,
                quotechar='"',
                converters={at: _numbering(known) for at, known in texts.items()},
                encoding=None,
                ndmin=2,
            )
        except ValueError as error:
            self._explain(lines, texts, target)
            with _reading(self.path):
                raise error
        if values.shape[1] != len(self.names) or not _are_finite(values):
            self._explain(lines, texts, target)
        if target is not None and "" in texts[target]:
            self._explain(lines, texts, target)
        return values

    def _explain(
        self,
        lines: dict[int, str],
        texts: dict[int, dict[str, int]],
        target: int | None,
    ) -> None:
        """Raise for the first cell that is none."""
        n_columns = len(self.names)
        for number, line in lines.items():
            with _reading(self.path):
                cells = _cells(line, self.sep)
                if len(cells) > n_columns:
                    raise self._bad_length(number, cells)
            for at, cell in enumerate(cells + [""] * (n_columns - len(cells))):
                if at == target and not cell:
                    raise self._bad_cell(number, at, "", "Every image needs a label.")
                if at not in texts and not _is_pixel(cell):
                    cure = (
                        "Pixels are finite numbers; name a column of labels by "
                        "target=, and others that hold no pixels by drop=."
                    )
                    raise self._bad_cell(number, at, cell, cure)
            with _reading(self.path):
                if len(cells) < n_columns:
                    raise self._bad_length(number, cells)

    def _bad_length(self, line: int, cells: list[str]) -> ValueError:
        return ValueError(
            f"the first line has {len(self.names)} cells, but line {line} has "
            f"{len(cells)}"
        )

    def _bad_cell(self, line: int, column: int, cell: str, cure: str) -> ValueError:
        state = f"holds {shown(cell)}" if cell else "is empty"
        return ValueError(
            f"{self.path}, line {line}, column {self.names[column]!r}: the cell "
            f"{state}. {cure}"
        )

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


def _numbering(known: dict[str, int]) -> Callable[[str], int]:
    """Return a function that gives each text a number, from 0."""
    return lambda text: known.setdefault(text, len(known))


def _are_finite(values: np.ndarray) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.isfinite(values.astype(np.float32)).all())


def _is_pixel(cell: str) -> bool:
    """Whether a cell holds a finite number.

    Python reads more as one than NumPy: 1_000, and digits of other scripts.
    """
    if "_" in cell or not cell.strip().isascii():
        return False
    try:
        return _are_finite(np.array(float(cell)))
    except ValueError:
        return False


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
    if sep != BLANKS and (len(sep) != 1 or sep in '\r\n"'):
        raise ValueError(
            f'sep must be one character, or r"{BLANKS}" for blanks; got sep={sep!r}.'
        )
    file = existing_file(path)
    with _reading(file), _opened(file) as stream:
        _, line = next(_lines(stream, sep), (0, ""))
        cells = tuple(_cells(line, sep)) if line else ()
    if not cells:
        raise ValueError(f"{file} is empty; it should hold rows of pixels.")
    _check_sep(file, cells, sep)
    has_header = is_header(cells) if header == "infer" else header is not None
    names = cells if has_header else tuple(map(str, range(len(cells))))
    return CSVTable(file, sep, names, has_header)


def _check_sep(file: Path, cells: tuple[str, ...], sep: str) -> None:
    """Refuse a first line that is one cell, but would be more with another `sep`."""
    others = {other: cells[0].count(other) for other in _SEPS if other != sep}
    likely = max(others, key=others.__getitem__)
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
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a CSV file, plain or packed, whose lines are no longer than any image."""
    with unpacked(path) as stream:
        yield io.BufferedReader(_BoundedLines(stream), 2**18)


class _BoundedLines(io.RawIOBase):
    """The bytes of a stream, refused where a line is too long.

    Two megabytes of gzip may be one line of two gigabytes.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._length = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._stream.read(len(buffer))
        n_bytes = len(read)
        buffer[:n_bytes] = read
        n_last = n_bytes - 1 - max(read.rfind(b"\n"), read.rfind(b"\r"))
        self._length = n_last + (self._length if n_last == n_bytes else 0)
        if self._length > _LONGEST_LINE:
            raise ValueError(
                f"a line of it has more than {_LONGEST_LINE // 2**20} MB, too much for "
                "one image"
            )
        return n_bytes


def _lines(stream: IO[bytes], sep: str) -> Iterator[tuple[int, str]]:
    """Yield each line that is not blank, and its number, from 1."""
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    lines = enumerate(text, start=1)
    for number, line in lines:
        if line.count('"') % 2 and sep != BLANKS:
            yield number, _until_quotes_close(line, lines, sep)
        elif line.strip(" \r\n"):
            yield number, line


def _until_quotes_close(line: str, lines: Iterator[tuple[int, str]], sep: str) -> str:
    """Return a line with those after it that its last quoted cell reaches into."""
    parts = [line]

    def more() -> Iterator[str]:
        yield line
        for _, part in lines:
            parts.append(part)
            yield part
        raise ValueError('it ends within a cell that begins with a quote (")')

    next(csv.reader(more(), delimiter=sep))
    return "".join(parts)


def _cells(line: str, sep: str) -> list[str]:
    return line.split() if sep == BLANKS else next(csv.reader([line], delimiter=sep))
