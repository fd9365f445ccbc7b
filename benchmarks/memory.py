"""Memory that fits leave behind, and the peak of one fit on many images."""

import gc
import sys
from functools import partial

import numpy as np

from . import systems
from ._measure import Row, in_turn, medians, megabytes

TITLE = "Memory, MB"

WARM_UP = 5
N_FITS = 100
# scikeras takes a second for each fit; its growth from the 5th to this one is
# stretched to the 100th.
N_FITS_SCIKERAS = 35
# The pool keeps eight networks and sweeps sixteen away together: both come after that.
ARCHITECTURES = (25, 73)
N_IMAGES = 60_000
ARRAY = N_IMAGES * 28 * 28 / 1e6


def rows(arguments):
    """Measure and return the lines of the table."""
    if sys.platform != "linux":
        print("memory: left out, it is read from Linux' /proc")
        return []
    growth = medians(
        in_turn({"ours": our_growth, "scikeras": scikeras_growth}, arguments.repeats)
    )
    further = medians(in_turn({"ours": our_architectures}, arguments.repeats))["ours"]
    peaks = medians(
        in_turn(
            {f"{n} images": partial(our_peak, n) for n in [1000, N_IMAGES]},
            arguments.repeats,
        )
    )
    more = peaks[f"{N_IMAGES} images"] - peaks["1000 images"]
    return [
        Row(
            f"after fit {N_FITS} less after fit {WARM_UP}, beside scikeras"
            f" (stretched from {N_FITS_SCIKERAS} fits)",
            f"{growth['ours']:.1f}",
            f"{growth['scikeras']:.1f}",
            growth["ours"],
            budget=20,
            unit=" MB",
            at_most=True,
        ),
        Row(
            "per further architecture, from {} to {}".format(*ARCHITECTURES),
            f"{further:.2f}",
            "",
            further,
            budget=1.5,
            unit=" MB",
            at_most=True,
        ),
        Row(
            f"peak of a fit on {N_IMAGES} uint8 images less on 1000, array included,"
            " beside the array",
            f"{more:.1f}",
            f"{ARRAY:.1f}",
            more / ARRAY,
            budget=1.5,
            at_most=True,
        ),
    ]


def our_growth():
    """Return the megabytes that our small fits leave behind."""
    model = systems.ours("B1", epochs=1, batch_size=32)
    return _growth(model, N_FITS)


def scikeras_growth():
    """Return the megabytes that the same fits leave behind with scikeras."""
    from scikeras.wrappers import KerasClassifier

    model = KerasClassifier(
        model=_build,
        loss="sparse_categorical_crossentropy",
        optimizer="adam",
        epochs=1,
        batch_size=32,
        verbose=0,
    )
    stretch = (N_FITS - WARM_UP) / (N_FITS_SCIKERAS - WARM_UP)
    return _growth(model, N_FITS_SCIKERAS) * stretch


def _build():
    return systems.keras_b1((8, 8, 1), 10)


def _growth(model, n_fits):
    from sklearn.base import clone

    X, y = systems.small_digits(300)
    resident = {}
    for i in range(1, n_fits + 1):
        clone(model).fit(X, y).predict(X)
        if i in (WARM_UP, n_fits):
            gc.collect()
            resident[i] = megabytes("VmRSS")
    return resident[n_fits] - resident[WARM_UP]


def our_architectures():
    """Return the megabytes that each further network of the default kind leaves."""
    from skcnn import CNNClassifier

    X, y = systems.small_digits(300)
    resident = []
    for number in range(1, ARCHITECTURES[1] + 1):
        # Another rate of dropout is another graph, with as many weights.
        CNNClassifier(dropout=number / 1000, epochs=1).fit(X, y).predict(X)
        if number in ARCHITECTURES:
            gc.collect()
            resident.append(megabytes("VmRSS"))
    return (resident[1] - resident[0]) / (ARCHITECTURES[1] - ARCHITECTURES[0])


def our_peak(n_images):
    """Return the peak megabytes of a process that makes n images and fits on them."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (n_images, 28, 28), dtype=np.uint8)
    y = rng.integers(0, 5, n_images)
    systems.ours("B1", epochs=1).fit(X, y)
    return megabytes("VmHWM")
