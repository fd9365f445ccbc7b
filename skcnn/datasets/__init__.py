"""The data sets of the reports, readers for files, and a look at what they hold."""

from skcnn.description import Description, describe

from ._class_folders import FoundImages as FoundImages
from ._class_folders import all_images as all_images
from ._class_folders import images_by_class as images_by_class
from ._class_folders import only_image as only_image
from ._class_folders import say_left_out as say_left_out
from ._csv_table import open_table as open_table
from ._digits import fetch_mnist, load_digits, make_noisy_digits
from ._fashion_mnist import fetch_fashion_mnist
from ._idx import read_idx
from ._image_folder import read_image_folder
from ._image_table import images_of_table as images_of_table
from ._image_table import read_image_table
from ._npz import read_npz
from ._read_csv import read_csv
from ._read_pictures import new_loader as new_loader
from ._read_pictures import read_pictures as read_pictures

# What users call; the others are for the command, which looks at columns and files
# first, and reads pictures as a saved model wants them.
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
    "read_image_table",
    "read_npz",
]
