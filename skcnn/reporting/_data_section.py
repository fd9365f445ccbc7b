"""The data at a glance, and what may be wrong with them."""

from __future__ import annotations

from typing import Any

from skcnn.base.words import capital, plural
from skcnn.datasets import describe
from skcnn.reporting._page import Section
from skcnn.reporting._tables import two_columns


def data_section(
    X: Any, y: Any, title: str, X_test: Any = None, y_test: Any = None
) -> Section:
    """Return what :func:`skcnn.datasets.describe` says of images and labels."""
    description = describe(X, y, X_test=X_test, y_test=y_test)
    lines = description.to_frame()["value"]
    pairs = [(capital(str(name)), text) for name, text in lines.items()]
    return Section(
        "data",
        title,
        warnings=description.warnings,
        tables=[two_columns(title, pairs, "What", "Value")],
    )


def first_warning(section: Section) -> tuple[str, ...]:
    """Return the gravest warning, for who reads no further; none if there is none."""
    if not section.warnings:
        return ()
    first, *more = section.warnings
    rest = f" ({plural(len(more), 'more warning')} below.)" if more else ""
    return (f"Mind the data: {first}{rest}",)
