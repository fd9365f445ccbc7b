"""What objects of Keras consist of, for a fingerprint."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from skcnn.base._code import is_known

# What Keras notes on its objects while they are made, built, called and trained.
_NOTES = frozenset(
    {
        *("name", "_path", "_parent_path", "_lock", "_tracker", "_tracked"),
        *("build", "quantize", "built", "_built", "_called", "_auto_config"),
        *("_build_shapes_dict", "_build_input_shape", "_input_spec", "output_names"),
        *("_inbound_nodes", "_outbound_nodes", "_losses", "_loss_ids"),
        *("_losses_override", "_call_signature", "call_signature_parameters"),
        *("_call_has_training_arg", "_call_has_mask_arg", "_call_context_args"),
        *("_call_has_context_arg", "_saved_model_inputs_spec", "_saved_model_arg_spec"),
        *("_inputs_struct", "_outputs_struct", "_inputs", "_outputs", "_functional"),
        *("_nodes", "_nodes_by_depth", "_operations", "_operations_by_depth"),
        # Of compiled models: what they were compiled with is in _compile_config.
        *("_compile_config", "_compile_loss", "_compile_metrics", "_loss_tracker"),
        *("train_function", "test_function", "predict_function", "history"),
        *("_initial_epoch", "_eval_epoch_iterator", "_compiled_trainable_state"),
        *("stop_training", "_distribute_strategy", "_compute_loss_has_training_arg"),
        # Of optimizers and callbacks.
        *("_iterations", "_u_product", "_trainable_variables_indices"),
        *("_distribution_strategy", "params", "_model"),
    }
)

# State of Keras' own callbacks, which they set when a training begins.
_STATE_OF_CALLBACKS = frozenset(
    {
        *("best", "best_weights", "best_epoch", "wait", "stopped_epoch"),
        *("cooldown_counter", "monitor_op", "epoch", "_current_epoch"),
        *("_epochs_since_last_save", "_batches_seen_since_last_saving"),
    }
)

# In configurations: how a class is found again, and what a fit leaves behind.
_DROPPED = frozenset({"registered_name", "build_config", "compile_config"})
_DROPPED |= {"shared_object_id"}


@lru_cache(maxsize=1024)
def _kinds(cls: type) -> frozenset[str]:
    """Return the names of Keras' classes that a class is made of."""
    names = {base.__name__ for base in cls.__mro__ if _is_of_keras(base)}
    return frozenset(names)


def _is_of_keras(cls: type) -> bool:
    return str(cls.__module__).partition(".")[0] == "keras"


def is_keras(cls: type) -> bool:
    """Tell whether a class is Keras' or derives from one of Keras'."""
    return bool(_kinds(cls))


def keras_parts(value) -> list[tuple[str, object]]:
    """Return class, settings, and what the object holds, by name."""
    kinds = _kinds(type(value))
    if "Variable" in kinds:
        return [("", np.asarray(value)), (".trainable", value.trainable)]
    if "SeedGenerator" in kinds:
        return [("", type(value)), (".seed", value._initial_seed)]
    parts = [("", type(value))]
    if isinstance(getattr(value, "name", None), str):
        parts.append((".name", _chosen(value.name, type(value).__name__)))
    if hasattr(value, "_operations"):
        parts.append(("", _wiring(value)))
    if "Model" in kinds and getattr(value, "compiled", False):
        parts.append((".compile", getattr(value._compile_config, "config", None)))
    return parts + _held(value, kinds)


def _held(value, kinds) -> list:
    held = {
        name: part
        for name, part in sorted(getattr(value, "__dict__", {}).items())
        if name not in _NOTES and not name.startswith("_self_")
    }
    if kinds & {"Metric", "BaseOptimizer"}:
        held = {n: part for n, part in held.items() if not _is_state(part)}
    if _is_of_keras(type(value)) and is_known(type(value).__module__):
        held = _told_or_deep(value, held, kinds)
    elif "_init_seed" in held:
        held.pop("seed", None)  # drawn anew for each object
    return [(f".{name}", part) for name, part in held.items()]


def _is_state(part) -> bool:
    """Tell whether something is a list of variables, such as an optimizer's slots."""
    if isinstance(part, (list, tuple)):
        return bool(part) and all("Variable" in _kinds(type(one)) for one in part)
    return False


def _told_or_deep(value, held: dict, kinds) -> dict:
    """Return an own object's settings, and what its configuration only names."""
    config = None
    if "Model" not in kinds and hasattr(value, "get_config"):
        try:
            config = _settings(value.get_config(), type(value).__name__)
        # An object of the user's in it says nothing of itself.
        except NotImplementedError:
            return held
    if config is None and "Callback" in kinds:
        return {n: part for n, part in held.items() if n not in _STATE_OF_CALLBACKS}
    if kinds & {"Metric", "BaseOptimizer"}:
        held = {n: p for n, p in held.items() if "Variable" not in _kinds(type(p))}
    deep = {name: part for name, part in held.items() if _is_deep(part)}
    return {"get_config()": config, **deep}


def _is_deep(part) -> bool:
    if isinstance(part, dict):
        return any(map(_is_deep, part.values()))
    if isinstance(part, (list, tuple, set, frozenset)):
        return any(map(_is_deep, part))
    if isinstance(part, Callable):
        return True
    kinds = _kinds(type(part))
    return bool(kinds) and not kinds & {"DTypePolicy", "InputSpec"}


def _settings(config, class_name: str = ""):
    """Return a configuration without what Keras counts up, and without code."""
    if isinstance(config, (list, tuple)):
        return [_settings(part) for part in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "__lambda__":
        return None
    inside = str(config.get("class_name", ""))
    return {
        name: _chosen(part, class_name)
        if name == "name" and isinstance(part, str)
        else _settings(part, inside)
        for name, part in config.items()
        if name not in _DROPPED
    }


def _chosen(name: str, class_name: str) -> str:
    """Return a name without the number that Keras has counted up: "auc_2"."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    return words if re.fullmatch(rf"{re.escape(words)}_\d+", name) else name


# --- networks -----------------------------------------------------------------------


def _wiring(model) -> list:
    """Return which layer of a functional network gets what from which."""
    calls = {}
    for number, layer in enumerate(model._operations):
        inside = [
            index
            for index in range(len(layer._inbound_nodes))
            if f"{id(layer)}_ib-{index}" in model._nodes
        ]
        for count, index in enumerate(inside):
            calls[id(layer), index] = (number, count)

    def placed(thing):
        if isinstance(thing, (list, tuple)):
            return [placed(one) for one in thing]
        if isinstance(thing, dict):
            return {name: placed(one) for name, one in thing.items()}
        if hasattr(thing, "_keras_history"):
            layer, index, output = thing._keras_history
            return (*calls.get((id(layer), index), ()), output)
        return thing

    wires = [
        (
            layer,
            calls[id(layer), index],
            placed(node.arguments.args),
            placed(node.arguments.kwargs),
        )
        for layer in model._operations
        for index, node in enumerate(layer._inbound_nodes)
        if (id(layer), index) in calls
    ]
    return [wires, placed(model._outputs_struct)]
