"""All kinds of values that a file can hold."""

from skcnn.persistence._calibrated import CALIBRATED_KINDS
from skcnn.persistence._containers import CONTAINER_KINDS
from skcnn.persistence._estimators import ESTIMATOR_KINDS
from skcnn.persistence._functions import FUNCTION_KINDS
from skcnn.persistence._intelex import INTELEX_KINDS
from skcnn.persistence._keras import KERAS_KINDS
from skcnn.persistence._networks import NETWORK_KINDS
from skcnn.persistence._plain_kinds import PLAIN_KINDS
from skcnn.persistence._sklearn import SKLEARN_KINDS

# The first one that fits a value takes it.
KINDS = (
    *PLAIN_KINDS,
    *ESTIMATOR_KINDS,
    *CONTAINER_KINDS,
    *CALIBRATED_KINDS,
    *INTELEX_KINDS,
    *SKLEARN_KINDS,
    *NETWORK_KINDS,
    *FUNCTION_KINDS,
    *KERAS_KINDS,
)
