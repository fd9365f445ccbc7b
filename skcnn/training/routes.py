"""Parameters with a prefix, such as ``optimizer__momentum``: who takes them.

The rules are scikeras': a class is made into an object with the parameters of its
route; of a list or dict, ``metrics__0__k`` is for one item and ``metrics__k`` for all;
a parameter that is a class is made with ``optimizer__learning_rate__decay_steps``. Here
each of them is taken, or an error names it; what is None is not asked for, since
``set_params`` cannot remove it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Number

from skcnn.base.words import shown
from skcnn.keras_door import keras
from skcnn.training.names import class_of, find_named

# What is behind a prefix: the rest of its name -> (all of its name, value).
_Given = dict[str, tuple[str, object]]

_EXAMPLES = {
    "optimizer": "optimizer=keras.optimizers.AdamW",
    "loss": "loss=keras.losses.CategoricalCrossentropy",
    "metrics": "metrics=[keras.metrics.TopKCategoricalAccuracy]",
    "callbacks": "callbacks=[keras.callbacks.EarlyStopping]",
}

# A number of Keras' that may be text: TensorBoard's profile_batch="2,5".
_OR_TEXT = "profile_batch"


def make(route: str, target, routed: Mapping):
    """Return what a parameter holds, with objects in place of classes.

    Parameters
    ----------
    route : {"optimizer", "loss", "metrics", "callbacks"}
    target : object
        The parameter of that name: None, a name, a class, an object, or a list or dict
        of them.
    routed : dict
        All parameters with a prefix.

    Raises
    ------
    TypeError, ValueError
        For a parameter that nothing takes, with what is taken instead.
    """
    given = {name: (name, value) for name, value in routed.items()}
    made = _made(route, target, behind(route, given), {})
    if route == "loss" and isinstance(made, keras.metrics.Metric):
        raise TypeError(
            f"loss={type(made).__name__} is a metric, which nothing can be trained by. "
            f"Pass it as metrics=, and a loss, such as {_EXAMPLES['loss']}."
        )
    return made


def behind(name: str, given: Mapping) -> dict:
    """Return what has a prefix, without it: ``optimizer__momentum`` is ``momentum``."""
    prefix = f"{name}__"
    return {
        rest.removeprefix(prefix): one
        for rest, one in given.items()
        if rest.startswith(prefix)
    }


def _made(place: str, target, given: _Given, for_all: _Given):
    """Return what stands at a place; ``for_all`` is given to its neighbours, too."""
    if isinstance(target, (list, tuple)):
        return type(target)(_items(place, dict(enumerate(target)), given).values())
    if isinstance(target, Mapping):
        return _items(place, target, given)
    own, route = for_all | given, place.partition("[")[0]
    if isinstance(target, str) and route in _EXAMPLES:
        found = find_named(route, target)
        target = class_of(found) if own and class_of(found) else target
    if inspect.isclass(target):
        return _called(place, target, own)
    example = _EXAMPLES[route.partition("__")[0]]
    if _asked(own):
        raise TypeError(
            f"{_said(own)}: {place}={shown(target)} takes no parameters, because it "
            f"is no class. Pass a class, such as {example}, or an object that has them."
        )
    is_code = callable(target) or isinstance(target, (str, type(None)))
    if route in ("loss", "metrics") and not is_code:
        raise TypeError(
            f"{place}={shown(target)} is neither a name, a class, an object of Keras "
            f"nor a function. Pass one, such as {example}."
        )
    return target


def _asked(given: _Given) -> _Given:
    return {rest: one for rest, one in given.items() if one[1] is not None}


def _items(place: str, items: Mapping, given: _Given) -> dict:
    for_all = {rest: one for rest, one in given.items() if "__" not in rest}
    keys = [str(key) for key in items]
    lost = {
        rest: one
        for rest, one in _asked(given).items()
        if rest.partition("__")[0] not in keys and (rest not in for_all or not items)
    }
    if lost:
        name = next(iter(lost)).rpartition("__")[2]
        raise TypeError(
            f"{_said(lost)}: {place} has no such item, it has {keys}. "
            f"{place}__{keys[0] if keys else 0}__{name} is for one item, "
            f"{place}__{name} for all."
        )
    return {
        key: _made(f"{place}[{key!r}]", item, behind(str(key), given), for_all)
        for key, item in items.items()
    }


def _called(place: str, kind: type, given: _Given):
    """Return an object of a class, made with what is given for it."""
    own = {rest: one for rest, one in given.items() if "__" not in rest}
    asked = _asked(given).items()
    lost = {rest: one for rest, one in asked if rest.partition("__")[0] not in own}
    if lost:
        owner = next(iter(lost.values()))[0].rpartition("__")[0]
        raise TypeError(f"{_said(lost)}: pass a class as {owner}, to be made with it.")
    values = {
        rest: _made(full, value, behind(rest, given), {})
        for rest, (full, value) in own.items()
    }
    places = sorted(filter(str.isdigit, values), key=int)  # as scikeras has them
    named = {rest: value for rest, value in values.items() if rest not in places}
    try:
        _check_numbers(kind, named)
        return kind(*map(values.get, places), **named)
    except Exception as error:
        raise (TypeError if isinstance(error, TypeError) else ValueError)(
            f"{_said(own) or place}: no {kind.__name__} can be made so: {error}. It "
            f"takes {_parameters(kind)}."
        ) from error


def _check_numbers(kind: type, values: dict) -> None:
    """Raise for text in place of a number, which Keras would find in the training."""
    if not kind.__module__.startswith("keras."):
        return
    for name, parameter in inspect.signature(kind).parameters.items():
        value, default = values.get(name), parameter.default
        if isinstance(value, str) and isinstance(default, Number) and name != _OR_TEXT:
            wanted = "True or False" if isinstance(default, bool) else "a number"
            raise TypeError(f"{name} is text, and {wanted} is wanted")


def _said(given: _Given) -> str:
    return ", ".join(f"{name}={shown(value)}" for name, value in given.values())


def _parameters(function: Callable) -> list[str]:
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind not in several]


# --- the build function ---------------------------------------------------------------


def check_arguments(function: Callable, offered: dict, given: dict) -> None:
    """Raise where a build function does not take what is given, or wants more.

    Parameters
    ----------
    function : callable
    offered : dict
        What it gets without being asked for, as far as it takes it.
    given : dict
        What the user has set with ``model__``.
    """
    try:
        inspect.signature(function).bind(**offered | given)
    except TypeError as error:
        said = _said({name: (f"model__{name}", v) for name, v in given.items()})
        name = getattr(function, "__name__", type(function).__name__)
        raise TypeError(
            f"{said or 'model'}: the build function {name} cannot be called so: "
            f"{error}. It takes {_parameters(function)}, each to be set as model__name."
        ) from None


@contextmanager
def told(words: str, arguments: Mapping) -> Iterator[None]:
    """Note on whatever is raised within with which arguments that was."""
    try:
        yield
    except Exception as error:
        said = _said({name: (name, value) for name, value in arguments.items()})
        if said:
            error.add_note(f"{words} {said}.")
        raise
