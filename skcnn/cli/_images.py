"""Images, and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skcnn.cli._terminal import Terminal


@dataclass(frozen=True)
class Images:
    """Images, and what belongs to them.

    Attributes
    ----------
    source : str
        Where they come from.
    X : ndarray of shape (n, ...)
        Images, or flat rows.
    y : ndarray of shape (n,) or None
        Labels.
    ids : ndarray of shape (n,) or None
        What the file calls each image.
    id_column : str
        Name of the column they come from; empty where there is none.
    columns : str
        What was done with the columns of a CSV file.
    pixel_names : tuple of str or None
        Names of the columns of pixels, in the order of ``X``; None where there are
        none.
    """

    source: str
    X: np.ndarray
    y: np.ndarray | None = None
    ids: np.ndarray | None = None
    id_column: str = ""
    columns: str = ""
    pixel_names: tuple[str, ...] | None = None

    def __str__(self) -> str:
        shape = "x".join(map(str, self.X.shape[1:]))
        unit = " pixels" if self.X.ndim == 2 else ""
        parts = [f"{self.source}: {len(self.X)} images of {shape}{unit}"]
        parts.append(str(self.X.dtype))
        if self.y is not None:
            parts.append(f"{len(np.unique(self.y))} classes")
        return ", ".join(parts) + (f" ({self.columns})" if self.columns else "")


def note_images(images: Images, test: Images | None, terminal: Terminal) -> None:
    """Say what was read."""
    terminal.note(str(images))
    if test is not None:
        terminal.note(str(test))
