"""All that a value holds, and what that holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MethodType

import numpy as np


def all_in(value, enters: Callable[[object], bool] = lambda one: True) -> Iterator:
    """Yield a value and all that it holds, each once.

    Parameters
    ----------
    value : object
    enters : callable
        Tells whether to look into a value.
    """
    return _all_in(value, enters, set())


def _all_in(value, enters, seen: set[int]) -> Iterator:
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    for one in _held_by(value) if enters(value) else ():
        yield from _all_in(one, enters, seen)


def _held_by(value) -> list:
    held = list(getattr(value, "__dict__", {}).values())
    if isinstance(value, dict):
        held += [*value, *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        held += value
    elif isinstance(value, np.ndarray) and value.dtype == object:
        held += value.ravel().tolist()
    elif isinstance(value, MethodType):
        held.append(value.__self__)
    return held
