"""The candidates of a search, and which of them go on."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter

from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import ParameterGrid, ParameterSampler

from skcnn.base.seeds import set_seeds
from skcnn.base.words import shown
from skcnn.contract.estimator import BaseNetwork
from skcnn.search._steps import last_step

# Parameters by which a network steers its own training: it is not parted then. A
# backbone that is fine-tuned is trained twice.
_STEERING = (
    *("lr_schedule", "early_stopping", "max_seconds", "callbacks"),
    *("fine_tune_layers",),
)

# Parameters that candidates may differ in and share a compiled model all the same.
_OUTSIDE_THE_GRAPH = (
    *("learning_rate", "weight_decay", "batch_size", "epochs", "class_weight"),
    "random_state",
)


@dataclass(frozen=True)
class Candidate:
    """One setting of the estimator.

    Attributes
    ----------
    index : int
        Its place in ``cv_results_``.
    params : dict
    estimator : estimator
        Unfitted, with these parameters.
    last : int
        Epochs of its whole training; 1 where it knows no epochs.
    goes_on : bool
        Whether it can be trained by parts.
    network : str
        Equal for candidates that can train the same compiled model.
    """

    index: int
    params: dict
    estimator: BaseEstimator
    last: int
    goes_on: bool
    network: str

    @property
    def least_refit(self) -> float:
        """The part of its whole training that a refit takes at least.

        A network plans its steps for the time that is left; with less than half of
        them, it would not be what was found.
        """
        last = last_step(self.estimator)
        is_free = isinstance(last, BaseNetwork) and last.max_seconds is None
        return 0.5 if is_free else 1.0


def settings_of(params, n_candidates: int | None, random_state) -> list[dict]:
    """Return the settings to try: of a grid all, of distributions some.

    Raises
    ------
    TypeError, ValueError
        For what is no grid.
    """
    grids = [params] if isinstance(params, Mapping) else params
    for one in grids:
        if not isinstance(one, Mapping):
            raise TypeError(
                f"params={shown(params)} is no dict of lists, nor a list of such dicts."
                ' Pass params={"learning_rate": [0.001, 0.01]}, for example.'
            )
    if n_candidates is not None:
        return list(ParameterSampler(params, n_candidates, random_state=random_state))
    for one in grids:
        for name, values in one.items():
            if hasattr(values, "rvs"):
                raise ValueError(
                    f"params[{name!r}] is a distribution, of which a number of values "
                    "is drawn: pass n_candidates=30, or a list in its place."
                )
    return list(ParameterGrid(params))


def make_candidates(
    estimator, settings: list[dict], seed: int, n_rows: int, max_epochs: int | None
) -> list[Candidate]:
    """Return the candidates.

    Parameters
    ----------
    estimator : estimator
    settings : list of dict
    seed : int
        Of every ``random_state`` that is None.
    n_rows : int
        Rows that each is trained on.
    max_epochs : int, optional
    """
    candidates = []
    for index, params in enumerate(settings):
        # Values may be estimators themselves.
        one = clone(estimator).set_params(**clone(params, safe=False))
        set_seeds(one, seed)
        epochs, goes_on = _epochs(one, params, n_rows, max_epochs)
        own = Candidate(index, params, one, epochs, goes_on, _network(params))
        candidates.append(own)
    return candidates


def _network(params: dict) -> str:
    """Return what is equal where settings differ in nothing that is in the graph."""
    inside = {
        name: value
        for name, value in params.items()
        if name.rpartition("__")[2] not in _OUTSIDE_THE_GRAPH
    }
    return repr(sorted(inside.items(), key=itemgetter(0)))


def _epochs(estimator, params, n_rows, max_epochs) -> tuple[int, bool]:
    """Return how many epochs an estimator has, and whether it goes on."""
    last = last_step(estimator)
    if isinstance(last, BaseNetwork):
        epochs = last._most_epochs(n_rows)
        if _steers_itself(last, params):
            return epochs, False
        return epochs if max_epochs is None else min(epochs, max_epochs), True
    if max_epochs is not None and hasattr(last, "partial_fit"):
        return max_epochs, True
    return 1, False


def _steers_itself(network: BaseNetwork, params: dict) -> bool:
    """Tell whether somebody has set how the training of a network goes."""
    defaults = inspect.signature(type(network).__init__).parameters
    own = network.get_params(deep=False)
    is_set = any(own[n] != defaults[n].default for n in _STEERING if n in own)
    return is_set or any(name.rpartition("__")[2] in _STEERING for name in params)
