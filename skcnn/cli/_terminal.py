"""What the command says: results to stdout, everything else to stderr."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

# Nothing is wrapped or cut where a program or a file reads.
_WIDTH_OF_A_PIPE = 10_000
# Text in a table is folded where the terminal is narrow, but no narrower than this.
_NARROWEST = 20


class Terminal:
    """Where the user reads.

    Parameters
    ----------
    quiet : bool
        Whether only results, warnings and errors are shown.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet

    @property
    def shows_progress(self) -> bool:
        """Whether somebody looks at bars that move."""
        return not self.quiet and Console(stderr=True).is_terminal

    def note(self, text: str) -> None:
        """Say what is being done."""
        if not self.quiet:
            console(stderr=True).print(Text(text, style="dim"), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Say what may be wrong."""
        _say_to_stderr("Warning: ", "yellow", text)

    def fail(self, text: str) -> None:
        """Say what is wrong."""
        _say_to_stderr("Error: ", "bold red", text)

    def result(self, text: str) -> None:
        """Give a result in words."""
        console().print(Text(text), soft_wrap=True)

    def table(self, names: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
        """Give a table; columns of numbers stand on the right.

        Parameters
        ----------
        names : iterable of str
            Heads of the columns.
        rows : iterable of rows
            Cells: text, numbers, or None for an empty one.
        """
        heads, lines = list(names), [list(row) for row in rows]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        columns = []
        for at, head in enumerate(heads):
            cells = [line[at] for line in lines]
            is_number = any(map(_is_number, cells))
            texts = _as_texts(cells)
            table.add_column(
                Text(head),
                justify="right" if is_number else "left",
                overflow="fold",
                no_wrap=is_number,
                min_width=min(_NARROWEST, max(map(len, [head, *texts]))),
                header_style="bold",
            )
            columns.append(texts)
        for line in zip(*columns, strict=True):
            table.add_row(*map(Text, line))
        wide = console()
        # Numbers are never cut, nor are texts too narrow: the terminal wraps the line.
        free = wide.options.update(max_width=_WIDTH_OF_A_PIPE)
        wide.width = max(wide.width, Measurement.get(wide, free, table).minimum)
        wide.print(table)


def console(stderr: bool = False) -> Console:
    """Return a console on the stream as it is now."""
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_PIPE
    return console


def _say_to_stderr(head: str, style: str, text: str) -> None:
    line = Text.assemble((head, style), text)
    console(stderr=True).print(line, soft_wrap=True)


def _as_texts(cells: list[object]) -> list[str]:
    """Write the cells of a column: counts whole, other numbers with four digits."""
    numbers = [cell for cell in cells if _is_number(cell) and not math.isnan(cell)]
    is_whole = all(float(number).is_integer() for number in numbers)
    is_count = is_whole and max(map(abs, numbers), default=0) > 1
    return [_as_text(cell, is_count) for cell in cells]


def _as_text(cell: object, is_count: bool) -> str:
    if cell is None or (_is_number(cell) and math.isnan(cell)):
        return ""
    if not _is_number(cell) or isinstance(cell, Integral):
        return str(cell)
    if is_count:
        return str(int(cell))
    return f"{cell:.4f}" if abs(cell) < 100 else f"{cell:.1f}"


def _is_number(cell: object) -> bool:
    return isinstance(cell, Real) and not isinstance(cell, bool)
