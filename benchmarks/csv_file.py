"""Reading a CSV of 60 000 images as Kaggle gives it, beside pandas."""

import csv
import os
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from ._measure import Row, in_turn, megabytes

TITLE = "60 000 x 786 CSV of T5, read in a fresh process"

# Megabytes above the program, which holds what is imported and no data.
BUDGET = 400


def rows(arguments):
    """Measure and return the lines of the table."""
    if sys.platform != "linux" or not os.environ.get("SKCNN_DATA"):
        print("csv: left out, it needs Linux' /proc, and SKCNN_DATA to name the data")
        return []
    with TemporaryDirectory() as folder:
        path = Path(folder, "train.csv")
        write(path)
        sides = {"ours": partial(read_ours, path), "pandas": partial(read_pandas, path)}
        results = in_turn(sides, arguments.repeats)
    seconds, peaks = (
        {name: median(run[i] for run in runs) for name, runs in results.items()}
        for i in range(2)
    )
    return [
        Row(
            "seconds, beside `pandas.read_csv`",
            f"{seconds['ours']:.2f}",
            f"{seconds['pandas']:.2f}",
            seconds["pandas"] / seconds["ours"],
        ),
        Row(
            "peak less that of the program, the array (47 MB) included",
            f"{peaks['ours']:.0f}",
            f"{peaks['pandas']:.0f}",
            peaks["ours"],
            budget=BUDGET,
            unit=" MB",
            at_most=True,
        ),
    ]


def write(path):
    """Write ``Id,Label,1,...,784`` with the training images of T5."""
    from skcnn.datasets import fetch_fashion_mnist

    X, y = fetch_fashion_mnist("five")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Id", "Label", *range(1, 785)])
        for i, (image, label) in enumerate(zip(X, y, strict=True)):
            writer.writerow([i, label, *image.ravel().tolist()])


def read_ours(path):
    """Return the seconds and the peak megabytes of our reader."""
    from skcnn.datasets import read_csv

    return _measured(lambda: read_csv(path, target="Label", drop="Id"))


def read_pandas(path):
    """Return the seconds and the peak megabytes of pandas'."""
    import pandas as pd

    import skcnn.datasets  # noqa: F401  (the same program)

    return _measured(lambda: pd.read_csv(path).to_numpy())


def _measured(read):
    before = megabytes("VmHWM")
    started = perf_counter()
    data = read()
    seconds = perf_counter() - started
    peak = megabytes("VmHWM")
    del data
    return seconds, peak - before
