"""Values to JSON and back, by a closed list of kinds; the plain ones are here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple

import numpy as np
import pandas as pd

from skcnn.persistence._archive import Reader, is_plain
from skcnn.persistence._own_code import OwnCode, describe


class Unknown(TypeError):
    """A value of a type that no kind takes."""


class Kind(NamedTuple):
    """One kind of value, as ``{"type": name, ...}`` in the file.

    Attributes
    ----------
    name : str
    fits : callable
        ``fits(value)`` tells whether the value is of this kind.
    encode : callable
        ``encode(value, encoder, at)`` returns what is noted: a dict of JSON.
    decode : callable
        ``decode(node, decoder)`` returns the value; it trusts nothing in the node.
    """

    name: str
    fits: Callable
    encode: Callable
    decode: Callable


@dataclass
class Encoder:
    """Turn values into JSON; arrays and parts of scikit-learn are put aside.

    ``at`` is the way to a value: the names of parameters and attributes.
    """

    kinds: tuple[Kind, ...]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    learners: list = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    own: dict[str, list] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    _members: dict[int, str] = field(default_factory=dict)

    def encode(self, value, at: tuple[str, ...]):
        """Return a value as JSON; raise Unknown for one of no kind."""
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or type(value) in (bool, int, str):
            return value
        if isinstance(value, float) and math.isfinite(value):
            return float(value)
        if type(value) is list:
            return [self.encode(v, (*at, str(n))) for n, v in enumerate(value)]
        for kind in self.kinds:
            if kind.fits(value):
                return {"type": kind.name, **kind.encode(value, self, at)}
        raise Unknown(f"{'.'.join(at)} is {describe(value)}")

    def encode_parameter(self, value, at: tuple[str, ...]):
        """Return a parameter as JSON; what no kind takes is noted as own code."""
        n_arrays, n_learners = len(self.arrays), len(self.learners)
        try:
            return self.encode(value, at)
        except Unknown:
            del self.learners[n_learners:]
            self.numbers = {i: n for i, n in self.numbers.items() if n < n_learners}
            for member in list(self.arrays)[n_arrays:]:
                self._members.pop(id(self.arrays.pop(member)))
            name = "__".join(at)
            self.own.setdefault(name, []).append(value)
            return {"type": "own", "name": name, "what": describe(value)}

    def put_array(self, array: np.ndarray, at: tuple[str, ...]) -> str:
        """Put an array aside, the same one once, and return its member's name."""
        if id(array) not in self._members:
            member = f"arrays/{len(self.arrays):04d}-{'.'.join(at)}.npy"
            self._members[id(array)] = member
            self.arrays[member] = array
        return self._members[id(array)]


@dataclass
class Decoder:
    """Turn JSON back into values.

    Attributes
    ----------
    given : dict
        The user's own code, by the names of parameters.
    missing : dict
        What each of them was, of all that the file does not hold.
    learners : list or None
        Parts of scikit-learn, once they are read.
    params : dict
        Parameters of the estimator that is being decoded.
    """

    kinds: dict[str, Kind]
    archive: Reader
    given: dict[str, object]
    missing: dict[str, str] = field(default_factory=dict)
    learners: list | None = None
    params: dict = field(default_factory=dict)
    _arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def decode(self, node):
        """Return the value of a node; a ValueError says what is wrong with one."""
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, list):
            return [self.decode(one) for one in node]
        name = get(node, "type", str)
        if name == "own":
            return self._own(node)
        if name not in self.kinds:
            raise ValueError(f"holds a value of the unknown type {name!r}")
        return self.kinds[name].decode(node, self)

    def _own(self, node):
        name, what = get(node, "name", str), get(node, "what", str)
        self.missing[name] = what
        return self.given.get(name, OwnCode(name, what))

    def array(self, member) -> np.ndarray:
        """Return the array that is a member of the file."""
        if not isinstance(member, str):
            raise ValueError(f"has {member!r} where an array should be named")
        if member not in self._arrays:
            self._arrays[member] = self.archive.read_array(member)
        return self._arrays[member]


def get(node, key: str, kind: type | tuple[type, ...]):
    """Return ``node[key]``, or raise a ValueError where it is not of a type."""
    value = node.get(key) if isinstance(node, dict) else None
    is_right = isinstance(value, kind) and not (
        isinstance(value, bool) and kind is not bool
    )
    if not is_right:
        raise ValueError(f"has {value!r} where {key!r} should be")
    return value


# --- plain kinds ----------------------------------------------------------------------

_SCALARS = (str, int, float, bool, type(None))
_TYPES = {name: getattr(np, name) for name in ("float32", "float64")}


