"""Keras' own parts as values of parameters."""

from __future__ import annotations

import json
from types import FunctionType

from skcnn.base.keras_content import excluded_names
from skcnn.persistence._bounds import check_repeats
from skcnn.persistence._codec import Kind, Unknown, get
from skcnn.persistence._own_code import describe
from skcnn.persistence._walk import all_in
from skcnn.training.keras_parts import (
    FAMILIES,
    check_description,
    find_class,
    started_keras,
)


def _is_keras(module: str) -> bool:
    return module.split(".")[0] == "keras"


def _is_object(value) -> bool:
    return _is_keras(type(value).__module__) and hasattr(value, "get_config")


def _encode_object(value, encoder, at):
    del encoder
    keras = started_keras()
    try:
        if isinstance(value, keras.Model):
            raise TypeError("a whole model")
        if excluded_names(value) is not None:
            raise TypeError("what it excludes from weight decay has no place in a file")
        _check_functions(value)
        description = keras.saving.serialize_keras_object(value)
        description = json.loads(json.dumps(description))
        check_description(description)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise Unknown(f"{'.'.join(at)}: {error}") from error
    return {"description": description}


def _check_functions(value) -> None:
    """Raise for functions that are not Keras' own: it would note their names alone."""
    for one in all_in(value, _holds_parts):
        # Where its code was written: `functools.wraps` hides that from its attributes.
        if isinstance(one, FunctionType) and not _is_keras(one.__globals__["__name__"]):
            raise TypeError(f"it holds {describe(one)}")


def _holds_parts(value) -> bool:
    is_list = isinstance(value, (list, tuple, dict, set))
    return is_list or _is_keras(type(value).__module__)


def _decode_object(node, decoder):
    del decoder
    description = get(node, "description", dict)
    if "class_name" not in description:
        raise ValueError("has a part of Keras without a name")
    check_description(description)
    check_repeats(description)
    return started_keras().saving.deserialize_keras_object(
        _unbuilt(description), safe_mode=True
    )


def _unbuilt(part):
    """Return a description without shapes: it is built when it is used."""
    if isinstance(part, dict):
        return {k: _unbuilt(one) for k, one in part.items() if k != "build_config"}
    return [_unbuilt(one) for one in part] if isinstance(part, list) else part


def _encode_class(value, encoder, at):
    del encoder
    for module in (*FAMILIES, "keras.layers"):
        if find_class(module, value.__name__) is value:
            return {"module": module, "name": value.__name__}
    raise Unknown(f"{'.'.join(at)} is the class {value.__qualname__!r}")


def _decode_class(node, decoder):
    del decoder
    module, name = get(node, "module", str), get(node, "name", str)
    found = find_class(module, name)
    if found is None:
        raise ValueError(f"names the unknown class {module}.{name}")
    return found


def _is_class(value) -> bool:
    return isinstance(value, type) and _is_keras(value.__module__)


KERAS_KINDS = (
    Kind("keras_class", _is_class, _encode_class, _decode_class),
    Kind("keras", _is_object, _encode_object, _decode_object),
)
