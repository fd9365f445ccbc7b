"""Files that are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(
    path: Path, move: Callable[[Path, Path], object] = Path.replace
) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of ``path`` when all went well.

    It is written beside its place, under a name of its own, and then moved. So an error
    leaves what was there; a process that is killed does too, and its unfinished file,
    which ends in ``.tmp``; and of several writers at once one file stays, whole.

    Parameters
    ----------
    path : path
        In a folder that exists.
    move : callable, default=Path.replace
        Brings the finished file, its first argument, to ``path``, its second. What it
        leaves of the first is removed.

    Yields
    ------
    file
        Open for writing bytes.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "figures"
    ...     with replacing(path) as file:
    ...         n_bytes = file.write(b"whole")
    ...     path.read_bytes()
    b'whole'
    """
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            # Else a power cut may leave the new name with nothing in it.
            os.fsync(file.fileno())
        move(beside, path)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
