"""The call: a comparison or a fitted estimator to one HTML page."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Sequence
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from skcnn.base import words
from skcnn.base.atomic import replacing
from skcnn.comparison import Comparison, check_length
from skcnn.reporting._comparison_page import comparison_page
from skcnn.reporting._estimator_page import estimator_page
from skcnn.reporting._given_names import Names
from skcnn.reporting._sections import footer

_HERE = Path(__file__).parent

# What no line may cut: a number with its unit, a relation with both sides.
_FIGURES = re.compile(r"\bp [=<≤] [\d.]+|[\d.]+ ± [\d.]+|\b\d+ (?:%|m?s|min|h)\b")


def report(
    comparison_or_estimator: Any,
    path: str | PathLike,
    *,
    X: Any = None,
    y: Any = None,
    title: str | None = None,
    class_names: Sequence[str] | None = None,
    image_names: Sequence[str] | None = None,
    command: str | None = None,
) -> Path:
    """Write one HTML page for a person who must decide.

    It begins with the verdict in one sentence, computed from the numbers; then come
    tables, pictures, the data at a glance, settings, versions, seeds and the code that
    does it again. The file is all there is: it loads nothing, runs no script, can be
    sent by mail and printed, and follows a light or dark screen.

    Parameters
    ----------
    comparison_or_estimator : Comparison or fitted estimator
        What :func:`skcnn.compare` returned, or one fitted classifier, of this package
        or of scikit-learn.
    path : str or path
        Of the HTML file, in a folder that is there; a file there is replaced.
    X : array-like, optional
        Test images for one estimator, in any layout that it takes. None: the page has
        history and settings only.
    y : array-like of shape (n,), optional
        Their labels.
    title : str, optional
        Heading; None: what the page is about.
    class_names : sequence of k str, optional
        Names of the classes, in the order of ``classes_``; None: the labels themselves.
    image_names : sequence of n str, optional
        A name for every image of ``X``, or of the comparison, such as its file: they
        are written under the wrong ones. None: the numbers of the rows.
    command : str, optional
        What was typed in a shell to make this page, to be shown before the Python code
        that does the same.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    TypeError
        For anything else than a comparison or an estimator.
    ValueError
        For images without labels or labels without images, lengths that differ, another
        number of names than of classes or images, a name for two classes, labels that
        the estimator does not know, and images for a comparison, which has its own.
    sklearn.exceptions.NotFittedError
        For an estimator that is not fitted.
    FileNotFoundError, IsADirectoryError
        For a path in a missing folder, or of a folder.

    See Also
    --------
    skcnn.compare : Makes a comparison.
    skcnn.plots : The pictures, one by one.

    Notes
    -----
    A difference is called established where the Holm-adjusted p-value of the corrected
    resampled t-test is below 0.05. A picture that cannot be made, such as a ROC curve
    without probabilities, is left out with a sentence that says why.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from skcnn import SVMClassifier, report
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> clf = SVMClassifier().fit(X[:500], y[:500])
    >>> path = report(clf, f"{mkdtemp()}/svm.html", X=X[500:700], y=y[500:700])
    >>> path.name
    'svm.html'
    """
    path = _check_path(path)
    subject = comparison_or_estimator
    if isinstance(subject, Comparison):
        _check_no_images(X, y)
        names = _check_names(class_names, image_names, subject.classes_, subject.X_)
        template, page = "comparison.html.jinja", comparison_page(subject, names)
    else:
        _check_estimator(subject)
        _check_images(subject, X, y)
        classes = getattr(subject, "classes_", [])
        names = _check_names(class_names, image_names, classes, X)
        template, page = "estimator.html.jinja", estimator_page(subject, X, y, names)
    page |= {"title": title or page["title"], "command": command}
    content = _render(template, page).encode()
    with replacing(path) as file:
        file.write(content)
    return path


# --- from numbers to HTML ---------------------------------------------------------


def _render(template: str, page: dict[str, Any]) -> str:
    """Return the page as one HTML document that loads nothing.

    Its content security policy admits the one style sheet that is inside, by its hash,
    and pictures that are written out in the page; no script at all.
    """
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment()
        .get_template(template)
        .render(page, style=style, style_hash=digest, footer=footer())
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(_HERE),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "bare_p": _bare_p,
        "count": words.count,
        "is_finite": math.isfinite,
        "listed": words.listed,
        "number": words.number,
        "plural": words.plural,
        "unbroken": _unbroken,
    }
    return environment


def _unbroken(text: str) -> str:
    """Keep numbers with what belongs to them: p = 0.2, 0.9 ± 0.1, 5 %."""
    return _FIGURES.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)


def _bare_p(p: float) -> str:
    if not math.isfinite(p):
        return "\N{EN DASH}"
    return words.p_value(p).removeprefix("p ").removeprefix("= ")


# --- what cannot be reported ------------------------------------------------------


def _check_path(path: str | PathLike) -> Path:
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f"{str(path)!r} is a folder. Name a file in it: "
            f"{str(path / 'report.html')!r}."
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"The page cannot be written to {str(path)!r}: there is no folder "
            f"{str(path.parent)!r}. Make it first, or choose another path."
        )
    return path


def _check_no_images(X: Any, y: Any) -> None:
    if X is not None or y is not None:
        raise ValueError(
            "X and y are test images for one fitted estimator; a comparison has its "
            "own images. Pass test images to compare(..., X_test=X, y_test=y)."
        )


def _check_estimator(estimator: Any) -> None:
    if isinstance(estimator, type):
        raise TypeError(
            f"report wants a fitted estimator, got the class {estimator.__name__}: "
            f"{estimator.__name__}().fit(X, y)."
        )
    if isinstance(estimator, dict | list | tuple):
        raise TypeError(
            f"report wants a comparison or one fitted estimator, got a "
            f"{type(estimator).__name__}. Compare them first: "
            "report(compare(estimators, X, y), path)."
        )
    if not hasattr(estimator, "get_params") or not hasattr(estimator, "fit"):
        raise TypeError(
            "report wants a comparison or a fitted estimator, got "
            f"{type(estimator).__name__}."
        )
    check_is_fitted(estimator)


def _check_names(class_names: Any, image_names: Any, classes: Any, X: Any) -> Names:
    if class_names is not None:
        class_names = words.check_class_names(class_names, classes)
    if image_names is not None and X is None:
        raise ValueError(
            "image_names are names of test images, and there are none: pass X and y, "
            "too, or leave image_names away."
        )
    check_length("image_names", image_names, 0 if X is None else len(X))
    return Names(class_names, image_names)


def _check_images(estimator: Any, X: Any, y: Any) -> None:
    if X is None and y is None:
        return
    if X is None or y is None:
        given, missing = ("y", "X") if X is None else ("X", "y")
        raise ValueError(
            f"{missing} is missing: pass X and y together, not {given} alone."
        )
    if not is_classifier(estimator):
        raise TypeError(
            f"Test images are for classifiers, and {type(estimator).__name__} is none. "
            "Leave X and y away for its history and settings."
        )
    _check_labels(estimator, X, np.asarray(y))


def _check_labels(estimator: Any, X: Any, y: np.ndarray) -> None:
    if y.ndim != 1:
        raise ValueError(
            f"y has shape {y.shape}; one label per image is wanted. Of a column per "
            "class, pass np.argmax(y, axis=1)."
        )
    if len(y) != len(X) or not len(y):
        raise ValueError(
            f"X has {len(X)} images and y {len(y)} labels; wanted is one label for "
            "each image, and at least one image."
        )
    classes = np.asarray(estimator.classes_)
    # Not np.isin, to which 1 and "1" are the same.
    known = set(classes.tolist())
    unknown = [label for label in pd.unique(y).tolist() if label not in known]
    if unknown:
        raise ValueError(
            "y holds labels that the estimator was not fitted on: "
            f"{words.few(unknown)}. "
            f"It knows {words.few(classes.tolist())}; take the others' images out."
        )
