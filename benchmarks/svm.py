"""SVMClassifier beside scikit-learn's SVC on the same pixels, and HOG on all images."""

import os
from functools import partial
from statistics import median
from time import perf_counter

from ._measure import Row, fresh, in_turn

TITLE = "Support vector machines on T10"

N_TRAIN, N_TEST = 10_000, 10_000
# In full: what the published table of T10 has for HOG + SVM is 0.926.
N_ALL = 60_000
BUDGET_SPEED, BUDGET_DIFFERENCE, BUDGET_HOG = 3, 0.002, 0.92


def rows(arguments):
    """Measure and return the lines of the table."""
    if not os.environ.get("SKCNN_DATA"):
        print("svm: left out, SKCNN_DATA names no folder with the data")
        return []
    sides = {"SVC": svc, "ours": ours}
    results = in_turn(sides, arguments.repeats)
    seconds = {side: median(run["seconds"] for run in results[side]) for side in sides}
    accuracy = {side: results[side][0]["accuracy"] for side in sides}
    hog = fresh(partial(ours, N_ALL, features="hog+pixels"))
    return [
        Row(
            f"{N_TRAIN} fitted, {N_TEST} predicted, s ({results['ours'][0]['by']})",
            f"{seconds['ours']:.1f}",
            f"{seconds['SVC']:.1f}",
            seconds["SVC"] / seconds["ours"],
            budget=BUDGET_SPEED,
        ),
        Row(
            "their accuracy, and the difference",
            f"{accuracy['ours']:.4f}",
            f"{accuracy['SVC']:.4f}",
            abs(accuracy["ours"] - accuracy["SVC"]),
            budget=BUDGET_DIFFERENCE,
            unit="",
            at_most=True,
        ),
        Row(
            f"HOG and pixels, {N_ALL} fitted in {hog['fit_seconds']:.0f} s, accuracy",
            f"{hog['accuracy']:.4f}",
            "",
            hog["accuracy"],
            budget=BUDGET_HOG,
            unit="",
        ),
    ]


def ours(n_train=N_TRAIN, n_test=N_TEST, **params):
    """Return seconds and test accuracy of `SVMClassifier` on pixels as they come."""
    from skcnn import SVMClassifier

    X, y, X_test, y_test = images(n_train, n_test)
    model = SVMClassifier(**params)
    result = _measured(model, X, y, X_test, y_test)
    return {**result, "by": type(model.svc_).__name__}


def svc(n_train=N_TRAIN, n_test=N_TEST):
    """Return the same of `SVC` with our defaults, on pixels scaled before the clock."""
    from sklearn.svm import SVC

    from skcnn import SVMClassifier

    X, y, X_test, y_test = images(n_train, n_test)
    names = ("kernel", "C", "gamma", "cache_size")
    params = SVMClassifier().get_params()
    model = SVC(**{name: params[name] for name in names})
    X, X_test = (part.reshape(len(part), -1) / 255 for part in (X, X_test))
    return _measured(model, X, y, X_test, y_test)


def images(n_train, n_test):
    """Return the first training and test images of Fashion-MNIST, with labels."""
    from skcnn.datasets import fetch_fashion_mnist

    X, y = fetch_fashion_mnist(labels="garments", split="train")
    X_test, y_test = fetch_fashion_mnist(labels="garments", split="test")
    return X[:n_train], y[:n_train], X_test[:n_test], y_test[:n_test]


def _measured(model, X, y, X_test, y_test):
    started = perf_counter()
    model.fit(X, y)
    fitted = perf_counter()
    labels = model.predict(X_test)
    return {
        "seconds": perf_counter() - started,
        "fit_seconds": fitted - started,
        "accuracy": (labels == y_test).mean(),
    }
