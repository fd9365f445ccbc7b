"""Test-time augmentation: what it gains in accuracy, and what it costs in seconds.

python -m benchmarks tta --data digits --settings default

Each network is trained once per seed, and predicts with and without `tta`. T10 is
trained on all 60 000 images and judged on the test images; 2000 garments and digits are
drawn and judged as in `small`, where no test image is looked at. The clock is that of
a second `predict`, since the first one traces.
"""

import argparse
import os
from functools import partial
from statistics import mean, median
from time import perf_counter

from . import small
from ._measure import aligned, in_turn, machine
from .accuracy import FAST

# Training images; None: all.
DATA = {"t10": None, "garments": 2000, "digits": 500}
SETTINGS = {
    "default": {},
    "fast": {**FAST, "filters": (16, 64, 128)},
    "flip": {"augment": ("flip", "shift")},
}
# On few images it is the default's rule that gives them steps enough.
EPOCHS = {("t10", "fast"): 5}
HEADER = ("", "without", "with tta", "gain", "images", "s without", "s with", "ratio")


def main(arguments):
    """Train and judge every setting with every seed, and print the table."""
    options = _parser().parse_args(arguments)
    if options.repeats < small.FEWEST_DRAWS:
        raise SystemExit(
            f"tta: an interval takes --repeats {small.FEWEST_DRAWS} or more"
        )
    print(machine())
    found = _found(options.data)
    sides = {
        (data, setting, seed): partial(measured, data, setting, seed)
        for seed in range(options.repeats)
        for data in found
        for setting in options.settings
    }
    runs = {side: one[0] for side, one in in_turn(sides, repeats=1).items()}
    print(
        f"\nAccuracy: mean of {options.repeats} seeds; gain: with its 95 % interval "
        "(Student's t);\nseconds of predict: median"
    )
    print(as_text(runs))


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks tta", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--repeats", type=int, default=3, help="seeds (3)")
    add("--data", nargs="+", choices=DATA, default=["t10", "garments"])
    add("--settings", nargs="+", choices=SETTINGS, default=[*SETTINGS])
    return parser


def _found(names):
    if {"t10", "garments"} & set(names) and not os.environ.get("SKCNN_DATA"):
        print("t10, garments: left out, SKCNN_DATA names no folder with the data")
        return [name for name in names if name == "digits"]
    return names


def measured(data, setting, seed):
    """Return accuracy and seconds of predictions, without and with views."""
    from skcnn import CNNClassifier

    X, y, X_judged, y_judged = _images(data, seed)
    params = {"epochs": EPOCHS.get((data, setting)), **SETTINGS[setting]}
    model = CNNClassifier(random_state=seed, **params).fit(X, y)
    accuracy, seconds = [], []
    for tta in (False, True):
        model.set_params(tta=tta)
        accuracy.append(model.score(X_judged, y_judged))
        started = perf_counter()
        model.predict(X_judged)
        seconds.append(perf_counter() - started)
    return {"accuracy": accuracy, "seconds": seconds, "images": len(X_judged)}


def _images(data, seed):
    if data != "t10":
        return small.drawn(data, DATA[data], seed)
    from skcnn.datasets import fetch_fashion_mnist

    return *fetch_fashion_mnist(split="train"), *fetch_fashion_mnist(split="test")


def as_text(runs):
    """Return a row per data and setting."""
    rows = list(dict.fromkeys(side[:2] for side in runs))
    table = [HEADER]
    for row in rows:
        of_row = [run for side, run in runs.items() if side[:2] == row]
        accuracy = [run["accuracy"] for run in of_row]
        seconds = [
            median(column)
            for column in zip(*(run["seconds"] for run in of_row), strict=True)
        ]
        table.append(
            (
                " ".join(row),
                *(f"{mean(column):.4f}" for column in zip(*accuracy, strict=True)),
                small.interval([after - before for before, after in accuracy], 4),
                f"{of_row[0]['images']}",
                *(f"{one:.3g}" for one in seconds),
                f"{seconds[1] / seconds[0]:.1f}x",
            )
        )
    return aligned(table)
