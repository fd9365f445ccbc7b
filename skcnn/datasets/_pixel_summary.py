"""What one pass over the pixels tells: range, missing values, fingerprints."""

from hashlib import blake2b

import numpy as np

from ._image_rows import ImageRows


class PixelSummary:
    """Range, missing values, constant images and fingerprints, chunk by chunk.

    Parameters
    ----------
    images : ImageRows
        The images; they are read once.

    Attributes
    ----------
    dtype : numpy.dtype
        Type of the pixels.
    lowest, highest : ndarray of shape (n_pixels,)
        Smallest and largest finite value of each pixel over all images; NaN where
        there is none.
    mean : float
        Mean of all finite values; NaN if there are none.
    n_missing, n_infinite : int
        Pixels that are NaN, and pixels that are infinite.
    incomplete_rows, constant_rows : ndarray of int
        Images with such pixels, and images whose pixels are all equal.
    fingerprints : ndarray of shape (n_images,), uint64
        Equal for equal images; see :func:`fingerprints`.
    """

    def __init__(self, images: ImageRows) -> None:
        self.n_missing = self.n_infinite = 0
        self.lowest = self.highest = self.dtype = None
        self._total = 0.0
        is_incomplete, is_constant, prints = [], [], []
        for chunk in images.chunks():
            self.dtype = np.result_type(self.dtype or chunk.dtype, chunk.dtype)
            prints.append(fingerprints(chunk))
            is_constant.append((chunk == chunk[:, :1]).all(axis=1))
            finite = self._count_missing(chunk)
            is_incomplete.append(_is_incomplete(finite))
            self._add(finite)
        n_finite = len(images) * images.width - self.n_missing - self.n_infinite
        self.mean = self._total / n_finite if n_finite else np.nan
        self.incomplete_rows = np.flatnonzero(np.concatenate(is_incomplete))
        self.constant_rows = np.flatnonzero(np.concatenate(is_constant))
        self.fingerprints = np.concatenate(prints)

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
        low, high = np.fmin.reduce(chunk), np.fmax.reduce(chunk)
        is_first = self.lowest is None
        self.lowest = low if is_first else np.fmin(self.lowest, low)
        self.highest = high if is_first else np.fmax(self.highest, high)
        is_float = chunk.dtype.kind == "f"
        self._total += float(np.nansum(chunk, dtype=float) if is_float else chunk.sum())


def fingerprints(rows: np.ndarray) -> np.ndarray:
    """Return one number per row of pixels that is equal for equal rows.

    Values count, not types: the same image as uint8 and as float32 has the same
    fingerprint. Fractions are compared as float32.

    Parameters
    ----------
    rows : ndarray of shape (n, n_pixels)
        Numbers.

    Returns
    -------
    ndarray of shape (n,), uint64
        The first eight bytes of BLAKE2. That two of a million different images share
        a number has a probability below one in ten million.

    Examples
    --------
    >>> whole = fingerprints(np.array([[7, 255]], np.uint8))
    >>> bool(whole == fingerprints(np.array([[7.0, 255.0]])))
    True
    """
    if rows.dtype == np.uint8:
        return _digests(np.ascontiguousarray(rows))
    with np.errstate(invalid="ignore", over="ignore"):
        # The sum turns -0.0 into 0.0.
        values = rows.astype(np.float32) + np.float32(0)
        small = values.astype(np.uint8)
    is_byte = (small == values).all(axis=1)
    numbers = np.empty(len(rows), np.uint64)
    numbers[is_byte] = _digests(small[is_byte])
    numbers[~is_byte] = _digests(values[~is_byte])
    return numbers


def _digests(rows: np.ndarray) -> np.ndarray:
    """Hash the bytes of each row."""
    digests = [blake2b(row, digest_size=8).digest() for row in rows]
    return np.frombuffer(b"".join(digests), np.uint64)


def _is_incomplete(chunk: np.ndarray) -> np.ndarray:
    """Tell which rows of a chunk have NaN."""
    if chunk.dtype.kind != "f":
        return np.zeros(len(chunk), bool)
    return np.isnan(chunk).any(axis=1)
