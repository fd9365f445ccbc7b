"""A comparison to draw, and figures that are closed."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures():
    """Close what a test has drawn, and before it what an example in a document has."""
    from matplotlib import pyplot as plt

    plt.close("all")
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def mislabelled(shapes):
    """Give `shapes` with six wrong labels, so that every classifier makes mistakes."""
    X, y = shapes
    y = y.copy()
    # Rows 0 and 1 are "left", 20 and 21 "spot", 40 and 41 "top".
    y[[0, 1, 20, 21, 40, 41]] = ["top", "spot", "left", "left", "left", "spot"]
    return X, y


@pytest.fixture(scope="session")
def comparison(mislabelled, make_cnn):
    """Give a Comparison of three estimators on three folds of `mislabelled`.

    "cnn" has epochs and probabilities, "svm" probabilities, "plain" decision values.
    """
    from skcnn import SVMClassifier, compare

    estimators = {
        "cnn": make_cnn(),
        "svm": SVMClassifier(probability=True),
        "plain": SVMClassifier(kernel="linear"),
    }
    return compare(estimators, *mislabelled, cv=3, random_state=0, verbose=0)


@pytest.fixture(scope="session")
def answers():
    """Give (y_true, y_pred): 30 labels of three classes, one in three wrong."""
    y_true = np.repeat(["left", "spot", "top"], 10)
    y_pred = y_true.copy()
    y_pred[::3] = np.roll(y_true, 10)[::3]
    return y_true, y_pred
