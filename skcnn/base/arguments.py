"""Arguments of a build function, by its signature."""

from __future__ import annotations

import inspect


def arguments_of(function) -> tuple[frozenset[str], bool]:
    """Return the names of a function's arguments, and whether it takes any other.

    A Keras model, which is its own template, and what cannot be called have none.
    """
    if inspect.isclass(function):
        # Keras gives every class a __new__ that takes all, and that hides __init__.
        function = function.__init__
    elif not callable(function) or hasattr(function, "get_config"):
        return frozenset(), False
    parameters = inspect.signature(function).parameters.values()
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    names = {p.name for p in parameters if p.kind in by_name} - {"self"}
    return frozenset(names), any(p.kind is p.VAR_KEYWORD for p in parameters)
