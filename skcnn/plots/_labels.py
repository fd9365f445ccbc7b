"""Legends and labels that keep clear of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skcnn.plots._figure import GREY
from skcnn.plots._gallery import brief

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

# Directions in which a label may stand about its point: right, left, up, down, and then
# those between.
_ANGLES = np.deg2rad(
    [0, 180, 90, 270, 30, 330, 150, 210, 60, 300, 120, 240, 15, 345, 165, 195]
)

# Distances of a label from its point that are tried, in points.
_DISTANCES = (6, 12, 20, 30, 42, 56)

# How much worse it is to cover a square point of a marker or text than to be a point
# further away, and the same for an interval, which a text leaves readable.
_COST_OF_TEXT, _COST_OF_INTERVAL = 10, 1


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


def shorten_names(names: Sequence[str]) -> list[str]:
    """Cut names that would leave no room for the data in the user's axes."""
    return [brief(name, _LONGEST_NAME) for name in names]


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


def label_points(
    ax: Any,
    points: np.ndarray,
    spans: np.ndarray,
    labels: Sequence[str],
    colours: Sequence[str],
) -> list[Any]:
    """Write a label beside each point, clear of points, intervals and other labels.

    The places are found for the size that the figure has now.

    Parameters
    ----------
    ax : matplotlib Axes
        Its limits and scales are final.
    points : ndarray of shape (n, 2)
        Where the points are, in data units.
    spans : ndarray of shape (n, 2)
        Lower and upper end of each point's interval, in data units.
    labels, colours : sequence of n str
        Texts and their colours.

    Returns
    -------
    list of n matplotlib Annotation
        In the order of the points.
    """
    from matplotlib.patheffects import withStroke
    from matplotlib.text import Text

    figure = ax.figure
    texts = [
        ax.annotate(
            label,
            xy=point,
            xytext=(0, 0),
            textcoords="offset points",
            ha="center",
            va="center",
            color=colour,
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5},
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
        for label, point, colour in zip(labels, points, colours, strict=True)
    ]
    figure.draw_without_rendering()  # it lays the figure out
    scale = 72 / figure.dpi
    where = ax.transData.transform(points) * scale
    room = ax.get_window_extent().extents * scale
    intervals = _boxes_of_intervals(ax, points, spans, scale)
    taken = [_box(point, np.array([8, 8])) for point in where]
    # From the top down, so that a crowd is read in its order.
    for i in np.argsort(-where[:, 1], kind="stable"):
        box = Text.get_window_extent(texts[i])  # without its line
        size = np.array([box.width, box.height]) * scale
        offset = _best_offset(where[i], size, taken, intervals, room)
        texts[i].xyann = tuple(offset)
        taken.append(_box(where[i] + offset, size))
    return texts


def _boxes_of_intervals(ax, points, spans, scale):
    """Return boxes (left, bottom, right, top), in points."""
    ends = [np.column_stack([points[:, 0], spans[:, side]]) for side in (0, 1)]
    low, high = (ax.transData.transform(end) * scale for end in ends)
    half = np.array([1, 0])
    return np.hstack([low - half, high + half])


def _best_offset(point, size, taken, intervals, room):
    """Return the shift of a label's centre that covers least and stays nearest."""
    best, least = None, np.inf
    for distance in _DISTANCES:
        for preference, angle in enumerate(_ANGLES):
            direction = np.array([np.cos(angle), np.sin(angle)])
            # To the right the text begins at the distance, above it stands on it.
            offset = direction * distance + _towards(direction) * size / 2
            box = _box(point + offset, size)
            outside = size.prod() - _overlap(box, room)
            covered = outside + sum(_overlap(box, other) for other in taken)
            crossed = sum(_overlap(box, other) for other in intervals)
            cost = _COST_OF_TEXT * covered + _COST_OF_INTERVAL * crossed
            cost += distance + preference / 2
            if cost < least:
                best, least = offset, cost
    return best


def _towards(direction):
    """Return -1, 0 or 1 for each axis: on which side of the point the text is."""
    return np.where(abs(direction) < 0.4, 0, np.sign(direction))


def _box(centre, size):
    return np.concatenate([centre - size / 2, centre + size / 2])


def _overlap(first, second) -> float:
    """Return the area that two boxes share."""
    low = np.maximum(first[:2], second[:2])
    high = np.minimum(first[2:], second[2:])
    return float((high - low).clip(0).prod())
