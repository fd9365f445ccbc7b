"""Many estimators on the same folds: one call, one table."""

from skcnn.comparison._compare import compare
from skcnn.comparison._frames import as_text
from skcnn.comparison._input import to_rows
from skcnn.comparison._predictions import Predictions, check_length
from skcnn.comparison._ranking import Ranking
from skcnn.comparison._result import Comparison
from skcnn.comparison._statistics import wilson_interval

# The first two are for users; the others for the rooms that draw and show.
__all__ = [
    "Comparison",
    "Predictions",
    "Ranking",
    "as_text",
    "check_length",
    "compare",
    "to_rows",
    "wilson_interval",
]
