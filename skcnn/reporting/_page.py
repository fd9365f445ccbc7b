"""What a page consists of, and how it becomes HTML."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

_HERE = Path(__file__).parent

# What belongs together: a figure with its unit, a relation with both sides.
_FIGURES = re.compile(r"\bp [=<≤] [\d.]+|[\d.]+ ± [\d.]+|\b\d+ (?:%|m?s|min|h)\b")


@dataclass(frozen=True)
class Cell:
    """One cell of a table; the best of its column stands out.

    ``lead`` is written before the text, smaller.
    """

    text: str
    is_best: bool = False
    lead: str = ""


@dataclass(frozen=True)
class Column:
    """Head of a column, with a line under it; numbers are set to the right."""

    title: str
    is_number: bool = True
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row is its head.

    ``label`` is what a screen reader says of it. ``is_plain``: the heads of the columns
    tell the eye nothing, and are left to the reader.
    """

    label: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    is_plain: bool = False


@dataclass(frozen=True)
class Picture:
    """A chart: SVG that was made here, what is seen on it, and a text in its place."""

    id: str
    svg: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Block:
    """A part of a section: title and kind, a table, and one that is folded."""

    title: str
    kind: str = ""
    table: Table | None = None
    folded: Table | None = None
    summary: str = ""


@dataclass(frozen=True)
class Section:
    """A section; what it lacks is left out."""

    id: str
    title: str
    paragraphs: Sequence[str] = ()
    warnings: Sequence[str] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    notes: Sequence[str] = ()
    blocks: Sequence[Block] = ()
    code: str = ""


@dataclass(frozen=True)
class Page:
    """A whole page.

    Attributes
    ----------
    title : str
        Heading.
    subject : str
        Line over it: what this page is about, in a few words.
    verdict : str
        The first thing that is read.
    remarks : sequence of str
        Sentences under it.
    facts : sequence of (str, str)
        A few numbers with their names, for who reads no further.
    sections : sequence of Section
    footer : str
        Version and date.
    """

    title: str
    subject: str
    verdict: str
    remarks: Sequence[str]
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    footer: str


def render(page: Page) -> str:
    """Return the page as one HTML document that loads nothing.

    Its content security policy admits the one style sheet that is inside, by its hash,
    and pictures that are written out in the page; no script at all.
    """
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        page=page, style=Markup(style), style_hash=digest, trusted=Markup
    )


def unbroken(text: str) -> str:
    """Return the text with figures that no line may cut: p = 0.2, 0.9 ± 0.1, 5 %."""
    return _FIGURES.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)


@cache
def _template() -> Any:
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(_HERE),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["unbroken"] = unbroken
    return environment.get_template("template.html.jinja")
