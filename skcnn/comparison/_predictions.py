"""What a classifier said of images: one object for tables, Displays and pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import (
    _num_samples,
    check_consistent_length,
    column_or_1d,
)

from skcnn.base.words import few


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a classifier said of images.

    Attributes
    ----------
    y_true : ndarray of shape (n,)
        Labels of the images.
    y_pred : ndarray of shape (n,) or None
        Predicted labels; None where only scores are known.
    proba : ndarray of shape (n, k) or None
        Probabilities, or other scores, of each class.
    decision : ndarray of shape (n, k), or (n,) for two classes, or None
        Decision values of a classifier without probabilities.
    classes : ndarray of shape (k,)
        Labels in the order of the columns. Those that occur, sorted, where none are
        given.
    confidence : ndarray of shape (n,) or None
        Probability of each predicted label.
    indices : ndarray of shape (n,)
        Number of each image in ``X``. The images' order, where none are given.
    X : images or None
        In any layout.
    image_shape : tuple or None
        How flat rows of ``X`` are cut.
    name : str or None
        The classifier's.
    note : str
        What is to be known of them, such as "out of fold".
    place : int or None
        The classifier's place in its comparison, from 0, which gives it a colour.
    seconds : tuple of float
        That ``predict`` took, and ``predict_proba`` where it was asked.
    """

    y_true: Any
    y_pred: Any = None
    proba: Any = None
    classes: Any = None
    decision: Any = None
    confidence: Any = None
    indices: Any = None
    X: Any = None
    image_shape: tuple | None = None
    name: str | None = None
    note: str = ""
    place: int | None = None
    seconds: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        columns = {"y_true": column_or_1d(self.y_true, dtype=None)}
        if self.y_pred is not None:
            columns["y_pred"] = column_or_1d(self.y_pred, dtype=None)
        check_consistent_length(*columns.values())
        if self.classes is None:
            columns["classes"] = unique_labels(*columns.values())
        else:
            columns["classes"] = np.asarray(self.classes)
        if self.indices is None:
            columns["indices"] = np.arange(len(columns["y_true"]))
        if self.confidence is not None:
            columns["confidence"] = np.asarray(self.confidence)
        vars(self).update(columns)
        if self.confidence is None and np.ndim(self.proba) == 2 and "y_pred" in columns:
            rows = np.arange(len(self.y_true))
            vars(self)["confidence"] = self.proba[rows, self.y_encoded]

    @classmethod
    def from_estimator(
        cls, estimator, X, y, *, classes=None, has_proba=True, **others
    ) -> Predictions:
        """Ask a fitted classifier about images.

        Parameters
        ----------
        estimator : classifier
            Fitted.
        X : images
        y : array-like of shape (n,)
            Their labels.
        classes : ndarray of shape (k,), optional
            What there is beside the classes that the estimator knows: they get the
            probability zero. None: its own, in its order.
        has_proba : bool
            Whether it is asked for probabilities too, or else for decision values.
        **others
            Other attributes.

        Raises
        ------
        ValueError
            For labels that are not among the classes, and another number of them than
            of images.
        """
        check_length("y", y, _num_samples(X))
        started = perf_counter()
        y_pred = estimator.predict(X)
        seconds = [perf_counter() - started]
        classes = np.asarray(estimator.classes_ if classes is None else classes)
        proba = decision = None
        if has_proba and hasattr(estimator, "predict_proba"):
            proba = in_columns(estimator, estimator.predict_proba(X), classes, absent=0)
            proba = np.asarray(proba, np.float64)
            seconds.append(perf_counter() - started - seconds[0])
        elif has_proba and hasattr(estimator, "decision_function"):
            decision = _decision_values(estimator, X, classes)
        unknown = sorted({*np.asarray(y).tolist()} - {*classes.tolist()}, key=str)
        if unknown:
            raise ValueError(
                f"y holds labels that {type(estimator).__name__} does not know: "
                f"{few(unknown)}. It was fitted on {few(classes.tolist())}."
            )
        y_pred = classes[encode_predicted(y_pred, classes)]
        others |= {"X": X, "seconds": tuple(seconds)}
        return cls(y, y_pred, proba, classes, decision, **others)

    @property
    def class_values(self) -> Any:
        """Probabilities, or else decision values; None where there are neither."""
        return self.decision if self.proba is None else self.proba

    @cached_property
    def y_encoded(self) -> np.ndarray:
        """Positions of the predicted labels in the classes."""
        return encode_predicted(self.y_pred, self.classes)

    @property
    def is_wrong(self) -> np.ndarray:
        """Whether each image was read wrongly."""
        return self.y_true != self.y_pred

    @property
    def n_wrong(self) -> int:
        """Number of images that were read wrongly."""
        return int(self.is_wrong.sum())

    def worst_confusion(self) -> tuple[Any, Any, int] | None:
        """Return the most frequent mistake: true class, prediction, how often."""
        if not self.n_wrong:
            return None
        wrong = pd.DataFrame({"true": self.y_true, "read": self.y_pred})[self.is_wrong]
        # The first of equal ones, in the order of the labels.
        counts = wrong.value_counts(sort=False)
        return *counts.idxmax(), int(counts.max())

    def class_scores(self) -> pd.DataFrame:
        """Return one row per class: class, precision, recall, f1, support.

        What is not defined, such as the recall of a class without images, is 0.
        """
        columns = precision_recall_fscore_support(
            self.y_true, self.y_pred, labels=self.classes, zero_division=0.0
        )
        names = ("precision", "recall", "f1", "support")
        scores = dict(zip(names, columns, strict=True))
        return pd.DataFrame({"class": self.classes, **scores})

    def find(self, true: Any = None, predicted: Any = None) -> np.ndarray:
        """Return the positions of the predictions asked for, the most confident first.

        Parameters
        ----------
        true, predicted : label, optional
            Two labels ask for these predictions, right or wrong; else mistakes are
            meant.

        Returns
        -------
        ndarray of shape (n_found,)
            Without a confidence they are in their order.

        Raises
        ------
        ValueError
            For a label that there is not.
        """
        is_found = np.full(len(self.y_true), True)
        asked = {"true": (true, self.y_true), "predicted": (predicted, self.y_pred)}
        for parameter, (label, labels) in asked.items():
            if label is None:
                is_found &= self.is_wrong
            elif label in self.classes.tolist():
                is_found &= labels == label
            else:
                raise ValueError(
                    f"{parameter}={label!r} is no label here; there are "
                    f"{few(self.classes.tolist())}."
                )
        found = np.flatnonzero(is_found)
        if self.confidence is None:
            return found
        return found[np.argsort(-self.confidence[found], kind="stable")]


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


