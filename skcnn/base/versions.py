"""Versions of what takes part in a result."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from skcnn import __version__

# The packages that a result depends on.
_PACKAGES = ("scikit-learn", "keras", "tensorflow", "numpy", "pandas")


def versions(*more: str) -> dict[str, str]:
    """Return the versions of Python, of this package and of what it stands on.

    Parameters
    ----------
    *more : str
        Names of further packages, as pip knows them.

    Returns
    -------
    dict of str to str
        Without the packages that are not installed under their name, as TensorFlow is
        not where tensorflow-cpu is.

    Examples
    --------
    >>> list(versions("no-such-package"))[:3]
    ['python', 'skcnn', 'scikit-learn']
    """
    found = {"python": platform.python_version(), "skcnn": __version__}
    for package in (*_PACKAGES, *more):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
