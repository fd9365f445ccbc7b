"""Code that a file may name: functions of this package and Keras' own parts."""

from __future__ import annotations

import json
from functools import partial
from importlib import import_module
from types import FunctionType

from skcnn.base.keras_content import excluded_names
from skcnn.persistence._bounds import check_repeats
from skcnn.persistence._keras_parts import (
    FAMILIES,
    check_description,
    find_class,
)
from skcnn.persistence._own_code import all_in, describe
from skcnn.persistence._values import Kind, Unknown, get

# --- functions of this package --------------------------------------------------------

# What parameters may name: nothing here is called when a file is loaded.
_NAMED = {
    "skcnn.networks": (
        "build_autoencoder",
        "build_cnn",
        "build_intensity_cnn",
        "build_report_backbone",
        "build_report_resnet",
        "build_resnet",
        "build_stack",
        "build_tiny_resnet",
    ),
    "skcnn.recipes._report_d": ("rate_of_d4",),
    "skcnn.recipes._report_e": ("clean_digits", "rate_of_e8", "rate_of_e9"),
}


def home_of(function) -> str | None:
    """Return the module of the list that a function is found in."""
    name = getattr(function, "__name__", None)
    for module, names in _NAMED.items():
        # A wrapper of the user's has the name and the module of what it wraps.
        if name in names and getattr(import_module(module), name) is function:
            return module
    return None


def _fits_function(value) -> bool:
    return callable(value) and home_of(value) is not None


def _encode_function(value, encoder, at):
    return {"module": home_of(value), "name": value.__name__}


def _decode_function(node, decoder):
    module, name = get(node, "module", str), get(node, "name", str)
    if name not in _NAMED.get(module, ()):
        raise ValueError(
            f"names the function {module}.{name}, which is none of skcnn's that a file "
            "may name"
        )
    return getattr(import_module(module), name)


def _encode_partial(value, encoder, at):
    if home_of(value.func) is None:
        raise Unknown(f"{'.'.join(at)} is a function of your own")
    return {
        "function": encoder.encode(value.func, at),
        "args": encoder.encode(list(value.args), at),
        "keywords": encoder.encode(dict(value.keywords), at),
    }


def _decode_partial(node, decoder):
    function = _decode_function(get(node, "function", dict), decoder)
    args = decoder.decode(get(node, "args", list))
    return partial(function, *args, **decoder.decode(node.get("keywords")))


# --- Keras' own objects and classes ---------------------------------------------------


def _is_keras(module: str) -> bool:
    return module.split(".")[0] == "keras"


def _fits_object(value) -> bool:
    return _is_keras(type(value).__module__) and hasattr(value, "get_config")


def _encode_object(value, encoder, at):
    from skcnn.keras_door import keras

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
    description = get(node, "description", dict)
    if "class_name" not in description:
        raise ValueError("has a part of Keras without a name")
    check_description(description)
    check_repeats(description)
    from skcnn.keras_door import keras

    saving = keras.saving
    return saving.deserialize_keras_object(_unbuilt(description), safe_mode=True)


def _unbuilt(part):
    """Return a description without shapes: it is built when it is used."""
    if isinstance(part, dict):
        return {k: _unbuilt(one) for k, one in part.items() if k != "build_config"}
    return [_unbuilt(one) for one in part] if isinstance(part, list) else part


def _fits_class(value) -> bool:
    return isinstance(value, type) and _is_keras(value.__module__)


def _encode_class(value, encoder, at):
    for module in (*FAMILIES, "keras.layers"):
        if find_class(module, value.__name__) is value:
            return {"module": module, "name": value.__name__}
    raise Unknown(f"{'.'.join(at)} is the class {value.__qualname__!r}")


def _decode_class(node, decoder):
    module, name = get(node, "module", str), get(node, "name", str)
    found = find_class(module, name)
    if found is None:
        raise ValueError(f"names the unknown class {module}.{name}")
    return found


CODE_KINDS = (
    Kind("function", _fits_function, _encode_function, _decode_function),
    Kind("partial", lambda v: type(v) is partial, _encode_partial, _decode_partial),
    Kind("keras_class", _fits_class, _encode_class, _decode_class),
    Kind("keras", _fits_object, _encode_object, _decode_object),
)
