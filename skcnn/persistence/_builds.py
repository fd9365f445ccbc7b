"""How a network is built: our functions, a description, or the user's own function."""

from __future__ import annotations

import json
from functools import partial
from importlib import import_module

from skcnn.persistence._bounds import check_repeats
from skcnn.persistence._keras_parts import check_text
from skcnn.persistence._values import Decoder, Encoder, Unknown, get

# Functions of ours; these are called when a file is loaded.
_BUILDERS = (
    "build_autoencoder",
    "build_cnn",
    "build_head",
    "build_patches",
    "build_resnet",
)


def encode_build(build: partial, encoder: Encoder, at: tuple[str, ...]) -> dict:
    """Return the note of a function that builds a network without arguments.

    Unknown is raised for a network that could not be built anew from the note.
    """
    name, args = build.func.__name__, build.args
    if name in _BUILDERS:
        return {
            "by": name,
            "args": encoder.encode(list(args), at),
            "keywords": encoder.encode(dict(build.keywords), at),
        }
    if name == "build_application":
        return {
            "by": "application",
            "name": args[0],
            "shape": list(args[1]),
            "keywords": encoder.encode(dict(build.keywords), at),
        }
    if name == "from_config":  # a network out of Keras' own parts
        try:
            check_text(args[0])
        except ValueError as error:
            raise Unknown(f"{'.'.join(at)} {error}") from error
        return {"by": "description", "description": args[0]}
    if name == "network_of":
        name = _name_of(args[0], "backbone", encoder, at)
        return {"by": "own backbone", "name": name, "shape": list(args[1])}
    if name == "only_network":
        return _encode_own(args[0], encoder, at)
    raise Unknown(f"{'.'.join(at)} is built by {name}")


def decode_build(node, decoder: Decoder) -> partial:
    """Return the function, of those on our lists, or own code that was given."""
    by = get(node, "by", str)
    if by in _BUILDERS:
        function = getattr(import_module("skcnn.networks"), by)
        args = decoder.decode(get(node, "args", list))
        return partial(function, *args, **_keywords(node, decoder))
    decode = {
        "application": _decode_application,
        "description": _decode_description,
        "own backbone": _decode_own_backbone,
        "own function": _decode_own,
    }
    if by not in decode:
        raise ValueError(f"has a network that is built by the unknown {by!r}")
    return decode[by](node, decoder)


def is_own(build: partial) -> bool:
    """Tell whether the user's own code builds the network."""
    return build.func.__name__ in ("only_network", "network_of")


def _shape(node) -> tuple[int, ...]:
    shape = get(node, "shape", list)
    if len(shape) != 3 or not all(type(n) is int and n > 0 for n in shape):
        raise ValueError(f"has images of the shape {shape!r}")
    return tuple(shape)


def _keywords(node, decoder) -> dict:
    keywords = decoder.decode(get(node, "keywords", dict))
    if not isinstance(keywords, dict) or not all(isinstance(k, str) for k in keywords):
        raise ValueError("has arguments of a network that are none")
    return keywords


def _decode_application(node, decoder):
    from skcnn.networks import build_application
    from skcnn.networks.backbones import applications, free_parameters

    name, keywords = get(node, "name", str), _keywords(node, decoder)
    if name not in applications():
        raise ValueError(f"has the unknown backbone {name!r}")
    # Above all no weights, which Keras would read from a file or the network.
    if unknown := sorted(set(keywords) - set(free_parameters(name))):
        raise ValueError(f"has a backbone {name} with the arguments {unknown}")
    return partial(build_application, name, _shape(node), **keywords)


def _decode_description(node, decoder):
    from skcnn.custom.users_network import from_config

    text = get(node, "description", str)
    check_text(text)
    check_repeats(json.loads(text))
    return partial(from_config, text)


# --- the user's own functions, where Keras cannot describe the network (custom.py) ----


def _encode_own(build, encoder, at):
    call, shape, seed, precision, came_flat = build.args
    function, is_copy = call.func, call.func.__name__ == "copy_of_template"
    if is_copy:
        (function,) = call.args
    return {
        "by": "own function",
        "name": _name_of(function, "model", encoder, at),
        "is_copy": is_copy,
        "shape": list(shape),
        "seed": int(seed),
        "precision": precision,
        "came_flat": came_flat,
        "takes_params": "params" in call.keywords,
        "keywords": {
            name: _encode_some(value, encoder, (*at, name))
            for name, value in call.keywords.items()
            if name != "params"
        },
    }


def _encode_some(value, encoder, at):
    """Encode an argument; of scikeras' dicts only what can be."""
    if at[-1] not in ("meta", "compile_kwargs"):
        return encoder.encode(value, at)
    kept = {}
    for name, one in value.items():
        try:
            encoder.encode(one, at)
        except Unknown:
            continue
        kept[name] = one
    return encoder.encode(kept, at)


def _name_of(function, parameter: str, encoder, at) -> str:
    """Return the name under which the user will give this function."""
    for name, things in encoder.own.items():
        # The first is the estimator's parameter, as it is now.
        if name.split("__")[-1] == parameter and things[0] is function:
            return name
    raise Unknown(
        f"{'.'.join(at)} was built by another {parameter} than the estimator has now. "
        f"Fit it anew, or set {parameter} back"
    )


def _given(node, decoder):
    name = get(node, "name", str)
    function = decoder.given.get(name)
    if function is None:
        what = decoder.missing.get(name, "a function")
        raise ValueError(
            f"needs your own code: its network has parts that are not Keras' own, and "
            f"was made by {what}. Pass it: skcnn.load(path, {name}=...)"
        )
    return function


def _decode_own(node, decoder):
    from skcnn.custom.users_network import build_network, copy_of_template, only_network

    function, shape = _given(node, decoder), _shape(node)
    notes = get(node, "keywords", dict)
    keywords = {name: decoder.decode(one) for name, one in notes.items()}
    if get(node, "takes_params", bool):
        keywords["params"] = dict(decoder.params)
    call = partial(function, **keywords)
    if get(node, "is_copy", bool):
        call = partial(copy_of_template, function)
    how = get(node, "seed", int), get(node, "precision", str)
    came_flat = get(node, "came_flat", bool)
    return partial(only_network, partial(build_network, call, shape, *how, came_flat))


def _decode_own_backbone(node, decoder):
    from skcnn.transfer.pretrained import network_of

    return partial(network_of, _given(node, decoder), _shape(node))
