"""The small digits that come with scikit-learn."""

import numpy as np
from sklearn.datasets import load_digits as _load_flat_digits
from sklearn.utils import Bunch


def load_digits(*, return_X_y: bool = True) -> tuple[np.ndarray, np.ndarray] | Bunch:
    """Load scikit-learn's handwritten digits as images.

    They need no download: 1797 grey images of 8x8 pixels, ten classes of about
    180 images each.

    Parameters
    ----------
    return_X_y : bool, default=True
        False returns a Bunch.

    Returns
    -------
    X : ndarray of shape (1797, 8, 8), float64
        Images; pixels are whole numbers from 0 (paper) to 16 (ink).
    y : ndarray of shape (1797,), int64
        The digit, 0 to 9.
    bunch : sklearn.utils.Bunch
        Instead of both if `return_X_y` is False: `data` (X), `target` (y),
        `target_names` and `DESCR`.

    See Also
    --------
    sklearn.datasets.load_digits : The same data as flat rows.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository, 1998, https://doi.org/10.24432/C50P49

    Examples
    --------
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> X.shape, int(X.max())
    ((1797, 8, 8), 16)
    """
    digits = _load_flat_digits()
    if return_X_y:
        return digits.images, digits.target
    return Bunch(
        data=digits.images,
        target=digits.target,
        target_names=digits.target_names,
        DESCR=digits.DESCR,
    )
