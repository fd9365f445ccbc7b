"""What the heads of image files say, and the one shape that follows from them."""

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from skcnn.base.blocks import entries
from skcnn.base.image_files import (
    Shape,
    UnreadableImageError,
    is_deep,
    opened,
    quiet,
)

#: Side of the square that pictures of many sizes are brought to, at most.
LARGEST_SIDE = 64
# EXIF's name for how a camera was held, and the values that mean: on its side.
_ORIENTATION, _ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)
_GREY = ("1", "L", "LA", "La")


class Header(NamedTuple):
    """What is known of an image file before its pixels are read.

    Attributes
    ----------
    height, width : int
        Upright, as EXIF says; 0 if the file is broken.
    mode : str
        As Pillow calls it: "RGB", "L", "P", ...
    is_grey : bool
        Whether it shows no colour by its mode or palette.
    error : str
        Why the file cannot be read; empty if nothing is known against it.
    """

    height: int
    width: int
    mode: str
    is_grey: bool
    error: str = ""

    @property
    def dtype(self) -> str:
        """NumPy's type of the pixels."""
        deep = "float32" if self.mode == "F" else "uint16"
        return deep if is_deep(self.mode) else "uint8"


def read_headers(files: Sequence[str]) -> list[Header]:
    """Read the heads of image files; of palettes, what they show.

    Parameters
    ----------
    files : sequence of str
        Their paths.

    Returns
    -------
    list of Header
        In the same order.
    """
    with quiet():
        return [_read_header(file) for file in files]


def _read_header(file: str) -> Header:
    try:
        with opened(file) as image:
            sides = image.height, image.width
            if image.getexif().get(_ORIENTATION) in _ON_ITS_SIDE:
                sides = sides[::-1]
            is_grey = image.mode in _GREY or is_deep(image.mode)
            if image.mode in ("P", "PA"):
                is_grey = _shows_no_colour(image)
            return Header(*sides, image.mode, is_grey)
    except UnreadableImageError as error:
        return Header(0, 0, "", False, str(error))


def _shows_no_colour(image: Any) -> bool:
    red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")), -1, 0)
    return np.array_equal(red, green) and np.array_equal(green, blue)


def check_size(size: Any) -> str | tuple[int, int] | None:
    """Return "auto", None or the size as two whole numbers, or refuse it."""
    if size is None or (isinstance(size, str) and size == "auto"):
        return size
    sides = entries(size) or ()
    if len(sides) != 2 or not all(isinstance(s, Integral) and s > 0 for s in sides):
        raise ValueError(
            "size must be 'auto', None or (height, width) in whole numbers above zero, "
            f"got {size!r}."
        )
    return int(sides[0]), int(sides[1])


def decide_shape(
    files: Sequence[str],
    headers: Sequence[Header],
    size: Any,
    color: str,
) -> tuple[Shape, str]:
    """Decide what shape and type all images are brought to.

    Parameters
    ----------
    files : sequence of str
        Paths, which errors name.
    headers : sequence of Header
        What is known of them; broken ones take no part, and there is one that is not.
    size : "auto", None or tuple (height, width)
        None: they must all have one size.
    color : {"auto", "grayscale", "rgb"}
        "auto": grey if all are grey, else colour.

    Returns
    -------
    shape : tuple (height, width, channels)
        Of one image.
    dtype : {"uint8", "uint16", "float32"}
        Of its pixels.

    Raises
    ------
    ValueError
        For grey images of unlike depth, and of unlike sizes where `size` is None.
    """
    whole = [(f, h) for f, h in zip(files, headers, strict=True) if not h.error]
    if size is None:
        size = _only_size(whole)
    elif isinstance(size, str):
        size = automatic_size(np.array([(h.height, h.width) for _, h in whole]))
    is_grey = color == "grayscale"
    is_grey |= color == "auto" and all(h.is_grey for _, h in whole)
    dtype = "uint8" if color == "rgb" else _only_dtype(whole)
    return (*size, 1 if is_grey else 3), dtype


def automatic_size(sizes: np.ndarray) -> tuple[int, int]:
    """Return the size (height, width) that suits images of these sizes.

    Parameters
    ----------
    sizes : ndarray of shape (n, 2)
        Heights and widths.

    Examples
    --------
    >>> automatic_size(np.array([[28, 28]] * 9))
    (28, 28)
    >>> automatic_size(np.array([[480, 640]] * 9))  # 4096 pixels
    (55, 74)
    >>> automatic_size(np.array([[480, 640], [40, 50], [900, 600]]))
    (64, 64)
    """
    most = LARGEST_SIDE**2
    if (sizes == sizes[0]).all():
        h, w = map(int, sizes[0])
        scale = min(1.0, math.sqrt(most / (h * w)))
        return max(1, round(h * scale)), max(1, round(w * scale))
    side = min(LARGEST_SIDE, int(np.median(sizes.min(axis=1))))
    return side, side


def _only_size(whole: list[tuple[str, Header]]) -> tuple[int, int]:
    """Return the size that all images have, or name two that differ."""
    first, head = whole[0]
    size = head.height, head.width
    for name, other in whole:
        came = other.height, other.width
        if came != size:
            raise ValueError(
                f"With size=None all images must have one size, but (height, width) of "
                f"{first} is {size} and that of {name} is {came}. Pass size='auto', or "
                f"size={size}."
            )
    return size


def _only_dtype(whole: list[tuple[str, Header]]) -> str:
    """Return the type that all images have, or name two that differ."""
    first, head = whole[0]
    for name, other in whole:
        if other.dtype != head.dtype:
            raise ValueError(
                f"All images must have as many bits, but {first} is {head.dtype} and "
                f"{name} is {other.dtype}. Pass color='rgb' to read all with eight "
                "bits."
            )
    return head.dtype
