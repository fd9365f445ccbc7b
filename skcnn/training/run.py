"""What one fit needs and ``keras.Model.fit`` has no argument for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skcnn.training.schedules import Schedule
from skcnn.training.table import Table


@dataclass
class Run:
    """The images of one fit, and how its steps go; set by whoever calls ``fit``."""

    images: np.ndarray
    """Training images (n, h, w, c), in the dtype they came in."""
    schedule: Schedule
    seed: int
    """Decides, with the epoch's number, the order of the rows."""
    validation_images: np.ndarray | None = None
    clean: np.ndarray | None = None
    """What the training images should become, in the same order."""
    validation_clean: np.ndarray | None = None
    on_steps: Callable[[int, int], None] | None = None
    """Called with (steps done, steps of the epoch) several times per epoch."""
    chunk: int = 1
    """Steps of the next call into the graph."""

    def table(self, rows, codes, weights) -> Table:
        """Return rows of the training images with their targets and weights."""
        return Table(self.images, rows, codes, weights, self.clean)

    def held_out(self, validation_data) -> Table | None:
        """Return the same of the validation images, where there are any."""
        if validation_data is None:
            return None
        return Table(self.validation_images, *validation_data, self.validation_clean)
