"""The systems of the five reports this package grew out of, and baselines.

``recipes.list()`` shows them, ``recipes.make("C3")`` makes one.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sklearn.base import BaseEstimator

from skcnn.recipes import (
    _baselines,
    _report_a,
    _report_b,
    _report_c,
    _report_d,
    _report_e,
)

__all__ = ["list", "make"]

_REPORTS = {
    "Waterloo 1": _report_a.RECIPES,
    "Waterloo 2": _report_b.RECIPES,
    "Waterloo 3": _report_c.RECIPES,
    "Waterloo 4": _report_d.RECIPES,
    "DSTI": _report_e.RECIPES,
    "baselines": _baselines.RECIPES,
}
_RECIPES = {recipe.id: recipe for recipes in _REPORTS.values() for recipe in recipes}


def make(id: str, **overrides: object) -> BaseEstimator:
    """Return an unfitted estimator: a system with a report's settings, or a baseline.

    Parameters
    ----------
    id : str
        Letter of the report and number of the system, as in :func:`list`; "P1" and
        "P2" are baselines.
    **overrides : object
        Parameters to set otherwise, such as ``epochs=2`` or ``random_state=0``. In a
        pipeline (E10, E11, P1, P2) such a name sets all nested ones that end in it.

    Returns
    -------
    BaseEstimator
        An ordinary estimator: it can be cloned, searched and pickled.

    Raises
    ------
    ValueError
        For an unknown id, and for a parameter that the estimator does not have.

    Examples
    --------
    >>> from skcnn import recipes
    >>> recipes.make("C1", epochs=2).filters
    (32, 64, 64)
    """
    if id not in _RECIPES:
        known = ", ".join(_RECIPES)
        raise ValueError(f"There is no recipe {id!r}; known are {known}.")
    estimator = _RECIPES[id].make()
    for name, value in overrides.items():
        estimator.set_params(**dict.fromkeys(_names_of(id, estimator, name), value))
    return estimator


def _names_of(id: str, estimator: BaseEstimator, name: str) -> Sequence[str]:
    """Return the parameters that a name means, or raise with those there are."""
    known = sorted(estimator.get_params())
    if name in known or "__" in name:
        return [name]
    nested = [other for other in known if other.endswith(f"__{name}")]
    if not nested:
        raise ValueError(
            f"Recipe {id} has no parameter {name!r}. It is a "
            f"{type(estimator).__name__} with {', '.join(known)}."
        )
    return nested


def list() -> pd.DataFrame:
    """Return what the reports say of their systems, and two baselines behind them.

    Returns
    -------
    DataFrame
        One row per system, by its id: report ("baselines" for those that no report
        has), task, system, estimator, parameters
        (weights of the network, on the reports' images of 28x28), not_trainable (those
        of them that are not trained), reported_accuracy, reported_seconds,
        reported_images (training images, where fewer were used on purpose), note.

    See Also
    --------
    skcnn.datasets.fetch_fashion_mnist : The images of T5 and T10.
    skcnn.datasets.make_noisy_digits : The images of TN.

    Notes
    -----
    The data of the tasks, those of this table and two others of this package::

        T5   datasets.fetch_fashion_mnist(labels="five")   Fashion-MNIST, five labels
        TN   datasets.make_noisy_digits()                  MNIST's digits on noise
        T10  datasets.fetch_fashion_mnist()                Fashion-MNIST, ten garments
        TD   datasets.load_digits()                        scikit-learn's 8x8 digits

    Report C held out a tenth of the 60 000 training images, B and D a fifth, so that
    they trained on 54 000 and 48 000; ``reported_images`` does not say so. Report E's
    9000 are 12 000 without its test images.

    Examples
    --------
    >>> from skcnn import recipes
    >>> recipes.list().reported_accuracy["C1":"C3"].tolist()
    [0.9018, 0.905, 0.9146]
    """
    rows = {
        recipe.id: {
            "report": report,
            "task": recipe.task,
            "system": recipe.system,
            "estimator": recipe.estimator,
            "parameters": recipe.n_parameters,
            "not_trainable": recipe.n_frozen,
            "reported_accuracy": recipe.accuracy,
            "reported_seconds": recipe.seconds,
            "reported_images": recipe.n_images,
            "note": recipe.note,
        }
        for report, recipes in _REPORTS.items()
        for recipe in recipes
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("id")
    whole = ["parameters", "not_trainable", "reported_images"]
    figures = ["reported_accuracy", "reported_seconds"]
    return table.astype(dict.fromkeys(whole, "Int64") | dict.fromkeys(figures, float))
