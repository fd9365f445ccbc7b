"""The data sets of the reports, readers for files, and a look at what they hold."""

from skcnn.description import Description, describe

from ._csv_table import open_table as open_table
from ._digits import fetch_mnist, load_digits, make_noisy_digits
from ._fashion_mnist import fetch_fashion_mnist
from ._idx import read_idx
from ._image_folder import read_image_folder
from ._npz import read_npz
from ._read_csv import read_csv

# What users call; `open_table` is for the command, which looks at columns first.
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
