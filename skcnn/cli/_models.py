"""Models by their short names, how they are set, and a grid of them."""

from __future__ import annotations

import inspect
import math
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import ParameterSampler

from skcnn.cli._option_types import Settings
from skcnn.cli._parsing import format_value, parse_grid, parse_settings
from skcnn.recipes.default_set import default_names, say_expected
from skcnn.recipes.short_names import hint, make_named

# --- one model ------------------------------------------------------------------------


def make_classifier(name: str, settings: Settings, seed: int) -> BaseEstimator:
    """Return the unfitted classifier that ``--model`` and ``--set`` describe."""
    estimator = make_model(name, parse_settings(settings), seed)
    if not is_classifier(estimator):
        raise ValueError(
            f"The model {name!r} is a {type(estimator).__name__}, which gives no "
            "labels. The model 'autoencoder' has a classifier on its codes."
        )
    return estimator


def make_model(
    name: str, settings: Mapping[str, object], seed: int | None = None
) -> BaseEstimator:
    """Return an unfitted estimator.

    Parameters
    ----------
    name : str
        As :func:`make_named` takes it.
    settings : mapping of str to object
        Parameters to set; see :func:`set_parameters`.
    seed : int, optional
        Value of the ``random_state``, or of all parts' where the whole has none.

    Raises
    ------
    ValueError
        For an unknown name or parameter; those that there are, are listed.

    Examples
    --------
    >>> make_model("cnn", {"kernel_size": 5}).kernel_size
    5
    """
    estimator = make_named(name)
    if seed is not None and names_of(estimator, "random_state"):
        set_parameters(name, estimator, {"random_state": seed})
    set_parameters(name, estimator, settings)
    return estimator


# --- its parameters -------------------------------------------------------------------


def set_parameters(
    name: str, estimator: BaseEstimator, settings: Mapping[str, object]
) -> None:
    """Set parameters of a model; in one of several parts, the part may be left out.

    Raises
    ------
    ValueError
        For an unknown parameter; the known ones are listed under the model's ``name``.
    """
    for parameter, value in settings.items():
        for full in _check_parameter(name, estimator, parameter):
            estimator.set_params(**{full: as_default(estimator, full, value)})


def _check_parameter(name: str, estimator: BaseEstimator, parameter: str) -> list[str]:
    """Return the full names of a parameter, or raise with those there are."""
    names = names_of(estimator, parameter)
    if names:
        return names
    known = sorted(estimator.get_params())
    raise ValueError(
        f"The model {name!r} has no parameter {parameter!r}.{hint(parameter, known)} "
        f"It is a {type(estimator).__name__} with {', '.join(known)}."
    )


def names_of(estimator: BaseEstimator, parameter: str) -> list[str]:
    """Return the parameters that a name means: itself, or all nested ones.

    Examples
    --------
    >>> names_of(make_named("network-features"), "epochs")
    ['features__estimator__epochs']
    """
    known = sorted(estimator.get_params())
    # A network's own arguments, such as model__n_gates, are known to its function.
    is_routed = "model" in known and parameter.startswith("model__")
    if parameter in known or is_routed:
        return [parameter]
    return [other for other in known if other.endswith(f"__{parameter}")]


def as_default(estimator: BaseEstimator, parameter: str, value: object) -> object:
    """Return a value, a number as a tuple where the parameter's default is a tuple.

    Examples
    --------
    >>> [as_default(make_named("cnn"), name, 4) for name in ("filters", "kernel_size")]
    [(4,), 4]
    """
    owner, name = _owner(estimator, parameter)
    # The arguments of a network's own function are left as they are written.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (is_number and isinstance(owner, BaseEstimator)):
        return value
    # A recipe's own value is no default: C1's pool_size is a tuple, and 2 means all.
    default = inspect.signature(type(owner)).parameters[name].default
    return (value,) if isinstance(default, tuple) else value


def _owner(estimator: BaseEstimator, parameter: str) -> tuple[object, str]:
    """Return the part that has a parameter, and what it is called there."""
    part, _, name = parameter.rpartition("__")
    return (estimator.get_params().get(part) if part else estimator), name


def parameter_table(name: str) -> pd.DataFrame:
    """Return the parameters of a model, as they are written behind ``--set``.

    "none means" says what is chosen where the value is none.

    Examples
    --------
    >>> table = parameter_table("cnn").set_index("parameter")
    >>> table.loc["weight_decay"].to_dict()
    {'value': 'none', 'none means': "the optimizer's own"}
    """
    estimator = make_named(name)
    rows = [
        (
            parameter,
            format_value(value),
            _meaning_of_none(estimator, parameter) if value is None else "",
        )
        for parameter, value in sorted(estimator.get_params().items())
    ]
    return pd.DataFrame(rows, columns=["parameter", "value", "none means"])


def _meaning_of_none(estimator: BaseEstimator, parameter: str) -> str:
    """Return what the owner's docstring says behind "None:"."""
    owner, name = _owner(estimator, parameter)
    manual = inspect.getdoc(type(owner)) or ""
    own = re.search(rf"^{name} : .*\n((?: .*\n)+)", manual, re.MULTILINE)
    said = re.search(r"\bNone: (.+?)\.( |$)", " ".join(own[1].split()) if own else "")
    return said[1].replace("``", "") if said else ""


