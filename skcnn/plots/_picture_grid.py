"""Images as pictures: many small ones in one figure, with words around them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from skcnn.base.layouts import view_images
from skcnn.base.palette import GREY
from skcnn.base.scaling import decide_rescale
from skcnn.plots._figure import LONGEST_LABEL, WIDTH, new_grid

# Letters in points; lines and gaps in inches.
_LETTERS, _HEADING_LETTERS, _SMALL_LETTERS = 9.0, 11.0, 7.0
_LINE, _HEADING_LINE, _GAP = 0.17, 0.21, 0.08

# Inches that a picture is wide at most.
_LARGEST = 2.0

# Points that a letter is wide on average, as a part of its height.
_LETTER_WIDTH = 0.6

# A line of text, in heights of its letters.
_LINE_HEIGHT = 1.25

# Letters of a heading in one line.
_HEADING_WIDTH = 58

# Pixels of a side that is drawn pixel by pixel.
_SMALL_PICTURE = 64


def to_images(X: Any, image_shape: Sequence[int] | None = None) -> np.ndarray:
    """Return images in any layout as an array (n, h, w, c), a view where that can be.

    Parameters
    ----------
    X : array-like
        Images (n, h, w) or (n, h, w, c), flat rows, a DataFrame of pixels, or a list.
    image_shape : tuple (h, w) or (h, w, c), optional
        How flat rows are cut; None: squares.

    Returns
    -------
    ndarray of shape (n, h, w, c)

    Raises
    ------
    ValueError
        For what is no image.
    """
    return view_images(X, image_shape)


def to_pictures(images: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Return images as what imshow takes.

    Parameters
    ----------
    images : ndarray of shape (n, h, w, c)
        From :func:`to_images`.
    limits : pair of float
        The pixel values that are black and white, such as :func:`pixel_limits` of all
        images that are to be compared.

    Returns
    -------
    ndarray of shape (n, h, w), or (n, h, w, c) for 3 or 4 channels, float32
        From 0, black, to 1, white; to be drawn by :func:`show_picture`.

    Raises
    ------
    ValueError
        For 2 or more than 4 channels.
    """
    n_channels = images.shape[3]
    if n_channels not in (1, 3, 4):
        raise ValueError(
            f"Images of {n_channels} channels cannot be drawn; wanted are 1 (grey), "
            "3 (colour) or 4 (with opacity). Pass one channel: "
            f"np.asarray(X).reshape{(-1, *images.shape[1:])}[..., :1]."
        )
    low, high = limits
    pictures = (images.astype(np.float32) - low) / ((high - low) or 1)
    pictures = pictures.clip(0, 1)
    return pictures[..., 0] if n_channels == 1 else pictures


def pixel_limits(X: Any) -> tuple[float, float]:
    """Return the pixel values that are drawn black and white.

    uint8 goes from 0 to what estimators divide it by, fractions from 0 (or -1) to 1,
    all else from its minimum, 0 at most, to its maximum.
    """
    X = np.asarray(X)
    if X.dtype == np.uint8:
        return 0.0, 1 / decide_rescale("auto", X).scale
    low, high = float(X.min()), float(X.max())
    if low >= -1 and high <= 1:
        return (0.0 if low >= 0 else -1.0), 1.0
    return min(low, 0.0), high


def show_picture(ax: Any, picture: np.ndarray) -> Any:
    """Draw one of :func:`to_pictures` without ticks or frame; return the AxesImage."""
    ax.set_axis_off()
    # Pixels of small images are seen; of large ones some would be left out.
    is_small = max(picture.shape[:2]) <= _SMALL_PICTURE
    interpolation = "nearest" if is_small else "antialiased"
    return ax.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation=interpolation)


# --- grids -----------------------------------------------------------------------


