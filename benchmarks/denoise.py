"""A denoiser in front of the support vector machine, task TN."""

import os
from time import perf_counter

from ._measure import Row, fresh

TITLE = "TN: an SVM on noisy images, and on images cleaned by ConvAutoencoder"

# Of the 8000 digits that are in neither part of TN: one pass is some four seconds of a
# processor.
DENOISER = {"noise_kind": "background", "epochs": 15}


def rows(arguments):
    """Measure and return the lines of the table."""
    del arguments
    if not os.environ.get("SKCNN_DATA"):
        print("denoise: left out, SKCNN_DATA names no folder with the data")
        return []
    return table(fresh(measure))


def table(result):
    """Return the lines of what `measure` returned."""
    noisy, cleaned = result["noisy"], result["cleaned"]
    return [
        Row(
            "SVMClassifier, accuracy cleaned against noisy",
            f"{cleaned:.4f}",
            f"{noisy:.4f}",
            cleaned - noisy,
            budget=0.0,
            unit=" more",
        ),
        Row(
            "mean squared error of test images, cleaned against noisy",
            f"{result['mse_cleaned']:.4f}",
            f"{result['mse_noisy']:.4f}",
            result["mse_noisy"] / result["mse_cleaned"],
        ),
        Row(
            "seconds: denoiser's fit against both SVMs",
            f"{result['seconds_denoiser']:.0f}",
            f"{result['seconds_svm']:.0f}",
            result["seconds_denoiser"] / result["seconds_svm"],
        ),
    ]


def measure(n_spare=None, n_train=None, n_test=None, **params):
    """Return accuracies, errors and seconds; fewer images and parameters if given."""
    from skcnn import ConvAutoencoder, SVMClassifier

    spare, train, test = (
        _images(split, n)
        for split, n in (("spare", n_spare), ("train", n_train), ("test", n_test))
    )
    started = perf_counter()
    denoiser = ConvAutoencoder(random_state=0, **{**DENOISER, **params})
    denoiser.fit(spare.clean)
    result = {"seconds_denoiser": perf_counter() - started}

    cleaned = {part.split: denoiser.denoise(part.data) for part in (train, test)}
    started = perf_counter()
    for name, of_train, of_test in (
        ("noisy", train.data, test.data),
        ("cleaned", cleaned["train"], cleaned["test"]),
    ):
        svm = SVMClassifier(random_state=0).fit(of_train, train.target)
        result[name] = svm.score(of_test, test.target)
        result[f"mse_{name}"] = _error(of_test, test.clean)
    return {**result, "seconds_svm": perf_counter() - started}


def _images(split, n):
    """Return the first n images of a part of TN, with their clean originals."""
    from skcnn.datasets import make_noisy_digits

    part = make_noisy_digits(split=split, return_X_y=False)
    for name in ("data", "clean", "target"):
        part[name] = part[name][:n]
    part.split = split
    return part


def _error(images, wanted):
    """Return the mean squared error, pixels from 0 to 1, without a float copy."""
    pieces = range(0, len(images), 1000)
    total = sum(
        ((images[i : i + 1000] / 255.0 - wanted[i : i + 1000] / 255.0) ** 2).sum()
        for i in pieces
    )
    return float(total / images.size)
