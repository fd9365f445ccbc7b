"""What a fitted classifier says of images: asked once, one column per class."""

from __future__ import annotations

from functools import wraps

import numpy as np

# What a scorer may ask of an estimator.
RESPONSES = frozenset({"predict", "predict_proba", "decision_function"})


class AskedOnce:
    """A fitted estimator that is asked once for each response on the test images.

    It knows the classes of the comparison, whichever of them it was fitted on and in
    whatever order: a class that it has not seen has probability zero, and the smallest
    of all decision values less one.

    Parameters
    ----------
    estimator : classifier
        The fitted one.
    X : array-like
        Test images.
    classes : ndarray of shape (k,)
        All labels of the comparison, sorted.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Those labels, the order of the columns.
    """

    def __init__(self, estimator, X, classes: np.ndarray):
        self._estimator = estimator
        self._X = X
        self._known = {}
        self.classes_ = classes

    def __getattr__(self, name):
        found = getattr(self._estimator, name)
        return self._once(name, found) if name in RESPONSES else found

    def _once(self, name, method):
        @wraps(method)
        def answer(X):
            if X is not self._X:
                return self._in_columns(name, method(X))
            if name not in self._known:
                self._known[name] = self._in_columns(name, method(X))
            return self._known[name]

        return answer

    def _in_columns(self, name: str, values):
        own = np.asarray(self._estimator.classes_) if name != "predict" else None
        if own is None or np.array_equal(own, self.classes_):
            return values
        values = np.asarray(values)
        if values.ndim == 1:  # decision values of two classes, positive for the second
            values = np.stack([-values, values], axis=1)
        if values.shape[1] != len(own):
            return values  # one column per pair of classes: there is no order to give
        absent = 0 if name == "predict_proba" else values.min() - 1
        columns = np.full((len(values), len(self.classes_)), absent, np.float64)
        columns[:, to_codes(own, self.classes_)] = values
        is_single = name == "decision_function" and len(self.classes_) == 2
        return columns[:, 1] if is_single else columns


def to_codes(labels, classes: np.ndarray) -> np.ndarray:
    """Return the positions of predicted labels in the sorted classes.

    Raises
    ------
    ValueError
        For what is no label, and another shape than (n,).
    """
    labels = np.asarray(labels)
    codes = np.searchsorted(classes, labels)
    codes[codes == len(classes)] = 0
    if labels.ndim != 1 or (classes[codes] != labels).any():
        raise ValueError(
            f"predict gave {labels[:3].tolist()}... of shape {labels.shape}, where one "
            f"of the labels {classes[:10].tolist()} per image was wanted."
        )
    return codes
