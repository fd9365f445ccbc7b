"""The models to compare where nobody names any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

from sklearn.base import BaseEstimator

from skcnn.base import words
from skcnn.base.arrays import to_array
from skcnn.base.layouts import Shape, is_small, shape_of_rows, to_rows
from skcnn.contract.estimator import BaseNetwork

_NAMES = ("dummy", "patches", "hog", "svm", "cnn", "resnet")
_OF_SMALL = {"hog": "hog-small"}


def default_names(X: Any) -> list[str]:
    """Return the short names of the default set, the fastest model first.

    Those are the most frequent label (dummy), patches under a ridge, support vector
    machines on gradient histograms (hog) and on pixels (svm), and the networks cnn and
    resnet. Images of less than 12 pixels in height or width get histograms of cells of
    2 x 2 pixels (hog-small).

    Parameters
    ----------
    X : array-like
        Images, in any layout.

    Examples
    --------
    >>> import numpy as np
    >>> default_names(np.zeros((9, 28, 28)))
    ['dummy', 'patches', 'hog', 'svm', 'cnn', 'resnet']
    >>> default_names(np.zeros((9, 64)))
    ['dummy', 'patches', 'hog-small', 'svm', 'cnn', 'resnet']
    """
    shape = image_shape(X)
    if shape is None or not is_small(shape):
        return [*_NAMES]
    return [_OF_SMALL.get(name, name) for name in _NAMES]


def image_shape(X: Any) -> Shape | None:
    """Return the (h, w, c) of images; None where it cannot be seen, as of paths."""
    try:
        # Of a list one image tells it, and the others need not be copied.
        X = to_array(X[:1] if isinstance(X, (list, tuple)) else X)
        rows, shape = to_rows(X, None)
        return shape or shape_of_rows(rows.shape[1], None, warns=False)
    except ValueError:  # whoever fits on them says what is wrong
        return None


# --- how long it takes ----------------------------------------------------------------

# Seconds on two cores at 28 x 28 pixels: per image and epoch, per image, per pair of
# images. A machine of scikit-learn's own takes so many times as long as one of
# scikit-learn-intelex.
_PER_EPOCH = {"cnn": 0.55e-3, "resnet": 0.8e-3}
_PER_IMAGE = {"patches": 0.14e-3}
_PER_PAIR = {"hog": 1e-8, "svm": 1e-8}
_N_PIXELS, _WITHOUT_INTELEX = 28 * 28, 7
# A network is traced once, a ridge has as many features for any images.
_ONCE, _PER_FIT = {"cnn": 5.0, "resnet": 8.0}, {"patches": 0.5}


def say_expected(
    models: Mapping[str, BaseEstimator], X: Any, sizes: Iterable[int]
) -> str:
    """Say roughly how long a comparison of the default set takes, and why.

    Parameters
    ----------
    models : mapping of str to BaseEstimator
        Of `default_names`, with their defaults but for ``epochs``.
    X : array-like
        The images.
    sizes : iterable of int
        How many images each fit of a model has.

    Returns
    -------
    str
        Empty where nobody can tell.

    Examples
    --------
    >>> import numpy as np
    >>> from skcnn.recipes.short_names import make_named
    >>> models = {"svm": make_named("svm"), "cnn": make_named("cnn")}
    >>> say_expected(models, np.zeros((60_000, 28, 28), np.uint8), [48_000] * 5)
    'Expected on two cores: about 28 min (cnn 26 min).'
    """
    shape, sizes = image_shape(X), list(sizes)
    if shape is None:
        return ""
    seconds = {
        name: _ONCE.get(name, 0.0)
        + sum(seconds_of(name, model, n, shape) for n in sizes)
        for name, model in models.items()
    }
    slowest = sorted(seconds, key=lambda name: -seconds[name])[:2]
    total = sum(seconds.values())
    parts = [
        f"{name} {words.roughly(seconds[name])}"
        for name in slowest
        if seconds[name] > 0.2 * total
    ]
    return f"Expected on two cores: about {words.roughly(total)} ({', '.join(parts)})."


def seconds_of(name: str, model: BaseEstimator, n_images: int, shape: Shape) -> float:
    """Return the expected seconds of one fit, without what is traced once.

    ``python -m benchmarks expected`` prints them beside those that are measured.
    """
    share = shape[0] * shape[1] / _N_PIXELS
    name = name.removesuffix("-small")
    per_pair = _PER_PAIR.get(name, 0.0)
    if find_spec("sklearnex") is None:
        per_pair *= _WITHOUT_INTELEX
    epochs = model._most_epochs(n_images) if isinstance(model, BaseNetwork) else 0
    per_image = _PER_IMAGE.get(name, 0.0) + epochs * _PER_EPOCH.get(name, 0.0)
    own = share * n_images * (per_image + per_pair * n_images)
    return own + _PER_FIT.get(name, 0.0)
