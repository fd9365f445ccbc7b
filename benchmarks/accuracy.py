"""Test accuracy and seconds from nothing, beside recipe C3 in plain Keras."""

import os
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import perf_counter

from . import systems
from ._measure import Row, in_turn

TITLE = "Test accuracy of networks trained from nothing, beside C3 in plain Keras"

EPOCHS_C3 = 12


@dataclass(frozen=True)
class Goal:
    """An accuracy that is to be reached, with the parameters that are to reach it.

    `must` and `goal` are parts of the yardstick: the seconds of the peer, divided by
    this, are what a fit may take.
    """

    accuracy: float
    params: dict = field(default_factory=dict)
    must: float | None = None
    goal: float | None = None


# What the docstring of CNNClassifier calls the fast and the thorough setting.
FAST = {"whitening": 3, "pool_after": "first", "learning_rate": 0.01}
_NARROW = {**FAST, "filters": (16, 64, 128)}
_WIDE = {**FAST, "filters": (48, 96, 192), "tta": True}

# The parameters were chosen on 10 000 held-out training images, with the fits on the
# 50 000 others.
GOALS = {
    "t10": {
        "2-epochs": Goal(0.9146, {**_NARROW, "epochs": 2}, must=10, goal=20),
        "3-epochs": Goal(0.93, {**_NARROW, "tta": True, "epochs": 3}, must=4, goal=8),
        "5-epochs": Goal(0.93, {**_NARROW, "epochs": 5}, must=4, goal=8),
        "wide": Goal(0.9415, {**_WIDE, "epochs": 5}, must=2, goal=4),
        "default": Goal(0.9415),
        "thorough": Goal(
            0.95,
            {**_WIDE, "augment": ("flip", "shift"), "epochs": 36},
            must=1 / 4,
            goal=1 / 2,
        ),
    },
    "tn": {"default": Goal(0.9817)},
    # The label depends on the pixel sum, which averaging or shifting would lose: these
    # are the parameters that the docstring gives for it.
    "five": {
        "default": Goal(
            0.93,
            {
                "convs_per_block": 1,
                "head": "flatten",
                "dense_units": (256,),
                "augment": None,
            },
        )
    },
}
SETTINGS = list(dict.fromkeys(name for goals in GOALS.values() for name in goals))
TASKS = {"t10": ("T10", 10), "tn": ("TN", 10), "five": ("T5", 5)}


def rows(arguments):
    """Measure and return the lines of the table."""
    if not os.environ.get("SKCNN_DATA"):
        print("accuracy: left out, SKCNN_DATA names no folder with the data")
        return []
    goals = {
        task: [goal for name, goal in GOALS[task].items() if name in arguments.settings]
        for task in arguments.task
    }
    seeds = arguments.seeds or range(arguments.repeats)
    yardstick = (
        arguments.yardstick
        or in_turn({"T10 Keras C3": partial(keras_c3, "t10")}, repeats=1)[
            "T10 Keras C3"
        ][0]["seconds"]
    )
    sides = {
        (name, number, seed): partial(ours, name, goal.params, seed)
        for seed in seeds
        for name, of_task in goals.items()
        for number, goal in enumerate(of_task)
    }
    results = in_turn(sides, repeats=1)
    return [
        _row(
            TASKS[name][0],
            goal,
            [results[name, number, seed][0] for seed in seeds],
            yardstick,
        )
        for name, of_task in goals.items()
        for number, goal in enumerate(of_task)
    ]


def _row(task, goal, runs, yardstick):
    """Return the median of the seeds; seconds count where the accuracy is reached."""
    accuracy = median(run["accuracy"] for run in runs)
    seconds = median(run["seconds"] for run in runs)
    each = ", ".join(f"{run['accuracy']:.4f}" for run in runs)
    has_reached = accuracy >= goal.accuracy
    params = ", ".join(f"{k}={v!r}" for k, v in goal.params.items()) or "defaults"
    missed = "" if has_reached else " (missed)"
    aim = f", goal {goal.goal:g}x" if goal.goal else ""
    return Row(
        f"{task} {goal.accuracy}{missed}{aim}: {params}; {each}",
        f"{accuracy:.4f} in {seconds:.1f} s",
        f"{yardstick:.0f} s",
        yardstick / seconds if has_reached else 0.0,
        budget=goal.must,
    )


def ours(name, params, seed):
    """Return the seconds of a fit from nothing, and the test accuracy."""
    from skcnn import CNNClassifier

    X, y = _images(name, "train")
    model = CNNClassifier(random_state=seed, **params)
    started = perf_counter()
    model.fit(X, y)
    seconds = perf_counter() - started
    return {"seconds": seconds, "accuracy": model.score(*_images(name, "test"))}


def keras_c3(name):
    """Return the seconds and the test accuracy of recipe C3."""
    import keras

    X, y = _images(name, "train")
    X = systems.as_keras_has_it(X)
    model = systems.compiled_keras("C3", TASKS[name][1])
    decay = keras.callbacks.LearningRateScheduler(
        lambda epoch: systems.LEARNING_RATE * 0.9**epoch
    )
    started = perf_counter()
    model.fit(
        X,
        y,
        batch_size=systems.BATCH_SIZE,
        epochs=EPOCHS_C3,
        callbacks=[decay],
        verbose=0,
    )
    seconds = perf_counter() - started
    X, y = _images(name, "test")
    X = systems.as_keras_has_it(X)
    accuracy = model.evaluate(X, y, batch_size=1000, verbose=0)[1]
    return {"seconds": seconds, "accuracy": accuracy}


def _images(name, split):
    from skcnn import datasets

    if name == "tn":
        return datasets.make_noisy_digits(split=split)
    labels = {"t10": "garments", "five": "five"}[name]
    return datasets.fetch_fashion_mnist(labels=labels, split=split)
