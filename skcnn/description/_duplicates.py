"""Equal images, found by the hashes of their pixels."""

from hashlib import blake2b

import numpy as np


def hash_rows(rows: np.ndarray) -> np.ndarray:
    """Return one number per row of pixels that is equal for equal rows.

    Values count, not types: the same image as uint8 and as float32 has the same
    number. Fractions are compared as float32.

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
    >>> whole = hash_rows(np.array([[7, 255]], np.uint8))
    >>> bool(whole == hash_rows(np.array([[7.0, 255.0]])))
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


def repeated_rows(hashes: np.ndarray) -> np.ndarray:
    """Return the rows that repeat an earlier one.

    Parameters
    ----------
    hashes : ndarray of shape (n,)
        Equal for equal images.

    Returns
    -------
    ndarray of int
        Row numbers, ascending; the first of equal rows is not among them.

    Examples
    --------
    >>> repeated_rows(np.array([5, 7, 5, 5]))
    array([2, 3])
    """
    is_first = np.zeros(len(hashes), bool)
    is_first[np.unique(hashes, return_index=True)[1]] = True
    return np.flatnonzero(~is_first)


def contradicting_rows(hashes: np.ndarray, y_encoded: np.ndarray) -> np.ndarray:
    """Return the rows whose image stands elsewhere with another label.

    Parameters
    ----------
    hashes : ndarray of shape (n,)
        Equal for equal images.
    y_encoded : ndarray of shape (n,), int
        Class numbers; -1 for a missing label, which contradicts none.

    Returns
    -------
    ndarray of int
        Row numbers, ascending; all rows of such an image.

    Examples
    --------
    >>> contradicting_rows(np.array([5, 7, 5, 7]), np.array([0, 1, 2, 1]))
    array([0, 2])
    """
    labelled = np.flatnonzero(y_encoded >= 0)
    _, first, group = np.unique(
        hashes[labelled], return_index=True, return_inverse=True
    )
    differs = y_encoded[labelled] != y_encoded[labelled][first][group]
    contradicts = np.zeros(len(first), bool)
    contradicts[group[differs]] = True
    return labelled[contradicts[group]]


def images_in_both(X: np.ndarray, X_test: np.ndarray) -> np.ndarray:
    """Return the rows of test images that are among the training images.

    Parameters
    ----------
    X, X_test : ndarray of shape (n, ...) and (n_test, ...)
        Images of as many pixels, in any layout.

    Examples
    --------
    >>> X_test = np.array([[1, 1, 0, 0], [0, 0, 1, 0]])
    >>> images_in_both(np.eye(4).reshape(4, 2, 2), X_test)
    array([1])
    """
    hashes, others = (hash_rows(one.reshape(len(one), -1)) for one in (X_test, X))
    return shared_rows(hashes, others)


def shared_rows(hashes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the rows whose image is among the others.

    Parameters
    ----------
    hashes, others : ndarray of shape (n,) and (n_others,)
        Equal for equal images.

    Returns
    -------
    ndarray of int
        Row numbers of the first, ascending.

    Examples
    --------
    >>> shared_rows(np.array([5, 7, 5]), np.array([5, 9]))
    array([0, 2])
    """
    return np.flatnonzero(np.isin(hashes, others))
