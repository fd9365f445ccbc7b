"""Kinds of plain values: tuples, dicts, arrays, tables, paths, random states."""

from __future__ import annotations

from pathlib import Path, PurePath

import numpy as np
import pandas as pd

from skcnn.persistence._archive import is_plain
from skcnn.persistence._codec import Kind, get

_SCALARS = (str, int, float, bool, type(None))
_TYPES = {name: getattr(np, name) for name in ("float32", "float64")}


def _encode_tuple(value, encoder, at):
    return {"items": encoder.encode(list(value), at)}


def _decode_tuple(node, decoder):
    return tuple(decoder.decode(get(node, "items", list)))


def _encode_dict(value, encoder, at):
    return {
        "items": [
            [encoder.encode(key, at), encoder.encode(one, (*at, str(key)))]
            for key, one in value.items()
        ]
    }


def _decode_dict(node, decoder):
    pairs = [decoder.decode(pair) for pair in get(node, "items", list)]
    try:
        return dict(pairs)
    except (TypeError, ValueError):
        raise ValueError("holds a dict whose items are no pairs") from None


def _decode_float(node, decoder):
    del decoder
    text = get(node, "value", str)
    if text not in ("nan", "inf", "-inf"):
        raise ValueError(f"holds {text!r} where a number should be")
    return float(text)


def _fits_array(value):
    if type(value) is not np.ndarray:
        return False
    if value.dtype == object:
        return all(isinstance(one, _SCALARS) for one in value.flat)
    return is_plain(value)


def _encode_array(value, encoder, at):
    if value.dtype == object:
        items = encoder.encode(value.ravel().tolist(), at)
        return {"shape": list(value.shape), "items": items}
    return {"file": encoder.put_array(value, at)}


def _decode_array(node, decoder):
    if "items" not in node:
        return decoder.array(node)
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
    return {
        "columns": columns,
        "index": encoder.encode(value.index.tolist(), at),
        "index_name": value.index.name,
    }


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


def _encode_state(value, encoder, at):
    return {"state": encoder.encode(value.get_state(legacy=False), at)}


def _fits_state(value):
    is_one = type(value) is np.random.RandomState
    return is_one and value.get_state(legacy=False)["bit_generator"] == "MT19937"


def _decode_state(node, decoder):
    state = np.random.RandomState(0)
    try:
        state.set_state(decoder.decode(node.get("state")))
    except (TypeError, KeyError) as error:
        raise ValueError(f"holds a random state that is none: {error}") from None
    return state


def _decode_type(node, decoder):
    del decoder
    name = get(node, "name", str)
    if name not in _TYPES:
        raise ValueError(f"holds the unknown type {name!r}")
    return _TYPES[name]


PLAIN_KINDS = (
    Kind("tuple", lambda v: type(v) is tuple, _encode_tuple, _decode_tuple),
    Kind("dict", lambda v: type(v) is dict, _encode_dict, _decode_dict),
    Kind("float", lambda v: False, None, _decode_float),  # written by the encoder
    Kind("array", _fits_array, _encode_array, _decode_array),
    Kind("table", _fits_frame, _encode_frame, _decode_frame),
    Kind("random_state", _fits_state, _encode_state, _decode_state),
    Kind(
        "path",
        lambda v: isinstance(v, PurePath),
        lambda value, encoder, at: {"value": str(value)},
        lambda node, decoder: Path(get(node, "value", str)),
    ),
    Kind(
        "numpy",
        lambda v: isinstance(v, type) and v in _TYPES.values(),
        lambda value, encoder, at: {"name": value.__name__},
        _decode_type,
    ),
)
