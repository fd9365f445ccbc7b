"""Systems on few images: accuracy, and seconds of a warm fit.

python -m benchmarks small --data digits --images 100 200

All systems meet the same draws of training images. Those of digits are judged on the
rest of the digits, those of garments on 10 000 images of the training set that are
never drawn: no test image is looked at. Each system on each number of images has a
process of its own. The clock is that of `fit`; the first fit, which starts TensorFlow
and traces the network, counts for the accuracy alone.
"""

import argparse
import os
from functools import cache, partial
from statistics import mean, median, stdev
from time import perf_counter

from ._measure import aligned, in_turn, machine

IMAGES = (100, 200, 500, 1000, 2000)
# Of 1797 digits some must be left to judge by.
MOST_DIGITS = 1000
N_JUDGED = 10_000
DATA = ("digits", "garments")
FEWEST_DRAWS = 3


def main(arguments):
    """Fit every system on every draw, and print both tables."""
    options = _parser().parse_args(arguments)
    if options.repeats < FEWEST_DRAWS:
        raise SystemExit(f"small: an interval takes --repeats {FEWEST_DRAWS} or more")
    print(machine())
    print(
        "Defaults and recipe P1, but for digits, which have 8 x 8 pixels: HOG with "
        f"cells of {CELL_OF_DIGITS} x {CELL_OF_DIGITS}",
        flush=True,
    )
    sides = {
        (system, data, n): partial(measured, system, data, n, options.repeats)
        for data in _found(options.data)
        for n in options.images
        if data != "digits" or n <= MOST_DIGITS
        for system in options.systems
    }
    results = {side: runs[0] for side, runs in in_turn(sides, repeats=1).items()}
    print(
        f"\nAccuracy: mean and 95 % interval (Student's t) of {options.repeats} draws "
        "of training images"
    )
    print(as_text(results, lambda runs: interval(runs["accuracy"])))
    print("\nSeconds of a warm fit: median of all fits but the first")
    print(as_text(results, lambda runs: f"{median(runs['seconds'][1:]):.3g}"))


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks small", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--repeats", type=int, default=5, help="draws of the training images (5)")
    add("--data", nargs="+", choices=DATA, default=DATA)
    add("--images", nargs="+", type=int, default=IMAGES, metavar="N")
    add("--systems", nargs="+", choices=SYSTEMS, default=[*SYSTEMS])
    return parser


def _found(names):
    if "garments" in names and not os.environ.get("SKCNN_DATA"):
        print("garments: left out, SKCNN_DATA names no folder with the data")
        return [name for name in names if name != "garments"]
    return names


# --- the systems ----------------------------------------------------------------------

# What the docstring gives for images as small as digits, in pixels.
CELL_OF_DIGITS = 2


def _cnn(data, seed):
    from skcnn import CNNClassifier

    return CNNClassifier(random_state=seed)


def _patches(data, seed):
    from skcnn import recipes

    del data
    return recipes.make("P1", random_state=seed)


def _patches_and_svm(data, seed):
    from sklearn.pipeline import make_pipeline

    from skcnn import SVMClassifier

    return make_pipeline(
        _patches(data, seed)["patches"], SVMClassifier(random_state=seed)
    )


def _hog(data, seed):
    from sklearn.pipeline import make_pipeline

    from skcnn import HOGFeatures, SVMClassifier

    size = {"pixels_per_cell": CELL_OF_DIGITS} if data == "digits" else {}
    return make_pipeline(HOGFeatures(**size), SVMClassifier(random_state=seed))


def _svm(data, seed):
    from skcnn import SVMClassifier

    return SVMClassifier(random_state=seed)


def _forest(data, seed):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    forest = RandomForestClassifier(random_state=seed)
    return make_pipeline(FunctionTransformer(_flat), forest)


def _flat(X):
    return X.reshape(len(X), -1)


SYSTEMS = {
    "CNN": _cnn,
    "patches+ridge": _patches,
    "patches+SVM": _patches_and_svm,
    "HOG+SVM": _hog,
    "SVM": _svm,
    "forest": _forest,
}


# --- the measurement ------------------------------------------------------------------


def measured(system, data, n_images, n_draws):
    """Return accuracies and seconds of a system, one of each per draw."""
    accuracies, seconds = [], []
    for draw in range(n_draws):
        X, y, X_judged, y_judged = drawn(data, n_images, draw)
        model = SYSTEMS[system](data, draw)
        started = perf_counter()
        model.fit(X, y)
        seconds.append(perf_counter() - started)
        accuracies.append(model.score(X_judged, y_judged))
    return {"accuracy": accuracies, "seconds": seconds}


def drawn(data, n_images, draw):
    """Return training images and labels of a draw, and those it is judged by."""
    from sklearn.model_selection import train_test_split

    X, y, judged = images(data)
    X, X_rest, y, y_rest = train_test_split(
        X, y, train_size=n_images, stratify=y, random_state=draw
    )
    return X, y, *(judged or (X_rest, y_rest))


@cache
def images(data):
    """Return images and labels to draw from, and those that all draws are judged by."""
    from skcnn import datasets

    if data == "digits":
        return *datasets.load_digits(), None
    X, y = datasets.fetch_fashion_mnist("garments", "train")
    return X[N_JUDGED:], y[N_JUDGED:], (X[:N_JUDGED], y[:N_JUDGED])


# --- the tables -----------------------------------------------------------------------


def interval(values, places=3):
    """Return the mean of some draws as text, with the 95 % interval of Student's t."""
    from scipy.stats import t

    half = t.ppf(0.975, len(values) - 1) * stdev(values) / len(values) ** 0.5
    return f"{mean(values):.{places}f} ±{half:.{places}f}"


def as_text(results, cell):
    """Return a row per data and number of images, a column per system."""
    systems = list(dict.fromkeys(system for system, *_ in results))
    rows = list(dict.fromkeys((data, n) for _, data, n in results))
    table = [["", *systems]]
    table += [
        [f"{data} {n}", *(cell(results[system, data, n]) for system in systems)]
        for data, n in rows
    ]
    return aligned(table)
