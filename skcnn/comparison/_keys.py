"""What a stored result is found by: texts for the content that decides it."""

from __future__ import annotations

import numpy as np
from sklearn.utils import _safe_indexing

from skcnn.base._fingerprint import fingerprint
from skcnn.base._parts import stamp


def key_of_data(X, codes: np.ndarray, classes: np.ndarray) -> str:
    """Return one text for images and labels, the same for int32 and int64.

    Images that are paths are also the size and the time of their files.
    """
    return fingerprint(X, _stamps(X), codes.astype(np.int64), classes.tolist())


def _stamps(X) -> list:
    if np.asarray(_safe_indexing(X, [0])).dtype.kind not in "OU":
        return []
    return [stamp(path) for path in np.ravel(np.asarray(X, dtype=object))]
