"""A folder of finished units of work, which a killed process leaves whole."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from skcnn.base.atomic import replacing, writable_folder


class UnitFolder:
    """A folder of finished units; any number of processes may use it.

    A file is written beside its place and then moved there, so a process that is
    killed leaves a whole file or none.

    Parameters
    ----------
    folder : path
        Made where it is not there.

    Raises
    ------
    ValueError
        Where the folder cannot be made or written to.
    """

    def __init__(self, folder):
        self.folder = writable_folder(folder, "store")

    def write(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        """Write a file as a whole; warn where that cannot be done.

        Parameters
        ----------
        name : str
        write : callable
            Gets the open file.
        """
        try:
            self._write(name, write)
        # A history of the user's own may hold what JSON cannot: TypeError, ValueError.
        except (OSError, TypeError, ValueError) as error:
            warnings.warn(
                f"A result could not be kept in {str(self.folder)!r} ({error}); a "
                "restart will compute it again.",
                RuntimeWarning,
                stacklevel=3,
            )

    def read(self, name: str, read: Callable[[BinaryIO], object]):
        """Return what is in a file, or None; warn of a damaged one.

        Parameters
        ----------
        name : str
        read : callable
            Gets the open file. It may raise whatever it likes.
        """
        path = self.folder / name
        try:
            # Opened here: NumPy leaves a file open that it finds broken.
            with path.open("rb") as file:
                return read(file)
        except FileNotFoundError:
            return None
        # A file can be broken in many ways: BadZipFile, KeyError, JSONDecodeError, ...
        except Exception as error:
            warnings.warn(
                f"{str(path)!r} cannot be read ({type(error).__name__}: {error}); its "
                "result is computed again.",
                RuntimeWarning,
                stacklevel=3,
            )
            return None

    def seed(self, data_digest: str, drawn: int) -> int:
        """Return the seed that calls without one use on these data.

        The first one stays: a call that goes on needs the same folds.
        """
        path = self.folder / f"seed-{data_digest}.json"
        seed = _read_seed(path)
        if seed is None:
            content = json.dumps({"random_state": drawn}).encode()
            self._write(path.name, lambda file: file.write(content), _move_first)
            # Another process may have been the first.
            seed = _read_seed(path)
        return drawn if seed is None else seed

    def _write(self, name: str, write, move=Path.replace) -> None:
        with replacing(self.folder / name, move) as file:
            write(file)


def _move_first(source: Path, target: Path) -> None:
    """Move a file of a seed to its place, unless a readable one is there by then."""
    try:
        target.hardlink_to(source)
    except OSError:  # it is there, or the disk knows no such links
        if _read_seed(target) is None:
            source.replace(target)


def _read_seed(path: Path) -> int | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads(path.read_text(encoding="utf-8"))["random_state"])
    return None
