"""The pictures of one model: what it confuses, class by class, and its mistakes."""

from __future__ import annotations

import numpy as np

from skcnn import plots
from skcnn.base import words as wording
from skcnn.comparison import Predictions
from skcnn.reporting._pictures import Album


def add_model_pictures(album: Album, said: Predictions) -> None:
    """Draw confusion matrix, scores of the classes, ROC and mistakes."""
    _add_confusion(album, said)
    _add_class_scores(album, said)
    _add_roc(album, said)
    _add_mistakes(album, said)


def _add_confusion(album: Album, said: Predictions) -> None:
    n, n_wrong = len(said.y_true), said.n_wrong
    seen = f"{wording.count(n_wrong)} of {wording.plural(n, 'image')} were read wrongly"
    worst = said.worst_confusion()
    if worst is not None:
        true, read, n_times = worst
        often = wording.plural(n_times, "time")
        seen += f"; most often, {true} was read as {read} ({often})"
    album.add(
        "confusion matrix",
        lambda: plots.ConfusionDisplay.of(said),
        f"Rows are true classes, columns predictions; what is off the diagonal is "
        f"wrong. {seen}.",
        f"Confusion matrix of {said.name}: {seen}.",
    )


def _add_class_scores(album: Album, said: Predictions) -> None:
    f1 = said.class_scores().set_index("class")["f1"]
    hardest, easiest = f1.idxmin(), f1.idxmax()
    seen = (
        f"Hardest is {hardest} (F1 {wording.number(f1[hardest], 3)}), easiest "
        f"{easiest} (F1 {wording.number(f1[easiest], 3)})."
    )
    album.add(
        "scores of every class",
        lambda: plots.ClassScoresDisplay.of(said),
        "Precision: how many of those called so are. Recall: how many of those that "
        f"are were found. F1: their harmonic mean. {seen}",
        f"Bars of precision, recall and F1 of every class of {said.name}. {seen}",
    )


def _add_roc(album: Album, said: Predictions) -> None:
    if said.proba is None:
        album.leave_out("ROC curve", f"{said.name} gives no probabilities")
        return
    if len(np.unique(said.y_true)) < 2:
        album.leave_out("ROC curve", "the images are all of one class")
        return
    album.add(
        "ROC curve",
        lambda: plots.RocDisplay.of(said),
        "Each class against all others: the share of its images that are found "
        "(upwards) and of the others that are taken for it (to the right), for every "
        "threshold. AUC, the area under the curve, is 1 at best and 0.5 for guessing.",
        f"ROC curves of {said.name}, one per class, with the areas under them.",
    )


def _add_mistakes(album: Album, said: Predictions) -> None:
    if not said.n_wrong:
        album.leave_out("gallery of mistakes", f"{said.name} made none")
        return
    which = (
        "those that it was most sure of" if said.proba is not None else "the first ones"
    )
    album.add(
        "gallery of mistakes",
        lambda: plots.ErrorGalleryDisplay.of(said),
        f"Mistakes of {said.name}, {which}: wrong labels in the data, images that "
        "nobody can read, or something to learn.",
        f"Images that {said.name} read wrongly, with true and predicted labels.",
    )
