"""Files that are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from skcnn.keras_door import held_interrupts

# The name of an unfinished file, and the age from which its writer is surely gone: a
# number of a process says nothing on a disk that several machines write to.
_UNFINISHED = re.compile(r"\..+\.[0-9a-f]{32}\.tmp")
_OLD_SECONDS = 24 * 60 * 60


@contextmanager
def replacing(
    path: Path, move: Callable[[Path, Path], object] = Path.replace
) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of ``path`` when all went well.

    It is written beside its place, under a name of its own, and then moved. So an error
    leaves what was there; a process that is killed does too, and its unfinished file,
    which ends in ``.tmp``, is removed by whoever writes into that folder a day later;
    and of several writers at once one file stays, whole. An interrupt (Ctrl-C) waits
    until the file is in its place: amid an entry of an archive it would become an error
    of ``zipfile``.

    The file that is replaced gives the new one its mode, and is found through symbolic
    links. A device or a pipe cannot be replaced; it is written to.

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

    Raises
    ------
    PermissionError
        Where ``path`` is a file that may only be read.

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
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    _remove_unfinished(path.parent)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    with held_interrupts():
        try:
            with beside.open("xb") as file:
                _take_mode(beside, path)
                yield file
                file.flush()
                # Else a power cut may leave the new name with nothing in it.
                os.fsync(file.fileno())
            move(beside, path)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def _take_mode(beside: Path, path: Path) -> None:
    """Give a new file the mode of the one that it will replace."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    # Another process may take it away at any time.
    if not os.access(path, os.W_OK) and path.exists():
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    beside.chmod(mode & 0o777)


def _remove_unfinished(folder: Path) -> None:
    """Remove the unfinished files of processes that were killed."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _UNFINISHED.fullmatch(entry.name):
                with suppress(OSError):
                    if time.time() - entry.stat().st_mtime > _OLD_SECONDS:
                        Path(entry.path).unlink()


def writable_folder(folder, name: str) -> Path:
    """Return a folder that can be written to, made where it is not there.

    Parameters
    ----------
    folder : str or path
    name : str
        Of the parameter, for the error.

    Raises
    ------
    ValueError
        Where it cannot be made or written to.
    """
    try:
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=path).close()
    except OSError as error:
        raise ValueError(
            f"{name}={str(folder)!r} is no folder that can be written to ({error}). "
            "Pass another one; it need not exist."
        ) from error
    return path
