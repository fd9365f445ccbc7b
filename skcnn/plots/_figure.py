"""What all Displays share: axes, colours, names of classes and legends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skcnn.base.palette import COLOURS

# Lines beyond the seventh are told apart by their dashes.
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)))

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

# Letters of the legend that fit beside each other on an inch, and those that a sample
# of the line takes.
_LETTERS_PER_INCH = 13
_LETTERS_OF_SAMPLE = 6

# A letter of 9 pt, and a line of the legend, in inches.
_LETTER, _LINE = 0.08, 0.19

# Letters of a name below the user's axes.
_LONGEST_NAME = 20

# Times that the user's axes are shrunk, and what is kept free at the figure's edge.
_MOST_SHRINKS, _EDGE = 6, 0.01

# Letters of a label: four fit side by side.
LONGEST_LABEL = 15


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


# --- words ------------------------------------------------------------------------


def brief(text: Any, longest: int = LONGEST_LABEL) -> str:
    """Return a label as a text that fits a picture: long ones lose their middle.

    Examples
    --------
    >>> from skcnn.plots._figure import brief
    >>> brief("very long name one"), brief("very long name two")
    ('very lo…ame one', 'very lo…ame two')
    """
    text = str(text)
    if len(text) <= longest:
        return text
    n_last = (longest - 1) // 2
    return f"{text[: longest - 1 - n_last]}…{text[-n_last:]}"


def shorten_names(names: Sequence[str], longest: int = _LONGEST_NAME) -> list[str]:
    """Cut names that would leave no room for the data, so that no two become one."""
    short: dict[str, str] = {}
    for name in names:
        if name in short:
            continue
        text, number = brief(name, longest), 2
        while text in short.values():
            mark = f" ({number})"
            text, number = brief(name, longest - len(mark)) + mark, number + 1
        short[name] = text
    return [short[name] for name in names]


def add_legend(
    ax: Any, handles: Sequence[Any], is_own_figure: bool, *, is_full: bool = False
) -> Any:
    """Add a legend: below all axes of a figure of ours, else in the user's axes.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes that were drawn on.
    handles : sequence of artists
        They have labels.
    is_own_figure : bool
        Whether the figure was made here; the user's layout is left alone.
    is_full : bool
        Whether nothing of the axes is free; the user's get room above the data then.

    Returns
    -------
    matplotlib Legend
    """
    if not is_own_figure and is_full:
        return _add_above_data(ax, handles)
    if not is_own_figure:
        return ax.legend(handles=handles, loc="best")
    n_columns = _count_columns(handles, ax.figure.get_figwidth())
    _grow(ax.figure, _LINE * -(-len(handles) // n_columns))
    return ax.figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=n_columns,
        frameon=False,
        fontsize=9,
    )


def _count_columns(handles, inches):
    """Return how many entries of a legend fit beside each other."""
    longest = max(len(handle.get_label()) for handle in handles)
    n_fitting = int(_LETTERS_PER_INCH * inches / (longest + _LETTERS_OF_SAMPLE))
    return max(1, min(n_fitting, len(handles)))


def _add_above_data(ax, handles):
    """Add a legend inside the axes, which are extended upwards by its height."""
    width, height = ax.bbox.size / ax.figure.dpi
    # Its frame and the gaps between its columns need room, too.
    n_columns = _count_columns(handles, 0.9 * width)
    legend = ax.legend(handles=handles, loc="upper right", ncols=n_columns, fontsize=9)
    n_lines = -(-len(handles) // n_columns)
    share = min((_LINE * n_lines + 0.25) / height, 0.7)
    low, high = ax.get_ylim()
    ticks = [tick for tick in ax.get_yticks() if low <= tick <= high]
    ax.set(ylim=(low, low + (high - low) / (1 - share)), yticks=ticks)
    return legend


def keep_in_figure(ax: Any) -> None:
    """Shrink the user's axes until their words are no more cut at the figure's edge.

    Parameters
    ----------
    ax : matplotlib Axes
        With a layout engine, which sees to it itself, they stay as they are.
    """
    # Words move with the axes, by half as much where their shape is fixed.
    for _ in range(_MOST_SHRINKS if ax.figure.get_layout_engine() is None else 0):
        if not _shrink(ax):
            break


def _shrink(ax):
    """Shrink axes by what their words stand out of the figure; return whether any."""
    figure = ax.figure
    figure.draw_without_rendering()
    to_figure = figure.transSubfigure.inverted()
    words, place = ax.get_tightbbox().transformed(to_figure), ax.get_position(True)
    left, bottom = max(_EDGE - words.x0, 0), max(_EDGE - words.y0, 0)
    right, top = max(words.x1 - 1 + _EDGE, 0), max(words.y1 - 1 + _EDGE, 0)
    width, height = place.width - left - right, place.height - bottom - top
    # What is smaller shows nothing.
    if max(left, bottom, right, top) < 1e-3 or min(width, height) < 0.1:
        return False
    ax.set_position([place.x0 + left, place.y0 + bottom, width, height])
    # A later tight_layout() of the user's takes them along.
    ax.set_in_layout(True)
    return True


def slant_long_names(ax: Any, names: Sequence[str], is_own_figure: bool) -> None:
    """Write names below the x axis, slanted where they would run into each other.

    Parameters
    ----------
    ax : matplotlib Axes
        The names are at 0, 1, ...
    names : sequence of str
        Names; long ones are cut where the figure cannot be made higher.
    is_own_figure : bool
        Whether the figure may be made higher.
    """
    if not is_own_figure:
        names = shorten_names(names)
    inches_per_name = ax.bbox.width / ax.figure.dpi / len(names)
    inches = max(map(len, names)) * _LETTER
    slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    is_long = inches > 0.85 * inches_per_name
    ax.set_xticks(range(len(names)), names, **(slant if is_long else {}))
    if is_long and is_own_figure:
        _grow(ax.figure, inches * np.sqrt(0.5))


def legend_lines(labels: Sequence[str], styles: Sequence[dict[str, Any]]) -> list[Any]:
    """Return an entry for a legend, a line, for every label."""
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], label=str(label), **style)
        for label, style in zip(labels, styles, strict=True)
    ]


def _grow(figure, inches):
    """Make a figure higher, so that what was drawn keeps its size."""
    figure.set_figheight(figure.get_figheight() + inches)
