"""What objects of each kind consist of, for a fingerprint."""

from __future__ import annotations

import copyreg
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import partial, singledispatch
from hashlib import blake2b
from operator import itemgetter
from os import PathLike
from pathlib import Path
from stat import S_ISREG
from threading import Thread
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator

from skcnn.base.code import (
    NoFingerprint,
    Part,
    class_parts,
    function_parts,
    global_parts,
    is_known,
    method_parts,
    module_parts,
)
from skcnn.base.keras_content import is_keras, is_wrapper, keras_parts

# Parameters that change no result, only where and how it is computed.
_WITHOUT_EFFECT = frozenset({"memory", "n_jobs", "verbose", "checkpoint_dir"})

# Arrays that are not contiguous are read in pieces of about this many bytes.
_CHUNK_BYTES = 2**24

# They decide who waits, and no result.
_LOCKS = (
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Condition,
    threading.Event,
    threading.Semaphore,
)


def parts_of(value, is_cloned: bool) -> tuple[str, list[Part]]:
    """Return the kind of an object, and its parts with their places.

    Of an estimator that will be cloned, what was fitted decides nothing.
    """
    if hasattr(type(value), "get_params") and hasattr(type(value), "set_params"):
        if is_cloned and not isinstance(value, FrozenEstimator):
            return "estimator", _estimator_parts(value)
        return "object", _pickled(value)
    return _parts_of(value)


@singledispatch
def _parts_of(value) -> tuple[str, list[Part]]:
    cls = type(value)
    if isinstance(value, _LOCKS):
        return "lock", []
    if hasattr(cls, "__fingerprint__"):
        return "object", [("class", cls), ("", value.__fingerprint__())]
    if is_keras(cls):
        return "Keras", keras_parts(value)
    if isinstance(value, (list, dict)):  # a wrapper says that it is one
        return _parts_of(list(value) if isinstance(value, list) else dict(value))
    return "object", _pickled(value)


def _estimator_parts(value) -> list[Part]:
    params = sorted(value.get_params(deep=False).items())
    parts = [(f".{name}", one) for name, one in params if name not in _WITHOUT_EFFECT]
    file = stamp(dict(params).get("weights"))
    return [("class", type(value)), *parts, ("file", file)]


def stamp(path) -> tuple[int, int] | None:
    """Return size and time of a file; None for what is none."""
    if not isinstance(path, (str, PathLike)):
        return None
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns) if S_ISREG(status.st_mode) else None


def _pickled(value) -> list[Part]:
    """Return class, arguments, state and items, as pickle would ask for them."""
    cls = type(value)
    if isinstance(value, (Iterator, Thread)) and is_known(cls.__module__):
        raise NoFingerprint("what it will do cannot be told")
    reduce = copyreg.dispatch_table.get(cls)
    reduced = reduce(value) if reduce else value.__reduce_ex__(4)
    if isinstance(reduced, str):
        return global_parts(value, reduced)
    make, arguments, state, items, pairs, *_ = (*reduced, None, None, None)
    if make is copyreg.__newobj__:
        make, arguments = None, arguments[1:]
    held = [("class", cls), ("", make), ("", arguments), *_state_parts(state)]
    held += enumerate(items or ())
    return held if pairs is None else [*held, ("items", dict(pairs))]


def _state_parts(state) -> list[Part]:
    if isinstance(state, dict):
        pairs = sorted(state.items(), key=lambda pair: str(pair[0]))
        return [(f".{name}", part) for name, part in pairs]
    if isinstance(state, tuple) and len(state) == 2:  # of a class with slots
        return [part for one in state for part in _state_parts(one)]
    return [] if state is None else [("", state)]


@_parts_of.register(list)
@_parts_of.register(tuple)
def _(value) -> tuple[str, list[Part]]:
    kind = "list" if isinstance(value, list) else "tuple"
    if type(value) in (list, tuple) or is_wrapper(type(value)):
        return kind, list(enumerate(value))
    return "object", _pickled(value)


@_parts_of.register
def _(value: dict) -> tuple[str, list[Part]]:
    if type(value) is not dict and not is_wrapper(type(value)):
        return "object", _pickled(value)
    return "dict", _items(value)


@_parts_of.register
def _(value: MappingProxyType) -> tuple[str, list[Part]]:
    return "dict", _items(value)


