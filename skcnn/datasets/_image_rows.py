"""Images in any layout as rows of pixels, a piece at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt, prod
from typing import Any

import numpy as np
import pandas as pd

# Pixels worked on at a time: their temporaries stay in the processor's cache.
_CHUNK_PIXELS = 2**20


@dataclass(frozen=True)
class ImageRows:
    """Images whose layout is known, read as flat rows.

    Parameters
    ----------
    X : array, DataFrame or sequence of images
        The images as the user has them.
    name : str
        The argument they were passed for, named in errors.
    shape : tuple of int
        Number of images, then the shape of one: (pixels,), (h, w) or (h, w, c).
    """

    X: Any
    name: str
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def width(self) -> int:
        """Pixels of one image, all channels together."""
        return prod(self.shape[1:])

    @property
    def image_shape(self) -> tuple[int, int, int] | None:
        """Height, width, channels; None for flat rows that are no grey square."""
        if len(self.shape) > 2:
            height, width, channels = (*self.shape[1:], 1)[:3]
            return height, width, channels
        side = isqrt(self.width)
        return (side, side, 1) if side * side == self.width else None

    def chunks(self) -> Iterator[np.ndarray]:
        """Yield the images as rows of numbers in reading order.

        Yields
        ------
        ndarray of shape (n_images_of_the_chunk, n_pixels)
            Whole numbers or floats; empty cells of a frame are NaN.

        Raises
        ------
        ValueError
            If a pixel is no number.
        """
        step = max(1, _CHUNK_PIXELS // max(1, self.width))
        for start in range(0, len(self), step):
            piece = _numbers(self._piece(start, start + step), self.name)
            yield piece.reshape(len(piece), self.width)

    def _piece(self, start: int, stop: int) -> np.ndarray:
        """Return some of the images as an array, empty cells as NaN."""
        if not hasattr(self.X, "iloc"):
            return np.asarray(self.X[start:stop])
        frame = self.X.iloc[start:stop]
        values = frame.to_numpy()
        return values if values.dtype != object else _without_na(frame, self.name)


def open_images(X: Any, name: str) -> ImageRows:
    """Look at the layout of images.

    Parameters
    ----------
    X : array-like
        Images of shape (n, h, w) or (n, h, w, c), a list of such images, flat rows, or
        a DataFrame of them.
    name : str
        The argument they were passed for, named in errors.

    Returns
    -------
    ImageRows
        The images, not yet read.

    Raises
    ------
    ValueError
        If there are none, or they have different sizes, or X has another number of
        axes.

    Examples
    --------
    >>> open_images(np.zeros((3, 64)), "X").image_shape
    (8, 8, 1)
    """
    is_sequence = isinstance(X, (list, tuple)) or (
        isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1
    )
    if is_sequence:
        shape = (len(X), *_one_shape(X, name))
    else:
        X = X if hasattr(X, "iloc") else np.asarray(X)
        shape = X.shape
    if len(shape) not in (2, 3, 4):
        raise ValueError(
            f"{name} has shape {shape}, but images are (n, height, width), "
            "(n, height, width, channels), or rows of pixels. For a single image pass "
            f"{name}[None]."
        )
    if not prod(shape):
        raise ValueError(f"{name} has shape {shape}: there are no pixels in it.")
    return ImageRows(X, name, shape)


def _one_shape(images: Sequence[Any], name: str) -> tuple[int, ...]:
    """Return the shape of all images, or name the first one of another shape."""
    first = np.shape(images[0]) if len(images) else ()
    for i, image in enumerate(images):
        if np.shape(image) != first:
            raise ValueError(
                f"All images must have one size, but {name}[0] has shape {first} and "
                f"{name}[{i}] has shape {np.shape(image)}. Resize or crop them first."
            )
    return first


def _numbers(values: np.ndarray, name: str) -> np.ndarray:
    """Return pixels as numbers, or refuse them."""
    if values.dtype == object:
        try:
            return values.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"Pixels must be numbers, but {name} holds something else ({error})."
            ) from error
    if values.dtype.kind not in "buif":
        raise ValueError(f"Pixels must be numbers, but {name} has type {values.dtype}.")
    return values.view(np.uint8) if values.dtype.kind == "b" else values


def _without_na(frame: Any, name: str) -> np.ndarray:
    """Return a frame's values as floats, or name its first column of something else."""
    try:
        return frame.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        is_text = [not pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes]
        columns = ", ".join(map(repr, frame.columns[is_text][:5]))
        raise ValueError(
            f"Pixels must be numbers, but {name} has columns of something else: "
            f"{columns}. Drop them; labels are passed apart, as y."
        ) from error
