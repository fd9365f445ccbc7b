"""Data sets published as four IDX files: found, verified, or fetched by Keras."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from ._files import MissingFileError, data_folder
from ._idx import parse_idx, unpacked_idx

#: The official parts that each value of `split` is made of, in this order.
SPLITS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}
_FILE_PREFIXES = {"train": "train", "test": "t10k"}

Part = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class OfficialSet:
    """Four IDX files: images and labels of a training and of a test part.

    Parameters
    ----------
    folder : str
        Name of the files' folder below the data home.
    keras_name : str
        Name of the same data in ``keras.datasets``.
    md5 : mapping of str to str
        MD5 sum of each file's *unpacked* bytes, by file name without ``.gz``.
        Mirrors pack anew, so sums of packed files differ where nothing is wrong.
    """

    folder: str
    keras_name: str
    md5: Mapping[str, str]

    def load(self, split: str, data_home: str | os.PathLike[str] | None = None) -> Part:
        """Return the images and labels of one split.

        Parameters
        ----------
        split : {"train", "test", "all"}
            "all" is the training part followed by the test part.
        data_home : str or path-like, default=None
            Folder that holds `folder`; None means ``SKCNN_DATA``, and if that is
            unset or empty, Keras' downloader.

        Returns
        -------
        images : ndarray of shape (n, 28, 28), uint8
            Grey images.
        labels : ndarray of shape (n,), int64
            Class numbers.
        """
        folder = data_folder(self.folder, data_home)
        if folder is None:
            parts = _download(self.keras_name)
            chosen = [parts[part] for part in SPLITS[split]]
        else:
            chosen = [
                (
                    self.read(folder, file_name(part, "images-idx3")),
                    self.read(folder, file_name(part, "labels-idx1")),
                )
                for part in SPLITS[split]
            ]
        images, labels = zip(*chosen, strict=True)
        return joined(images), joined(labels).astype(np.int64)

    def read(self, folder: Path, name: str) -> np.ndarray:
        """Return the array in one file of the set, once its MD5 sum is right.

        Parameters
        ----------
        folder : pathlib.Path
            Where the file lies.
        name : str
            File name without ``.gz``; a key of `md5`.

        Returns
        -------
        ndarray
            What the file holds.

        Raises
        ------
        MissingFileError
            If it is not there, neither packed nor plain.
        ValueError
            If its content is not the official one.
        """
        file = find(folder, name)
        if file is None:
            raise MissingFileError(_how_to_get(folder, name))
        content = unpacked_idx(file)
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if found != self.md5[name]:
            raise ValueError(
                f"{file} is not the official file: the MD5 sum of its unpacked "
                f"content should be {self.md5[name]}, but is {found}. Get a new copy."
            )
        return parse_idx(content, file)


def file_name(part: str, kind: str) -> str:
    """Return the official file name, without ``.gz``, of one part's images or labels.

    Examples
    --------
    >>> file_name("test", "labels-idx1")
    't10k-labels-idx1-ubyte'
    """
    return f"{_FILE_PREFIXES[part]}-{kind}-ubyte"


def find(folder: Path, name: str) -> Path | None:
    """Return the file `name` in `folder`, packed or plain; None if there is none."""
    candidates = (folder / f"{name}.gz", folder / name)
    return next((file for file in candidates if file.is_file()), None)


def joined(arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    """Concatenate arrays, without a copy when there is only one."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _how_to_get(folder: Path, name: str) -> str:
    """Return the message for a file that is not in its folder."""
    state = "has no file" if folder.is_dir() else "does not exist, so there is no file"
    return (
        f"The folder {folder} {state} {name}.gz. Set the environment variable "
        f"SKCNN_DATA, or pass data_home=, to the folder that holds "
        f"{folder.name}/{name}.gz; with neither, Keras downloads the data."
    )


def _download(keras_name: str) -> dict[str, Part]:
    """Return both parts as Keras' own downloader gives them (it keeps a copy)."""
    # Keras loads TensorFlow, which this package imports only when it must.
    source = import_module(f"keras.datasets.{keras_name}")
    try:
        train, test = source.load_data()
    except Exception as error:
        raise OSError(
            f"keras.datasets.{keras_name} could not be downloaded ({error}). Without "
            "a network, put the official files into a folder and name it with the "
            "environment variable SKCNN_DATA or with data_home=."
        ) from error
    return {"train": train, "test": test}
