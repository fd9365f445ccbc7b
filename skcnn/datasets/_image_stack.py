"""Images of one size that are read one by one and end as one array."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ._image_file import UnreadableImageError, read_image

# So many damaged files are named in an error.
_MAX_NAMED = 5


class ImageStack:
    """Images in one array that is filled file by file.

    The array is grey until the first image in colour comes.

    Parameters
    ----------
    n_images : int
        How many will come.

    Attributes
    ----------
    images : ndarray of shape (n_images, h, w) or (n_images, h, w, 3), or None
        All images; None before the first.
    """

    def __init__(self, n_images: int) -> None:
        self._n_images = n_images
        self._first: str | None = None
        self.images: np.ndarray | None = None

    def put(self, row: int, pixels: np.ndarray, name: str) -> None:
        """Store one image.

        Parameters
        ----------
        row : int
            Its place; images come in order.
        pixels : ndarray of shape (h, w) or (h, w, 3)
            The image.
        name : str
            Its file, named in errors.

        Raises
        ------
        ValueError
            If its size or its type is not that of the first one.
        """
        if self.images is None:
            self.images = np.empty((self._n_images, *pixels.shape), pixels.dtype)
            self._first = name
        self._check_like_first(pixels, name)
        if pixels.ndim > self.images.ndim - 1:
            self.images = np.repeat(self.images[..., None], 3, axis=-1)
        self.images[row] = (
            pixels if pixels.ndim == self.images.ndim - 1 else (pixels[..., None])
        )

    def _check_like_first(self, pixels: np.ndarray, name: str) -> None:
        """Refuse an image of another size or depth than the first."""
        first, came = self.images.shape[1:3], pixels.shape[:2]
        if came != first:
            raise ValueError(
                f"All images must have one size, but (height, width) of {self._first} "
                f"is {first} and that of {name} is {came}. Pass size={first} to bring "
                "all to one size."
            )
        if pixels.dtype != self.images.dtype:
            raise ValueError(
                f"All images must have as many bits, but {self._first} is "
                f"{self.images.dtype} and {name} is {pixels.dtype}. Pass "
                "color_mode='rgb' to read all with eight bits."
            )


def read_images(
    folder: Path,
    names: Sequence[str],
    color_mode: str,
    size: tuple[int, int] | None,
) -> np.ndarray:
    """Read image files of one size.

    Parameters
    ----------
    folder : pathlib.Path
        Where they lie.
    names : sequence of str
        Their paths below the folder; at least one.
    color_mode : {"auto", "grayscale", "rgb"}
        "auto": grey if all are, else colour.
    size : tuple (height, width) or None
        Size to bring all to.

    Returns
    -------
    ndarray of shape (n, h, w) or (n, h, w, 3)
        The images in the order of `names`.

    Raises
    ------
    ValueError
        If files are damaged (all are read before, and some are named), or images
        differ in size or depth.
    """
    stack, damaged = ImageStack(len(names)), []
    for row, name in enumerate(names):
        try:
            pixels = read_image(folder / name, color_mode, size)
        except UnreadableImageError as error:
            damaged.append(f"{name} ({error})")
            continue
        stack.put(row, pixels, name)
    if damaged:
        shown = [*damaged[:_MAX_NAMED], *["..."][: len(damaged) > _MAX_NAMED]]
        raise ValueError(
            f"{len(damaged)} of {len(names)} files in {folder} cannot be read as "
            f"images: {', '.join(shown)}. Get new copies of them, or remove them."
        )
    return stack.images
