"""Functions of this package by their names, out of a closed list."""

from __future__ import annotations

from functools import partial
from importlib import import_module

from skcnn.persistence._codec import Kind, Unknown, get

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

# What a fitted network is built by; these are called when a file is loaded.
BUILDERS = ("build_autoencoder", "build_cnn", "build_head", "build_resnet")


def find_function(module: str, name: str):
    """Return a function of this package, if it is on the list.

    Raises
    ------
    ValueError
        For any other.
    """
    if name not in _NAMED.get(module, ()):
        raise ValueError(
            f"names the function {module}.{name}, which is none of skcnn's that a file "
            "may name"
        )
    return getattr(import_module(module), name)


def find_builder(name: str):
    """Return a function of ``BUILDERS``; raise for any other."""
    if name not in BUILDERS:
        raise ValueError(f"is built by {name!r}, which is none of {list(BUILDERS)}")
    return getattr(import_module("skcnn.networks"), name)


def _home(function) -> str | None:
    """Return the module of the list that a function is found in."""
    name = getattr(function, "__name__", None)
    for module, names in _NAMED.items():
        # A wrapper of the user's has the name and the module of what it wraps.
        if name in names and getattr(import_module(module), name) is function:
            return module
    return None


def _encode(value, encoder, at):
    del encoder, at
    return {"module": _home(value), "name": value.__name__}


def _decode(node, decoder):
    del decoder
    return find_function(get(node, "module", str), get(node, "name", str))


def _encode_partial(value, encoder, at):
    if _home(value.func) is None:
        raise Unknown(f"{'.'.join(at)} is a function of your own")
    return {
        "function": encoder.encode(value.func, at),
        "args": encoder.encode(list(value.args), at),
        "keywords": encoder.encode(dict(value.keywords), at),
    }


def _decode_partial(node, decoder):
    function = _decode(get(node, "function", dict), decoder)
    args = decoder.decode(get(node, "args", list))
    keywords = decoder.decode(node.get("keywords"))
    try:
        return partial(function, *args, **keywords)
    except TypeError as error:
        raise ValueError(f"has arguments that are none: {error}") from None


FUNCTION_KINDS = (
    Kind("function", lambda v: callable(v) and _home(v) is not None, _encode, _decode),
    Kind("partial", lambda v: type(v) is partial, _encode_partial, _decode_partial),
)
