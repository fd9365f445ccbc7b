"""Displays as pictures of a page, with captions; or notes why there are none."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from skcnn.reporting._page import Picture
from skcnn.reporting._svg import to_svg


class Album:
    """Draws the pictures of a page one after the other.

    Attributes
    ----------
    pictures : list of Picture
        What was drawn.
    notes : list of str
        A sentence for every picture that is left out.
    """

    def __init__(self, prefix: str):
        self.prefix = prefix
        self.pictures: list[Picture] = []
        self.notes: list[str] = []

    def add(self, name: str, make: Callable[[], Any], caption: str, alt: str) -> None:
        """Draw one picture.

        After hours of training, one that cannot be drawn must not cost the page: it is
        left out with a note, and there is a warning.

        Parameters
        ----------
        name : str
            What it is, such as "confusion matrix".
        make : callable
            Returns a Display with a ``figure_``.
        caption, alt : str
            What is seen, and what stands in its place for who cannot see.
        """
        id = f"{self.prefix}-{name.replace(' ', '-')}"
        try:
            svg = _draw(make, id)
        except Exception as error:
            self.notes.append(f"The {name} could not be drawn: {error}")
            warnings.warn(
                f"The page lacks the {name}, which could not be drawn: {error!r}",
                RuntimeWarning,
                stacklevel=4,
            )
            return
        self.pictures.append(Picture(id, svg, caption, alt))

    def leave_out(self, name: str, reason: str) -> None:
        """Note why a picture is not there."""
        self.notes.append(f"There is no {name}: {reason}.")


def _draw(make: Callable[[], Any], id: str) -> str:
    import matplotlib.pyplot as plt

    with _own_style(plt):
        figure = make().figure_
        try:
            return to_svg(figure, id)
        finally:
            plt.close(figure)


@contextmanager
def _own_style(plt: Any) -> Iterator[None]:
    """Draw as a page needs it, whatever style and windows the user has."""
    with plt.ioff(), plt.style.context("default"):
        yield
