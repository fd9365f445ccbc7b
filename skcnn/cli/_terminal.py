"""What the command says: results to stdout, everything else to stderr."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

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

    def table(self, frame: pd.DataFrame, heads: Mapping[str, str] = {}) -> None:
        """Give a table; columns of numbers stand on the right.

        Parameters
        ----------
        frame : DataFrame
            Its columns are shown, rounded as those of a comparison.
        heads : mapping of str to str
            What stands above a column, where that is not its name.
        """
        # Not at the top: help is there at once.
        from pandas.api.types import is_numeric_dtype

        from skcnn.comparison import as_text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        texts = as_text(frame)
        for name, kind in frame.dtypes.items():
            head, is_number = heads.get(name, name), is_numeric_dtype(kind)
            table.add_column(
                Text(head),
                justify="right" if is_number else "left",
                overflow="fold",
                no_wrap=is_number,
                min_width=min(_NARROWEST, max(map(len, [head, *texts[name]]))),
                header_style="bold",
            )
        for line in texts.itertuples(index=False, name=None):
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
