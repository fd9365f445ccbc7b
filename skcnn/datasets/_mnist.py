"""MNIST: handwritten digits."""

import os

import numpy as np
from sklearn.utils import Bunch

from ._official import SPLITS, OfficialSet
from ._options import check_option

MNIST = OfficialSet(
    folder="mnist",
    keras_name="mnist",
    md5={
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
)


def fetch_mnist(
    split: str = "train",
    *,
    data_home: str | os.PathLike[str] | None = None,
    return_X_y: bool = True,
) -> tuple[np.ndarray, np.ndarray] | Bunch:
    """Load MNIST: 70 000 handwritten digits, 28x28 grey.

    The four official IDX files are read from ``mnist/`` in the data home and their
    MD5 sums verified. Without a data home, Keras downloads the data.

    Parameters
    ----------
    split : {"train", "test", "all"}, default="train"
        The official 60 000 training images, the 10 000 test images, or both, the
        training images first.
    data_home : str or path-like, default=None
        Folder that holds ``mnist/``. None means the environment variable
        ``SKCNN_DATA``; if that is unset or empty, ``keras.datasets.mnist`` is used.
    return_X_y : bool, default=True
        False returns a Bunch.

    Returns
    -------
    X : ndarray of shape (n, 28, 28), uint8
        Images; pixels from 0 (paper) to 255 (ink).
    y : ndarray of shape (n,), int64
        The digit, 0 to 9.
    bunch : sklearn.utils.Bunch
        Instead of both if `return_X_y` is False: `data` (X), `target` (y),
        `target_names` and `DESCR`.

    Raises
    ------
    FileNotFoundError
        If the data home lacks a file (the error is a ValueError, too).
    ValueError
        If `split` is unknown, or if a file is damaged or not the official one.
    OSError
        If Keras cannot download the data.

    See Also
    --------
    make_noisy_digits : The same digits on a background of noise.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
    document recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> from skcnn.datasets import fetch_mnist
    >>> X, y = fetch_mnist("test")  # doctest: +SKIP
    >>> X.shape, X.dtype  # doctest: +SKIP
    ((10000, 28, 28), dtype('uint8'))
    """
    check_option("split", split, tuple(SPLITS))
    X, y = MNIST.load(split, data_home)
    if return_X_y:
        return X, y
    return Bunch(
        data=X,
        target=y,
        target_names=np.arange(10),
        DESCR=f"MNIST, split {split!r}: {len(X)} handwritten digits, 28x28 grey.",
    )
