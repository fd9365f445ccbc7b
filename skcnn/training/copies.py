"""Copies of Keras objects that hold all that the original holds.

Keras copies by configuration: what the user's ``get_config`` does not name is lost, and
a function that is named like one of Keras' own becomes Keras' own.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache, partial

from skcnn.base.keras_content import exclude, excluded_names
from skcnn.keras_door import keras

# Packages whose classes and functions Keras finds again by their names.
_KNOWN = frozenset({"keras", "tensorflow", "numpy", "builtins", "inspect"})

# What is copied, and how an unused one is made: its attributes are those that Keras
# keeps for itself.
_BLANKS = {
    keras.Layer: keras.Layer,
    keras.metrics.Metric: keras.metrics.Metric,
    keras.optimizers.Optimizer: partial(keras.optimizers.Optimizer, 0.01),
    keras.losses.Loss: keras.losses.Loss,
}
_KINDS = tuple(_BLANKS)


def is_own(value) -> bool:
    """Tell whether a function, class or object of the user's is in ``value``."""
    if isinstance(value, partial):
        return is_own((value.func, value.args, value.keywords))
    if isinstance(value, Mapping):
        return any(map(is_own, value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(is_own, value))
    is_code = inspect.isroutine(value) or inspect.isclass(value)
    home = value if is_code else type(value)
    if str(home.__module__).partition(".")[0] not in _KNOWN:
        return is_code or callable(value) or hasattr(value, "get_config")
    # What initializers, regularizers and the like hold; layers are asked one by one.
    is_part = hasattr(value, "get_config") and not isinstance(value, (type, *_KINDS))
    return is_part and is_own(vars(value))


def holds_own_code(layer: keras.Layer) -> bool:
    """Tell whether a layer, or one inside of it, is not described by configuration."""
    return any(map(_has_own_code, layer._flatten_layers()))


def _has_own_code(layer: keras.Layer) -> bool:
    # A model's own attributes are its layers and what it was compiled with.
    return is_own(layer if isinstance(layer, keras.Model) else (layer, vars(layer)))


def copy_of(original, kind: type | None = None):
    """Return an unused layer, metric or optimizer, or a loss, that holds the same.

    Parameters
    ----------
    original : Keras object
    kind : type, optional
        A class of the same parameters that the copy shall have.

    Raises
    ------
    TypeError
        Where another one cannot be made from the configuration.
    """
    if isinstance(original, keras.losses.Loss):
        copy = object.__new__(type(original))
        vars(copy).update(vars(original))
        return copy
    try:
        copy = (kind or type(original)).from_config(configuration(original))
    except Exception as error:
        kind = type(original).__name__
        raise TypeError(
            f"{kind} cannot be copied, and every fit needs a copy of its own: "
            f"{type(error).__name__}: {error}. Let get_config of {kind} name all that "
            "its __init__ takes: return {**super().get_config(), 'name': self.name}, "
            "with each of them."
        ) from error
    _align(copy, original)
    return exclude(copy, excluded_names(original))


def configuration(original) -> dict:
    """Return what ``__init__`` takes, be it named by the configuration or not."""
    config = original.get_config()
    rate = getattr(original, "_learning_rate", None)
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        config["learning_rate"] = rate  # itself, not its description
    if not is_own(original):
        return config
    parameters = inspect.signature(type(original).__init__).parameters
    held = vars(original)
    config = {name: held[name] for name in parameters if name in held} | config
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return config
    return {name: value for name, value in config.items() if name in parameters}


def _align(copy, original) -> None:
    """Give a copy the attributes that its configuration has not given it."""
    is_complete = not is_own(original)
    skipped = _kept_by_keras(original)
    for name, value in vars(original).items():
        if name in skipped or isinstance(value, keras.Variable):
            continue
        if _has_variables(value):
            _align_parts(vars(copy).get(name), value)
        elif not is_complete or is_own(value):
            setattr(copy, name, value)


def _align_parts(copies, originals) -> None:
    """Align layers that are attributes, and lists of them."""
    if isinstance(originals, _KINDS) and type(copies) is type(originals):
        _align(copies, originals)
    elif isinstance(originals, Mapping) and isinstance(copies, Mapping):
        _align_parts([copies.get(n) for n in originals], list(originals.values()))
    elif isinstance(originals, (list, tuple)) and isinstance(copies, (list, tuple)):
        for copy, original in zip(copies, originals, strict=False):
            _align_parts(copy, original)


def _has_variables(value) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_variables, value.values()))
    if isinstance(value, (list, tuple, set)):
        return any(map(_has_variables, value))
    return isinstance(value, (*_KINDS, keras.Variable, keras.random.SeedGenerator))


def _kept_by_keras(thing) -> frozenset[str]:
    return next(_names(kind) for kind in _KINDS if isinstance(thing, kind))


@cache
def _names(kind: type) -> frozenset[str]:
    return frozenset(vars(_BLANKS[kind]()))


def own_attributes(thing) -> dict:
    """Return what a user's class keeps beside what Keras keeps for itself."""
    if not is_own(thing):
        return {}
    skipped = _kept_by_keras(thing)
    return {
        name: value
        for name, value in vars(thing).items()
        if name not in skipped and not _has_variables(value)
    }
