"""Networks from the user's own build function."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from skcnn.base.arguments import arguments_of
from skcnn.base.fingerprint import NoFingerprint, fingerprint
from skcnn.base.keras_content import snake_case, uncounted
from skcnn.keras_door import keras
from skcnn.training.copies import (
    copy_of,
    holds_own_code,
    is_own,
    own_attributes,
)
from skcnn.training.keras_layers import set_weights
from skcnn.training.routes import check_arguments, told
from skcnn.training.spec import built_with, seeded


@dataclass(frozen=True)
class UsersNetwork:
    """What a build function has returned.

    Attributes
    ----------
    network : keras.Model
        As a functional model; it may scale pixels by itself.
    build : callable
        Without arguments; returns the same network, uncompiled. Can be pickled.
    key : str or None
        Equal for equal networks; None where that cannot be known.
    n_outputs : int
        Units of the last layer.
    weights : list of ndarray
        Where a fit begins.
    compiled : dict
        The arguments of the user's ``compile``; empty where there was none.
    """

    network: keras.Model
    build: Callable[[], keras.Model]
    key: str | None
    n_outputs: int
    weights: list[np.ndarray]
    compiled: dict


def users_network(
    model: Callable | keras.Model,
    offered: dict,
    parameters: dict,
    seed: int,
    precision: str,
    came_flat: bool = False,
) -> UsersNetwork:
    """Call the user's build function and describe what it returns.

    Parameters
    ----------
    model : callable or keras.Model
    offered : dict
        Arguments that are passed where the function takes them.
    parameters : dict
        Arguments that the user has set.
    seed : int
        For layers and initializers without a seed of their own.
    precision : str
    came_flat : bool
        Whether the images came as rows of pixels.

    Raises
    ------
    TypeError
        Where no Keras model is returned.
    ValueError
        Where its output does not fit the number of classes.
    """
    if isinstance(model, keras.Model):
        call = partial(copy_of_template, model)
        if parameters:
            raise TypeError(
                f"The parameters {[f'model__{name}' for name in parameters]} are for a "
                "build function, and model is a network already. Pass a function that "
                "returns it."
            )
    else:
        accepted = _accepted(model, offered)
        check_arguments(model, accepted, parameters)
        call = partial(model, **{**accepted, **parameters})
    build = partial(
        build_network, call, offered["input_shape"], seed, precision, came_flat
    )
    network, compiled = build()
    n_outputs = _checked_outputs(network, offered["n_classes"])
    weights = network.get_weights()
    config = keras_config(network)
    if config is not None:
        # Rebuilding from its description needs neither the function nor its globals.
        rebuild, key = partial(from_config, config), config
    else:
        rebuild, key = partial(only_network, build, content=_content(network)), None
    return UsersNetwork(network, rebuild, key, n_outputs, weights, compiled)


# What scikeras gives to a function that takes any keyword.
_OF_SCIKERAS = ("meta", "compile_kwargs", "params")


def _accepted(function, offered: dict) -> dict:
    names, takes_all = arguments_of(function)
    if takes_all:
        names |= set(_OF_SCIKERAS)
    return {name: value for name, value in offered.items() if name in names}


def build_network(
    call, input_shape, seed, precision, came_flat=False
) -> tuple[keras.Model, dict]:
    """Return the network as a functional model, and what it was compiled with.

    One that does not say what it takes is given images, and where it gives maps of
    scores then, and rows came, rows of pixels.
    """
    with built_with(precision), seeded(seed):
        network = _called(call)
        compiled = compiled_with(network)
        says_shape = bool(getattr(network, "inputs", None))
        network = as_functional(network, input_shape)
        if came_flat and not says_shape and len(network.output_shape) > 2:
            row = (math.prod(input_shape),)
            network = as_functional(_called(call), input_shape, row)
    last = network.layers[-1]
    while isinstance(last, keras.Model) and last.layers:
        last = last.layers[-1]
    if str(getattr(last.dtype_policy, "name", "")).startswith("mixed"):
        # Probabilities in bfloat16 have three digits: the last layer keeps float32.
        last.dtype_policy = keras.DTypePolicy("float32")
    return network, compiled


def _short(arguments: dict) -> dict:
    """Return the arguments of a build function without the dicts that are ours."""
    return {name: v for name, v in arguments.items() if name not in _OF_SCIKERAS}


def _called(call) -> keras.Model:
    """Return what a build function returns, or raise where it is no network of ours."""
    with told("The build function was called with", _short(call.keywords)):
        network = call()
    if not isinstance(network, keras.Model):
        raise TypeError(
            f"The build function returned {type(network).__name__!r}; a Keras "
            "model is wanted. Does it end in 'return model'?"
        )
    _refuse_own_training(network)
    return network


def as_functional(network: keras.Model, input_shape, row=None) -> keras.Model:
    """Return a functional model of the same layers that takes images.

    ``row`` is what one that says nothing of its input is given instead: (pixels,).
    """
    is_stack = isinstance(network, keras.Sequential)
    if is_stack and not network.built:
        network.build((None, *(row or input_shape)))
    if is_stack or _gives_list_of_one(network):
        network = keras.Model(network.inputs[0], network.outputs[0])
    images = keras.Input(input_shape)
    if not getattr(network, "inputs", None):  # a subclass of keras.Model
        given = keras.layers.Reshape(row)(images) if row else images
        return keras.Model(images, network(given))
    wanted = tuple(network.input_shape[1:])
    if wanted == tuple(input_shape):
        return network
    if None in wanted or math.prod(wanted) != math.prod(input_shape):
        raise ValueError(
            f"The network takes inputs of shape {wanted}, but the images have shape "
            f"{tuple(input_shape)}. Take input_shape as an argument of the build "
            "function."
        )
    # Written for rows of pixels, as scikeras has them.
    return keras.Model(images, network(keras.layers.Reshape(wanted)(images)))


def _gives_list_of_one(network: keras.Model) -> bool:
    """Tell whether a network gives its one output in a list or a dict."""
    outputs = getattr(network, "outputs", None) or ()
    return len(outputs) == 1 and not isinstance(network.output, keras.KerasTensor)


# What our training and predicting never calls, and Keras' own does.
_NEVER_CALLED = """
    train_step test_step predict_step compute_loss compute_metrics get_metrics_result
    reset_metrics metrics fit evaluate predict train_on_batch test_on_batch
    make_train_function make_test_function make_predict_function
