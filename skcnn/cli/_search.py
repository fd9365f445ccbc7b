"""A search over a grid of parameters: its candidates, and its table."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from itertools import product

import pandas as pd
from sklearn.base import BaseEstimator, clone

from skcnn import Comparison
from skcnn.cli._errors import in_options
from skcnn.cli._models import as_default, check_parameter
from skcnn.cli._terminal import Terminal
from skcnn.cli._values import format_value, parse_grid


def make_grid(
    name: str, estimator: BaseEstimator, texts: Iterable[str]
) -> dict[str, list[object]]:
    """Return the grid under the parameters' full names.

    Parameters
    ----------
    name : str
        What the user calls the model.
    estimator : BaseEstimator
        The model.
    texts : iterable of str
        ``name=value,value``.

    Returns
    -------
    dict of str to list
        As `GridSearchCV` takes it.

    Raises
    ------
    ValueError
        For an unknown parameter (the known ones are listed), and for a name that
        several parts of a model have.
    """
    grid = {}
    for parameter, values in parse_grid(texts).items():
        names = check_parameter(name, estimator, parameter)
        if len(names) > 1:
            raise ValueError(
                f"--grid {parameter} may mean any of {', '.join(names)}; write the one "
                "that is meant."
            )
        grid[names[0]] = [as_default(estimator, names[0], value) for value in values]
    return grid


def make_candidates(
    estimator: BaseEstimator, grid: dict[str, list[object]]
) -> dict[str, BaseEstimator]:
    """Return a model for every combination, by the options that make it.

    Examples
    --------
    >>> from skcnn import SVMClassifier
    >>> list(make_candidates(SVMClassifier(), {"C": [1, 3], "kernel": ["rbf"]}))
    ['--set C=1 --set kernel=rbf', '--set C=3 --set kernel=rbf']
    """
    candidates = {}
    for values in product(*grid.values()):
        params = dict(zip(grid, values, strict=True))
        candidates[_as_options(params)] = clone(estimator).set_params(**params)
    return candidates


def _as_options(params: dict[str, object]) -> str:
    """Write parameters as a shell takes them."""
    settings = [f"{name}={format_value(value)}" for name, value in params.items()]
    return " ".join(f"--set {shlex.quote(setting)}" for setting in settings)


def show(
    comparison: Comparison,
    candidates: dict[str, BaseEstimator],
    parameters: Iterable[str],
    terminal: Terminal,
) -> None:
    """Show the candidates, best first, and why some have failed.

    Parameters
    ----------
    comparison : Comparison
        Of the candidates.
    candidates : dict of str to estimator
        Of `make_candidates`.
    parameters : iterable of str
        Those that differ.
    terminal : Terminal
        Where the table goes.
    """
    table, score = comparison.table_, comparison.scoring_[0]
    params = [candidates[name].get_params() for name in table.index]
    # Nobody has a rank without a score.
    rank = table["rank"].astype("Int64").where(table[score].notna())
    columns = {
        "rank": rank,
        **{name: [format_value(own[name]) for own in params] for name in parameters},
        **{name: table[name] for name in (score, f"{score}_sd", "fit_seconds")},
    }
    heads = {f"{score}_sd": "sd", "fit_seconds": "fit s"}
    terminal.table(pd.DataFrame(columns), heads)
    for name, error in table["error"].items():
        if error:
            terminal.warn(f"{name}: {in_options(error)}")
