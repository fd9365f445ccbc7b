"""The models to compare where nobody names any."""

from __future__ import annotations

from typing import Any

from skcnn.base.arrays import to_array
from skcnn.base.layouts import Shape, shape_of_rows, to_rows

_NAMES = ("dummy", "patches", "hog", "svm", "cnn", "resnet")
# Patches of 6 x 6 and cells of 4 x 4 pixels see too little of images below this side.
_SMALL_SIDE = 12
_OF_SMALL = {"patches": "patches-small", "hog": "hog-small"}


def default_names(X: Any) -> list[str]:
    """Return the short names of the default set, the fastest model first.

    Those are the most frequent label (dummy), patches under a ridge, support vector
    machines on gradient histograms (hog) and on pixels (svm), and the networks cnn and
    resnet. Images of less than 12 pixels in height or width get patches of 4 x 4
    pixels and cells of 2 x 2 (patches-small, hog-small).

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
    ['dummy', 'patches-small', 'hog-small', 'svm', 'cnn', 'resnet']
    """
    shape = image_shape(X)
    # One line of pixels is no image that is small.
    is_small = shape is not None and 1 < min(shape[:2]) < _SMALL_SIDE
    return [_OF_SMALL.get(name, name) if is_small else name for name in _NAMES]


def image_shape(X: Any) -> Shape | None:
    """Return the (h, w, c) of images; None where it cannot be seen, as of paths."""
    try:
        # Of a list one image tells it, and the others need not be copied.
        X = to_array(X[:1] if isinstance(X, (list, tuple)) else X)
        rows, shape = to_rows(X, None)
        return shape or shape_of_rows(rows.shape[1], None, warns=False)
    except ValueError:  # whoever fits on them says what is wrong
        return None
