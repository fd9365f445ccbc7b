"""A search whose candidates go on training, for the command."""

from __future__ import annotations

from collections.abc import Iterable

from sklearn.base import BaseEstimator
from sklearn.model_selection import StratifiedKFold

from skcnn import ContinuingSearchCV
from skcnn.cli._pixel_columns import Images, rows_to_fit


def continuing_search(
    estimator: BaseEstimator,
    candidates: dict[str, BaseEstimator],
    parameters: Iterable[str],
    images: Images,
    *,
    cv: object,
    **options: object,
) -> ContinuingSearchCV:
    """Return a fitted search over these candidates, on the folds of a comparison.

    Parameters
    ----------
    estimator : BaseEstimator
        What the candidates are made of.
    candidates : dict of str to BaseEstimator
    parameters : iterable of str
        The names of what differs.
    images : Images
    cv : int or splitter
        A number: stratified folds, shuffled.
    **options
        Of :class:`skcnn.ContinuingSearchCV`.
    """
    if isinstance(cv, int):
        cv = StratifiedKFold(cv, shuffle=True, random_state=options["random_state"])
    grids = [
        {name: [own[name]] for name in parameters}
        for own in (one.get_params() for one in candidates.values())
    ]
    X = rows_to_fit(estimator, images)
    search = ContinuingSearchCV(estimator, grids, cv=cv, **options)
    groups = {} if images.groups is None else {"groups": images.groups}
    return search.fit(X, images.y, **groups)
