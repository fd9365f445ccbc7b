"""A figure of matplotlib as SVG inside a page, in the page's colours and letters."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.etree import ElementTree

from skcnn.base.palette import COLOURS, WRONG

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"

# Pictures inside a chart are this many pixels per inch: sharp on a phone.
_DPI = 160

# Decimals of coordinates; a hundredth of a point is not seen.
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")

# Attributes that hold coordinates. Those of `transform` may be factors.
_COORDINATES = ("d", "x", "y", "points")

# The page's colours that stand for greys up to this level, of 255; those in the middle
# are seen on light and dark.
_GREYS = (
    (0x50, "currentColor"),
    (0x90, "var(--soft)"),
    (0xB8, None),
    (0xFC, "var(--line)"),
)
_WHITE = "var(--paper)"

# The page lightens these in the dark; here they are what they are elsewhere.
_NAMED = {
    **{colour.lower(): f"var(--c{i}, {colour})" for i, colour in enumerate(COLOURS)},
    WRONG.lower(): f"var(--wrong, {WRONG})",
}


def to_svg(figure: Any, prefix: str) -> str:
    """Return an ``<svg>`` element.

    Text stays text; black, greys and white become the page's, and so do the colours of
    lines, which are lighter in the dark. There are no style attributes, which the
    page's policy would refuse, and no links but those within.

    Parameters
    ----------
    figure : matplotlib Figure
        What to draw.
    prefix : str
        Begins every id, so that two charts on a page share none.

    Returns
    -------
    str
        Markup with all texts escaped; the same for the same figure.
    """
    root = ElementTree.fromstring(_drawn(figure))
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{_SVG}style" or "metadata" in child.tag:
                parent.remove(child)
    for element in root.iter():
        _adapt(element, prefix)
    box = root.get("viewBox")
    root.attrib.clear()
    root.set("viewBox", box)
    # Inherited by all that has no colour of its own; matplotlib leaves out black.
    root.set("fill", "currentColor")
    return ElementTree.tostring(root, encoding="unicode")


def _drawn(figure: Any) -> bytes:
    from matplotlib import rc_context

    settings = {"svg.fonttype": "none", "svg.hashsalt": "skcnn"}
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    buffer = io.BytesIO()
    with rc_context(settings):
        figure.savefig(
            buffer, format="svg", dpi=_DPI, transparent=True, metadata=nothing
        )
    return buffer.getvalue()


def _adapt(element: Any, prefix: str) -> None:
    """Make one element of matplotlib's one of the page."""
    element.tag = element.tag.removeprefix(_SVG)
    element.text = element.text if element.tag in ("text", "tspan") else None
    element.tail = None
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() and name.strip() != "font-family":
            element.set(name.strip(), value.strip())
    link = element.attrib.pop(_LINK, None)
    if link is not None:
        # The bytes of pictures are broken into lines.
        element.set("href", "".join(link.split()))
    for name, value in element.attrib.items():
        element.set(name, _adapted(name, value, prefix))


def _adapted(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name in _COORDINATES:
        return _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2f}", value)
    if name in ("fill", "stroke"):
        value = _colour(value)
    value = value.replace("url(#", f"url(#{prefix}-")
    return f"#{prefix}-{value[1:]}" if name == "href" and value[0] == "#" else value


def _colour(value: str) -> str:
    """Return the page's name of a colour, or the colour."""
    value = value.lower()
    red, green, blue = value[1:3], value[3:5], value[5:7]
    if not value.startswith("#") or len(value) != 7 or not red == green == blue:
        return _NAMED.get(value, value)
    level = int(red, 16)
    return next((name or value for most, name in _GREYS if level <= most), _WHITE)
