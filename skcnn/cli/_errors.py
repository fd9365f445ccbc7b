"""Errors, warnings and interruptions as one or two lines for a person."""

from __future__ import annotations

import errno
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from skcnn.cli._terminal import Terminal

_TRACEBACK = "Traceback (most recent call last):"
_FAILED, _INTERRUPTED = 1, 130


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
        warnings.showwarning = lambda message, *_: terminal.warn(_one_line(message))
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
    # Exit, Abort and usage errors are of no common class in all versions of typer.
    return is_gone or type(error).__module__.startswith(("typer", "click"))


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
        return cause_of(str(error)) or type(error).__name__
    return (
        f"{type(error).__name__}: {_one_line(error)}. This should not happen: --debug "
        "shows where it comes from."
    )


def cause_of(text: str) -> str:
    r"""Return the last error that is quoted in a text with tracebacks, or the text.

    scikit-learn quotes the whole traceback when all fits of a search fail.

    Examples
    --------
    >>> quoted = "Traceback (most recent call last):\n  File ...\nValueError: no.\n"
    >>> cause_of("All 6 fits failed.\n" + quoted)
    'no.'
    """
    _, found, quoted = text.rpartition(_TRACEBACK)
    if not found:
        return text.strip()
    # Lines of the traceback are indented; the error's own text is not.
    lines = [line for line in quoted.splitlines() if line and line[0] not in " -"]
    return " ".join(lines).partition(": ")[2].strip() or text.strip()


def _one_line(message: object) -> str:
    text = str(message).strip()
    # "3 fits failed out of a total of 9." stands before the first traceback.
    head = text.split("\n")[:1] if _TRACEBACK in text else []
    return " ".join(" ".join([*head, cause_of(text)]).split())