"""


def _refuse_own_training(network: keras.Model) -> None:
    """Raise where a subclass of ``keras.Model`` trains or predicts in its own way."""
    kind = type(network)
    own = [name for name in _NEVER_CALLED.split() if is_own(_member(kind, name))]
    if own:
        raise ValueError(
            f"The network is a {kind.__name__} with a {own[0]} of its own, which skcnn "
            "would never call: it trains in its own loop. Pass what it does as loss=, "
            "metrics=, augment= or callbacks=, or as a layer (add_loss works), and let "
            f"{', '.join(own)} be as keras.Model has it."
        )


def _member(kind: type, name: str):
    member = getattr(kind, name)
    return member.fget if isinstance(member, property) else member


def compiled_with(network: keras.Model) -> dict:
    """Return the arguments of the user's ``compile``; empty where there was none."""
    if not network.compiled:
        return {}
    given = {k: v for k, v in network._compile_config.config.items() if v is not None}
    # The optimizer and the loss are objects by now, whatever was given.
    return given | {"optimizer": network.optimizer, "loss": network.loss}


def only_network(build, content: str | None = None) -> keras.Model:
    """Return the network, or raise where it is another one than it was at fit."""
    network = build()[0]
    if content is not None and _content(network) != content:
        raise RuntimeError(
            "The build function gives another network than it gave at fit, so the "
            "fitted weights have lost theirs: it reads something that has changed "
            "since, such as a global variable. Pass that as a parameter, model__name, "
            "and fit again."
        )
    return network


def _content(network: keras.Model) -> str | None:
    """Return one text for a network with code of the user's; None: it has none."""
    layers = [
        (type(layer), own_attributes(layer), list(filter(is_own, vars(layer).values())))
        for layer in network._flatten_layers()
        if not isinstance(layer, keras.Model)
    ]
    try:
        return fingerprint(_description(network), layers)
    except NoFingerprint:
        return None