# --- several models -------------------------------------------------------------------


def make_models(names: Sequence[str], settings: Settings) -> dict[str, BaseEstimator]:
    """Return unfitted models by their names, without seeds.

    ``name=value`` is for all models that have the parameter, ``model:name=value`` for
    one.

    Raises
    ------
    ValueError
        For no names, an unknown one, one that comes twice, and a parameter that no
        model has.
    """
    if not names:
        raise ValueError("--models is empty; name some, such as --models cnn,svm.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"--models has {', '.join(twice)} twice.")
    models = {name: make_named(name) for name in names}
    values = parse_settings(settings)
    # What is for all comes before what is for one.
    for key in sorted(values, key=lambda key: ":" in key):
        owner, colon, parameter = key.rpartition(":")
        if colon and owner not in models:
            raise ValueError(
                f"--set {key}=...: {owner!r} is none of --models {','.join(names)}."
            )
        owners = [owner] if colon else _owners(models, parameter)
        for name in owners:
            set_parameters(name, models[name], {parameter: values[key]})
    return models


def make_default_models(
    X: np.ndarray, n_folds: int, is_tested: bool, settings: Settings
) -> tuple[dict[str, BaseEstimator], str]:
    """Return the default set for images; and its names, with the expected time.

    ``is_tested`` says that each model is also fitted on all images.
    """
    names = default_names(X)
    models = make_models(names, settings)
    said = f"models: {', '.join(names)} (--models takes others)"
    if settings.texts:  # nobody knows how long other networks take
        return models, said
    sizes = [len(X) * (n_folds - 1) // n_folds] * n_folds + [len(X)] * is_tested
    return models, f"{said}\n{say_expected(models, X, sizes)}".rstrip()


def _owners(models: dict[str, BaseEstimator], parameter: str) -> list[str]:
    """Return the models that have a parameter, or raise if none has."""
    owners = [name for name, model in models.items() if names_of(model, parameter)]
    if owners or len(models) == 1:
        return owners or [*models]  # of a single one, all parameters are told
    known = sorted({name for model in models.values() for name in model.get_params()})
    raise ValueError(
        f"None of the models {', '.join(models)} has a parameter {parameter!r}."
        f"{hint(parameter, known)} What one has is shown by: skcnn models "
        f"{next(iter(models))}"
    )


def make_candidates(
    name: str,
    estimator: BaseEstimator,
    texts: Iterable[str],
    n_candidates: int | None = None,
    seed: int = 0,
) -> tuple[dict[str, BaseEstimator], list[str]]:
    """Return a model for every combination of a grid, by the options that make it.

    Parameters
    ----------
    name : str
        What the user calls the model.
    estimator : BaseEstimator
        The model.
    texts : iterable of str
        ``name=value,value``, or a distribution.
    n_candidates : int, optional
        Settings to draw; None: all combinations.
    seed : int
        Decides what is drawn.

    Returns
    -------
    candidates : dict of str to BaseEstimator
        The models.
    parameters : list of str
        The full names of what differs.

    Raises
    ------
    ValueError
        For an unknown parameter (the known ones are listed), for a name that several
        parts of a model have, and for distributions of which nothing is drawn.

    Examples
    --------
    >>> grid = ["C=1,3", "kernel=rbf"]
    >>> list(make_candidates("svm", make_named("svm"), grid)[0])
    ['--set C=1 --set kernel=rbf', '--set C=3 --set kernel=rbf']
    """
    grid = {}
    for parameter, values in parse_grid(texts).items():
        full, *others = _check_parameter(name, estimator, parameter)
        if others:
            raise ValueError(
                f"--grid {parameter} may mean any of {', '.join([full, *others])}; "
                "write the one that is meant."
            )
        if n_candidates is None and not isinstance(values, list):
            raise ValueError(
                f"--grid {parameter} is a distribution; say how many settings to draw, "
                "such as --n-iter 30."
            )
        grid[full] = values
    candidates = {}
    for drawn in _settings(grid, n_candidates, seed):
        params = {one: as_default(estimator, one, value) for one, value in drawn}
        candidates[_as_options(params)] = clone(estimator).set_params(**params)
    return candidates, list(grid)


def _settings(grid: dict[str, Any], n_candidates: int | None, seed: int):
    """Give pairs of names and values: all combinations, or as many as are drawn."""
    if n_candidates is None:
        for chosen in product(*grid.values()):
            yield zip(grid, chosen, strict=True)
        return
    sizes = [len(v) if isinstance(v, list) else math.inf for v in grid.values()]
    total = math.prod(sizes)
    drawn = ParameterSampler(grid, min(n_candidates, total), random_state=seed)
    for one in drawn:
        yield (
            (name, one[name] if isinstance(values, list) else _typed(one[name]))
            for name, values in grid.items()
        )


def _typed(drawn: float) -> float:
    """Return a drawn number as one types it: three digits, or a whole one."""
    if isinstance(drawn, (int, np.integer)):
        return int(drawn)
    return float(f"{drawn:.3g}")


def _as_options(params: dict[str, object]) -> str:
    """Write parameters as a shell takes them."""
    settings = [f"{name}={format_value(value)}" for name, value in params.items()]
    return " ".join(f"--set {shlex.quote(setting)}" for setting in settings)
