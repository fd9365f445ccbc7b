"""Image files of one size as one array, read by Pillow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from ._files import is_damage

#: Endings of the files that count as images.
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
# So many damaged files are named in an error.
_MAX_NAMED = 5
# Modes of Pillow whose grey values need more than eight bits.
_DEEP = ("I", "F")


class UnreadableImageError(ValueError):
    """A file holds no image, or only a part of one."""


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
    images, damaged = None, []
    for row, name in enumerate(names):
        try:
            pixels = read_image(folder / name, color_mode, size)
        except UnreadableImageError as error:
            damaged.append(f"{name} ({error})")
            continue
        if images is None:
            first = name
            images = np.empty((len(names), *pixels.shape), pixels.dtype)
        _check_like_first(images, first, pixels, name)
        if pixels.ndim == images.ndim:  # the first in colour
            images = np.repeat(images[..., None], 3, axis=-1)
        images[row] = pixels if pixels.ndim == images.ndim - 1 else pixels[..., None]
    if damaged:
        shown = [*damaged[:_MAX_NAMED], *["..."][: len(damaged) > _MAX_NAMED]]
        raise ValueError(
            f"{len(damaged)} of {len(names)} files in {folder} cannot be read as "
            f"images: {', '.join(shown)}. Get new copies of them, or remove them."
        )
    assert images is not None  # there is at least one name
    return images


def _check_like_first(
    images: np.ndarray, first: str, pixels: np.ndarray, name: str
) -> None:
    """Refuse an image of another size or depth than the first."""
    size, came = images.shape[1:3], pixels.shape[:2]
    if came != size:
        raise ValueError(
            f"All images must have one size, but (height, width) of {first} is {size} "
            f"and that of {name} is {came}. Pass size={size} to bring all to one size."
        )
    if pixels.dtype != images.dtype:
        raise ValueError(
            f"All images must have as many bits, but {first} is {images.dtype} and "
            f"{name} is {pixels.dtype}. Pass color_mode='rgb' to read all with eight "
            "bits."
        )


def read_image(file: Path, color_mode: str, size: tuple[int, int] | None) -> np.ndarray:
    """Read one image file.

    Parameters
    ----------
    file : pathlib.Path
        The file.
    color_mode : {"auto", "grayscale", "rgb"}
        "auto" keeps what the file has.
    size : tuple (height, width) or None
        Size to bring the image to.

    Returns
    -------
    ndarray of shape (h, w) or (h, w, 3)
        uint8; grey values of more bits are uint16 or float32.

    Raises
    ------
    UnreadableImageError
        If the file is no image or is damaged; the message says why, not which file.
    """
    try:
        with Image.open(file) as image:
            upright = ImageOps.exif_transpose(image)
            return _pixels(upright, color_mode, size)
    except Exception as error:
        if not is_damage(error):
            raise
        name = type(error).__name__
        reason = {"UnidentifiedImageError": "no image of a known format"}
        raise UnreadableImageError(reason.get(name, str(error) or name)) from error


def _pixels(image: Any, color_mode: str, size: tuple[int, int] | None) -> np.ndarray:
    """Return the pixels of an opened image in the colours and the size wanted."""
    if image.mode.split(";")[0] in _DEEP:
        grey = _deep_pixels(image, size)
        return grey if color_mode != "rgb" else _to_rgb(grey)
    image = _without_palette(_opaque(image))
    is_grey = image.mode in ("1", "L")
    mode = {"auto": "L" if is_grey else "RGB", "grayscale": "L", "rgb": "RGB"}
    return np.asarray(_resized(image.convert(mode[color_mode]), size))


def _deep_pixels(image: Any, size: tuple[int, int] | None) -> np.ndarray:
    """Return grey values of more than eight bits, which Pillow's convert would clip."""
    values = np.asarray(image)
    if size is not None:
        floats = Image.fromarray(values.astype(np.float32))
        values = np.asarray(_resized(floats, size)).astype(np.float32)
    if image.mode == "F":
        return values.astype(np.float32)
    if values.min() < 0 or values.max() >= 2**16:
        raise UnreadableImageError("grey values outside 0 to 65535")
    return np.rint(values).astype(np.uint16)


def _to_rgb(grey: np.ndarray) -> np.ndarray:
    """Return deep grey as colour of eight bits."""
    if grey.dtype != np.uint16:
        raise UnreadableImageError(
            "grey values with fractions, which are no colour; pass color_mode='auto'"
        )
    # 65535 is 255 * 257.
    return np.repeat(np.rint(grey / 257).astype(np.uint8)[..., None], 3, axis=-1)


def _opaque(image: Any) -> Any:
    """Return an image without transparency: put on white paper."""
    if "transparency" not in image.info and image.mode not in ("LA", "PA", "RGBA"):
        return image
    is_grey = image.mode in ("1", "L", "LA")
    image = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(paper, image)
    return flat.convert("L" if is_grey else "RGB")


def _without_palette(image: Any) -> Any:
    """Return an image with a palette as grey if it shows no colour, else as colour."""
    if image.mode != "P":
        return image
    image = image.convert("RGB")
    red, green, blue = np.moveaxis(np.asarray(image), -1, 0)
    is_grey = np.array_equal(red, green) and np.array_equal(green, blue)
    return image.convert("L") if is_grey else image


def _resized(image: Any, size: tuple[int, int] | None) -> Any:
    """Return an image in another size, its edges smoothed when it shrinks."""
    if size is None or (image.height, image.width) == size:
        return image
    return image.resize(size[::-1], Image.Resampling.BILINEAR)
