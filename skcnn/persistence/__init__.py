"""One file for one fitted estimator, that runs nothing when it is loaded."""

from skcnn.persistence._load import load as load
from skcnn.persistence._save import save as save

__all__ = ["load", "save"]
