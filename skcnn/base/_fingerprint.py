"""The one fingerprint: content to a short text, equal in every process."""

from __future__ import annotations

import copyreg
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import partial, singledispatch
from hashlib import blake2b
from os import PathLike
from pathlib import Path
from stat import S_ISREG
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
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

from skcnn.base._code import (
    class_parts,
    code_parts,
    function_parts,
    home_of,
    is_known,
    known_name,
    module_parts,
)
from skcnn.base._keras import is_keras, keras_parts

# Bytes of a digest: results by the billion would not meet.
_DIGEST_BYTES = 16

# Parameters that change no result, only where and how it is computed.
_WITHOUT_EFFECT = frozenset({"memory", "n_jobs", "verbose", "checkpoint_dir"})

# Arrays that are not contiguous are read in pieces of about this many bytes.
_CHUNK_BYTES = 2**24

# An object that makes new ones each time that it is looked at has no end.
_MAX_OBJECTS = 10**6

# They decide who waits, and no result.
_LOCKS = (
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Condition,
    threading.Event,
    threading.Semaphore,
    threading.local,
)


class NoFingerprint(ValueError):
    """Something has no content that can be told; the text says what and where."""


def fingerprint(*values: object) -> str:
    """Return one text for the content of values, 32 hexadecimal digits.

    Equal content has the same text in every process.

    - Arrays, frames, numbers and texts are their type and content. Sets and dicts have
      no order, as ``==`` has it; an ``OrderedDict`` has one.
    - Functions are their code, defaults and closure, and the globals that they use,
      wherever they are defined. Classes are their members and bases. What Python, an
      installed package or skcnn itself defines is its name and version.
    - Estimators are their class and the parameters that decide results.
    - Objects of Keras are their class, their settings, and the functions and weights
      that they hold; those of a user's class are all that they hold. Numbers that Keras
      counts up in names are left out, and the running state of metrics and optimizers.
    - Any other object is what pickle would keep of it.

    Raises
    ------
    NoFingerprint
        For what cannot be told: iterators, open files, sockets, threads, ...

    Examples
    --------
    >>> fingerprint(lambda rate: rate * 2) == fingerprint(lambda rate: rate * 3)
    False
    """
    root = _Node(values, None, "")
    _expand(root)
    return _digest(root).hex()


class _Node:
    """An object on the way to its digest."""

    __slots__ = ("children", "digest", "edge", "has_order", "index", "parent", "value")

    def __init__(self, value, parent, edge):
        self.value = value
        self.parent = parent
        self.edge = edge
        self.children = []
        self.has_order = True
        self.index = None
        self.digest = None

    def place(self) -> str:
        """Say where it is: "callbacks[0].stream"."""
        edges, node = [], self
        while node.parent is not None:
            edges.append(node.edge)
            node = node.parent
        return "".join(reversed(edges[:-1])).lstrip(".")


# --- what there is ------------------------------------------------------------------


def _expand(root: _Node) -> None:
    """Find all that is held by the root; every object once, however often held."""
    seen = {id(root.value): root}
    todo = [root]
    while todo:
        node = todo.pop()
        for edge, part in _described(node):
            node.children.append(edge.encode("utf-8", "surrogatepass"))
            encode = _PLAIN.get(type(part))
            if encode is not None:
                node.children.append(encode(part))
                continue
            child = seen.get(id(part))
            if child is None:
                child = seen[id(part)] = _Node(part, node, edge)
                todo.append(child)
            node.children.append(child)
        if len(seen) > _MAX_OBJECTS:
            raise NoFingerprint(f"{root.place()} holds too many objects")


def _described(node: _Node) -> list[tuple[str, object]]:
    """Return the parts of an object by name, the first of which is its kind."""
    value = node.value
    try:
        kind, parts = _parts(value)
    except NoFingerprint as error:
        place, what = node.place(), f"{type(value).__name__!r} object"
        raise NoFingerprint(f"{place or 'It'} is a {what}: {error}") from None
    node.has_order = kind not in ("set", "dict")
    return [("", kind), *parts]


def _plain(kind: bytes, text) -> bytes:
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return b"%b%d:%b" % (kind, len(content), content)


# What is equal where its text is; by the exact type, so that a subclass is not taken
# for it.
_PLAIN = {
    bool: lambda value: b"T" if value else b"F",
    int: lambda value: _plain(b"i", f"{value:x}"),
    float: lambda value: _plain(b"f", value.hex()),
    complex: lambda value: _plain(b"c", repr(value)),
    str: lambda value: _plain(b"s", value),
    bytes: lambda value: _plain(b"b", value),
    type(None): lambda value: b"N",
    type(...): lambda value: b"E",
    type(NotImplemented): lambda value: b"X",
}


# --- from the leaves to the root ----------------------------------------------------


