"""What classes and images are called on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skcnn.comparison import Predictions


@dataclass(frozen=True)
class Names:
    """Names that the user gave.

    Attributes
    ----------
    classes : sequence of k str, optional
        In the order of the classes; None: the labels themselves.
    images : sequence of n str, optional
        None: the numbers of the rows.
    """

    classes: Sequence[str] | None = None
    images: Sequence[str] | None = None

    def of_labels(self, y: Any, classes: Any) -> Any:
        """Return the names of labels; one that is no class stays as it is."""
        if self.classes is None or y is None:
            return y
        names = dict(zip(np.asarray(classes).tolist(), self.classes, strict=True))
        labels = np.asarray(y).tolist()
        return np.array([str(names.get(label, label)) for label in labels])

    def of_predictions(self, said: Predictions) -> Predictions:
        """Return predictions of names; scores keep their columns."""
        if self.classes is None:
            return said
        return replace(
            said,
            y_true=self.of_labels(said.y_true, said.classes),
            y_pred=self.of_labels(said.y_pred, said.classes),
            classes=np.array(self.classes),
        )
