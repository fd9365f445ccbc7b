"""Handwritten digits: scikit-learn's, MNIST, and MNIST on a background of noise."""

import os
from numbers import Integral

import numpy as np
from sklearn.datasets import load_digits as _load_flat_digits
from sklearn.utils import Bunch, check_random_state, check_scalar

from skcnn.base.arguments import check_option

from ._official import SPLITS, OfficialSet

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


def make_noisy_digits(
    n_train: int = 12_000,
    n_test: int = 50_000,
    *,
    random_state: int | np.random.RandomState | None = 0,
    split: str = "train",
    clean: bool = False,
    data_home: str | os.PathLike[str] | None = None,
    return_X_y: bool = True,
) -> tuple[np.ndarray, np.ndarray] | Bunch:
    """Make digits on a background of noise from MNIST.

    They are made in the style and in the sizes of "mnist-back-rand" of the MNIST
    variations, but are a draw of their own, and whole numbers where the original
    has fractions of 255.

    Parameters
    ----------
    n_train : int, default=12_000
        Number of training images.
    n_test : int, default=50_000
        Number of test images. Both together are at most the 70 000 of MNIST.
    random_state : int, RandomState instance or None, default=0
        Decides which digits are drawn, and their noise. Splits of the same whole
        number fit together; with None each call draws anew.
    split : {"train", "test", "all", "spare"}, default="train"
        The training images, the test images, or both, the training images first;
        or the digits that are in neither (8000 with the default sizes), to fit
        something on that must not have seen them, such as a denoiser.
    clean : bool, default=False
        True leaves the noise out: the same digits in the same order, as in MNIST.
    data_home : str or path-like, default=None
        As in :func:`fetch_mnist`.
    return_X_y : bool, default=True
        False returns a Bunch.

    Returns
    -------
    X : ndarray of shape (n, 28, 28), uint8
        Images; pixels from 0 to 255.
    y : ndarray of shape (n,), int64
        The digit, 0 to 9.
    bunch : sklearn.utils.Bunch
        Instead of both if `return_X_y` is False: `data` (X), `target` (y),
        `clean` (n, 28, 28) (the originals without noise), `index` of shape (n,)
        (each image's row in MNIST, its training images first), `target_names` and
        `DESCR`.

    Raises
    ------
    FileNotFoundError
        If the data home lacks a file of MNIST (the error is a ValueError, too).
    ValueError
        If `split` is unknown, a size is negative, both sizes together are more than
        MNIST has, or a file is damaged.
    OSError
        If Keras cannot download MNIST.

    See Also
    --------
    fetch_mnist : The digits without noise, in their official order and split.

    Notes
    -----
    With ``rng = numpy.random.RandomState(random_state)``, whose stream NumPy has
    frozen, and MNIST's 70 000 images, training images first:
    ``order = rng.permutation(70000)``, then
    ``noise = rng.randint(0, 256, (70000, 28, 28), dtype=uint8)``. Image ``i`` is
    ``maximum(mnist[order[i]], noise[i])``. The first `n_train` are the training
    images, the next `n_test` the test images, all others spare. So the sizes only
    move the cuts: image ``i`` is the same for all of them.

    References
    ----------
    H. Larochelle, D. Erhan, A. Courville, J. Bergstra, Y. Bengio, "An Empirical
    Evaluation of Deep Architectures on Problems with Many Factors of Variation",
    ICML 2007.

    Examples
    --------
    >>> from skcnn.datasets import make_noisy_digits
    >>> X, y = make_noisy_digits()  # doctest: +SKIP
    >>> X.shape, X.dtype  # doctest: +SKIP
    ((12000, 28, 28), dtype('uint8'))

    Pairs of noisy and clean images that no classifier of this task sees:

    >>> spare = make_noisy_digits(split="spare", return_X_y=False)  # doctest: +SKIP
    >>> spare.data.shape == spare.clean.shape == (8000, 28, 28)  # doctest: +SKIP
    True
    """
    check_option("split", split, ("train", "test", "all", "spare"))
    check_scalar(n_train, "n_train", Integral, min_val=0)
    check_scalar(n_test, "n_test", Integral, min_val=0)
    images, digits = MNIST.load("all", data_home)
    part = _part(split, n_train, n_test, len(images))

    rng = check_random_state(random_state)
    index = rng.permutation(len(images))[part]
    originals, y = images[index], digits[index]
    # Noise for all images, whatever the split, keeps that of each image the same.
    noise = rng.randint(0, 256, images.shape, dtype=np.uint8)[part]
    X = originals if clean else np.maximum(originals, noise)
    if return_X_y:
        return X, y
    return Bunch(
        data=X,
        target=y,
        clean=originals,
        index=index,
        target_names=np.arange(10),
        DESCR=f"Digits of MNIST {'without' if clean else 'on a background of'} noise, "
        f"split {split!r}: {len(X)} images, 28x28 grey.",
    )


def _part(split: str, n_train: int, n_test: int, n_images: int) -> slice:
    """Return where a split lies among the drawn images."""
    n_drawn = n_train + n_test
    if n_drawn > n_images:
        raise ValueError(
            f"MNIST has {n_images} images, but n_train={n_train} and n_test={n_test} "
            f"ask for {n_drawn}; make one of them smaller."
        )
    return {
        "train": slice(0, n_train),
        "test": slice(n_train, n_drawn),
        "all": slice(0, n_drawn),
        "spare": slice(n_drawn, n_images),
    }[split]
