"""What kind of data the user names: a known set, a folder, a file of some format."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from skcnn import datasets
from skcnn.base.image_files import readable_suffixes
from skcnn.cli._option_types import Source


def _digits(split: str) -> Any:
    if split != "train":
        raise ValueError("digits is not split into parts; write digits alone.")
    return datasets.load_digits()


# Each takes "train", "test" or "all".
KNOWN_SETS: dict[str, Callable[[str], Any]] = {
    "digits": _digits,
    "mnist": datasets.fetch_mnist,
    "fashion": lambda split: datasets.fetch_fashion_mnist("garments", split),
    "five": lambda split: datasets.fetch_fashion_mnist("five", split),
    "noisy-digits": lambda split: datasets.make_noisy_digits(split=split),
}
_ENDINGS = {
    "a CSV file": (".csv", ".csv.gz", ".csv.zip", ".csv.bz2", ".csv.xz"),
    "a NumPy file": (".npy", ".npz"),
    "an IDX file": (".idx", ".idx.gz", "-ubyte", "-ubyte.gz"),
}
_OF_TABLES = ("target", "drop", "sep", "images_dir")
_OF_PICTURES = ("size", "resize", "color")


def kind_of(source: Source) -> str:
    """Return what a source is, in words.

    Examples
    --------
    >>> kind_of(Source("digits")), kind_of(Source("fashion:test"))
    ('a known set', 'a known set')
    """
    name = source.name
    if name.partition(":")[0] in KNOWN_SETS:
        return "a known set"
    if source.path.is_dir():
        return "a folder"
    if not source.path.exists():
        close = difflib.get_close_matches(name, KNOWN_SETS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise FileNotFoundError(
            f"There is no file or folder {name} (looked for from {Path.cwd()}), and no "
            f"known set of that name; those are {', '.join(KNOWN_SETS)}.{hint}"
        )
    for kind, endings in _ENDINGS.items():
        if source.path.name.lower().endswith(endings):
            return kind
    if source.path.suffix.lower() in readable_suffixes():
        return "a picture"
    raise ValueError(
        f"{name} is no kind of data that is known by its name: .csv or .csv.gz, .npy "
        "or .npz, an IDX file (...-idx3-ubyte, with or without .gz), a picture, or a "
        "folder with a folder of images per class."
    )


def are_pictures(source: Source, kind: str) -> bool:
    """Tell whether a source is files of pictures, of any size."""
    in_table = kind == "a CSV file" and source.images_dir is not None
    return in_table or kind in ("a folder", "a picture")


def check_options(source: Source, kind: str) -> None:
    """Refuse options that say nothing of this kind of data."""
    for names, owner, is_right in (
        (_OF_TABLES, "a CSV file", kind == "a CSV file"),
        (_OF_PICTURES, "a folder", are_pictures(source, kind)),
    ):
        wrong = [name for name in names if getattr(source, name)]
        if wrong and not is_right:
            raise ValueError(
                f"--{wrong[0].replace('_', '-')} is for {owner}, but {source.name} is "
                f"{kind}; leave it out."
            )
