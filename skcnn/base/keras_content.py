"""What objects of Keras consist of, for a fingerprint."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from skcnn.base.code import Part

# What Keras notes on its objects while they are made, built, called and trained, by
# the class that does so.
_NOTES = {
    "KerasSaveable": frozenset({"name", "_lock", "_tracker"}),
    "Operation": frozenset(
        {"name", "_lock", "_inbound_nodes", "_outbound_nodes", "_auto_config"}
    ),
    "Layer": frozenset(
        {
            *("_path", "_parent_path", "_tracked", "build", "quantize", "built"),
            *("_called", "_build_shapes_dict", "_input_spec", "_losses", "_loss_ids"),
            *("_losses_override", "_call_signature", "call_signature_parameters"),
            *("_call_has_training_arg", "_call_has_mask_arg", "_call_context_args"),
            *("_call_has_context_arg", "_saved_model_inputs_spec"),
            "_saved_model_arg_spec",
        }
    ),
    "Function": frozenset(
        {
            *("_inputs_struct", "_outputs_struct", "_inputs", "_outputs", "_nodes"),
            *("_nodes_by_depth", "_operations", "_operations_by_depth"),
        }
    ),
    "Sequential": frozenset({"_functional"}),
    # What a model was compiled with is in its _compile_config.
    "Trainer": frozenset(
        {
            *("_compile_config", "_compile_loss", "_compile_metrics", "_loss_tracker"),
            *("train_function", "test_function", "predict_function", "history"),
            *("_initial_epoch", "_eval_epoch_iterator", "_compiled_trainable_state"),
            *("stop_training", "_distribute_strategy", "output_names"),
            "_compute_loss_has_training_arg",
        }
    ),
    "Metric": frozenset({"_built", "_build_input_shape"}),
    "BaseOptimizer": frozenset(
        {
            *("built", "_iterations", "_u_product", "_trainable_variables_indices"),
            *("_distribution_strategy", "_exclude_from_weight_decay_cache"),
        }
    ),
    "LossScaleOptimizer": frozenset({"step_counter", "dynamic_scale"}),
    "Callback": frozenset({"params", "_model"}),
}

# State of Keras' own callbacks, which they set when a training begins.
_STATE_OF_CALLBACKS = frozenset(
    {
        *("best", "best_weights", "best_epoch", "wait", "stopped_epoch"),
        *("cooldown_counter", "monitor_op", "epoch", "_current_epoch", "history"),
        *("_epochs_since_last_save", "_batches_seen_since_last_saving"),
    }
)


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


def is_wrapper(cls: type) -> bool:
    """Tell whether a list or dict is one of those that note their changes."""
    return str(cls.__module__).partition(".")[0] in ("keras", "tensorflow")


def keras_parts(value) -> list[Part]:
    """Return class, settings, and what the object holds, by name."""
    kinds = _kinds(type(value))
    if "Variable" in kinds:
        return [("", np.asarray(value)), (".trainable", value.trainable)]
    if "KerasTensor" in kinds:
        return [("", value.shape), ("", str(value.dtype))]
    if "SeedGenerator" in kinds:
        return [("", type(value)), (".seed", value._initial_seed)]
    parts = [("", type(value))]
    if isinstance(getattr(value, "name", None), str):
        chosen = uncounted(value.name, type(value).__name__, "Layer" in kinds)
        parts.append((".name", chosen))
    if hasattr(value, "_operations"):
        parts.append(("", _wiring(value)))
    if "Model" in kinds and getattr(value, "compiled", False):
        parts.append((".compile", getattr(value._compile_config, "config", None)))
    return parts + _held(value, kinds)


def _held(value, kinds) -> list[Part]:
    """Return the attributes of an object that are not notes, and no running state."""
    notes = frozenset().union(*(_NOTES.get(kind, ()) for kind in kinds))
    held = {
        name: part
        for name, part in sorted(getattr(value, "__dict__", {}).items())
        if name not in notes and not name.startswith("_self_")
    }
    if "_init_seed" in held:
        held.pop("seed", None)  # drawn anew for each object
    if "Metric" in kinds:
        held = {n: part for n, part in held.items() if not _is_variable(part)}
    if kinds & {"Metric", "BaseOptimizer"}:
        held = {n: part for n, part in held.items() if not _are_variables(part)}
    if "Callback" in kinds and _is_of_keras(type(value)):
        held = {n: p for n, p in held.items() if n not in _STATE_OF_CALLBACKS}
    return [(f".{name}", part) for name, part in held.items()]


def _is_variable(part) -> bool:
    return "Variable" in _kinds(type(part))


def _are_variables(part) -> bool:
    """Tell whether something is a list of variables, such as an optimizer's slots."""
    return isinstance(part, (list, tuple)) and all(map(_is_variable, part))


