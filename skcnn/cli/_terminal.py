"""What the command says: results to stdout, all else to stderr, errors as a line."""

from __future__ import annotations

import errno
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from skcnn.cli._option_types import Debug, Quiet

if TYPE_CHECKING:
    import pandas as pd

_FAILED, _INTERRUPTED = 1, 130
NOTHING_WRITTEN = "Nothing was written."
# Nothing is wrapped or cut where a program or a file reads.
_WIDTH_OF_A_PIPE = 10_000
# Text in a table is folded where the terminal is narrow, but no narrower than this.
_NARROWEST = 20
# What messages of the library ask for, and how it is said to the command.
_IN_A_SHELL = {
    "color=": "--color rgb",
    "cv=": "--cv",
    "drop=": "--drop COLUMN",
    "image_shape=": "--image-shape HxW",
    "folder=": "--images-dir FOLDER",
    "images=": "arrays that are called X and y in the file",
    "on_error=": "--skip-broken",
    "sep=": "--sep ';' or --sep tab",
    "size=": "--size HxW",
    "target=": "--target COLUMN",
}


@dataclass(frozen=True)
class Terminal:
    """Where the user reads, and what is shown there."""

    quiet: Quiet = False
    debug: Debug = False

    @contextmanager
    def telling_errors(self, kept: str = "") -> Iterator[None]:
        """Show errors and warnings, and end with the right code.

        Parameters
        ----------
        kept : str
            What to say of the work when it is interrupted.

        Raises
        ------
        typer.Exit
            With 1 for an error, 130 for an interruption.
        """
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: self.warn(str(message))
            try:
                yield
            except KeyboardInterrupt:
                self.fail(f"interrupted. {kept}".strip())
                raise typer.Exit(_INTERRUPTED) from None
            except Exception as error:
                if self.debug or _is_typers(error):
                    raise
                self.fail(in_words(error))
                raise typer.Exit(_FAILED) from None

    @property
    def shows_progress(self) -> bool:
        """Whether somebody looks at bars that move."""
        return not self.quiet and Console(stderr=True).is_terminal

    def note(self, text: str) -> None:
        """Say what is being done."""
        if not self.quiet:
            _console(stderr=True).print(Text(text, style="dim"), soft_wrap=True)

    def note_all(self, *read: object) -> None:
        """Say what was read."""
        for one in read:
            if one is not None:
                self.note(str(one))

    def warn(self, text: str) -> None:
        """Say what may be wrong."""
        _say_to_stderr("Warning: ", "yellow", with_options(text))

    def fail(self, text: str) -> None:
        """Say what is wrong."""
        _say_to_stderr("Error: ", "bold red", with_options(text))

    def result(self, text: str) -> None:
        """Give a result in words."""
        _console().print(Text(text), soft_wrap=True)

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
        columns = as_text(frame).to_dict("list")
        for name, cells in columns.items():
            head, is_number = heads.get(name, name), is_numeric_dtype(frame[name])
            table.add_column(
                Text(head),
                justify="right" if is_number else "left",
                overflow="fold",
                no_wrap=is_number,
                min_width=min(_NARROWEST, max(map(len, [head, *cells]))),
                header_style="bold",
            )
        for row in zip(*columns.values(), strict=True):
            table.add_row(*map(Text, row))
        wide = _console()
        # Numbers are never cut, nor are texts too narrow: the terminal wraps the line.
        free = wide.options.update(max_width=_WIDTH_OF_A_PIPE)
        wide.width = max(wide.width, Measurement.get(wide, free, table).minimum)
        wide.print(table)


def _console(stderr: bool = False) -> Console:
    """Return a console on the stream as it is now."""
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_PIPE
    return console


def _say_to_stderr(head: str, style: str, text: str) -> None:
    line = Text.assemble((head, style), " ".join(text.split()))
    _console(stderr=True).print(line, soft_wrap=True)


def kept_in(store: Path | None) -> str:
    """Say what is left of a comparison when it is interrupted."""
    if store is None:
        return "Nothing was kept; with --store FOLDER finished fits are."
    return (
        f"What was finished is kept in {store}: the same command again goes on from "
        "there."
    )


def _is_typers(error: Exception) -> bool:
    """Whether typer itself tells the user, or the reader of a pipe has gone."""
    is_gone = isinstance(error, OSError) and error.errno == errno.EPIPE
    # Exit, Abort and usage errors have no class in common.
    return is_gone or type(error).__module__.startswith("typer")


def in_words(error: BaseException) -> str:
    """Return what to tell the user of an error, without a traceback.

    ValueError, TypeError, OSError and ImportError speak to the user and are quoted;
    others are nobody's fault but ours.

    Examples
    --------
    >>> in_words(ValueError("There is no file train.csv."))
    'There is no file train.csv.'
    >>> in_words(KeyError("a"))
    "KeyError: 'a'. This should not happen: --debug shows where it comes from."
    """
    if isinstance(error, MemoryError):
        return f"Out of memory. {error} Try fewer images, with --images.".strip()
    if isinstance(error, (ValueError, TypeError, OSError, ImportError)):
        return str(error) or type(error).__name__
    return (
        f"{type(error).__name__}: {error}. This should not happen: --debug shows where "
        "it comes from."
    )


def with_options(text: str) -> str:
    """Return a message, and behind it the options for what it asks of Python's users.

    Examples
    --------
    >>> with_options("Their sizes differ; pass size=(16, 16).")
    'Their sizes differ; pass size=(16, 16). In a shell: --size HxW.'
    >>> with_options("Every estimator failed: --set batch_size=0.")
    'Every estimator failed: --set batch_size=0.'
    """
    said = {word.lstrip("(`") for word in text.replace("=", "= ").split()}
    options = [option for asked, option in _IN_A_SHELL.items() if asked in said]
    return f"{text} In a shell: {'; '.join(options)}." if options else text
