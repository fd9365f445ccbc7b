"""What one pass over the pixels tells: range, missing values, hashes."""

import math

import numpy as np

from skcnn.base.layouts import to_flat
from skcnn.base.scaling import chunks

from ._duplicates import hash_rows


class PixelSummary:
    """Range, missing values, constant images and hashes, chunk by chunk.

    Parameters
    ----------
    images : ndarray of shape (n, h, w, c)
        The images; they are read once.

    Attributes
    ----------
    lowest, highest : ndarray of shape (n_pixels,)
        Smallest and largest finite value of each pixel over all images; NaN where
        there is none.
    mean : float
        Mean of all finite values; NaN if there are none.
    n_missing, n_infinite : int
        Pixels that are NaN, and pixels that are infinite.
    incomplete_rows, constant_rows : ndarray of int
        Images with such pixels, and images whose pixels are all equal.
    hashes : ndarray of shape (n_images,), uint64
        Equal for equal images; see :func:`hash_rows`.
    """

    def __init__(self, images: np.ndarray) -> None:
        self.n_missing = self.n_infinite = 0
        self.lowest = self.highest = np.full(math.prod(images.shape[1:]), np.nan)
        self._total = 0.0
        is_incomplete, is_constant, hashes = [], [], []
        for chunk in map(to_flat, chunks(images)):
            hashes.append(hash_rows(chunk))
            is_constant.append((chunk == chunk[:, :1]).all(axis=1))
            finite = self._count_missing(chunk)
            is_incomplete.append(_is_incomplete(finite))
            self._add(finite)
        n_finite = images.size - self.n_missing - self.n_infinite
        self.mean = self._total / n_finite if n_finite else np.nan
        self.incomplete_rows = np.flatnonzero(np.concatenate(is_incomplete))
        self.constant_rows = np.flatnonzero(np.concatenate(is_constant))
        self.hashes = np.concatenate(hashes)

    @property
    def minimum(self) -> float:
        """Smallest finite value of all."""
        return float(np.fmin.reduce(self.lowest))

    @property
    def maximum(self) -> float:
        """Largest finite value of all."""
        return float(np.fmax.reduce(self.highest))

    @property
    def n_constant_pixels(self) -> int:
        """Pixels that have one value in all images."""
        return int((self.lowest == self.highest).sum())

    def _count_missing(self, chunk: np.ndarray) -> np.ndarray:
        """Count what is not finite and return the chunk with NaN there."""
        if chunk.dtype.kind != "f" or np.isfinite(chunk).all():
            return chunk
        self.n_missing += int(np.isnan(chunk).sum())
        self.n_infinite += int(np.isinf(chunk).sum())
        return np.where(np.isfinite(chunk), chunk, np.nan)

    def _add(self, chunk: np.ndarray) -> None:
        """Take the range and the sum of a chunk in."""
        # Of a number and NaN, both give the number.
        self.lowest = np.fmin(self.lowest, np.fmin.reduce(chunk))
        self.highest = np.fmax(self.highest, np.fmax.reduce(chunk))
        is_float = chunk.dtype.kind == "f"
        self._total += float(np.nansum(chunk, dtype=float) if is_float else chunk.sum())


def _is_incomplete(chunk: np.ndarray) -> np.ndarray:
    """Tell which rows of a chunk have NaN."""
    if chunk.dtype.kind != "f":
        return np.zeros(len(chunk), bool)
    return np.isnan(chunk).any(axis=1)
