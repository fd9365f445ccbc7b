"""Files to be written: looked at before any work, not after it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from skcnn.plots._figure import need_matplotlib
from skcnn.reporting._page import need_jinja


def check_output(
    path: Path | None,
    option: str,
    endings: Iterable[str],
    *,
    inputs: Iterable[object] = (),
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

    Raises
    ------
    ValueError
        For another ending, a folder in the file's place, an input file.
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
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise PermissionError(f"{option} {path} may not be written to.")
    for other in inputs:
        if other is not None and path.exists() and _is_same(path, other):
            raise ValueError(f"{option} {path} is a file that is read; name another.")


def check_model_output(path: Path | None, force: bool) -> None:
    """Raise where a model could not be saved, or another would be lost.

    A model may be hours of work, so that it is replaced with ``--force`` only.
    """
    check_output(path, "--out", [".skcnn"])
    if path is not None and path.exists() and not force:
        raise ValueError(
            f"--out {path} exists already; name another file, or pass --force to "
            "replace it."
        )


def _is_same(path: Path, other: object) -> bool:
    try:
        return path.samefile(Path(str(other)).expanduser())
    except (OSError, RuntimeError):  # no such file, or no such user's home
        return False


def check_report_output(
    path: Path | None, option: str, inputs: Iterable[object]
) -> None:
    """Raise where a page could not be written, or its pictures not be drawn."""
    check_output(path, option, [".html", ".htm"], inputs=inputs)
    if path is not None:
        need_jinja()
        need_matplotlib("A report")
