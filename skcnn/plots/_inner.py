"""The network inside a search, a pipeline or another estimator."""

from __future__ import annotations

from typing import Any

# Where estimators keep the one that they have fitted; the last, where nothing is.
_HOLDERS = ("best_estimator_", "estimator_", "autoencoder_", "classifier_", "estimator")


def find_inside(estimator: Any, kind: type) -> Any:
    """Return the first estimator of a kind, itself or inside, or None.

    Parameters
    ----------
    estimator : estimator
        Also a pipeline or a search.
    kind : class
        What is looked for.
    """
    if estimator is None or isinstance(estimator, kind):
        return estimator
    inner = [step for _, step in getattr(estimator, "steps", [])]
    inner += [getattr(estimator, name, None) for name in _HOLDERS]
    found = (find_inside(one, kind) for one in inner)
    return next((one for one in found if one is not None), None)