def _digest(root: _Node) -> bytes:
    """Return the digest of the root, after those of all that it holds.

    Tarjan's algorithm, without recursion: objects that hold each other, such as two
    functions that call each other, get their digests together.
    """
    order, lowest, path = [], {}, [(root, iter(root.children))]
    count = 0
    root.index = lowest[root] = count
    order.append(root)
    while path:
        node, rest = path[-1]
        for child in rest:
            if type(child) is bytes or child.digest is not None:
                continue
            if child.index is None:
                count += 1
                child.index = lowest[child] = count
                order.append(child)
                path.append((child, iter(child.children)))
                break
            lowest[node] = min(lowest[node], child.index)
        else:
            path.pop()
            if path:
                above = path[-1][0]
                lowest[above] = min(lowest[above], lowest[node])
            if lowest[node] == node.index:
                together = [order.pop()]
                while together[-1] is not node:
                    together.append(order.pop())
                _finish(together[::-1])
    return root.digest


def _finish(nodes: list[_Node]) -> None:
    """Give their digests to objects that hold each other, or to a single one."""
    numbers = {node: b"#%d" % number for number, node in enumerate(nodes)}
    whole = blake2b(digest_size=_DIGEST_BYTES)
    for node in nodes:
        parts = [
            part if type(part) is bytes else part.digest or numbers[part]
            for part in node.children
        ]
        pairs = [b"%d:%b=%b;" % (len(e), e, p) for e, p in _pairs(parts)]
        whole.update(b"".join(pairs if node.has_order else sorted(pairs)))
        whole.update(b"|")
    common = whole.digest()
    for node in nodes:
        node.digest = common
        if len(nodes) > 1:
            own = common + numbers[node]
            node.digest = blake2b(own, digest_size=_DIGEST_BYTES).digest()


def _pairs(parts: list) -> Iterator:
    return zip(parts[::2], parts[1::2], strict=True)


# --- the kinds of objects -----------------------------------------------------------


@singledispatch
def _parts(value) -> tuple[str, list[tuple[str, object]]]:
    """Return the kind of an object, and its parts by name."""
    if isinstance(value, _LOCKS):
        return "lock", []
    if isinstance(value, threading.Thread):
        raise NoFingerprint("a thread has no content")
    if hasattr(value, "__fingerprint__"):
        return "object", [("class", type(value)), ("", value.__fingerprint__())]
    if hasattr(value, "get_params"):
        return _estimator_parts(value)
    if is_keras(type(value)):
        return "Keras", keras_parts(value)
    if isinstance(value, (list, dict)):  # a wrapper around one says so
        return _parts(list(value) if isinstance(value, list) else dict(value))
    return "object", _pickled(value)


def _estimator_parts(value) -> tuple[str, list]:
    params = sorted(value.get_params(deep=False).items())
    parts = [(name, part) for name, part in params if name not in _WITHOUT_EFFECT]
    file = stamp(dict(parts).get("weights"))
    return "estimator", [("class", type(value)), *parts, ("file", file)]


def _pickled(value) -> list:
    cls = type(value)
    if isinstance(value, Iterator) and is_known(cls.__module__):
        raise NoFingerprint("what it will give cannot be told")
    reduce = copyreg.dispatch_table.get(cls)
    try:
        reduced = reduce(value) if reduce else value.__reduce_ex__(4)
    # A class may raise what it likes.
    except Exception as error:
        raise NoFingerprint(str(error) or type(error).__name__) from None
    if isinstance(reduced, str):
        return _global_parts(value, reduced)
    make, arguments, state, items, pairs, *_ = (*reduced, None, None, None)
    parts = [("class", cls), ("", make), ("", arguments)]
    parts += _state_parts(state)
    return [*parts, *_sequence(items or ()), *_mapping(list(pairs or ()))]


def _state_parts(state) -> list:
    if isinstance(state, dict):
        return [(f".{name}", part) for name, part in sorted(state.items(), key=_text)]
    if isinstance(state, tuple) and len(state) == 2:  # of a class with slots
        return [part for one in state for part in _state_parts(one)]
    return [] if state is None else [("", state)]


def _text(pair) -> str:
    return str(pair[0])


def _global_parts(value, name: str) -> list:
    """Describe what pickle would only name: by its name where that leads back to it."""
    known = known_name(value, getattr(value, "__module__", None), name)
    if known is not None:
        return [("", known)]
    wrapped = getattr(value, "__wrapped__", None)
    if wrapped is None:
        raise NoFingerprint("it is known only by a name that does not lead to it")
    return [("class", type(value)), (".__wrapped__", wrapped)]


def _sequence(values) -> list:
    return [(f"[{number}]", part) for number, part in enumerate(values)]


def _mapping(pairs) -> list:
    """Return the items of a mapping; keys that are no text are parts themselves."""
    return [
        (f"[{key!r}]", part) if type(key) is str else ("", _Item((key, part)))
        for key, part in pairs
    ]


class _Item(tuple):
    """A key and its value."""


@_parts.register
def _(value: _Item) -> tuple:
    return "item", [("", value[0]), (f"[{_key_text(value[0])}]", value[1])]


