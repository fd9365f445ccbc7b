"""Patches and a ridge beside the other systems without a network, and Keras' C3.

Each side runs in a fresh process. Its clock begins at `fit`, with the start of
TensorFlow inside, and ends with it.
"""

import os
from functools import partial
from time import perf_counter

from ._measure import Row, fresh, in_turn, megabytes

TITLE = "Without a network: patches and a ridge, T10 and MNIST"

# Recipe, accuracy on the test images, and shares of Keras' seconds for 12 epochs of C3
# on T10 (the yardstick Y): the least that is wanted, and the goal.
AIMS = {"P1": (0.90, 20, 40), "P2": (0.915, 6, 15)}
MARK_MNIST = 0.99
# Chosen on 10 000 held-out training images of MNIST: for handwriting, which is not as
# well centred as clothes are, more filters and fewer cells.
MNIST = {"n_filters": 256, "pool": 3}
MOST_MEGABYTES = 3000
# All 60 000 images take the machine on pixels ten times as long as these.
N_PIXELS = 20_000


def rows(arguments):
    """Measure and return the lines of the table."""
    if not os.environ.get("SKCNN_DATA"):
        print("patches: left out, SKCNN_DATA names no folder with the data")
        return []
    sides = {f"T10 {id}": partial(recipe, id) for id in AIMS}
    sides["MNIST"] = mnist
    sides["HOG + SVM"] = partial(svm, features="hog")
    sides["pixels + SVM"] = partial(svm, n_images=N_PIXELS)
    results = {side: runs[0] for side, runs in in_turn(sides, repeats=1).items()}
    yardstick = arguments.yardstick or _yardstick()
    lines = []
    for id, aims in AIMS.items():
        lines += _rows_of_aim(id, results[f"T10 {id}"], yardstick, *aims)
    of_mnist = ", ".join(f"{name}={value}" for name, value in MNIST.items())
    lines.append(
        Row(
            f"MNIST, {of_mnist}: accuracy in {results['MNIST']['seconds']:.1f} s",
            f"{results['MNIST']['accuracy']:.4f}",
            "",
            results["MNIST"]["accuracy"],
            budget=MARK_MNIST,
            unit="",
        )
    )
    lines += [_row_beside(side, result) for side, result in results.items()]
    return lines


def _rows_of_aim(id, result, yardstick, accuracy, must, goal):
    # Seconds count only where the accuracy is reached.
    seconds = result["seconds"] if result["accuracy"] >= accuracy else float("inf")
    return [
        Row(
            f"T10 {id} to {accuracy} (ends at {result['accuracy']:.4f}), s, {name}",
            f"{seconds:.1f}",
            f"{yardstick:.0f}",
            yardstick / seconds,
            budget=share,
        )
        for name, share in (("must", must), ("goal", goal))
    ]


def _row_beside(side, result):
    return Row(
        f"{side}, {result['images']} images: accuracy {result['accuracy']:.4f}, "
        f"fitted in {result['seconds']:.1f} s; peak memory, MB",
        f"{result['megabytes']:.0f}",
        "",
        result["megabytes"],
        budget=MOST_MEGABYTES,
        unit="",
        at_most=True,
    )


def _yardstick():
    from .accuracy import keras_c3

    return fresh(partial(keras_c3, "t10"))["seconds"]


def recipe(id):
    """Return what a recipe of the patches takes and reaches."""
    from skcnn import recipes

    return _measured(recipes.make(id, random_state=0), "t10")


def mnist():
    """Return the same of patches and a ridge, with settings for handwriting."""
    from sklearn.pipeline import make_pipeline

    from skcnn import HoldoutRidgeClassifier, PatchFeatures

    features = PatchFeatures(**MNIST, random_state=0)
    ridge = HoldoutRidgeClassifier(random_state=0)
    return _measured(make_pipeline(features, ridge), "mnist")


def svm(n_images=None, **params):
    """Return the same of a support vector machine, on the first images."""
    from skcnn import SVMClassifier

    return _measured(SVMClassifier(**params), "t10", n_images)


def _measured(model, task, n_images=None):
    X, y = (part[:n_images] for part in _images(task, "train"))
    started = perf_counter()
    model.fit(X, y)
    seconds = perf_counter() - started
    peak = megabytes("VmHWM")
    return {
        "seconds": seconds,
        "megabytes": peak,
        "images": len(X),
        "accuracy": model.score(*_images(task, "test")),
    }


def _images(task, split):
    from skcnn import datasets

    if task == "mnist":
        return datasets.fetch_mnist(split=split)
    return datasets.fetch_fashion_mnist(labels="garments", split=split)
