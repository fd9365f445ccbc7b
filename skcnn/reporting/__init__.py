"""One HTML page about a comparison or a fitted estimator, for a person who decides."""

from skcnn.reporting._report import report

__all__ = ["report"]
