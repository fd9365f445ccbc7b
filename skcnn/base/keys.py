"""Keys by which finished work is found again, and what of images decides it."""

from __future__ import annotations

import uuid
import warnings

import numpy as np
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from skcnn.base.fingerprint import NoFingerprint, fingerprint
from skcnn.base.parts import stamp


class Keys:
    """The keys of one call; what has no fingerprint gets one of its own.

    Parameters
    ----------
    warns : bool
        Whether to say what has none: where results are stored, these will not be.
    """

    def __init__(self, warns: bool):
        self.warns = warns
        self._own: set[str] = set()

    def key(self, name: str, *values) -> str:
        """Return a fingerprint, or a key that is never used again."""
        try:
            key = fingerprint(*values)
        except NoFingerprint as error:
            key = uuid.uuid4().hex
            self._own.add(key)
            if self.warns:
                warnings.warn(
                    f"Results of {name} are computed, but not stored, since nobody can "
                    f"tell whether they are asked for again: {error}.",
                    RuntimeWarning,
                    stacklevel=3,
                )
        return key

    def unit(self, *keys: str) -> str:
        """Return the key of a unit of work, of keys and rows that decide it."""
        key = fingerprint(*keys)
        if self._own & {one for one in keys if isinstance(one, str)}:
            self._own.add(key)
        return key

    def is_lasting(self, key: str) -> bool:
        """Tell whether another call can come to the same key."""
        return key not in self._own


def image_parts(X) -> tuple:
    """Return what decides results of images.

    Images that are paths are also the size and the time of their files. The index of
    a frame decides nothing.
    """
    if hasattr(X, "reset_index"):
        X = X.reset_index(drop=True)
    return X, _stamps(X)


def _stamps(X) -> list:
    if not _num_samples(X) or np.asarray(_safe_indexing(X, [0])).dtype.kind not in "OU":
        return []
    return [stamp(path) for path in np.ravel(np.asarray(X, dtype=object))]
