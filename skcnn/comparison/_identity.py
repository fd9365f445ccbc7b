"""Content to a short text, equal in every process: the key of a stored result."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from functools import partial, singledispatch
from os import PathLike
from pathlib import Path
from stat import S_ISREG
from types import CodeType, FunctionType, MethodType

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.utils import _safe_indexing

from skcnn.comparison._code import PLAIN, class_parts, function_parts, name_of
from skcnn.comparison._keras_parts import keras_parts
from skcnn.training.state import NetworkState

# Bytes of a digest: results by the billion would not meet.
_DIGEST_BYTES = 16

# Parameters that change no result, only where and how it is computed.
_WITHOUT_EFFECT = frozenset({"memory", "n_jobs", "verbose", "checkpoint_dir"})

# Arrays that are not contiguous are read in pieces of about this many bytes.
_CHUNK_BYTES = 2**24


def digest_of(*values: object) -> str:
    """Return one text for the content of values, 32 hexadecimal digits.

    Estimators are their class and parameters, deep; functions their name, their code,
    what they enclose and the constants they read; classes their members; arrays and
    frames their type, shape and bytes; networks of Keras their settings and weights;
    any other object is what pickle would keep of it. What cannot be told is new at
    every call.
    """
    hasher = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    _write(values, hasher.update, ())
    return hasher.hexdigest()


def digest_of_data(X, codes: np.ndarray, classes: np.ndarray) -> str:
    """Return one text for images and labels, the same for int32 and int64.

    Images that are paths are also the size and the time of their files.
    """
    return digest_of(X, _stamps(X), codes.astype(np.int64), classes.tolist())


def _stamps(X) -> list:
    if np.asarray(_safe_indexing(X, [0])).dtype.kind not in "OU":
        return []
    return [_stamp(path) for path in np.ravel(np.asarray(X, dtype=object))]


def _stamp(path) -> tuple[int, int] | None:
    """Return size and time of a file; None for what is none."""
    if not isinstance(path, (str, PathLike)):
        return None
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns) if S_ISREG(status.st_mode) else None


def _write(value: object, update: Callable, holders: tuple[int, ...]) -> None:
    """Give the content of an object to ``update``, piece by piece.

    ``holders`` are the ids of the objects around it, one of which may be itself.
    """
    if id(value) in holders:
        value = f"the holder {len(holders) - holders.index(id(value))} steps above"
    if isinstance(value, PLAIN):
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
        return [type(value), effective, _stamp(effective.get("weights"))]
    try:
        return keras_parts(value) if hasattr(value, "get_config") else _pickled(value)
    except NotImplementedError:  # nobody can tell what it consists of
        return [name_of(type(value)), uuid.uuid4().hex]


def _pickled(value) -> list:
    try:
        reduced = value.__reduce_ex__(4)
    except TypeError:  # a lock, an open file: nothing that decides a result
        return [name_of(type(value))]
    if isinstance(reduced, str):
        return [name_of(type(value)), reduced]
    make, arguments, *state = reduced
    # What is left are a state and iterators of items, or None.
    rest = [list(s) if hasattr(s, "__next__") else s for s in state]
    return [name_of(type(value)), make, arguments, *rest]


@_parts.register
def _(value: FrozenEstimator) -> list:
    return [FrozenEstimator, value.estimator.__reduce_ex__(4)]


@_parts.register
def _(value: NetworkState) -> list:
    # Its token is another one after each load, of the same weights.
    return [value.weights, value.scaling, value.optimizer, value.seeds]


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
    return class_parts(value)


@_parts.register
def _(value: FunctionType) -> list:
    return function_parts(value)


@_parts.register
def _(value: CodeType) -> list:
    return [value.co_code, value.co_names, value.co_consts]


@_parts.register
def _(value: MethodType) -> list:
    return [value.__func__, value.__self__]


@_parts.register
def _(value: partial) -> list:
    return [value.func, value.args, value.keywords]
