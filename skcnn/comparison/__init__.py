"""Many estimators on the same folds: one call, one table."""

from skcnn.comparison._compare import compare
from skcnn.comparison._comparison import Comparison
from skcnn.comparison._ranking import Ranking

__all__ = ["Comparison", "Ranking", "compare"]
