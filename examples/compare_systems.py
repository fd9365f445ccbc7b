"""
Eight systems, the same folds: one loop of cross_val_score
==========================================================

Networks, networks as feature extractors, and support vector machines answer to the same
calls, so one loop compares them on the very same folds::

    python examples/compare_systems.py                  # digits, about a minute
    python examples/compare_systems.py --data garments  # minutes; needs SKCNN_DATA

The settings are small ones, for a first look: on 2000 images the networks are still
behind the support vector machines, and on 60 000 they are ahead. Without ``SKCNN_DATA``
there are no ImageNet weights, and the transfer row stands on random ones.
"""

import argparse
import os
from pathlib import Path
from time import perf_counter

import pandas as pd
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skcnn import (
    AutoencoderClassifier,
    CNNClassifier,
    ConvAutoencoder,
    NetworkFeatures,
    ResNetClassifier,
    SVMClassifier,
    TransferClassifier,
    datasets,
)

WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"


def pretrained():
    """Return the parameters of the backbone: MobileNetV2, with what weights there are.

    Real ones were learned from larger images, so ours are stretched.
    """
    path = Path(os.environ.get("SKCNN_DATA", ""), "weights", WEIGHTS)
    is_there = path.is_file()
    return {
        "backbone": "MobileNetV2",
        "backbone_params": {"alpha": 0.35},
        "weights": path if is_there else None,
        "input_size": 96 if is_there else None,
    }


def systems(epochs):
    """Return every system by its name."""
    cnn = CNNClassifier(filters=(16, 32), epochs=epochs, random_state=0)
    autoencoder = ConvAutoencoder(filters=(16, 32), epochs=epochs, random_state=0)
    return {
        "CNN": cnn,
        "ResNet": ResNetClassifier(
            blocks=(1, 1), filters=(16, 32), epochs=epochs, random_state=0
        ),
        "transfer": TransferClassifier(**pretrained(), epochs=epochs, random_state=0),
        "autoencoder + SVM": AutoencoderClassifier(autoencoder),
        "network features + SVM": make_pipeline(NetworkFeatures(cnn), SVMClassifier()),
        "HOG + SVM": SVMClassifier(features="hog"),
        "pixels + SVM": SVMClassifier(),
        "PCA + SVM": SVMClassifier(n_components=30, whiten=True, random_state=0),
    }


def load(data, n_images):
    """Return images and labels."""
    if data == "digits":
        X, y = datasets.load_digits()
    elif data == "noisy":
        X, y = datasets.make_noisy_digits(split="train")
    else:
        X, y = datasets.fetch_fashion_mnist(data, split="train")
    return X[:n_images], y[:n_images]


def compare(estimators, X, y, n_folds):
    """Return a table of accuracies and seconds, best first."""
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=0)
    rows = {}
    for name, estimator in estimators.items():
        started = perf_counter()
        scores = cross_val_score(estimator, X, y, cv=folds)
        rows[name] = {
            "accuracy": scores.mean(),
            "sd": scores.std(ddof=1),
            "seconds": perf_counter() - started,
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.sort_values("accuracy", ascending=False)


def main():
    """Compare the systems and print the table."""
    parser = argparse.ArgumentParser(description="Compare eight systems.")
    kinds = ["digits", "five", "garments", "noisy"]
    parser.add_argument("--data", choices=kinds, default="digits")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--cv", type=int, default=3, help="folds")
    options = parser.parse_args()

    X, y = load(options.data, options.images)
    print(f"{options.data}: {len(X)} images of {X.shape[1:]}, {options.cv} folds")
    table = compare(systems(options.epochs), X, y, options.cv)
    print(table.round({"accuracy": 4, "sd": 4, "seconds": 1}).to_string())


if __name__ == "__main__":
    main()

# %%
# Best first: mean and standard deviation of the accuracy over the folds, and the
# seconds of all of them. :func:`skcnn.compare` does this loop and more.
