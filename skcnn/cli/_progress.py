"""A bar over the fits of a search, which may run in other processes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from sklearn.base import BaseEstimator

from skcnn.cli._terminal import Terminal, console

Scorer = Callable[..., float]


class CountedScorer:
    """A scorer that leaves a byte in a file each time, so that others can count.

    A file, because scikit-learn's searches tell nobody of a finished fit, and fits may
    run in other processes.

    Parameters
    ----------
    scorer : callable
        Takes an estimator, images and labels.
    path : path-like
        The file.
    """

    def __init__(self, scorer: Scorer, path: Path) -> None:
        self.scorer = scorer
        self.path = path

    def __call__(self, estimator: BaseEstimator, X, y) -> float:
        """Return the score."""
        score = self.scorer(estimator, X, y)
        with self.path.open("ab") as file:
            file.write(b".")
        return score


@contextmanager
def counted(scorer: Scorer, n_fits: int, terminal: Terminal) -> Iterator[Scorer]:
    """Show how many of the fits are done, to whoever looks.

    Parameters
    ----------
    scorer : callable
        Called once per fit.
    n_fits : int
        Fits in all.
    terminal : Terminal
        Where the bar moves.

    Yields
    ------
    callable
        The scorer to use instead.
    """
    if not terminal.shows_progress:
        yield scorer
        return
    handle, name = tempfile.mkstemp(prefix="skcnn-search-")
    os.close(handle)
    path = Path(name)
    try:
        with _CountingBar(path, n_fits):
            yield CountedScorer(scorer, path)
    finally:
        path.unlink()


class _CountingBar(Progress):
    """A bar that is as long as a file; rich asks for it ten times a second."""

    def __init__(self, path: Path, n_fits: int) -> None:
        self._path = path
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console(stderr=True),
        )
        self._task = self.add_task("fits", total=n_fits)

    def get_renderables(self):
        # rich calls this once before the constructor is done.
        if hasattr(self, "_task"):
            self.update(self._task, completed=self._path.stat().st_size)
        return super().get_renderables()
