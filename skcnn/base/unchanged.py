"""Nothing that is fitted gets lost when a fit fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from skcnn.base.sklearn_callbacks import NOTES


@contextmanager
def unchanged_on_error(estimator: object) -> Iterator[None]:
    """Give all attributes back as they were if the block does not come to its end."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        # scikit-learn has yet to tell its callbacks.
        notes = {n: value for n, value in vars(estimator).items() if n in NOTES}
        vars(estimator).clear()
        vars(estimator).update(before | notes)
        raise
