"""Fashion-MNIST with its ten garments, or with the five labels of task T5."""

import os

import numpy as np
from sklearn.utils import Bunch

from skcnn.base.arguments import check_option

from ._files import data_folder
from ._official import SPLITS, OfficialSet, file_name, find, joined

FASHION_MNIST = OfficialSet(
    folder="fashion-mnist",
    keras_name="fashion_mnist",
    md5={
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
        # Not official: what five_labels gives, so that a wrong file is noticed.
        "train-labels5-idx1-ubyte": "c82e9001e7ab36dcc1eb66d57aaff99c",
        "t10k-labels5-idx1-ubyte": "31dedfbc33d0e888de4cdbaa9ac1b14a",
    },
)
GARMENTS = np.array(
    [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ]
)
# The rule of task T5, recovered from its label files without an error in 70 000.
_OFFSETS = np.array([30766, -26362, 0, 1955, 10018, 42515, 1956, 0, 85356, 28338])
_THRESHOLDS = np.array([36464.5, 62607.5, 82311.5, 103913.5])


def fetch_fashion_mnist(
    labels: str = "garments",
    split: str = "train",
    *,
    data_home: str | os.PathLike[str] | None = None,
    return_X_y: bool = True,
) -> tuple[np.ndarray, np.ndarray] | Bunch:
    """Load Fashion-MNIST: 70 000 pictures of garments, 28x28 grey.

    The four official IDX files are read from ``fashion-mnist/`` in the data home
    and their MD5 sums verified. Without a data home, Keras downloads the data.

    Parameters
    ----------
    labels : {"garments", "five"}, default="garments"
        "garments" are the ten official classes (task T10). "five" are the five
        classes of task T5, which has a cut of its own; see the notes.
    split : {"train", "test", "all"}, default="train"
        60 000 training images, 10 000 test images, or both, the training images
        first.
    data_home : str or path-like, default=None
        Folder that holds ``fashion-mnist/``. None means the environment variable
        ``SKCNN_DATA``; if that is unset or empty, ``keras.datasets.fashion_mnist``
        is used.
    return_X_y : bool, default=True
        False returns a Bunch.

    Returns
    -------
    X : ndarray of shape (n, 28, 28), uint8
        Images; pixels from 0 (background) to 255.
    y : ndarray of shape (n,), int64
        Garments 0 to 9, or the five labels 0 to 4.
    bunch : sklearn.utils.Bunch
        Instead of both if `return_X_y` is False: `data` (X), `target` (y),
        `target_names` (the garments' names, or 0 to 4), `index` of shape (n,) (each
        image's row among the official 70 000, training images first) and `DESCR`.

    Raises
    ------
    FileNotFoundError
        If the data home lacks a file (the error is a ValueError, too).
    ValueError
        If `labels` or `split` is unknown, or if a file is damaged or not the
        official one.
    OSError
        If Keras cannot download the data.

    Notes
    -----
    A label of the five is the number of the thresholds 36464.5, 62607.5, 82311.5
    and 103913.5 that lie below the image's pixel sum plus an offset of its garment.
    They are read from ``train-labels5-idx1-ubyte.gz`` and
    ``t10k-labels5-idx1-ubyte.gz`` when both are there, else computed; the result is
    the same. Their training images are the first 60 000 of
    ``numpy.random.default_rng(0).permutation(70000)``, their test images the rest.

    References
    ----------
    H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for
    Benchmarking Machine Learning Algorithms", 2017, arXiv:1708.07747,
    https://github.com/zalandoresearch/fashion-mnist

    Examples
    --------
    >>> from skcnn.datasets import fetch_fashion_mnist
    >>> garments = fetch_fashion_mnist(return_X_y=False)  # doctest: +SKIP
    >>> garments.target_names[garments.target[0]]  # doctest: +SKIP
    'Ankle boot'
    """
    check_option("labels", labels, ("garments", "five"))
    check_option("split", split, tuple(SPLITS))
    load = _load_garments if labels == "garments" else _load_five
    X, y, index = load(split, data_home)
    if return_X_y:
        return X, y
    return Bunch(
        data=X,
        target=y,
        target_names=GARMENTS if labels == "garments" else np.arange(5),
        index=index,
        DESCR=f"Fashion-MNIST, labels {labels!r}, split {split!r}: {len(X)} images, "
        "28x28 grey.",
    )


def five_labels(images: np.ndarray, garments: np.ndarray) -> np.ndarray:
    """Compute the labels of task T5 from official images and garments.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Images as they are published.
    garments : ndarray of shape (n,), int
        Their official classes, 0 to 9.

    Returns
    -------
    ndarray of shape (n,), int64
        How many thresholds lie below each pixel sum plus the garment's offset.

    Examples
    --------
    A black pullover is in the lowest class, a white one in the highest:

    >>> import numpy as np
    >>> images = np.array([np.zeros((28, 28)), np.full((28, 28), 255)])
    >>> five_labels(images, np.array([2, 2]))
    array([0, 4])
    """
    sums = images.sum(axis=(1, 2), dtype=np.int64)
    return np.searchsorted(_THRESHOLDS, sums + _OFFSETS[garments])


def _load_garments(
    split: str, data_home: str | os.PathLike[str] | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return images, garments and official rows of one official split."""
    images, garments = FASHION_MNIST.load(split, data_home)
    first = 60_000 if split == "test" else 0
    return images, garments, np.arange(first, first + len(images))


def _load_five(
    split: str, data_home: str | os.PathLike[str] | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return images, five labels and official rows of one split of task T5."""
    images, garments = FASHION_MNIST.load("all", data_home)
    labels = _read_five_labels(data_home)
    if labels is None:
        labels = five_labels(images, garments)
    order = np.random.default_rng(0).permutation(len(images))
    n_train = len(images) * 6 // 7
    index = {"train": order[:n_train], "test": order[n_train:], "all": order}[split]
    return images[index], labels[index], index


def _read_five_labels(data_home: str | os.PathLike[str] | None) -> np.ndarray | None:
    """Return the label files of task T5 in official order; None if not both exist."""
    folder = data_folder(FASHION_MNIST.folder, data_home)
    names = [file_name(part, "labels5-idx1") for part in SPLITS["all"]]
    if folder is None or not all(find(folder, name) for name in names):
        return None
    parts = tuple(FASHION_MNIST.read(folder, name) for name in names)
    return joined(parts).astype(np.int64)
