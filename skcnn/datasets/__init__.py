"""The data sets of the reports, readers for files, and a look at what they hold."""

from skcnn.description import Description, describe

from ._csv import read_csv
from ._digits import load_digits
from ._fashion_mnist import fetch_fashion_mnist
from ._idx import read_idx
from ._image_folder import read_image_folder
from ._mnist import fetch_mnist
from ._noisy_digits import make_noisy_digits
from ._npz import read_npz

__all__ = [
    "Description",
    "describe",
    "fetch_fashion_mnist",
    "fetch_mnist",
    "load_digits",
    "make_noisy_digits",
    "read_csv",
    "read_idx",
    "read_image_folder",
    "read_npz",
]
