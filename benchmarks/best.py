"""The best of ours on each task: chosen on training images, judged once on the others.

Cross-validation on the first training images compares the candidates; the winner is
trained on all of them, and meets the test images once.
"""

import os
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ._measure import Row, fresh
from ._trainings import images

TITLE = "Best of ours: cross-validation chooses, the test images judge once"

_N_FOLDS = 3


@dataclass(frozen=True)
class Contest:
    """A task, its candidates, and how they are compared."""

    task: str
    budget: float
    beside: str
    """What is known of the task from elsewhere."""
    candidates: dict
    """Class and parameters by name."""
    n_images: int
    """Training images that take part in the comparison."""
    short: dict
    """Parameters of the comparison, which is shorter than the last training."""


_AVERAGE = ("CNNClassifier", {"augment": "flip", "dense_units": (256,)})
_FLAT = (
    "CNNClassifier",
    {
        "convs_per_block": 1,
        "head": "flatten",
        "dense_units": (256,),
        "augment": None,
    },
)
_INTENSITY = (
    "NetworkClassifier",
    {
        "model": "build_intensity_cnn",
        "augment": "flip",
        "lr_schedule": "one_cycle",
        "epochs": 12,
    },
)
# The default network, half again as wide and longer trained, with more augmentation: on
# 6000 held-out training images the same with the default widths had 0.9433.
_WIDE = (
    "CNNClassifier",
    {
        "filters": (48, 96, 192),
        "augment": ("flip", "shift", "erase"),
        "epochs": 18,
    },
)
CONTESTS = {
    "five": Contest(
        "T5",
        budget=0.93,
        beside="0.9240",
        candidates={
            "CNN, flat head": _FLAT,
            "CNN, dense head": _AVERAGE,
            "intensity CNN": _INTENSITY,
        },
        n_images=12_000,
        short={"epochs": 10},
    ),
    "t10": Contest(
        "T10",
        budget=0.945,
        beside="0.9490",
        candidates={"wide CNN, flip, shift, erase": _WIDE},
        n_images=12_000,
        short={},
    ),
    "tn": Contest(
        "TN",
        budget=0.98,
        beside="0.9500",
        candidates={"CNN": ("CNNClassifier", {})},
        n_images=12_000,
        short={},
    ),
}


def rows(arguments):
    """Measure and return the lines of the table."""
    if not os.environ.get("SKCNN_DATA"):
        print("best: left out, SKCNN_DATA names no folder with the data")
        return []
    return [line for task in arguments.task for line in _rows_of(CONTESTS[task])]


def _rows_of(contest):
    lines, means = [], {}
    if len(contest.candidates) > 1:
        for name in contest.candidates:
            mean, sd, seconds = fresh(_Validation(contest, name))
            means[name] = mean
            lines.append(
                Row(
                    f"{contest.task} {_N_FOLDS} folds of {contest.n_images}: {name}",
                    f"{mean:.4f} +- {sd:.4f}",
                    "",
                    seconds,
                    unit=" s",
                )
            )
    winner = max(means, key=means.get) if means else next(iter(contest.candidates))
    accuracy, seconds = fresh(_Judgement(contest, winner))
    lines.append(
        Row(
            f"{contest.task} test images, {seconds:.0f} s of training: {winner}",
            f"{accuracy:.4f}",
            contest.beside,
            accuracy,
            budget=contest.budget,
            unit="",
        )
    )
    return lines


@dataclass(frozen=True)
class _Validation:
    """Cross-validate one candidate: mean, standard deviation, seconds."""

    contest: Contest
    name: str

    def __call__(self):
        from sklearn.model_selection import StratifiedKFold, cross_val_score

        X, y, *_ = images(self.contest.task)
        X, y = X[: self.contest.n_images], y[: self.contest.n_images]
        model = _make(self.contest, self.name).set_params(**self.contest.short)
        folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=0)
        started = perf_counter()
        scores = cross_val_score(model, X, y, cv=folds)
        return np.mean(scores), np.std(scores, ddof=1), perf_counter() - started


@dataclass(frozen=True)
class _Judgement:
    """Train the winner on all training images: test accuracy, seconds."""

    contest: Contest
    name: str

    def __call__(self):
        X, y, X_test, y_test = images(self.contest.task)
        model = _make(self.contest, self.name)
        started = perf_counter()
        model.fit(X, y)
        seconds = perf_counter() - started
        return model.score(X_test, y_test), seconds


def _make(contest, name):
    import skcnn
    from skcnn import networks

    kind, params = contest.candidates[name]
    if "model" in params:
        params = params | {"model": getattr(networks, params["model"])}
    return getattr(skcnn, kind)(random_state=0, **params)
