"""Optimizers, losses and metrics by the names that Keras gives them."""

from __future__ import annotations

import inspect

from skcnn.base.keras_content import snake_case
from skcnn.keras_door import keras

# What Keras makes to suit the network's output, by any case of these letters.
ACCURACIES = ("acc", "accuracy")
CROSSENTROPIES = ("ce", "crossentropy")

# They hold another optimizer.
_WRAPPERS = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")


def find_named(parameter: str, name: str):
    """Return what Keras has under a name.

    Parameters
    ----------
    parameter : {"optimizer", "loss", "metrics"}
    name : str

    Returns
    -------
    class, function or object
        The name itself for a metric that depends on the network's output.

    Raises
    ------
    ValueError
        For an unknown name, with those that are known.
    """
    try:
        return _FINDERS[parameter](name)
    except (ValueError, TypeError, AttributeError):  # no name; or a class wants more
        kind, others = _WORDS[parameter]
        raise ValueError(
            f"{parameter}={name!r} is no {kind} of Keras that it makes of a name. "
            f"Pass a name out of {known_names(parameter)}, {others}."
        ) from None


_WORDS = {
    "optimizer": ("optimizer", "a class or an instance of keras.optimizers.Optimizer"),
    "loss": ("loss", "a class, an instance of keras.losses.Loss, a function, or None"),
    "metrics": ("metric", "a class, an instance of keras.metrics.Metric or a function"),
}


def known_names(parameter: str) -> list[str]:
    """Return names that are found, one for each thing that has several."""
    if parameter == "optimizer":
        return sorted(_optimizers())
    if parameter == "loss":
        members = vars(keras.losses).items()
        functions = [name for name, member in members if inspect.isfunction(member)]
        return sorted(filter(_is_loss, functions))
    members = vars(keras.metrics).items()
    classes = [snake_case(name) for name, member in members if inspect.isclass(member)]
    return sorted({ACCURACIES[1], CROSSENTROPIES[1], *filter(_is_metric, classes)})


def class_of(found) -> type | None:
    """Return the class behind what was found by a name; None: there is none."""
    if isinstance(found, str):
        return None
    if inspect.isfunction(found):
        name = found.__name__
        kinds = filter(inspect.isclass, vars(keras.losses).values())
        return next((k for k in kinds if snake_case(k.__name__) == name), None)
    return found if inspect.isclass(found) else type(found)


def _optimizers() -> dict[str, type]:
    return {
        name.lower(): kind
        for name, kind in vars(keras.optimizers).items()
        if inspect.isclass(kind)
        and issubclass(kind, keras.optimizers.Optimizer)
        and name not in _WRAPPERS
    }


def _optimizer(name: str) -> type:
    # Keras itself does not find all of its own (Lamb).
    return _optimizers().get(name.lower()) or type(keras.optimizers.get(name))


def _metric(name: str):
    is_special = name.lower() in ACCURACIES + CROSSENTROPIES
    return name if is_special else keras.metrics.get(name)


def _is_loss(name: str) -> bool:
    try:
        return inspect.isfunction(keras.losses.get(name))
    except ValueError:  # get, serialize, deserialize, and some that it does not find
        return False


def _is_metric(name: str) -> bool:
    """Tell whether Keras makes a metric of targets and predictions of a name."""
    try:
        metric = keras.metrics.get(name)
    except (ValueError, TypeError):
        return False
    return "y_true" in inspect.signature(metric.update_state).parameters


_FINDERS = {"optimizer": _optimizer, "loss": keras.losses.get, "metrics": _metric}
