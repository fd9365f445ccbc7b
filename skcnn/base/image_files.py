"""Image files as arrays of one shape, read by Pillow."""

import functools
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from skcnn.base.damage import is_damage

Shape = tuple[int, int, int]

# Formats that Pillow opens only in part, or by starting another program.
_NO_PICTURES = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
# Modes of Pillow whose grey values need more than eight bits.
_DEEP = ("I", "F")
# So many times the size that is wanted, a JPEG may be decoded smaller than it is.
_SPARE = 2
# What a file that cannot be opened is called in a list of broken ones.
_REASONS: dict[type, str] = {
    FileNotFoundError: "there is no such file",
    IsADirectoryError: "a folder",
    PermissionError: "it may not be read",
    Image.UnidentifiedImageError: "no image of a known format",
}
# So many broken files are named in an error, with so much of the reason.
_MAX_NAMED, _LONGEST_REASON = 20, 80


class UnreadableImageError(ValueError):
    """A file holds no image, or only a part of one."""


@functools.cache
def readable_suffixes() -> frozenset[str]:
    """Return the endings of files that Pillow reads, in lower case.

    Examples
    --------
    >>> sorted(readable_suffixes() & {".jpg", ".png", ".pdf", ".txt", ".webp"})
    ['.jpg', '.png', '.webp']
    """
    formats = Image.registered_extensions().items()
    return frozenset(
        suffix for suffix, f in formats if f in Image.OPEN and f not in _NO_PICTURES
    )


def read_images(
    files: Sequence[str], shape: Shape, dtype: str, resize: str
) -> tuple[np.ndarray, dict[int, str]]:
    """Read image files, and bring all to one shape.

    Parameters
    ----------
    files : sequence of str
        Their paths.
    shape : tuple (height, width, channels)
        Of each image; 1 channel for grey, 3 for colour.
    dtype : {"uint8", "uint16", "float32"}
        The last two for grey alone.
    resize : {"crop", "pad", "stretch"}
        What is done where the proportions are others.

    Returns
    -------
    images : ndarray of shape (n, height, width, channels)
        Rows of broken files are white.
    broken : dict of int to str
        The rows of broken files, and why they cannot be read.
    """
    images, broken = np.empty((len(files), *shape), dtype), {}
    with quiet():
        for row, file in enumerate(files):
            try:
                images[row] = read_image(file, shape, dtype, resize)
            except UnreadableImageError as error:
                images[row] = 1 if dtype == "float32" else np.iinfo(dtype).max
                broken[row] = str(error)
    return images, broken


def quiet() -> warnings.catch_warnings:
    """Return a context in which Pillow does not warn of odd notes in a file."""
    return warnings.catch_warnings(action="ignore")


def say_broken(broken: dict[str, str], n_files: int) -> str:
    """Name broken files with the reasons, as many as fit on a screen.

    Examples
    --------
    >>> print(say_broken({"a/1.png": "truncated"}, 3))
    1 of 3 files cannot be read as images: a/1.png (truncated)
    """
    named = [
        f"{name} ({reason[:_LONGEST_REASON]})"
        for name, reason in list(broken.items())[:_MAX_NAMED]
    ]
    n_more = len(broken) - len(named)
    more = [f"and {n_more} more"] if n_more else []
    return (
        f"{len(broken)} of {n_files} files cannot be read as images: "
        f"{', '.join([*named, *more])}"
    )


def read_image(file: str, shape: Shape, dtype: str, resize: str) -> np.ndarray:
    """Read one image file; see :func:`read_images`.

    Raises
    ------
    UnreadableImageError
        If the file is no image, is damaged or has another depth than is wanted; the
        message says why, not which file.
    """
    with opened(file) as image:
        if image.size != (shape[1], shape[0]):
            # Photographs are decoded several times faster, if they need not be whole.
            image.draft(None, (_SPARE * max(shape[:2]),) * 2)
        upright = ImageOps.exif_transpose(image)
        pixels = _pixels(upright, shape, dtype, resize)
    return pixels.reshape((*shape[:2], -1))


@contextmanager
def opened(file: str) -> Iterator[Any]:
    """Open an image file, and make one error of all that damage raises.

    Raises
    ------
    UnreadableImageError
        Without the file's name.
    """
    try:
        with Image.open(file) as image:
            yield image
    except UnreadableImageError:
        raise
    except Exception as error:
        known = _REASONS.get(type(error))
        if known is None and not is_damage(error):
            raise
        reason = known or str(error) or type(error).__name__
        raise UnreadableImageError(" ".join(reason.split())) from error


def is_deep(mode: str) -> bool:
    """Tell whether a mode of Pillow is grey of more than eight bits."""
    return mode.split(";")[0] in _DEEP


