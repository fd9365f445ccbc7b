"""A look at data before training: what images and labels hold, and what to mend."""

from ._describe import describe
from ._description import Description
from ._duplicates import images_in_both

__all__ = ["Description", "describe", "images_in_both"]
