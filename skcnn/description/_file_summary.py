"""What a table of image files tells: sizes, modes, and which are broken."""

from collections.abc import Iterable

import pandas as pd

from skcnn.base.image_files import say_broken
from skcnn.base.words import count

# Sizes or modes that fit a glance.
_MAX_SHOWN = 6


def broken_in(files: pd.DataFrame) -> dict[str, str]:
    """Return the broken files, and why they cannot be read."""
    broken = files[files["error"] != ""]
    return dict(zip(broken["file"], broken["error"], strict=True))


def say_broken_files(files: pd.DataFrame) -> str | None:
    """Name the broken files; None if there are none."""
    broken = broken_in(files)
    if not broken:
        return None
    said = say_broken(broken, len(files))
    return f"{said}. Get new copies of them, or leave them out."


def lines_of_files(files: pd.DataFrame) -> dict[str, str]:
    """Return lines for the table that is printed.

    Parameters
    ----------
    files : DataFrame
        As the readers of pictures give it.

    Examples
    --------
    >>> names = ["file", "height", "width", "mode", "error"]
    >>> rows = [("a.png", 20, 30, "L", ""), ("b.png", 0, 0, "", "cut off")]
    >>> for line in lines_of_files(pd.DataFrame(rows, columns=names)).items():
    ...     print(*line)
    files 2, 1 broken
    sizes all 20 x 30 (height x width)
    modes 1 L
    """
    # A file that is cut off still has a size.
    known = files[files["height"] > 0]
    lines = {"files": f"{count(len(files))}, {count(len(broken_in(files)))} broken"}
    if len(known):
        lines["sizes"] = _sizes(known)
        lines["modes"] = _modes(known["mode"])
    return lines


def _sizes(files: pd.DataFrame) -> str:
    sizes = files[["height", "width"]].value_counts()
    if len(sizes) == 1:
        return f"all {_size(sizes.index[0])} (height x width)"
    by_area = files.iloc[(files["height"] * files["width"]).argsort(kind="stable")]
    smallest, largest = (_size(by_area[["height", "width"]].iloc[at]) for at in (0, -1))
    shorter = files[["height", "width"]].min(axis=1).median()
    n_upright = (files["height"] > files["width"]).sum()
    return (
        f"{count(len(sizes))}, from {smallest} to {largest} (height x width), shorter "
        f"side {shorter:.0f} in the median, {count(n_upright)} upright"
    )


def _size(sides: Iterable[int]) -> str:
    return " x ".join(map(str, sides))


def _modes(modes: pd.Series) -> str:
    counts = [f"{count(n)} {mode}" for mode, n in modes.value_counts().items()]
    return ", ".join([*counts[:_MAX_SHOWN], *["..."][: len(counts) > _MAX_SHOWN]])
