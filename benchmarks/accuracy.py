"""Test accuracy and seconds of the defaults, beside recipe C3 in plain Keras."""

import os
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

from . import systems
from ._measure import Row, in_turn

TITLE = "Test accuracy, each network trained once in full, beside C3 in plain Keras"

EPOCHS_C3 = 12
# The best single network of the reports: the mark for the fast setting, which is
# CNNClassifier with these parameters.
MARK = 0.9146
FAST = {"convs_per_block": (1, 2, 2), "epochs": 3}
BUDGET_FAST = 2


@dataclass(frozen=True)
class Task:
    """A data set with its number of classes, our parameters and its budgets."""

    name: str
    n_classes: int
    accuracy: float
    speed: float | None = None
    params: dict = field(default_factory=dict)


TASKS = {
    "t10": Task("T10", n_classes=10, accuracy=0.935, speed=1),
    "tn": Task("TN", n_classes=10, accuracy=0.98),
    # The label depends on the pixel sum, which averaging or shifting would lose: these
    # are the parameters that the docstring gives for it. The budget is that of the
    # package's best estimator.
    "five": Task(
        "T5",
        n_classes=5,
        accuracy=0.93,
        params={
            "convs_per_block": 1,
            "head": "flatten",
            "dense_units": (256,),
            "augment": None,
        },
    ),
}


def rows(arguments):
    """Measure and return the lines of the table."""
    if not os.environ.get("SKCNN_DATA"):
        print("accuracy: left out, SKCNN_DATA names no folder with the data")
        return []
    return [line for task in arguments.task for line in _rows_of_task(task)]


def _rows_of_task(name):
    task = TASKS[name]
    sides = {
        f"{task.name} Keras C3": partial(keras_c3, name),
        f"{task.name} ours": partial(ours, name, task.params),
    }
    if name == "t10" and FAST:
        sides["T10 fast"] = partial(ours, name, FAST)
    results = {side: runs[0] for side, runs in in_turn(sides, repeats=1).items()}
    peer = results[f"{task.name} Keras C3"]
    lines = _rows_beside(peer, task, results[f"{task.name} ours"])
    if "T10 fast" in results:
        lines.append(_row_of_fast(peer, results["T10 fast"]))
    return lines


def _rows_beside(peer, task, result):
    params = "its parameters of the docstring" if task.params else "defaults"
    return [
        Row(
            f"{task.name} accuracy, {params}",
            f"{result['accuracy']:.4f}",
            f"{peer['accuracy']:.4f}",
            result["accuracy"],
            budget=task.accuracy,
            unit="",
        ),
        Row(
            f"{task.name} seconds",
            f"{result['seconds']:.0f}",
            f"{peer['seconds']:.0f}",
            peer["seconds"] / result["seconds"],
            budget=task.speed,
        ),
    ]


def _row_of_fast(peer, result):
    # Ours counts as a whole, with its last epoch and its start, and only if it ends
    # above the mark; Keras' clock stops at the first epoch that is.
    reached = result["seconds"] if result["accuracy"] >= MARK else float("inf")
    return Row(
        f"T10 seconds to {MARK}, fast setting (ends at {result['accuracy']:.4f})",
        f"{reached:.0f}",
        f"{peer['seconds_to_mark']:.0f}",
        peer["seconds_to_mark"] / reached,
        budget=BUDGET_FAST,
    )


def ours(name, params):
    """Return seconds of fit and test accuracy of `CNNClassifier` with params."""
    from skcnn import CNNClassifier

    systems.import_ours()
    X, y = _images(name, "train")
    model = CNNClassifier(random_state=0, **params)
    started = perf_counter()
    model.fit(X, y)
    seconds = perf_counter() - started
    return {"seconds": seconds, "accuracy": model.score(*_images(name, "test"))}


def keras_c3(name):
    """Return the same of recipe C3, and the seconds at which it passed the mark."""
    import keras

    X, y = _images(name, "train")
    X = systems.as_keras_has_it(X)
    X_test, y_test = _images(name, "test")
    X_test = systems.as_keras_has_it(X_test)
    model = systems.compiled_keras("C3", TASKS[name].n_classes)
    decay = keras.callbacks.LearningRateScheduler(
        lambda epoch: systems.LEARNING_RATE * 0.9**epoch
    )

    seconds, to_mark = 0.0, float("inf")
    for epoch in range(EPOCHS_C3):
        started = perf_counter()
        model.fit(
            X,
            y,
            batch_size=systems.BATCH_SIZE,
            initial_epoch=epoch,
            epochs=epoch + 1,
            callbacks=[decay],
            verbose=0,
        )
        seconds += perf_counter() - started
        # Looking at the test images is off the clock and decides nothing.
        accuracy = model.evaluate(X_test, y_test, batch_size=1000, verbose=0)[1]
        if accuracy >= MARK:
            to_mark = min(to_mark, seconds)
    return {"seconds": seconds, "accuracy": accuracy, "seconds_to_mark": to_mark}


def _images(name, split):
    from skcnn import datasets

    if name == "tn":
        return datasets.make_noisy_digits(split=split)
    labels = {"t10": "garments", "five": "five"}[name]
    return datasets.fetch_fashion_mnist(labels=labels, split=split)
