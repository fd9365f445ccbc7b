"""A search whose candidates go on training: on disk, within a time limit."""

from skcnn.search._search import ContinuingSearchCV

__all__ = ["ContinuingSearchCV"]
