"""The data sets of the reports, and readers for the formats people have."""

from ._csv import read_csv
from ._digits import load_digits
from ._fashion_mnist import fetch_fashion_mnist
from ._idx import read_idx
from ._mnist import fetch_mnist
from ._noisy_digits import make_noisy_digits

__all__ = [
    "fetch_fashion_mnist",
    "fetch_mnist",
    "load_digits",
    "make_noisy_digits",
    "read_csv",
    "read_idx",
]