def copy_of_template(template: keras.Model) -> keras.Model:
    """Return a network of the same layers, weights and settings."""
    if not holds_own_code(template):
        copy = keras.models.clone_model(template)
    elif is_own(template) and not hasattr(template, "_nodes_by_depth"):
        copy = copy_of(template)
        copy.build_from_config(template.get_build_config())
    else:
        copy = keras.models.clone_model(template, None, copy_of, recursive=True)
    set_weights(copy, template.get_weights())
    if template.compiled:
        copy.compile(**compiled_with(template))
    return copy


def _checked_outputs(network: keras.Model, n_classes: int) -> int:
    shape = network.output_shape
    if not isinstance(shape, tuple):
        raise ValueError(
            f"The network has {len(shape)} outputs, of the shapes {shape}, and one is "
            "wanted. Return keras.Model(inputs, output) from the build function."
        )
    if len(shape) != 2:
        n_axes = len(shape) - 2
        raise ValueError(
            f"The network's output has shape {shape}, and one row of scores per image "
            f"is wanted, (None, {n_classes}). Put keras.layers.Flatten()"
            f"{f' or keras.layers.GlobalAveragePooling{n_axes}D()' * (n_axes > 0)} "
            "before the last Dense layer."
        )
    n_outputs = shape[1]
    if n_outputs != n_classes and (n_outputs, n_classes) != (1, 2):
        raise ValueError(
            f"The network's output has shape {shape}, but y holds {n_classes} "
            f"classes: the last layer needs {n_classes} units"
            f"{' (or one)' if n_classes == 2 else ''}. Take n_classes as an argument "
            "of the build function."
        )
    return n_outputs


# --- the description of a network out of Keras' own parts ---------------------------


def keras_config(network: keras.Model) -> str | None:
    """Return a network's description as JSON; None where a part is not Keras' own.

    Names that Keras made up count upwards from one network to the next; here they
    count from the start, so that equal networks have equal descriptions.
    """
    if type(network).__name__ != "Functional" or holds_own_code(network):
        return None
    text = _description(network)
    return text if text is not None and _is_all_keras(json.loads(text)) else None


def _description(network: keras.Model) -> str | None:
    try:
        whole = {"class_name": "Functional", "config": network.get_config()}
        return json.dumps(_renamed(whole, {}, {})["config"], sort_keys=True)
    except (NotImplementedError, TypeError):
        return None


def _is_all_keras(part) -> bool:
    if isinstance(part, dict):
        if "class_name" in part and "module" in part:
            module = part["module"] or ""
            # Keras gives its operations their own name; a user's has a package, "a>B".
            is_own = ">" not in (part.get("registered_name") or "")
            if not (is_own and module.startswith("keras")):
                return False
            if part["class_name"] == "Lambda":
                return False
        return all(_is_all_keras(one) for one in part.values())
    if isinstance(part, (list, tuple)):
        return all(_is_all_keras(one) for one in part)
    return True


def _renamed(part, names: dict, counts: dict):
    """Return a description with the made-up layer names counted from the start."""
    if isinstance(part, (list, tuple)):
        is_place = len(part) == 3 and isinstance(part[0], str) and part[0] in names
        if is_place:  # [name of a layer, number of the call, number of the output]
            return [names[part[0]], *part[1:]]
        return [_renamed(one, names, counts) for one in part]
    if not isinstance(part, dict):
        return part
    if "class_name" in part and isinstance(part.get("config"), dict):
        name = part["config"].get("name", part.get("name"))
        _note_name(name, part["class_name"], names, counts)
    return {
        key: names.get(one, one)
        if key == "name" and isinstance(one, str)
        else _renamed(one, names, counts)
        for key, one in part.items()
    }


def _note_name(name, class_name: str, names: dict, counts: dict) -> None:
    words = snake_case(class_name)
    is_made_up = isinstance(name, str) and uncounted(name, class_name) == words
    if is_made_up and name not in names:
        counts[words] = counts.get(words, -1) + 1
        suffix = f"_{counts[words]}" if counts[words] else ""
        names[name] = f"{words}{suffix}"


def from_config(config: str) -> keras.Model:
    """Return the network that :func:`keras_config` has described."""
    return keras.Model.from_config(json.loads(config))