def encode_predicted(labels, classes: np.ndarray) -> np.ndarray:
    """Return the positions of predicted labels in the classes, sorted or not.

    Raises
    ------
    ValueError
        For what is no label, and another shape than (n,).
    """
    labels, order = np.asarray(labels), np.argsort(classes, kind="stable")
    places = np.searchsorted(classes, labels, sorter=order)
    positions = order[np.minimum(places, len(classes) - 1)]
    if labels.ndim != 1 or (classes[positions] != labels).any():
        raise ValueError(
            f"predict gave {labels[:3].tolist()}... of shape {labels.shape}, where one "
            f"of the labels {classes[:10].tolist()} per image was wanted."
        )
    return positions


def _decision_values(estimator, X, classes: np.ndarray) -> np.ndarray | None:
    """Return one value per class, of two classes one; None for one per pair."""
    values = in_columns(estimator, estimator.decision_function(X), classes)
    n_columns = 2 if values.ndim == 1 else values.shape[1]
    return values if n_columns == len(classes) else None


def in_columns(estimator, values, classes: np.ndarray, absent=None) -> np.ndarray:
    """Return scores with a column for each of the classes, in their order.

    Parameters
    ----------
    estimator : classifier
        Fitted on some of the classes.
    values : array-like of shape (n, k) or (n,)
        A column per class of the estimator; decision values of two classes are one,
        positive for the second.
    classes : ndarray
        The classes wanted.
    absent : float, optional
        Score of a class that the estimator does not know. None: the smallest of all
        less one.
    """
    values, own = np.asarray(values), np.asarray(estimator.classes_)
    if np.array_equal(own, classes):
        return values
    is_single = values.ndim == 1
    if is_single:
        values = np.stack([-values, values], axis=1)
    if values.shape[1] != len(own):
        return values  # one column per pair of classes: there is no order to give
    absent = values.min() - 1 if absent is None else absent
    columns = np.full((len(values), len(classes)), absent, np.float64)
    columns[:, encode_predicted(own, classes)] = values
    return columns[:, 1] if is_single and len(classes) == 2 else columns
