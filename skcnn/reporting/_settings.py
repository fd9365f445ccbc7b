"""Settings of an estimator and of what is inside it: those changed, and the rest."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from skcnn.comparison._estimators import to_rows
from skcnn.reporting._page import Block
from skcnn.reporting._tables import two_columns
from skcnn.reporting._wording import plural

# Letters of a value that are shown.
_LONGEST = 300


@dataclass(frozen=True)
class Setting:
    """One parameter.

    Attributes
    ----------
    name : str
        As ``set_params`` knows it.
    value : str
        As Python writes it.
    is_default : bool
        Whether the estimator would have it, had nobody asked.
    """

    name: str
    value: str
    is_default: bool


def settings(estimator: Any) -> list[Setting]:
    """Return all settings, those of nested estimators behind their owner's."""
    return list(_settings(estimator, ""))


def parts(estimator: Any) -> dict[str, Any]:
    """Return the estimators that are parameters of another one, by their names."""
    return {
        name: value
        for name, value in estimator.get_params(deep=True).items()
        if "__" not in name and _is_estimator(value)
    }


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
    return " → ".join(class_line(step) for _, step in inner if _is_estimator(step))


def _settings(estimator: Any, prefix: str) -> Iterator[Setting]:
    inner = parts(estimator)
    defaults = _defaults(type(estimator))
    for name, value in estimator.get_params(deep=False).items():
        # A list of steps says again what the steps say.
        if name in inner or _holds(value, inner):
            continue
        text, default = show(value), defaults.get(name, inspect.Parameter.empty)
        yield Setting(prefix + name, text, text == show(default))
    for name, part in inner.items():
        # Of a pipeline, the heading has the classes.
        if not hasattr(estimator, "steps"):
            yield Setting(prefix + name, type(part).__name__, False)
        yield from _settings(part, f"{prefix}{name}__")


def _defaults(kind: type) -> dict[str, Any]:
    parameters = inspect.signature(kind.__init__).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def _holds(value: Any, inner: dict[str, Any]) -> bool:
    if not isinstance(value, list | tuple):
        return False
    return any(
        isinstance(item, tuple) and any(p is q for p in item for q in inner.values())
        for item in value
    )


def show(value: Any) -> str:
    """Return a value as Python writes it, without an address and not too long."""
    if inspect.isroutine(value) or isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}".removeprefix("builtins.")
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."


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