def _encode_tuple(value, encoder, at):
    return {"items": encoder.encode(list(value), at)}


def _decode_tuple(node, decoder):
    return tuple(decoder.decode(get(node, "items", list)))


def _encode_dict(value, encoder, at):
    items = [
        [encoder.encode(key, at), encoder.encode(one, (*at, str(key)))]
        for key, one in value.items()
    ]
    return {"items": items}


def _decode_dict(node, decoder):
    pairs = [decoder.decode(pair) for pair in get(node, "items", list)]
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ValueError("holds a dict whose items are no pairs")
    return dict(pairs)


def _encode_float(value, encoder, at):
    return {"value": repr(float(value))}


def _decode_float(node, decoder):
    text = get(node, "value", str)
    if text not in ("nan", "inf", "-inf"):
        raise ValueError(f"holds {text!r} where a number should be")
    return float(text)


def _fits_array(value):
    if type(value) is not np.ndarray:
        return False
    if value.dtype == object:
        return all(isinstance(one, _SCALARS) for one in value.flat)
    return is_plain(value.dtype)


def _encode_array(value, encoder, at):
    if value.dtype == object:
        items = encoder.encode(value.ravel().tolist(), at)
        return {"shape": list(value.shape), "items": items}
    return {"file": encoder.put_array(value, at)}


def _decode_array(node, decoder):
    if "items" not in node:
        return decoder.array(node.get("file"))
    items = decoder.decode(get(node, "items", list))
    if not all(isinstance(one, _SCALARS) for one in items):
        raise ValueError("holds an array of what is neither text nor numbers")
    array = np.empty(len(items), object)
    array[:] = items
    return array.reshape(get(node, "shape", list))


def _fits_frame(value):
    return (
        type(value) is pd.DataFrame
        and all(isinstance(name, str) for name in value.columns)
        and all(dtype.kind in "biuf" for dtype in value.dtypes)
    )


def _encode_frame(value, encoder, at):
    columns = {
        name: {
            "dtype": value[name].dtype.name,
            "values": encoder.encode(value[name].tolist(), (*at, name)),
        }
        for name in value.columns
    }
    index = encoder.encode(value.index.tolist(), at)
    return {"columns": columns, "index": index, "index_name": value.index.name}


def _decode_frame(node, decoder):
    columns = {}
    for name, column in get(node, "columns", dict).items():
        dtype = np.dtype(get(column, "dtype", str))
        if dtype.kind not in "biuf":
            raise ValueError(f"holds a table with a column of {dtype}")
        values = decoder.decode(get(column, "values", list))
        columns[name] = np.array(values, dtype=dtype)
    name = node.get("index_name")
    index = decoder.decode(get(node, "index", list))
    if index == list(range(1, len(index) + 1)):
        index = pd.RangeIndex(1, len(index) + 1)
    return pd.DataFrame(columns, index=pd.Index(index, name=name))


def _fits_random_state(value):
    is_one = type(value) is np.random.RandomState
    return is_one and value.get_state(legacy=False)["bit_generator"] == "MT19937"


def _encode_random_state(value, encoder, at):
    return {"state": encoder.encode(value.get_state(legacy=False), at)}


def _decode_random_state(node, decoder):
    state = np.random.RandomState(0)
    state.set_state(decoder.decode(node.get("state")))
    return state


def _encode_path(value, encoder, at):
    return {"value": str(value)}


def _decode_path(node, decoder):
    return Path(get(node, "value", str))


def _encode_type(value, encoder, at):
    return {"name": value.__name__}


def _decode_type(node, decoder):
    name = get(node, "name", str)
    if name not in _TYPES:
        raise ValueError(f"holds the unknown type {name!r}")
    return _TYPES[name]


PLAIN_KINDS = (
    Kind("tuple", lambda v: type(v) is tuple, _encode_tuple, _decode_tuple),
    Kind("dict", lambda v: type(v) is dict, _encode_dict, _decode_dict),
    Kind("float", lambda v: isinstance(v, float), _encode_float, _decode_float),
    Kind("array", _fits_array, _encode_array, _decode_array),
    Kind("table", _fits_frame, _encode_frame, _decode_frame),
    Kind(
        "random_state", _fits_random_state, _encode_random_state, _decode_random_state
    ),
    Kind("path", lambda v: isinstance(v, PurePath), _encode_path, _decode_path),
    Kind(
        "numpy",
        lambda v: isinstance(v, type) and v in _TYPES.values(),
        _encode_type,
        _decode_type,
    ),
)
