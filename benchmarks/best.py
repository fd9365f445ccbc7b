"""The best of ours on each task: chosen on training images, judged once on the others.

Held-out training images compare the candidates, each trained on the others for a few
epochs; the winner is trained on all of them, and meets the test images once.
"""

import os
from dataclasses import dataclass, field
from time import perf_counter

from ._measure import Row, fresh
from ._trainings import images

TITLE = "Best of ours: held-out training images choose, the test images judge once"

# One split: what tells the candidates of T5 apart shows with many images only, and each
# more would be another ten minutes.
_N_HELD_OUT = 10_000


@dataclass(frozen=True)
class Contest:
    """A task, its candidates, and how they are compared."""

    task: str
    budget: float
    beside: str
    """What is known of the task from elsewhere."""
    candidates: dict
    """Class and parameters by name."""
    short: dict = field(default_factory=dict)
    """Parameters of the comparison, which is shorter than the last training."""


# Both have the same convolutions; they differ in the head.
_DENSE = (
    "CNNClassifier",
    {
        "convs_per_block": (1, 2, 2),
        "dense_units": (256,),
        "augment": "flip",
        "epochs": 10,
    },
)
_INTENSITY = (
    "NetworkClassifier",
    {
        "model": "build_intensity_cnn",
        "augment": "flip",
        "lr_schedule": "one_cycle",
        "epochs": 10,
    },
)
# The default network, half again as wide and longer trained, with more augmentation.
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
        candidates={"CNN, dense head": _DENSE, "intensity CNN": _INTENSITY},
        short={"epochs": 6},
    ),
    "t10": Contest(
        "T10",
        budget=0.945,
        beside="0.9490",
        candidates={"wide CNN, flip, shift, erase": _WIDE},
    ),
    "tn": Contest(
        "TN",
        budget=0.98,
        beside="0.9500",
        candidates={"CNN": ("CNNClassifier", {})},
    ),
}


def rows(arguments):
    """Measure and return the lines of the table."""
    if not os.environ.get("SKCNN_DATA"):
        print("best: left out, SKCNN_DATA names no folder with the data")
        return []
    return [line for task in arguments.task for line in _rows_of(CONTESTS[task])]


def _rows_of(contest):
    lines, found = [], {}
    if len(contest.candidates) > 1:
        for name in contest.candidates:
            found[name], seconds = fresh(_Validation(contest, name))
            what = f"{contest.task} {_N_HELD_OUT} held-out training images: {name}"
            cell = f"{found[name]:.4f}"
            lines.append(Row(what, cell, "", seconds, unit=" s"))
    winner = max(found, key=found.get) if found else next(iter(contest.candidates))
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
    """Judge one candidate on held-out training images: accuracy, seconds."""

    contest: Contest
    name: str

    def __call__(self):
        from sklearn.model_selection import train_test_split

        X, y, *_ = images(self.contest.task)
        X, X_held_out, y, y_held_out = train_test_split(
            X, y, test_size=_N_HELD_OUT, stratify=y, random_state=0
        )
        model = _make(self.contest, self.name).set_params(**self.contest.short)
        started = perf_counter()
        model.fit(X, y)
        seconds = perf_counter() - started
        return model.score(X_held_out, y_held_out), seconds


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