def _items(mapping: Mapping) -> list[Part]:
    """Return the items of a mapping; texts as keys come in order."""
    named = [(name, part) for name, part in mapping.items() if type(name) is str]
    parts = [(f"[{name!r}]", part) for name, part in sorted(named, key=itemgetter(0))]
    others = [_Item(pair) for pair in mapping.items() if type(pair[0]) is not str]
    return [*parts, ("", _Unordered(others))] if others else parts


class _Item(tuple):
    """A key and its value."""


class _Unordered(list):
    """Items of a mapping."""


@_parts_of.register
def _(value: _Item) -> tuple[str, list[Part]]:
    return "item", [("", value[0]), ("[...]", value[1])]


@_parts_of.register(_Unordered)
@_parts_of.register(set)
@_parts_of.register(frozenset)
def _(value) -> tuple[str, list[Part]]:
    own = [("", (type(value), vars(value)))] if hasattr(value, "__dict__") else []
    return "set", [*(("", part) for part in value), *own]


@_parts_of.register
def _(value: OrderedDict) -> tuple[str, list[Part]]:
    held = [("class", type(value)), ("", list(value.items())), ("", vars(value))]
    return "object", held


@_parts_of.register
def _(value: np.ndarray) -> tuple[str, list[Part]]:
    if type(value) not in (np.ndarray, np.memmap):
        return "object", _pickled(value)
    parts = [("", str(value.dtype)), ("", value.shape)]
    if value.dtype.hasobject or value.dtype.kind == "T" or value.dtype.names:
        return "array", [*parts, *enumerate(value.ravel().tolist())]
    hasher = blake2b(digest_size=16)
    for chunk in _chunks(value):
        hasher.update(chunk)
    return "array", [*parts, ("", hasher.digest())]


def _chunks(array: np.ndarray):
    """Return the bytes of an array, without a copy of the whole."""
    if array.flags.c_contiguous:
        # A view of bytes, since not every type has a buffer.
        return [array.reshape(-1).view(np.uint8).data] if array.size else []
    step = max(1, _CHUNK_BYTES // max(1, array[:1].nbytes))
    starts = range(0, len(array), step)
    return (array[start : start + step].tobytes() for start in starts)


@_parts_of.register
def _(value: np.generic) -> tuple[str, list[Part]]:
    return "number", [("", np.asarray(value))]


@_parts_of.register
def _(value: pd.DataFrame) -> tuple[str, list[Part]]:
    columns = [(number, value.iloc[:, number]) for number in range(value.shape[1])]
    named = [("", list(value.columns)), (".index", value.index.to_numpy())]
    return "frame", [*named, *columns]


@_parts_of.register
def _(value: pd.Series) -> tuple[str, list[Part]]:
    index = (".index", value.index.to_numpy())
    return "series", [("", value.dtype), ("", value.to_numpy()), index]


@_parts_of.register
def _(value: ModuleType) -> tuple[str, list[Part]]:
    return "module", module_parts(value)


@_parts_of.register
def _(value: type) -> tuple[str, list[Part]]:
    return "class", class_parts(value)


@_parts_of.register
def _(value: FunctionType) -> tuple[str, list[Part]]:
    return "function", function_parts(value)


@_parts_of.register(MethodType)
@_parts_of.register(BuiltinFunctionType)
@_parts_of.register(MethodWrapperType)
def _(value) -> tuple[str, list[Part]]:
    return "method", method_parts(value)


@_parts_of.register(staticmethod)
@_parts_of.register(classmethod)
def _(value) -> tuple[str, list[Part]]:
    return type(value).__name__, [("", value.__func__)]


@_parts_of.register
def _(value: property) -> tuple[str, list[Part]]:
    return "property", [("", value.fget), ("", value.fset), ("", value.fdel)]


@_parts_of.register(WrapperDescriptorType)
@_parts_of.register(MethodDescriptorType)
@_parts_of.register(ClassMethodDescriptorType)
@_parts_of.register(GetSetDescriptorType)
@_parts_of.register(MemberDescriptorType)
def _(value) -> tuple[str, list[Part]]:
    return "descriptor", [("", value.__name__), ("", value.__objclass__)]


@_parts_of.register
def _(value: partial) -> tuple[str, list[Part]]:
    arguments = [(".args", value.args), (".keywords", value.keywords)]
    return "partial", [(".func", value.func), *arguments, *_state_parts(vars(value))]
