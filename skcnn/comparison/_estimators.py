"""The estimators of a comparison: names, clones, seeds, memory."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcnn import recipes
from skcnn._pretrained_features import PretrainedFeatures
from skcnn._transfer import TransferClassifier


def check_estimators(estimators) -> dict[str, BaseEstimator]:
    """Return clones of the estimators by their names.

    Parameters
    ----------
    estimators : dict or list
        Names and estimators, or estimators alone, which are called after their
        classes; ids of recipes stand for estimators.

    Raises
    ------
    TypeError
        For what is neither a dict nor a list, a name that is no string, and a value
        that is no classifier.
    ValueError
        For no estimators, and an unknown recipe.
    """
    is_list = isinstance(estimators, (list, tuple))
    if not is_list and not isinstance(estimators, Mapping):
        raise TypeError(
            "estimators must be a dict of names and estimators or a list of "
            f"estimators, got {estimators!r}. Pass [estimator] to look at one."
        )
    if not estimators:
        raise ValueError("estimators is empty; pass at least one classifier.")
    named = _named(estimators) if is_list else dict(estimators)
    for name in named:
        if not isinstance(name, str):
            raise TypeError(
                f"Names of estimators must be strings, got {name!r}. Use "
                f"{str(name)!r}, for example."
            )
    return {name: _check_one(name, given) for name, given in named.items()}


def _named(estimators) -> dict:
    """Call estimators after their classes, and equal ones by numbers too."""
    names = [
        given if isinstance(given, str) else type(given).__name__.lower()
        for given in estimators
    ]
    totals, seen, unique = Counter(names), Counter(), []
    for name in names:
        seen[name] += 1
        unique.append(f"{name}-{seen[name]}" if totals[name] > 1 else name)
    return dict(zip(unique, estimators, strict=True))


def _check_one(name: str, given) -> BaseEstimator:
    if isinstance(given, str):
        return _recipe(name, given)
    if isinstance(given, type):
        raise TypeError(
            f"{name!r} is the class {given.__name__}, and an instance is wanted: "
            f"{given.__name__}()."
        )
    if isinstance(given, tuple):
        raise TypeError(
            f"{name!r} is the tuple {given!r}. Pass pairs of names and estimators as "
            "dict(estimators)."
        )
    if not hasattr(given, "fit") or not is_classifier(given):
        raise TypeError(
            f"{name!r} is {given!r}, which is no classifier. Put one behind it: "
            f"make_pipeline({type(given).__name__}(...), SVMClassifier())."
        )
    return clone(given)


def _recipe(name: str, id: str) -> BaseEstimator:
    known = recipes.list().index.tolist()
    if id not in known:
        close = difflib.get_close_matches(id.upper(), known, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"{name!r} is no estimator and {id!r} no recipe; the recipes are "
            f"{', '.join(known)}.{hint}"
        )
    return recipes.make(id)


def with_rows(estimator: BaseEstimator) -> BaseEstimator:
    """Put a step that flattens images in front of scikit-learn's own estimators.

    Nearly all of them take rows of features only; a comparison of networks with a
    logistic regression should not fail over that.
    """
    return (
        make_pipeline(FunctionTransformer(to_rows), estimator)
        if _takes_rows(estimator)
        else estimator
    )


def to_rows(X) -> np.ndarray:
    """Flatten images of shape (n, ...) to rows of shape (n, n_pixels)."""
    X = np.asarray(X)
    return X.reshape(len(X), -1)


def _takes_rows(estimator: BaseEstimator) -> bool:
    """Whether images reach an estimator of scikit-learn's that checks for rows."""
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if hasattr(step, "fit")]
        return _takes_rows(steps[0])
    parts = estimator.get_params().values()
    has_ours = any(_package(part) == "skcnn" for part in parts)
    takes_all = isinstance(estimator, FunctionTransformer) and not estimator.validate
    return _package(estimator) == "sklearn" and not has_ours and not takes_all


def _package(thing) -> str:
    return type(thing).__module__.partition(".")[0]


def set_memory(estimator: BaseEstimator, memory) -> None:
    """Set every nested ``memory`` that keeps features of images, where it is None.

    Not a pipeline's: what it keeps are fitted steps, so that the second pipeline with
    the same first step would be fitted in no time, and the comparison of times wrong.
    """
    for part in (estimator, *estimator.get_params().values()):
        keeps_features = isinstance(part, (TransferClassifier, PretrainedFeatures))
        if keeps_features and part.memory is None:
            part.set_params(memory=memory)
