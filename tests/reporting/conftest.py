"""The pages that most tests read."""

import numpy as np
import pytest

# Names that would be markup where a page forgot to escape them.
SCRIPT = "<script>alert(1)</script>"
BOLD = 'A & <b>"B"</b>'


@pytest.fixture(scope="session")
def comparison(make_cnn, shapes):
    """Give a comparison with and without history and probabilities, and a failure.

    Its classes and one estimator have names that must be escaped.
    """
    from skcnn import SVMClassifier, compare

    X, y = shapes
    estimators = {
        BOLD: make_cnn(epochs=3),
        "SVM": SVMClassifier(C=0.01),
        "broken": make_cnn(kernel_size=30, padding="valid"),
    }
    y = np.where(y == "spot", SCRIPT, y)
    return compare(estimators, X, y, cv=3, random_state=0, verbose=0)


@pytest.fixture(scope="session")
def comparison_page(comparison, tmp_path_factory):
    """Give the path of the page about `comparison`."""
    from skcnn import report

    return report(comparison, tmp_path_factory.mktemp("report") / "comparison.html")


@pytest.fixture(scope="session")
def estimator_page(make_cnn, shapes, tmp_path_factory):
    """Give the path of the page about a network that makes mistakes."""
    from skcnn import report

    clf = make_cnn(epochs=1).fit(*shapes)
    path = tmp_path_factory.mktemp("report") / "estimator.html"
    return report(clf, path, X=shapes[0], y=shapes[1], title="A network")