def _key_text(key) -> str:
    return repr(key) if type(key) in _PLAIN else type(key).__name__


@_parts.register(list)
@_parts.register(tuple)
def _(value) -> tuple:
    kind = "list" if isinstance(value, list) else "tuple"
    if type(value) in (list, tuple) or _is_wrapper(type(value)):
        return kind, _sequence(value)
    return kind, [("class", type(value)), *_sequence(value), *_state_of(value)]


def _is_wrapper(cls: type) -> bool:
    """Tell whether a list or dict is one of Keras or TensorFlow, which note changes."""
    return str(cls.__module__).partition(".")[0] in ("keras", "tensorflow")


def _state_of(value) -> list:
    """Return what an object of a subclass of list, dict, ... holds besides."""
    return _state_parts(getattr(value, "__dict__", None))


@_parts.register(set)
@_parts.register(frozenset)
def _(value) -> tuple:
    return "set", [("class", type(value)), *(("", part) for part in value)]


def _name_in_order(pair) -> str:
    return pair[0] if type(pair[0]) is str else ""


@_parts.register
def _(value: Mapping) -> tuple:
    # Pairs by name come in one order, so that the first way into a cycle is one too.
    pairs = sorted(value.items(), key=_name_in_order)
    if type(value) is dict or _is_wrapper(type(value)):
        return "dict", _mapping(pairs)
    return "dict", [("class", type(value)), *_mapping(pairs), *_state_of(value)]


@_parts.register
def _(value: OrderedDict) -> tuple:
    return "OrderedDict", [*_mapping(value.items()), *_state_of(value)]


@_parts.register
def _(value: np.ndarray) -> tuple:
    if type(value) not in (np.ndarray, np.memmap):
        return "object", _pickled(value)
    parts = [("", str(value.dtype)), ("", str(value.shape))]
    if value.dtype.hasobject or value.dtype.kind == "T" or value.dtype.names:
        return "array", [*parts, *_sequence(value.ravel().tolist())]
    hasher = blake2b(digest_size=_DIGEST_BYTES)
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


@_parts.register
def _(value: np.generic) -> tuple:
    return "number", [("", str(value.dtype)), ("", value.tobytes())]


@_parts.register(pd.DataFrame)
def _(value) -> tuple:
    columns = [(f"[{name!r}]", value.iloc[:, n]) for n, name in enumerate(value)]
    return "frame", [("", list(value.columns)), *columns]


@_parts.register(pd.Series)
def _(value) -> tuple:
    return "series", [("", str(value.dtype)), ("", value.to_numpy())]


@_parts.register
def _(value: PathLike) -> tuple:
    return "path", [("class", type(value)), ("", value.__fspath__())]


@_parts.register
def _(value: FrozenEstimator) -> tuple:
    return "frozen", [(".estimator", _Fitted((value.estimator,)))]


class _Fitted(tuple):
    """An estimator that is all that it holds, not its parameters alone."""


@_parts.register
def _(value: _Fitted) -> tuple:
    return "fitted", _pickled(value[0])


@_parts.register
def _(value: ModuleType) -> tuple:
    return "module", module_parts(value)


@_parts.register
def _(value: type) -> tuple:
    return "class", class_parts(value)


@_parts.register
def _(value: FunctionType) -> tuple:
    return "function", function_parts(value)


@_parts.register
def _(value: CodeType) -> tuple:
    return "code", code_parts(value)


@_parts.register(staticmethod)
@_parts.register(classmethod)
def _(value) -> tuple:
    return type(value).__name__, [("", value.__func__)]


@_parts.register
def _(value: property) -> tuple:
    return "property", [("", value.fget), ("", value.fset), ("", value.fdel)]


@_parts.register
def _(value: MethodType) -> tuple:
    return "method", [(".__func__", value.__func__), (".__self__", value.__self__)]


@_parts.register(BuiltinFunctionType)
@_parts.register(MethodWrapperType)
def _(value) -> tuple:
    owner = value.__self__
    is_of_module = owner is None or isinstance(owner, ModuleType)
    own = ("", home_of(value)) if is_of_module else (".__self__", owner)
    return "builtin", [("", value.__qualname__), own]


@_parts.register(WrapperDescriptorType)
@_parts.register(MethodDescriptorType)
@_parts.register(ClassMethodDescriptorType)
@_parts.register(GetSetDescriptorType)
@_parts.register(MemberDescriptorType)
def _(value) -> tuple:
    return "descriptor", [("", value.__name__), ("class", value.__objclass__)]


@_parts.register
def _(value: partial) -> tuple:
    called = [("", value.func), ("", value.args), ("", dict(value.keywords))]
    return "partial", [("class", type(value)), *called, *_state_of(value)]


def stamp(path) -> tuple[int, int] | None:
    """Return size and time of a file; None for what is none."""
    if not isinstance(path, (str, PathLike)):
        return None
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns) if S_ISREG(status.st_mode) else None
