"""Predicting one image and ten thousand with C3, beside Keras' own `predict`."""

from functools import partial
from statistics import median
from time import perf_counter

from . import systems
from ._measure import Row, in_turn

TITLE = "Prediction with C3, milliseconds"

N_IMAGES = 10_000
N_CALLS = {1: 200, N_IMAGES: 5}
BUDGETS = {1: 50, N_IMAGES: 1.3}


def rows(arguments):
    """Measure and return the lines of the table."""
    sides = {
        "Keras": keras_seconds,
        "float32": partial(our_seconds, "float32"),
        "auto": partial(our_seconds, "auto"),
    }
    results = in_turn(sides, arguments.repeats)
    lines = []
    for n in [1, N_IMAGES]:
        of_n = {name: median(run[n] for run in runs) for name, runs in results.items()}
        lines += [
            Row(
                f"{n} image{'s' if n > 1 else ''}, {precision}",
                f"{of_n[precision] * 1e3:.2f}",
                f"{of_n['Keras'] * 1e3:.2f}",
                of_n["Keras"] / of_n[precision],
                budget=BUDGETS[n],
            )
            for precision in ["float32", "auto"]
        ]
    return lines


def our_seconds(precision):
    """Return the median seconds of `predict_proba` for each number of images."""
    X, y = systems.images(N_IMAGES)
    model = systems.ours("C3", precision=precision, epochs=1).fit(X[:1000], y[:1000])
    return {n: _median_seconds(model.predict_proba, X[:n]) for n in N_CALLS}


def keras_seconds():
    """Return the median seconds of Keras' `predict` for each number of images."""
    X, _ = systems.images(N_IMAGES)
    X = systems.as_keras_has_it(X)
    predict = partial(systems.compiled_keras("C3").predict, verbose=0)
    return {n: _median_seconds(predict, X[:n]) for n in N_CALLS}


def _median_seconds(predict, X):
    predict(X)  # the first call traces
    seconds = []
    for _ in range(N_CALLS[len(X)]):
        started = perf_counter()
        predict(X)
        seconds.append(perf_counter() - started)
    return median(seconds)