@lru_cache(maxsize=1024)
def uncounted(name: str, class_name: str, is_layer: bool = False) -> str:
    """Return a name without the number that Keras has counted up: "auc_2".

    Layers in layers have more in front, "forward_lstm_2".
    """
    prefix = "(?:.*_)?" if is_layer else ""
    words = re.escape(snake_case(class_name))
    counted = re.fullmatch(rf"({prefix}{words})_\d+", name)
    return counted[1] if counted else name


def snake_case(class_name: str) -> str:
    """Return the name that Keras gives an object of a class: "max_pooling2d"."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


# --- weight decay -------------------------------------------------------------------


def excluded_names(optimizer) -> re.Pattern | None:
    """Return the names of the variables that ``exclude_from_weight_decay`` was given.

    No configuration of Keras holds them.

    Raises
    ------
    TypeError
        Where it was given variables: those of another network mean nothing.
    """
    if getattr(optimizer, "_exclude_from_weight_decay", None):
        raise TypeError(
            f"{type(optimizer).__name__} excludes variables from weight decay, and "
            "every fit makes a network with variables of its own. Name them: "
            "optimizer.exclude_from_weight_decay(var_names=['bias'])"
        )
    return getattr(optimizer, "_exclude_from_weight_decay_pattern", None)


def exclude(optimizer, names: re.Pattern | None):
    """Return an optimizer after it was told what :func:`excluded_names` gave."""
    if names is not None:
        optimizer._exclude_from_weight_decay = set()
        optimizer._exclude_from_weight_decay_pattern = names
        optimizer._exclude_from_weight_decay_cache = {}
    return optimizer


# --- networks -----------------------------------------------------------------------


def _wiring(model) -> list:
    """Return which layer of a functional network gets what from which."""
    calls = _calls(model)
    inputs = [
        (layer, calls[id(layer), index], _placed(_arguments(node), calls))
        for layer in model._operations
        for index, node in enumerate(layer._inbound_nodes)
        if (id(layer), index) in calls
    ]
    return [inputs, _placed(model._outputs_struct, calls)]


def _arguments(node) -> list:
    return [node.arguments.args, node.arguments.kwargs]


def _calls(model) -> dict[tuple[int, int], tuple[int, int]]:
    """Return numbers for the layers of a network and the calls of each.

    A layer itself counts its calls in all networks that it is part of.
    """
    calls = {}
    for number, layer in enumerate(model._operations):
        own = [f"{id(layer)}_ib-{index}" for index in range(len(layer._inbound_nodes))]
        inside = [index for index, key in enumerate(own) if key in model._nodes]
        calls |= {(id(layer), index): (number, n) for n, index in enumerate(inside)}
    return calls


def _placed(thing, calls: dict):
    """Return arguments of a call, its tensors as the calls that they come from."""
    if isinstance(thing, (list, tuple)):
        return [_placed(one, calls) for one in thing]
    if isinstance(thing, dict):
        return {name: _placed(one, calls) for name, one in thing.items()}
    if hasattr(thing, "_keras_history"):
        layer, index, output = thing._keras_history
        return [calls.get((id(layer), index)), output]
    return thing
