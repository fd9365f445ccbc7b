"""Many estimators on the same folds: one call, one table."""

from skcnn.comparison._compare import compare
from skcnn.comparison._comparison import Comparison

__all__ = ["Comparison", "compare"]
