"""What all Displays share: axes, colours, class names, and images for imshow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skcnn.base.layouts import view_images
from skcnn.base.scaling import decide_rescale

# Seven colours that the colour-blind tell apart (M. Okabe and K. Ito, "Color universal
# design", 2008), dark ones first; their yellow is too pale for lines on white.
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)

# Lines beyond the seventh are told apart by their dashes.
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)))

GREY = "#666666"

# Pixels of a side that is drawn pixel by pixel.
_SMALL_PICTURE = 64

# Letters of 10 pt in a figure 5 inches wide are 10 pixels high on a phone.
WIDTH = 5.0
_STYLE = {
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.labelsize": 10.0,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "legend.fontsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "figure.dpi": 100.0,
}


def new_axes(ax: Any, owner: str, height: float = 3.8, width: float = WIDTH) -> Any:
    """Return the user's axes, or those of a new figure.

    Parameters
    ----------
    ax : matplotlib Axes or None
        What the user passed.
    owner : str
        Name of the Display, for errors.
    height, width : float
        Size of a new figure in inches.

    Returns
    -------
    matplotlib Axes
        ``ax.figure`` is its figure.
    """
    given = None if ax is None else [ax]
    return new_grid(given, owner, 1, 1, height=height, width=width)[0, 0]


def new_grid(
    axes: Any,
    owner: str,
    n_rows: int,
    n_columns: int,
    *,
    height: float,
    width: float = WIDTH,
    **options: Any,
) -> np.ndarray:
    """Return the user's axes as an array (n_rows, n_columns), or those of a new figure.

    Parameters
    ----------
    axes : sequence of matplotlib Axes, or None
        What the user passed; an array of ``n_rows * n_columns`` in any shape.
    owner : str
        Name of the Display, for errors.
    n_rows, n_columns : int
        Shape of the grid.
    height, width : float
        Size of a new figure in inches.
    **options
        Passed to ``pyplot.subplots``, such as ``sharex=True``.

    Returns
    -------
    ndarray of matplotlib Axes, shape (n_rows, n_columns)
        ``axes[0, 0].figure`` is their figure.

    Raises
    ------
    TypeError
        For something else than Axes.
    ValueError
        For another number of them.
    """
    if axes is not None:
        return _check_axes(axes, owner, n_rows, n_columns)
    import matplotlib.pyplot as plt

    # The style is read when axes are made, so the user's own stays as it is.
    with plt.rc_context(_STYLE):
        _, axes = plt.subplots(
            n_rows,
            n_columns,
            squeeze=False,
            figsize=(width, height),
            layout="constrained",
            **options,
        )
    return axes


def _check_axes(axes: Any, owner: str, n_rows: int, n_columns: int) -> np.ndarray:
    from matplotlib.axes import Axes

    given = np.asarray(axes, dtype=object).ravel()
    n_wanted = n_rows * n_columns
    for ax in given:
        if not isinstance(ax, Axes):
            raise TypeError(
                f"{owner} draws on matplotlib Axes, got {type(ax).__name__}: pass what "
                "plt.subplots() gives as its second value, or None for a new figure."
            )
    if len(given) != n_wanted:
        raise ValueError(
            f"{owner} draws {n_wanted} panels here, but {len(given)} axes came: pass "
            f"plt.subplots({n_rows}, {n_columns})[1], or None for a new figure."
        )
    return given.reshape(n_rows, n_columns)


def line_style(i: int) -> dict[str, Any]:
    """Return colour and dashes of the i-th line (from 0)."""
    turn, place = divmod(i, len(COLOURS))
    return {"color": COLOURS[place], "linestyle": DASHES[turn % len(DASHES)]}


def check_class_names(class_names: Sequence[Any] | None, classes: Any) -> list[str]:
    """Return one text per class.

    Names are in the order of ``classes``; None: the labels themselves.

    Raises
    ------
    TypeError
        For one text instead of a list.
    ValueError
        For another number of names than of classes, and for a name given twice.
    """
    classes = np.asarray(classes).tolist()
    if class_names is None:
        return [str(label) for label in classes]
    if isinstance(class_names, str):
        raise TypeError(
            f"class_names must be a list of {len(classes)} names, got the text "
            f"{class_names!r}."
        )
    names = [str(name) for name in class_names]
    if len(names) != len(classes):
        raise ValueError(
            f"class_names has {len(names)} names, but there are {len(classes)} "
            f"classes: {shorten(classes)}. Give one name per class, in this order."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"class_names names two classes alike: {shorten(twice)}.")
    return names


def shorten(values: Sequence[Any], most: int = 12) -> str:
    """Return values as a text for an error, the first ``most`` of them."""
    shown = ", ".join(repr(value) for value in list(values)[:most])
    return shown + (", ..." if len(values) > most else "")


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