def _pixels(image: Any, shape: Shape, dtype: str, resize: str) -> np.ndarray:
    """Return the pixels of an upright image."""
    if is_deep(image.mode):
        return _deep_pixels(image, shape, dtype, resize)
    if dtype != "uint8":
        raise UnreadableImageError(f"eight bits, where {dtype} is wanted")
    mode = "L" if shape[2] == 1 else "RGB"
    return _resized(_opaque(image).convert(mode), shape[:2], resize)


def _deep_pixels(image: Any, shape: Shape, dtype: str, resize: str) -> np.ndarray:
    """Return grey values of more than eight bits, which Pillow's convert would clip."""
    values = np.asarray(image)
    if (image.mode == "F") != (dtype == "float32"):
        came = "fractions" if image.mode == "F" else "whole numbers"
        raise UnreadableImageError(f"grey values that are {came}, not {dtype}")
    if image.mode != "F" and (values.min() < 0 or values.max() >= 2**16):
        raise UnreadableImageError("grey values outside 0 to 65535")
    if values.shape != shape[:2]:
        floats = Image.fromarray(values.astype(np.float32))
        values = _resized(floats, shape[:2], resize)
    if dtype == "float32":
        return values.astype(np.float32)
    # 65535 is 255 * 257.
    divisor = 257 if dtype == "uint8" else 1
    grey = np.rint(values / divisor).astype(dtype)
    return np.repeat(grey[..., None], shape[2], axis=-1)


def _opaque(image: Any) -> Any:
    """Return an image without transparency: put on white paper."""
    if "transparency" not in image.info and image.mode not in ("LA", "PA", "RGBA"):
        return image
    is_grey = image.mode in ("1", "L", "LA")
    image = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(paper, image)
    return flat.convert("L" if is_grey else "RGB")


# --- sizes ----------------------------------------------------------------------------


def _resized(image: Any, size: tuple[int, int], resize: str) -> np.ndarray:
    """Return pixels in another size (height, width), smoothed where they shrink."""
    if (image.height, image.width) == size:
        return np.asarray(image)
    if resize == "pad":
        return _padded(image, size)
    box = None if resize == "stretch" else _middle(image, size)
    return np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR, box))


def _middle(image: Any, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the largest box of the proportions of ``size``, in the middle."""
    scale = min(image.height / size[0], image.width / size[1])
    # Rounding must not put the box outside.
    top = max(0.0, (image.height - scale * size[0]) / 2)
    left = max(0.0, (image.width - scale * size[1]) / 2)
    return left, top, image.width - left, image.height - top


def _padded(image: Any, size: tuple[int, int]) -> np.ndarray:
    """Return the whole image in the middle; its edges go on to all sides."""
    scale = min(size[0] / image.height, size[1] / image.width)
    sides = [max(1, round(scale * side)) for side in (image.height, image.width)]
    small = image.resize(sides[::-1], Image.Resampling.BILINEAR)
    free = [have - side for have, side in zip(size, sides, strict=True)]
    widths = [(n // 2, n - n // 2) for n in free]
    pixels = np.asarray(small)
    return np.pad(pixels, [*widths, (0, 0)][: pixels.ndim], mode="edge")


def as_paths(X: Any) -> list[str]:
    """Return paths of image files as texts.

    Parameters
    ----------
    X : array-like of str or path-like, shape (n,) or (n, 1)
        Paths.

    Raises
    ------
    ValueError
        For what are no paths, or none at all.

    Examples
    --------
    >>> from pathlib import Path
    >>> as_paths(["a.png", Path("b.png")])
    ['a.png', 'b.png']
    """
    wanted = "a list of paths of image files is wanted, such as ['rose/1.jpg']"
    if isinstance(X, (str, os.PathLike)):
        raise ValueError(
            f"X is one path, but {wanted}: pass [X]. The paths in a folder are "
            "sorted(map(str, pathlib.Path(X).rglob('*.jpg')))."
        )
    paths = np.asarray(X, dtype=object)
    if paths.ndim == 2 and paths.shape[1] == 1:
        paths = paths[:, 0]
    if paths.ndim != 1:
        raise ValueError(
            f"X has shape {paths.shape}, but {wanted}. Images that are arrays already "
            "need no ImageLoader: leave it out."
        )
    if not len(paths):
        raise ValueError(f"X is empty, but {wanted}.")
    for row, path in enumerate(paths):
        if not isinstance(path, (str, os.PathLike)):
            raise ValueError(f"X has {path!r} in row {row}, but {wanted}.")
    return [str(Path(path).expanduser()) for path in paths]
