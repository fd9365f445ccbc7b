"""Data files: where they lie, how they are unpacked, and what is said of damage."""

import bz2
import gzip
import lzma
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

from skcnn.base.damage import is_damage

#: So many bytes at most are packed into one by gzip and in ``.zip`` and ``.npz``.
MOST_PACKED = 1032
# So much is quoted of what another library says; some quote the file.
_MOST_QUOTED = 300


class MissingFileError(FileNotFoundError, ValueError):
    """A data file is not where it was looked for.

    It is Python's own error for missing files and, like every refusal of bad input
    in this package, a ValueError.
    """


def existing_file(path: str | os.PathLike[str]) -> Path:
    """Return `path` with ``~`` expanded, once it is known to be a file.

    Parameters
    ----------
    path : str or path-like
        A file.

    Returns
    -------
    pathlib.Path
        The same file.

    Raises
    ------
    MissingFileError
        If nothing is there.
    ValueError
        If a folder is there.
    """
    file = Path(path).expanduser()
    if file.is_dir():
        raise ValueError(f"{file} is a folder; pass the path of one file.")
    if not file.exists():
        raise MissingFileError(
            f"There is no file {file} (looked for from {Path.cwd()}); "
            "check the path's spelling or pass an absolute one."
        )
    return file


@contextmanager
def reading(file: Path | str, kind: str, cure: str) -> Iterator[None]:
    """Make one ValueError, which names the file, of all that damage raises.

    Only other libraries are called within: what raises here names the file itself.

    Parameters
    ----------
    file : pathlib.Path or str
        The file, or a text that also names a part of it.
    kind : str
        What it should be, such as ``"a CSV file"``.
    cure : str
        A sentence: what the user can do.

    Raises
    ------
    ValueError
        For any error but those of the system, as a permission that is missing.
    """
    try:
        yield
    except Exception as error:
        if not is_damage(error):
            raise
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        end = "..." if reason[_MOST_QUOTED:] else "."
        raise ValueError(
            f"{file} cannot be read as {kind}: {reason[:_MOST_QUOTED]}{end} {cure}"
        ) from error


@contextmanager
def unpacked(file: Path) -> Iterator[IO[bytes]]:
    """Open a file, and unpack it as it is read, if its content is packed.

    Parameters
    ----------
    file : pathlib.Path
        Plain, or packed by gzip, bzip2 or xz, or a zip of one file.

    Yields
    ------
    binary file
        Its unpacked bytes.
    """
    with file.open("rb") as raw:
        start = raw.read(6)
        raw.seek(0)
        openers = (_OPENERS[magic] for magic in _OPENERS if start.startswith(magic))
        with next(openers, nullcontext)(raw) as stream:
            yield stream


@contextmanager
def _open_only_member(raw: IO[bytes]) -> Iterator[IO[bytes]]:
    """Open the one file that is in a zip."""
    with zipfile.ZipFile(raw) as archive:
        names = archive.namelist()
        if len(names) != 1:
            raise ValueError(f"it is a zip of {len(names)} files, not of one")
        with archive.open(names[0]) as stream:
            yield stream


_OPENERS: dict[bytes, Callable[[Any], AbstractContextManager]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"PK\3\4": _open_only_member,
}


def data_folder(
    name: str, data_home: str | os.PathLike[str] | None = None
) -> Path | None:
    """Return the folder where the user keeps the data set called `name`.

    Parameters
    ----------
    name : str
        Folder of the data set below the data home, such as ``"fashion-mnist"``.
    data_home : str or path-like, default=None
        Folder that holds the data sets; None or empty means the environment
        variable ``SKCNN_DATA``.

    Returns
    -------
    pathlib.Path or None
        The folder, which need not exist; None if neither names one.
    """
    home = data_home or os.environ.get("SKCNN_DATA")
    return Path(home).expanduser() / name if home else None
