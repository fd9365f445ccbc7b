"""Digits on a background of uniform noise, task TN."""

import os
from numbers import Integral

import numpy as np
from sklearn.utils import Bunch, check_random_state, check_scalar

from ._mnist import MNIST
from ._options import check_option


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
