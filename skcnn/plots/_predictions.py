"""What a classifier said of images, and which of it somebody asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.multiclass import unique_labels

from skcnn.plots._figure import shorten


class Predictions:
    """Labels, true and predicted, of images.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
    confidence : array-like of shape (n,), optional
        Probability of each predicted label.
    rows : ndarray of shape (n,), optional
        Number of each answer's image; None: the answers are in the images' order.
    classes : ndarray of shape (k,), optional
        Labels that there are beside those that occur.

    Attributes
    ----------
    classes : ndarray
        All labels, sorted.
    """

    def __init__(self, y_true, y_pred, confidence=None, *, rows=None, classes=None):
        self.y_true, self.y_pred = np.asarray(y_true), np.asarray(y_pred)
        self.confidence = None if confidence is None else np.asarray(confidence)
        self.rows = np.arange(len(self.y_true)) if rows is None else rows
        others = [] if classes is None else [classes]
        self.classes = unique_labels(self.y_true, self.y_pred, *others)

    def find(self, true: Any = None, predicted: Any = None) -> np.ndarray:
        """Return the numbers of the answers asked for, the most confident first.

        Parameters
        ----------
        true, predicted : label, optional
            Two labels ask for these answers, right or wrong; else mistakes are meant.

        Returns
        -------
        ndarray of shape (n_found,)
            Without a confidence they are in their order. Of several answers about one
            image, which repeated folds give, it is the first.

        Raises
        ------
        ValueError
            For a label that there is not.
        """
        found = self._find(true, predicted)
        _, firsts = np.unique(self.rows[found], return_index=True)
        return found[np.sort(firsts)]

    def _find(self, true: Any, predicted: Any) -> np.ndarray:
        self._check_label("true", true)
        self._check_label("predicted", predicted)
        is_found = np.full(len(self.y_true), True)
        if true is not None:
            is_found &= self.y_true == true
        if predicted is not None:
            is_found &= self.y_pred == predicted
        if true is None or predicted is None:
            is_found &= self.y_true != self.y_pred
        found = np.flatnonzero(is_found)
        if self.confidence is None:
            return found
        return found[np.argsort(-self.confidence[found], kind="stable")]

    def _check_label(self, parameter: str, label: Any) -> None:
        if label is not None and label not in self.classes.tolist():
            raise ValueError(
                f"{parameter}={label!r} is no label here; there are "
                f"{shorten(self.classes.tolist())}."
            )

    def describe(
        self, true: Any, predicted: Any, names: Mapping[Any, str], n_shown: int
    ) -> str:
        """Say what was found: ``38 mistakes in 899 images, the 20 most confident``.

        Parameters
        ----------
        true, predicted : label or None
            As in :meth:`find`.
        names : mapping from labels to str
        n_shown : int
            How many are shown at most.
        """
        n_found = len(self._find(true, predicted))
        n_found_images = len(self.find(true, predicted))
        count = f"{n_found:,}" if n_found else "none"
        if true is not None:
            asked = (
                "read wrongly" if predicted is None else f"read as {names[predicted]}"
            )
            n_images = int((self.y_true == true).sum())
            text = f"{names[true]} {asked}: {count} of {n_images:,}"
        elif predicted is not None:
            n_images = int((self.y_pred == predicted).sum())
            text = f"Wrongly read as {names[predicted]}: {count} of {n_images:,}"
        else:
            count = f"{n_found:,}" if n_found else "No"
            plural = "" if n_found == 1 else "s"
            text = f"{count} mistake{plural} in {len(self.y_true):,} {self._unit()}"
        if n_found_images < n_found:
            text += f", on {n_found_images:,} image{'' if n_found_images == 1 else 's'}"
        return text + self._describe_order(n_found_images, n_shown)

    def _unit(self) -> str:
        is_repeated = len(np.unique(self.rows)) < len(self.rows)
        return "predictions" if is_repeated else "images"

    def _describe_order(self, n_found: int, n_shown: int) -> str:
        is_sorted = self.confidence is not None
        if n_found > n_shown == 1:
            return ", the most confident" if is_sorted else ", the first"
        if n_found > n_shown:
            return (
                f", the {n_shown} most confident"
                if is_sorted
                else (f", the first {n_shown}")
            )
        return ", the most confident first" if is_sorted and n_found > 1 else ""


def column_of(labels: np.ndarray, classes: Any) -> list[int]:
    """Return the place of every label in a classifier's classes, sorted or not."""
    places = {label: place for place, label in enumerate(np.asarray(classes).tolist())}
    return [places[label] for label in labels.tolist()]


def check_length(parameter: str, values: Any, n_images: int) -> None:
    """Refuse values that are not one per image; None passes."""
    if values is None:
        return
    shape = np.shape(values)
    if len(shape) != 1:
        pick = "max" if parameter == "confidence" else "argmax"
        raise ValueError(
            f"{parameter} has shape {shape}; one value per image is wanted. Of a "
            f"column per class pass .{pick}(axis=1), of a single column np.ravel."
        )
    if shape[0] != n_images:
        raise ValueError(
            f"{parameter} has {shape[0]} values, but there are {n_images} images; one "
            "for each is wanted, in the same order."
        )
