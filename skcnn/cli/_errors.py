"""Errors, warnings and interruptions as one or two lines for a person."""

from __future__ import annotations

import errno
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from skcnn.cli._terminal import Terminal

_FAILED, _INTERRUPTED = 1, 130
# What a reader of data says to Python's users, and what the command's can do.
_IN_OPTIONS = {
    r"Say by images= which one holds the images": "Rename the arrays to X and y",
    r"name the arrays that belong together by images= and target=": (
        "rename the arrays that belong together to X and y"
    ),
    r",? or pass labels=None to read all images without labels": "",
    r"\bsep='\\t'": "--sep tab",
    # Not in "--set image_shape=(8, 8)", which can be written as it is.
    r"(?<![\w:])(?<!--set )(size|image_shape)=\(([\d, ]+)\)": (
        lambda found: (
            f"--{found[1].replace('_', '-')} {'x'.join(re.findall('[0-9]+', found[2]))}"
        )
    ),
    r"\bimage_shape=\(height, width\)": "--image-shape HxW",
    r"(?<![\w:])(?<!--set )(target|drop|sep|cv)=(?=[\w'\"-])": r"--\1 ",
    r"(?<![\w:])(?<!--set )(target|drop)=": r"--\1",
}


@contextmanager
def errors_as_text(terminal: Terminal, debug: bool, kept: str) -> Iterator[None]:
    """Show errors and warnings as text, and end with the right exit code.

    Parameters
    ----------
    terminal : Terminal
        Where the text goes.
    debug : bool
        Whether errors pass as they are, with their traceback.
    kept : str
        What to say of the work when it is interrupted.

    Raises
    ------
    typer.Exit
        With 1 for an error, 130 for an interruption.
    """
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: terminal.warn(
            in_options(_one_line(message))
        )
        try:
            yield
        except KeyboardInterrupt:
            terminal.fail(f"interrupted. {kept}".strip())
            raise typer.Exit(_INTERRUPTED) from None
        except Exception as error:
            if debug or is_typers(error):
                raise
            terminal.fail(in_words(error))
            raise typer.Exit(_FAILED) from None


def is_typers(error: Exception) -> bool:
    """Whether typer itself tells the user, or the reader of a pipe has gone."""
    is_gone = isinstance(error, OSError) and error.errno == errno.EPIPE
    # Exit, Abort and usage errors have no class in common.
    return is_gone or type(error).__module__.startswith("typer")


def in_words(error: BaseException) -> str:
    """Return what to tell the user of an error.

    Parameters
    ----------
    error : BaseException
        ValueError, TypeError, OSError and ImportError speak to the user and are
        quoted; others are nobody's fault but ours.

    Returns
    -------
    str
        A sentence or two, without a traceback.

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
        return in_options(_one_line(error)) or type(error).__name__
    return (
        f"{type(error).__name__}: {_one_line(error)}. This should not happen: --debug "
        "shows where it comes from."
    )


def in_options(text: str) -> str:
    """Return a text that names Python's arguments with the command's options.

    Examples
    --------
    >>> in_options("Pass size=(16, 16), or at most cv=20; ids go by drop=.")
    'Pass --size 16x16, or at most --cv 20; ids go by --drop.'
    """
    for pattern, option in _IN_OPTIONS.items():
        text = re.sub(pattern, option, text)
    return text


def _one_line(message: object) -> str:
    return " ".join(str(message).split())
