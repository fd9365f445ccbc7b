"""Arguments: those of a build function, and those that take one of a few words."""

from __future__ import annotations

import inspect
from collections.abc import Sequence


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


def check_option(name: str, value: object, known: Sequence[str]) -> None:
    """Raise if `value` is none of the words in `known`.

    Parameters
    ----------
    name : str
        The argument, as the user writes it.
    value : object
        What the user passed for it.
    known : sequence of str
        All allowed words.

    Raises
    ------
    ValueError
        If `value` is none of them; the message lists them.

    Examples
    --------
    >>> check_option("split", "train", ("train", "test"))
    """
    if not isinstance(value, str) or value not in known:
        words = ", ".join(map(repr, known))
        raise ValueError(f"{name} must be one of {words}; got {name}={value!r}.")
