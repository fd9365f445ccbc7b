"""How a network is built: our functions, a description, or the user's own function."""

from __future__ import annotations

import json
from functools import partial

from skcnn.persistence._bounds import check_calls, check_repeats
from skcnn.persistence._codec import Decoder, Encoder, Unknown, get
from skcnn.persistence._functions import BUILDERS, find_builder
from skcnn.training.keras_parts import check_text


def encode_build(build: partial, encoder: Encoder, at: tuple[str, ...]) -> dict:
    """Return the note of a function that builds a network without arguments.

    Raises
    ------
    Unknown
        For a network that could not be built anew from the note.
    """
    kinds = {
        "from_config": _encode_description,
        "only_network": _encode_own,
        "network_of": _encode_own_backbone,
        "build_application": _encode_application,
        **dict.fromkeys(BUILDERS, _encode_ours),
    }
    name = build.func.__name__
    if name not in kinds:
        raise Unknown(f"{'.'.join(at)} is built by {name}")
    return kinds[name](build, encoder, at)


def decode_build(node, decoder: Decoder) -> partial:
    """Return the function.

    Raises
    ------
    ValueError
        For anything that is not on our lists, and for own code that is not given.
    """
    by = get(node, "by", str)
    kinds = {
        "description": _decode_description,
        "application": _decode_application,
        "own function": _decode_own,
        "own backbone": _decode_own_backbone,
        **dict.fromkeys(BUILDERS, _decode_ours),
    }
    if by not in kinds:
        raise ValueError(f"has a network that is built by the unknown {by!r}")
    return kinds[by](node, decoder)


def is_own(build: partial) -> bool:
    """Tell whether the user's own code builds the network."""
    return build.func.__name__ in ("only_network", "network_of")


def check_build(build: partial, n_arrays: int) -> None:
    """Raise for a description that has no end, for that many arrays of weights."""
    if build.func.__name__ == "from_config":
        check_calls(json.loads(build.args[0]), n_arrays)


# --- our functions --------------------------------------------------------------------


def _encode_ours(build, encoder, at):
    return {
        "by": build.func.__name__,
        "args": encoder.encode(list(build.args), at),
        "keywords": encoder.encode(dict(build.keywords), at),
    }


def _decode_ours(node, decoder):
    args = decoder.decode(get(node, "args", list))
    keywords = _keywords(node, decoder)
    return partial(find_builder(get(node, "by", str)), *args, **keywords)


def _keywords(node, decoder) -> dict:
    keywords = decoder.decode(get(node, "keywords", dict))
    is_one = isinstance(keywords, dict) and all(isinstance(k, str) for k in keywords)
    if not is_one:
        raise ValueError("has arguments of a network that are none")
    return keywords


# --- networks of keras.applications ---------------------------------------------------


def _encode_application(build, encoder, at):
    name, shape = build.args
    return {
        "by": "application",
        "name": name,
        "shape": list(shape),
        "keywords": encoder.encode(dict(build.keywords), at),
    }


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


def _shape(node) -> tuple[int, ...]:
    shape = get(node, "shape", list)
    if len(shape) != 3 or not all(type(n) is int and n > 0 for n in shape):
        raise ValueError(f"has images of the shape {shape!r}")
    return tuple(shape)


# --- networks out of Keras' own parts -------------------------------------------------


def _encode_description(build, encoder, at):
    del encoder
    (text,) = build.args
    try:
        check_text(text)
    except ValueError as error:
        raise Unknown(f"{'.'.join(at)} {error}") from error
    return {"by": "description", "description": text}


def _decode_description(node, decoder):
    del decoder
    text = get(node, "description", str)
    check_text(text)
    check_repeats(json.loads(text))
    from skcnn.custom.users_network import from_config

    return partial(from_config, text)


# --- the user's own functions ---------------------------------------------------------


def _encode_own(build, encoder, at):
    """Note a build function whose network Keras cannot describe (see custom.py)."""
    (inner,) = build.args
    call, shape, seed, precision, came_flat = inner.args
    function, is_copy = call.func, call.func.__name__ == "copy_of_template"
    if is_copy:
        (function,) = call.args
    keywords = {k: v for k, v in call.keywords.items() if k != "params"}
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
            for name, value in keywords.items()
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


def _encode_own_backbone(build, encoder, at):
    function, shape = build.args
    return {
        "by": "own backbone",
        "name": _name_of(function, "backbone", encoder, at),
        "shape": list(shape),
    }


def _decode_own_backbone(node, decoder):
    from skcnn.transfer.pretrained import network_of

    return partial(network_of, _given(node, decoder), _shape(node))
