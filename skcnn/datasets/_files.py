"""Where a data file lies, and the error when it is not there."""

import os
from pathlib import Path


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
