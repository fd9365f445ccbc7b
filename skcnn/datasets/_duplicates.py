"""Equal images, found by their fingerprints."""

import numpy as np


def repeated_rows(fingerprints: np.ndarray) -> np.ndarray:
    """Return the rows that repeat an earlier one.

    Parameters
    ----------
    fingerprints : ndarray of shape (n,)
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
    is_first = np.zeros(len(fingerprints), bool)
    is_first[np.unique(fingerprints, return_index=True)[1]] = True
    return np.flatnonzero(~is_first)


def contradicting_rows(fingerprints: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the rows whose image stands elsewhere with another label.

    Parameters
    ----------
    fingerprints : ndarray of shape (n,)
        Equal for equal images.
    codes : ndarray of shape (n,), int
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
    labelled = np.flatnonzero(codes >= 0)
    _, first, group = np.unique(
        fingerprints[labelled], return_index=True, return_inverse=True
    )
    differs = codes[labelled] != codes[labelled][first][group]
    contradicts = np.zeros(len(first), bool)
    contradicts[group[differs]] = True
    return labelled[contradicts[group]]


def shared_rows(fingerprints: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the rows whose image is among the others.

    Parameters
    ----------
    fingerprints, others : ndarray of shape (n,) and (n_others,)
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
    return np.flatnonzero(np.isin(fingerprints, others))