def flowing_grid(
    axes: Any, owner: str, n_pictures: int, texts: Sequence[str], most: int, **layout
) -> np.ndarray:
    """Return axes to be filled line by line, the user's own in the shape they came.

    Parameters
    ----------
    axes : sequence of matplotlib Axes, or None
        What the user passed, more or fewer than pictures.
    owner : str
        Name of the Display, for errors.
    n_pictures : int
    texts : sequence of str
        What is written over and under the pictures: it must not touch.
    most : int
        Pictures side by side at most.
    **layout
        ``shape``, ``heading`` and more of :func:`picture_grid`.
    """
    if axes is None:
        n_columns = _count_columns(texts, n_pictures, most)
        n_rows = -(-n_pictures // n_columns)
    else:
        axes = np.asarray(axes, dtype=object)
        axes = axes if axes.ndim == 2 else axes.reshape(1, -1)
        n_rows, n_columns = axes.shape
    return picture_grid(axes, owner, n_rows, n_columns, **layout)


def _count_columns(texts: Sequence[str], n_pictures: int, most: int) -> int:
    """Return how many fit side by side; one less, where that fills the last line."""
    longest = max((len(line) for text in texts for line in text.split("\n")), default=0)
    n_fitting = int(WIDTH * 72 // (_LETTERS * (_LETTER_WIDTH * longest + 1)))
    n_columns = min(max(n_fitting, 2), most, n_pictures)
    fills_with_less = n_columns > 3 and n_pictures % (n_columns - 1) == 0
    return n_columns - 1 if n_pictures % n_columns and fills_with_less else n_columns


def picture_grid(
    axes: Any,
    owner: str,
    n_rows: int,
    n_columns: int,
    *,
    shape: tuple[int, int],
    heading: str,
    n_lines: float = 0,
    margin: float = 0.0,
    footer: float = 0.0,
) -> np.ndarray:
    """Return axes (n_rows, n_columns) without frames, for pictures of one shape.

    Parameters
    ----------
    axes : sequence of matplotlib Axes, or None
        What the user passed; None: those of a new figure.
    owner : str
        Name of the Display, for errors.
    n_rows, n_columns : int
        Shape of the grid.
    shape : tuple (h, w)
        Of one picture, in pixels.
    heading : str
        Written over a new figure; the user's own keeps its words.
    n_lines : float
        Lines of text that belong to a picture, above and below; their mean.
    margin : float
        Inches at the left for the names of rows.
    footer : float
        Inches below the grid, for a colour bar.
    """
    side = min((WIDTH - margin) / n_columns - _GAP, _LARGEST)
    # A line of pixels still needs its place, a tower not the whole page.
    picture = side * float(np.clip(shape[0] / shape[1], 0.1, 2.5))
    lines = [line for text in heading.split("\n") for line in _wrapped(text)]
    height = n_rows * (picture + n_lines * _LINE + _GAP) + len(lines) * _HEADING_LINE
    grid = new_grid(axes, owner, n_rows, n_columns, height=height + footer + 0.15)
    for ax in grid.flat:
        ax.set_axis_off()
    if axes is None:
        figure = grid[0, 0].figure
        figure.suptitle("\n".join(lines), fontsize=_HEADING_LETTERS)
        figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0, hspace=0)
    return grid


def _wrapped(text: str, width: int = _HEADING_WIDTH) -> list[str]:
    """Break a text into as few lines as can be, of about one length.

    >>> _wrapped("78 mistakes in 897 images, the first", width=32)
    ['78 mistakes in 897', 'images, the first']
    """
    n_lines = len(textwrap.wrap(text, width))
    # Narrower than a word, a line would cut it.
    longest = max(map(len, text.split()), default=1)
    while longest < width and len(textwrap.wrap(text, width - 1)) == n_lines:
        width -= 1
    return textwrap.wrap(text, width)


def write_above(ax: Any, text: str, **style: Any) -> None:
    """Write over a picture."""
    ax.set_title(text, fontsize=_LETTERS, pad=3, **style)


def write_heading_above(ax: Any, heading: str, text: str, **style: Any) -> None:
    """Write a heading and a text over a picture in the user's axes."""
    inches = ax.bbox.width / ax.figure.dpi
    n_letters = max(int(inches * 72 / (_LETTERS * _LETTER_WIDTH)), LONGEST_LABEL)
    write_above(ax, "\n".join([*_wrapped(heading, n_letters), text]), **style)


def write_below(ax: Any, text: str, **style: Any) -> Any:
    """Write under a picture."""
    return _write(ax, text, (0.5, 0), (0, -3), ha="center", va="top", **style)


def write_small_below(ax: Any, text: str, n_lines: int) -> Any:
    """Write small and grey under the ``n_lines`` that are under a picture."""
    drop = 3 + n_lines * _LETTERS * _LINE_HEIGHT
    style = {"ha": "center", "va": "top", "fontsize": _SMALL_LETTERS, "color": GREY}
    return _write(ax, text, (0.5, 0), (0, -drop), **style)


def write_left(ax: Any, text: str, **style: Any) -> Any:
    """Write beside a picture, to name its row."""
    return _write(ax, text, (0, 0.5), (-5, 0), ha="right", va="center", **style)


def write_only(ax: Any, text: str) -> Any:
    """Write into empty axes why there is no picture."""
    ax.set_axis_off()
    return ax.text(
        0.5,
        0.5,
        "\n".join(_wrapped(text)),
        transform=ax.transAxes,
        fontsize=_HEADING_LETTERS,
        ha="center",
        va="center",
    )


def _write(ax, text, place, points, *, fontsize=_LETTERS, **style):
    """Write at a place of the axes (0 to 1), moved by some points."""
    return ax.annotate(
        text,
        place,
        points,
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=fontsize,
        # In a corner of the axes it would else be taken for a point outside of them.
        annotation_clip=False,
        **style,
    )
