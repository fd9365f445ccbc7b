"""Content to a short text, equal in every process: the key of a stored result."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial, singledispatch
from types import CodeType, FunctionType, MethodType

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator

# Bytes of a digest: results by the billion would not meet.
_DIGEST_BYTES = 16

# Parameters that change no result, only where and how it is computed.
_WITHOUT_EFFECT = frozenset({"memory", "n_jobs", "verbose", "checkpoint_dir"})

# Packages whose code is known by its version; that of all others is read.
_KNOWN = frozenset({"builtins", "numpy", "pandas", "scipy", "sklearn", "skcnn"})
_KNOWN |= {"keras", "tensorflow", "scikeras"}

_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))

# Arrays that are not contiguous are read in pieces of about this many bytes.
_CHUNK_BYTES = 2**24


def digest_of(*values: object) -> str:
    """Return one text for the content of values, 32 hexadecimal digits.

    Estimators are their class and parameters, deep; functions their name, their code
    and what they enclose; arrays and frames their type, shape and bytes; any other
    object is what pickle would keep of it.
    """
    hasher = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    _write(values, hasher.update, ())
    return hasher.hexdigest()


def _write(value: object, update: Callable, holders: tuple[int, ...]) -> None:
    """Give the content of an object to ``update``, piece by piece.

    ``holders`` are the ids of the objects around it, one of which may be itself.
    """
    if id(value) in holders:
        value = f"the holder {len(holders) - holders.index(id(value))} steps above"
    if isinstance(value, _PLAIN):
        _mark(update, type(value).__name__, repr(value))
    elif isinstance(value, np.ndarray) and value.dtype.kind not in "OT":
        _mark(update, "array", value.dtype.str, str(value.shape))
        for chunk in _chunks(value):
            update(chunk)
    else:
        kind, parts = type(value).__name__, _parts(value)
        _mark(update, kind, str(len(parts)))
        for part in parts:
            _write(part, update, (*holders, id(value)))


def _mark(update: Callable, *texts: str) -> None:
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        update(b"%d:%b;" % (len(content), content))


def _chunks(array: np.ndarray):
    """Return the bytes of an array, without a copy of the whole."""
    if array.flags.c_contiguous:
        # A view of bytes, since not every type has a buffer.
        return [array.reshape(-1).view(np.uint8).data] if array.size else []
    step = max(1, _CHUNK_BYTES // max(1, array[:1].nbytes))
    starts = range(0, len(array), step)
    return (array[start : start + step].tobytes() for start in starts)


@singledispatch
def _parts(value) -> list:
    """Return what an object consists of: by its parameters, or as pickle sees it."""
    if hasattr(value, "get_params"):
        params = value.get_params(deep=False).items()
        effective = {name: p for name, p in params if name not in _WITHOUT_EFFECT}
        return [type(value), effective]
    if hasattr(value, "get_config"):
        return [type(value), _without_counts(value.get_config())]
    try:
        reduced = value.__reduce_ex__(4)
    except TypeError:  # a lock, an open file: nothing that decides a result
        return [_name(type(value))]
    if isinstance(reduced, str):
        return [_name(type(value)), reduced]
    make, arguments, *state = reduced
    # What is left are a state and iterators of items, or None.
    rest = [list(s) if hasattr(s, "__next__") else s for s in state]
    return [_name(type(value)), make, arguments, *rest]


def _without_counts(config):
    """Drop what Keras counts up as it makes objects: "random_flip_2"."""
    if isinstance(config, dict):
        return {
            name: re.sub(r"_\d+$", "", part)
            if name == "name" and isinstance(part, str)
            else _without_counts(part)
            for name, part in config.items()
        }
    if isinstance(config, (list, tuple)):
        return [_without_counts(part) for part in config]
    return config


@_parts.register
def _(value: FrozenEstimator) -> list:
    return [FrozenEstimator, value.estimator.__reduce_ex__(4)]


@_parts.register(list)
@_parts.register(tuple)
def _(value) -> list:
    return list(value)


@_parts.register
def _(value: np.ndarray) -> list:
    return [str(value.shape), *value.ravel().tolist()]


@_parts.register(set)
@_parts.register(frozenset)
def _(value) -> list:
    return sorted(map(digest_of, value))


@_parts.register
def _(value: Mapping) -> list:
    pairs = {digest_of(name): content for name, content in value.items()}
    return [part for name in sorted(pairs) for part in (name, pairs[name])]


@_parts.register(pd.DataFrame)
def _(value) -> list:
    return [list(value.columns), *(value[name].to_numpy() for name in value.columns)]


@_parts.register
def _(value: pd.Series) -> list:
    return [value.to_numpy()]


@_parts.register
def _(value: type) -> list:
    """Return a class' name, and its functions where no version stands for them."""
    own = [cls for cls in value.__mro__ if _package(cls) not in _KNOWN]
    functions = [
        member
        for cls in own
        for _, member in sorted(vars(cls).items())
        if isinstance(member, FunctionType)
    ]
    return [_name(value), *functions]


@_parts.register
def _(value: FunctionType) -> list:
    if _package(value) in _KNOWN:
        return [_name(value)]
    cells = [cell.cell_contents for cell in value.__closure__ or () if _is_full(cell)]
    defaults = [value.__defaults__, value.__kwdefaults__]
    return [_name(value), value.__code__, *defaults, *cells]


def _is_full(cell) -> bool:
    try:
        cell.cell_contents  # noqa: B018  (asking is the test)
    except ValueError:
        return False
    return True


@_parts.register
def _(value: CodeType) -> list:
    return [value.co_code, value.co_names, value.co_consts]


@_parts.register
def _(value: MethodType) -> list:
    return [value.__func__, value.__self__]


@_parts.register
def _(value: partial) -> list:
    return [value.func, value.args, value.keywords]


def _package(thing) -> str:
    return str(thing.__module__).partition(".")[0]


def _name(thing) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"
