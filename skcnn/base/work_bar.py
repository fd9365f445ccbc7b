"""How far long work is: a bar where somebody looks, else a line per finished part."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from tqdm.auto import tqdm

from skcnn.base import words
from skcnn.base.stopwatch import Stopwatch
from skcnn.base.told import Listener, heard_by

# A bar is drawn no more often.
_SECONDS = 0.1


class WorkBar:
    """Shows on stderr how far some work is, in a ``with`` statement.

    In a terminal, and in a notebook that has tqdm's widgets, it is a bar. Elsewhere, as
    in a log, what was written cannot be taken back: there it is a line per finished
    part.

    Parameters
    ----------
    total : float
        Of the work, in any unit.
    done : float, default=0.0
        What is done of it already.
    is_shown : bool, default=True
        False: nothing is shown.
    hear : callable, optional
        Hears what calls inside the ``with`` statement tell, where it is a bar.

    Attributes
    ----------
    total : float
        It may be set anew.
    moves : bool
        Whether it is a bar.
    """

    def __init__(
        self,
        total: float,
        done: float = 0.0,
        is_shown: bool = True,
        hear: Listener | None = None,
    ):
        self.total = total
        self.is_shown = is_shown
        self.moves = is_shown and _can_move()
        self._bar = tqdm(
            total=total,
            initial=done,
            disable=not self.moves,
            # `is_due` says when.
            mininterval=0,
            miniters=0,
            dynamic_ncols=True,
            bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}{postfix}",
        )
        self._since: Stopwatch | None = None
        self._hearing = heard_by(hear) if hear and self.moves else nullcontext()

    def __enter__(self) -> WorkBar:
        self._hearing.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hearing.__exit__(None, None, None)
        self._bar.close()

    @property
    def is_due(self) -> bool:
        """Whether it is a bar that was not drawn just now."""
        return self.moves and (self._since is None or self._since.seconds >= _SECONDS)

    def move(self, done: float, what: str, *texts: str) -> None:
        """Draw the bar: what is being done, and texts about it; it never goes back."""
        if self.moves:
            self._since = Stopwatch()
            self._bar.total = self.total
            self._bar.set_description_str(what, refresh=False)
            self._bar.set_postfix_str(", ".join(filter(None, texts)), refresh=False)
            self._bar.update(max(0.0, done - self._bar.n))

    def line(self, text: str) -> None:
        """Write a line about a finished part, where there is no bar."""
        if self.is_shown and not self.moves and sys.stderr is not None:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()


def _can_move() -> bool:
    """Whether what is written can be drawn over."""
    has_widgets = any(one.__module__ == "tqdm.notebook" for one in tqdm.__mro__)
    return has_widgets or (sys.stderr is not None and sys.stderr.isatty())


@contextmanager
def bar_of_one(what: str, is_shown: bool) -> Iterator[None]:
    """Show how far the one fit is that is made meanwhile."""
    if not is_shown:
        yield
        return
    watch = Stopwatch()

    def hear(part: float, where: str) -> None:
        if bar.is_due:
            left = watch.seconds * (1 / part - 1) if part else math.inf
            bar.move(part, what, where, in_words(left))

    with WorkBar(1.0, hear=hear) as bar:
        bar.move(0.0, what)
        yield
        bar.move(1.0, what)
        bar.line(f"{what}: {words.seconds(watch.seconds)}")


def in_words(left: float, known: str = "about") -> str:
    """Say how many seconds are left; nothing of infinity, or of less than a half.

    Examples
    --------
    >>> in_words(200), in_words(48, "over"), in_words(0)
    ('about 3 min left', 'over 50 s left', '')
    """
    if not 0.5 <= left < math.inf:
        return ""
    return f"{known} {words.roughly(left)} left"
