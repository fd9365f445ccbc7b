"""Results in numbers for the verdict, and the pages that most tests read."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

# Names that would be markup where a page forgot to escape them.
SCRIPT = "<script>alert(1)</script>"
BOLD = 'A & <b>"B"</b>'


@pytest.fixture(scope="session")
def make_results():
    """Give a function that makes the results of a comparison.

    ``rows``: name -> (score, fit seconds), the best first; a text instead of a pair is
    the error of an estimator that failed. ``p``: {name, other} as a frozenset -> its
    Holm-adjusted p-value (else 0.5); ``p_alone`` the same before that (else as
    adjusted). ``sd`` and ``n_folds`` are those of every row.
    """

    def make(
        rows, *, p=(), p_alone=(), sd=0.004, n_folds=3, score="accuracy", test=None
    ):
        table = pd.DataFrame(
            [
                (np.nan, np.nan, np.nan, row)
                if isinstance(row, str)
                else (row[0], sd if n_folds > 1 else np.nan, row[1], "")
                for row in rows.values()
            ],
            index=pd.Index(rows, name="estimator"),
            columns=[score, f"{score}_sd", "fit_seconds", "error"],
        )
        if test is not None:
            table[f"test_{score}"] = test
        pairs = list(combinations(rows, 2))
        adjusted = [dict(p).get(frozenset(pair), 0.5) for pair in pairs]
        alone = [
            dict(p_alone).get(frozenset(pair), value)
            for pair, value in zip(pairs, adjusted, strict=True)
        ]
        pairwise = pd.DataFrame(
            {
                "first": [first for first, _ in pairs],
                "second": [second for _, second in pairs],
                "p": alone,
                "p_holm": adjusted,
            }
        )
        return SimpleNamespace(
            table_=table, pairwise_=pairwise, scoring_=(score,), splits_=[()] * n_folds
        )

    return make


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
