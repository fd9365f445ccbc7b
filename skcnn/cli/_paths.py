"""Files to be written: looked at before any work, not after it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def check_output(
    path: Path | None,
    option: str,
    endings: Iterable[str],
    *,
    inputs: Iterable[object] = (),
    may_replace: bool = True,
) -> None:
    """Raise where a file could not be written.

    Parameters
    ----------
    path : pathlib.Path or None
        The file; None passes.
    option : str
        The option that named it.
    endings : iterable of str
        What its name may end with.
    inputs : iterable of paths
        Files that are read and must not be lost.
    may_replace : bool
        Whether the file may exist; it is ``--force`` that says so.

    Raises
    ------
    ValueError
        For another ending, a folder in the file's place, an input file, a file that
        may not be replaced.
    OSError
        For a folder that does not exist or cannot be written to.
    """
    if path is None:
        return
    if not path.name.lower().endswith(tuple(endings)):
        raise ValueError(f"{option} {path} must end in {' or '.join(endings)}.")
    folder = path.parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{option} {path}: there is no folder {folder}; make it first "
            f"(mkdir -p {folder})."
        )
    if path.is_dir():
        raise ValueError(f"{option} {path} is a folder; name a file.")
    # A new file is made in the folder also where one is replaced.
    for place in (folder, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(f"{option} {path}: {place} may not be written to.")
    for other in inputs:
        if other is not None and path.exists() and _is_same(path, other):
            raise ValueError(f"{option} {path} is a file that is read; name another.")
    if path.exists() and not may_replace:
        raise ValueError(
            f"{option} {path} exists already; name another file, or pass --force to "
            "replace it."
        )


def _is_same(path: Path, other: object) -> bool:
    try:
        return path.samefile(Path(str(other)).expanduser())
    except (OSError, RuntimeError):  # no such file, or no such user's home
        return False


def check_store(path: Path | None) -> None:
    """Raise where a file stands in the place of the folder of finished fits."""
    if path is not None and path.is_file():
        raise ValueError(f"--store {path} is a file; name a folder.")
