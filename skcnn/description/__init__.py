"""A look at data before training: what images and labels hold, and what to mend."""

from ._describe import describe
from ._description import Description

__all__ = ["Description", "describe"]
