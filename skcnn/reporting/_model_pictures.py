"""The pictures of one model: what it confuses, class by class, and its mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skcnn import plots
from skcnn.base import words as wording
from skcnn.plots._class_scores import class_scores
from skcnn.reporting._pictures import Album


@dataclass(frozen=True)
class Judged:
    """A model's answers to images that it had not seen.

    Attributes
    ----------
    name : str
        Of the model.
    y_true, y_pred : ndarray of shape (n,)
        True and predicted labels.
    classes : ndarray of shape (k,)
        All labels.
    has_probabilities : bool
        Whether the model gives them.
    make : callable
        A class of Displays -> a Display of this model.
    """

    name: str
    y_true: np.ndarray
    y_pred: np.ndarray
    classes: np.ndarray
    has_probabilities: bool
    make: Callable[[Any], Any]

    @property
    def n_wrong(self) -> int:
        """Number of images that were read wrongly."""
        return int((self.y_true != self.y_pred).sum())

    def class_scores(self) -> pd.DataFrame:
        """Return precision, recall, f1 and support by the names of the classes."""
        scores = class_scores(self.name, self.y_true, self.y_pred, self.classes)
        return scores.set_index(scores["class"].map(str))

    def worst_confusion(self) -> tuple[str, str, int] | None:
        """Return the most frequent mistake: true class, prediction, how often."""
        is_wrong = self.y_true != self.y_pred
        if not is_wrong.any():
            return None
        wrong = pd.DataFrame(
            {"true": self.y_true[is_wrong], "read": self.y_pred[is_wrong]}
        )
        # The first of equal ones, in the order of the labels.
        counts = wrong.value_counts(sort=False)
        true, read = counts.idxmax()
        return str(true), str(read), int(counts.max())


def add_model_pictures(album: Album, judged: Judged) -> None:
    """Draw confusion matrix, scores of the classes, ROC and mistakes."""
    _add_confusion(album, judged)
    _add_class_scores(album, judged)
    _add_roc(album, judged)
    _add_mistakes(album, judged)


def _add_confusion(album: Album, judged: Judged) -> None:
    n, n_wrong = len(judged.y_true), judged.n_wrong
    seen = f"{wording.count(n_wrong)} of {wording.plural(n, 'image')} were read wrongly"
    worst = judged.worst_confusion()
    if worst is not None:
        true, read, n_times = worst
        often = wording.plural(n_times, "time")
        seen += f"; most often, {true} was read as {read} ({often})"
    album.add(
        "confusion matrix",
        lambda: judged.make(plots.ConfusionDisplay),
        f"Rows are true classes, columns predictions; what is off the diagonal is "
        f"wrong. {seen}.",
        f"Confusion matrix of {judged.name}: {seen}.",
    )


def _add_class_scores(album: Album, judged: Judged) -> None:
    f1 = judged.class_scores()["f1"]
    hardest, easiest = f1.idxmin(), f1.idxmax()
    seen = (
        f"Hardest is {hardest} (F1 {wording.number(f1[hardest], 3)}), easiest "
        f"{easiest} (F1 {wording.number(f1[easiest], 3)})."
    )
    album.add(
        "scores of every class",
        lambda: judged.make(plots.ClassScoresDisplay),
        "Precision: how many of those called so are. Recall: how many of those that "
        f"are were found. F1: their harmonic mean. {seen}",
        f"Bars of precision, recall and F1 of every class of {judged.name}. {seen}",
    )


def _add_roc(album: Album, judged: Judged) -> None:
    if not judged.has_probabilities:
        album.leave_out("ROC curve", f"{judged.name} gives no probabilities")
        return
    if len(np.unique(judged.y_true)) < 2:
        album.leave_out("ROC curve", "the images are all of one class")
        return
    album.add(
        "ROC curve",
        lambda: judged.make(plots.RocDisplay),
        "Each class against all others: the share of its images that are found "
        "(upwards) and of the others that are taken for it (to the right), for every "
        "threshold. AUC, the area under the curve, is 1 at best and 0.5 for guessing.",
        f"ROC curves of {judged.name}, one per class, with the areas under them.",
    )


def _add_mistakes(album: Album, judged: Judged) -> None:
    if not judged.n_wrong:
        album.leave_out("gallery of mistakes", f"{judged.name} made none")
        return
    which = (
        "those that it was most sure of"
        if judged.has_probabilities
        else "the first ones"
    )
    album.add(
        "gallery of mistakes",
        lambda: judged.make(plots.ErrorGalleryDisplay),
        f"Mistakes of {judged.name}, {which}: wrong labels in the data, images that "
        "nobody can read, or something to learn.",
        f"Images that {judged.name} read wrongly, with true and predicted labels.",
    )
