"""Settings of an estimator and of what is inside it: those changed, and the rest."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


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
        if "__" not in name and is_estimator(value)
    }


def is_estimator(value: Any) -> bool:
    """Whether a value is an estimator, and no class of them."""
    return hasattr(value, "get_params") and not isinstance(value, type)


def _settings(estimator: Any, prefix: str) -> Iterator[Setting]:
    inner = parts(estimator)
    defaults = _defaults(type(estimator))
    for name, value in estimator.get_params(deep=False).items():
        # A list of steps says again what the steps say.
        if name in inner or _holds(value, inner):
            continue
        text, default = _show(value), defaults.get(name, inspect.Parameter.empty)
        yield Setting(prefix + name, text, text == _show(default))
    for name, part in inner.items():
        # Of a pipeline, the heading has the classes.
        if not hasattr(estimator, "steps"):
            yield Setting(prefix + name, type(part).__name__, False)
        yield from _settings(part, f"{prefix}{name}__")


def _show(value: Any) -> str:
    """Return a value as Python writes it, without an address."""
    if inspect.isroutine(value) or isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}".removeprefix("builtins.")
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


def _defaults(kind: type) -> dict[str, Any]:
    parameters = inspect.signature(kind.__init__).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def _holds(value: Any, inner: dict[str, Any]) -> bool:
    if not isinstance(value, list | tuple):
        return False
    return any(
        isinstance(item, tuple) and any(p is q for p in item for q in inner.values())
        for item in value
    )
