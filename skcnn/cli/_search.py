"""A search over a grid of parameters, and its table."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV, ParameterGrid

from skcnn.cli._images import Images
from skcnn.cli._models import as_default, check_parameter
from skcnn.cli._progress import Scorer, counted
from skcnn.cli._terminal import Terminal
from skcnn.cli._values import format_value, parse_grid
from skcnn.comparison._input import make_splits


def make_candidates(
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


def search(
    estimator: BaseEstimator,
    grid: dict[str, list[object]],
    images: Images,
    cv: int,
    scorer: Scorer,
    n_jobs: int | None,
    seed: int,
    terminal: Terminal,
) -> GridSearchCV:
    """Try all candidates on the folds of a comparison with the same seed.

    Returns
    -------
    GridSearchCV
        Not fitted again: ``best_params_`` are those of the best candidate.

    Raises
    ------
    ValueError
        If no candidate has a score.
    """
    _, folds = make_splits(cv, images.X, images.y, seed)
    n_candidates = len(ParameterGrid(grid))
    n_fits = n_candidates * cv
    terminal.note(f"{n_candidates} candidates on {cv} folds: {n_fits} fits")
    with warnings.catch_warnings(), counted(scorer, n_fits, terminal) as count:
        # scikit-learn has said before why fits have failed.
        warnings.filterwarnings("ignore", "One or more of the test scores are non-fi")
        done = GridSearchCV(
            estimator, grid, scoring=count, cv=folds, n_jobs=n_jobs, refit=False
        )
        done.fit(images.X, images.y)
    if not np.isfinite(done.cv_results_["mean_test_score"]).any():
        raise ValueError(
            "No candidate has a score, so none is the best one: the warnings say why. "
            "Choose another --scoring; one that needs probabilities, such as "
            "neg_log_loss, needs --set probability=True of a support vector machine."
        )
    return done


def show(done: GridSearchCV, scoring: str, terminal: Terminal) -> None:
    """Show the candidates, best first, and how to set the best one."""
    results = done.cv_results_
    names = list(done.param_grid)
    order = sorted(
        range(len(results["params"])), key=lambda at: results["rank_test_score"][at]
    )
    terminal.table(
        ["rank", *names, scoring, "sd", "fit s"],
        [_row(results, names, at) for at in order],
    )
    best = " ".join(
        f"--set {name}={format_value(value)}"
        for name, value in done.best_params_.items()
    )
    terminal.note(f"The best one: {best}")


def _row(results: dict, names: list[str], at: int) -> list[object]:
    params, score = results["params"][at], results["mean_test_score"][at]
    scores = [
        results[key][at]
        for key in results
        if key.startswith("split") and key.endswith("_test_score")
    ]
    return [
        None if math.isnan(score) else int(results["rank_test_score"][at]),
        *(format_value(params[name]) for name in names),
        float(score),
        # Not scikit-learn's own, which divides by the number of folds.
        float(np.std(scores, ddof=1)),
        float(results["mean_fit_time"][at]),
    ]
