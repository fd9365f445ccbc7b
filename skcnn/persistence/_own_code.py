"""The user's own code: what a file cannot hold, and its place until it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MethodType

import numpy as np


@dataclass(frozen=True)
class OwnCode:
    """Stands in a loaded estimator where the user's own function or object was.

    Predictions do not need it; whatever else is done with it says how it is given.

    Attributes
    ----------
    name : str
        The parameter, as ``set_params`` of what was saved knows it.
    what : str
        Describes what it was.
    """

    name: str
    what: str

    def __repr__(self) -> str:
        return f"<{self.what}, not in the file; see skcnn.load>"

    def __call__(self, *args, **kwargs):
        """Stand in the place of a function until one is really needed."""
        raise ValueError(
            f"{self.name} was {self.what}: your own code, which a file of skcnn does "
            f"not hold. Pass it: skcnn.load(path, {self.name}=...), or "
            f"set_params({self.name}=...)."
        )


def describe(thing) -> str:
    """Say what an object is: "the function 'build' of the module 'mine'"."""
    if isinstance(thing, OwnCode):
        return thing.what
    sort, named = "an object of the class", type(thing)
    if isinstance(thing, type):
        sort, named = "the class", thing
    elif hasattr(thing, "__qualname__"):
        sort, named = "the function", thing
    return f"{sort} {named.__qualname__!r} of the module {named.__module__!r}"


def all_in(value, enters: Callable[[object], bool] = lambda one: True) -> Iterator:
    """Yield a value and all that it holds, each once.

    ``enters`` tells whether to look into a value.
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
