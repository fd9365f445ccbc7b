"""The part of a page with the settings of an estimator."""

from __future__ import annotations

from typing import Any

from skcnn.base.settings import is_estimator, settings
from skcnn.base.words import plural
from skcnn.comparison import to_rows
from skcnn.reporting._page import Block
from skcnn.reporting._tables import two_columns


def as_given(estimator: Any) -> Any:
    """Return an estimator without the step with which ``compare`` flattens images."""
    steps = getattr(estimator, "steps", None)
    if not steps or getattr(steps[0][1], "func", None) is not to_rows:
        return estimator
    return steps[1][1] if len(steps) == 2 else estimator[1:]


def class_line(estimator: Any) -> str:
    """Return the class, or the classes in a pipeline: HOGFeatures → SVC."""
    inner = getattr(estimator, "steps", None)
    if not inner:
        return type(estimator).__name__
    return " → ".join(class_line(step) for _, step in inner if is_estimator(step))


def settings_block(name: str, estimator: Any) -> Block:
    """Return the part of a page with the settings of one estimator."""
    estimator = as_given(estimator)
    known = settings(estimator)
    changed = [(s.name, s.value) for s in known if not s.is_default]
    rest = [(s.name, s.value) for s in known if s.is_default]
    label = f"Settings of {name}"
    heads = "Setting", "Value"
    return Block(
        title=name,
        kind=class_line(estimator),
        table=two_columns(label, changed, *heads) if changed else None,
        folded=two_columns(f"{label}, defaults", rest, *heads) if rest else None,
        summary=f"{plural(len(rest), 'setting')} at their defaults"
        if len(rest) != 1
        else "1 setting at its default",
    )
