"""What functions and classes of the user's own consist of."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType

import numpy as np

# Packages whose code is known by its version; that of all others is read.
_KNOWN = frozenset({"builtins", "numpy", "pandas", "scipy", "sklearn", "skcnn"})
_KNOWN |= {"keras", "tensorflow", "scikeras"}

# What is equal where its text is.
PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))


def class_parts(value: type) -> list:
    """Return a class' name, and its members where no version stands for them."""
    own = [cls for cls in value.__mro__ if _package(cls) not in _KNOWN]
    return [name_of(value), *(part for cls in own for part in _members(cls))]


def _members(cls: type) -> Iterator:
    for name, member in sorted(vars(cls).items()):
        is_python = name.startswith("__") and not isinstance(member, FunctionType)
        if not is_python and name != "_abc_impl":
            yield from (name, *_unwrapped(member))


def _unwrapped(member) -> tuple:
    if isinstance(member, (staticmethod, classmethod)):
        return type(member).__name__, member.__func__
    if isinstance(member, property):
        return member.fget, member.fset, member.fdel
    return (member,)


def function_parts(value: FunctionType) -> list:
    """Return name, code, defaults, what is enclosed, and constants of the module."""
    if _package(value) in _KNOWN:
        return [name_of(value)]
    cells = [cell.cell_contents for cell in value.__closure__ or () if _is_full(cell)]
    defaults = [value.__defaults__, value.__kwdefaults__]
    around = value.__globals__
    constants = {
        name: around[name]
        for name in set(_names(value.__code__))
        if name in around and _is_constant(around[name])
    }
    return [name_of(value), value.__code__, *defaults, *cells, constants]


def _is_full(cell) -> bool:
    try:
        cell.cell_contents  # noqa: B018  (asking is the test)
    except ValueError:
        return False
    return True


def _names(code: CodeType) -> Iterator[str]:
    """Give the names that code and the functions in it look up."""
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names(part)


def _is_constant(value) -> bool:
    if isinstance(value, dict):
        return _is_constant([*value, *value.values()])
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(_is_constant, value))
    is_array = isinstance(value, np.ndarray) and value.dtype.kind != "O"
    return is_array or isinstance(value, (*PLAIN, np.generic))


def name_of(thing) -> str:
    """Return the full name of a class or function."""
    return f"{thing.__module__}.{thing.__qualname__}"


def _package(thing) -> str:
    return str(thing.__module__).partition(".")[0]
