"""Versions: of the file's format, and of what has written it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

# Number of the format. It goes up when an older skcnn could not read the file any more.
FORMAT = 1

_PACKAGES = ("keras", "numpy", "pandas", "scikit-learn", "skops", "tensorflow")


def versions() -> dict[str, str]:
    """Return the versions of what takes part here."""
    from skcnn import __version__

    found = {"skcnn": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
