"""Displays as pictures for light and dark screens; or a sentence why there is none."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from skcnn import plots
from skcnn.base.palette import COLOURS, GREY, WRONG
from skcnn.comparison import Predictions
from skcnn.reporting._given_names import Names

# Dots per inch: sharp on a phone, and in print. A page has 96 of them.
_DPI, _PAGE_DPI = 160, 96

# Colours of a chart: letters and lines need no more. Images in a gallery do.
_CHART, _GALLERY = 128, 256

# What Displays draw in colours of their own, and the same on the paper of a dark page.
_DARK_PAPER = "#12161b"
_LIGHTER = ("#58b2ee", "#ff8a3d", "#33c79a", "#e29cc6", "#f0b93a", "#8accf2", "#e6e9ed")
_IN_THE_DARK = {
    **dict(zip((colour.lower() for colour in COLOURS), _LIGHTER, strict=True)),
    WRONG.lower(): "#ff8f88",
    **dict.fromkeys(("#444444", GREY), "#a3adb9"),
    **dict.fromkeys(("#dddddd", "#e4e4e4"), "#323b45"),
}
_FACES = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
_COLOUR_NAMES = ("color", "facecolor", "edgecolor", "markeredgecolor")


def draw(name: str, make: Callable[[], Any], n_colours: int = _CHART) -> dict[str, Any]:
    """Draw one picture for light and for dark screens.

    After hours of training, one that cannot be drawn must not cost the page: it is
    left out with a note, and there is a warning.

    Parameters
    ----------
    name : str
        What it is, such as "confusion matrix".
    make : callable
        Returns a Display with a ``figure_``.
    n_colours : int
        The most that the picture may have.

    Returns
    -------
    dict
        name, note ("" where it was drawn), light and dark (links that hold an image),
        width and height on the page.
    """
    try:
        width, height, light = _drawn(make, n_colours, is_dark=False)
        *_, dark = _drawn(make, n_colours, is_dark=True)
    except Exception as error:
        warnings.warn(
            f"The page lacks the {name}, which could not be drawn: {error!r}",
            RuntimeWarning,
            stacklevel=4,
        )
        return {"name": name, "note": f"The {name} could not be drawn: {error}"}
    links = {"light": light, "dark": dark, "width": width, "height": height}
    return {"name": name, "note": "", **links}


def leave_out(name: str, reason: str) -> dict[str, Any]:
    """Say why a picture is not there."""
    return {"name": name, "note": f"There is no {name}: {reason}."}


def draw_model(said: Predictions, names: Names) -> dict[str, dict]:
    """Draw what one model confuses, class by class, and its mistakes."""
    return {
        "confusion": draw("confusion matrix", lambda: plots.ConfusionDisplay.of(said)),
        "class_scores": draw(
            "scores of every class", lambda: plots.ClassScoresDisplay.of(said)
        ),
        "roc": _draw_roc(said),
        "mistakes": draw(
            "gallery of mistakes",
            lambda: plots.ErrorGalleryDisplay.of(said, image_names=names.images),
            _GALLERY,
        )
        if said.n_wrong
        else leave_out("gallery of mistakes", f"{said.name} made none"),
    }


def _draw_roc(said: Predictions) -> dict[str, Any]:
    if said.class_values is None:
        return leave_out("ROC curve", f"{said.name} gives no value for every class")
    if len(np.unique(said.y_true)) < 2:
        return leave_out("ROC curve", "the images are all of one class")
    return draw("ROC curve", lambda: plots.RocDisplay.of(said))


def _drawn(
    make: Callable[[], Any], n_colours: int, is_dark: bool
) -> tuple[int, int, str]:
    """Return width and height on the page, and a link that holds the picture."""
    import matplotlib.pyplot as plt

    styles = ["default"]
    if is_dark:
        styles = ["default", "dark_background", dict.fromkeys(_FACES, _DARK_PAPER)]
    # As the page needs it, whatever style and windows the user has.
    with plt.ioff(), plt.style.context(styles):
        figure = make().figure_
        try:
            if is_dark:
                _lighten(figure)
            return _to_link(figure, n_colours)
        finally:
            plt.close(figure)


def _lighten(figure: Any) -> None:
    """Give what was drawn in colours for white paper those for the dark."""
    from matplotlib.colors import to_hex, to_rgba_array

    figure.draw_without_rendering()  # makes the lines of a grid
    for artist in figure.findobj():
        for name in _COLOUR_NAMES:
            colours = to_rgba_array(getattr(artist, f"get_{name}", list)())
            found = {_IN_THE_DARK.get(to_hex(colour)) for colour in colours}
            if len(found) == 1 and found != {None}:
                getattr(artist, f"set_{name}")(*found)


def _to_link(figure: Any, n_colours: int) -> tuple[int, int, str]:
    """Return the size on the page, and a WebP without loss but of colours."""
    from PIL import Image

    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI)
    image = Image.open(drawn).convert("RGB")
    few = image.quantize(n_colours, Image.Quantize.MAXCOVERAGE, dither=0)
    few.convert("RGB").save(packed, "WEBP", lossless=True)
    width, height = (side * _PAGE_DPI // _DPI for side in image.size)
    text = base64.b64encode(packed.getvalue()).decode()
    return width, height, f"data:image/webp;base64,{text}"
