"""The memory of this machine."""

from __future__ import annotations

import math
import os


def machine_memory() -> float:
    """Return the bytes of memory that the machine has, as far as it tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):
        return math.inf
