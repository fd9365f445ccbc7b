"""Outcomes on disk, one file each, and what decides them."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import numpy as np

from skcnn.base.keys import image_parts
from skcnn.base.unit_folder import UnitFolder
from skcnn.comparison._predictions import Predictions
from skcnn.comparison._units import Data, Outcome, Unit

# Of the files' content; another number is not read.
_FORMAT = 1

# Fields of an outcome that are no JSON; the fitted estimator is not kept.
_NO_JSON = ("predictions", "estimator")
_JSON = tuple(field.name for field in fields(Outcome) if field.name not in _NO_JSON)


def data_parts(X, codes: np.ndarray, classes: np.ndarray) -> tuple:
    """Return what decides results of images and labels, the same for int32 and int64.

    Parameters
    ----------
    X : images
    codes, classes : ndarray
        Places of the labels in the classes, and these.
    """
    return *image_parts(X), codes.astype(np.int64), classes.tolist()


class Store(UnitFolder):
    """A folder of outcomes.

    Nothing is pickled: figures are JSON, and predictions arrays, in one ``.npz`` file
    per unit.
    """

    def keep(self, id: str, outcome: Outcome) -> None:
        """Keep an outcome; warn where that cannot be done."""
        self.write(f"{id}.npz", lambda file: np.savez(file, **_to_arrays(id, outcome)))

    def find(self, unit: Unit, data: Data, scores) -> Outcome | None:
        """Return the outcome of a unit, or None; warn of a damaged file.

        Parameters
        ----------
        unit : Unit
        data : Data
            What it is fitted and scored on.
        scores : iterable of str
            Scores that it must have.
        """

        def read(raw) -> Outcome:
            with np.load(raw, allow_pickle=False) as file:
                return _read(file, unit, data, scores)

        return self.read(f"{unit.id}.npz", read)


def _to_arrays(id: str, outcome: Outcome) -> dict[str, Any]:
    said = outcome.predictions
    assert said is not None  # only what has no error is kept
    numbers = {name: getattr(outcome, name) for name in _JSON}
    text = json.dumps({"format": _FORMAT, "id": id, **numbers})
    arrays = {
        "figures": np.frombuffer(text.encode(), np.uint8),
        "codes": said.y_encoded,
    }
    found = {"probabilities": said.proba, "decision": said.decision}
    return arrays | {n: array for n, array in found.items() if array is not None}


def _read(file, unit: Unit, data: Data, scores) -> Outcome:
    numbers = json.loads(file["figures"].tobytes())
    if numbers.pop("format") != _FORMAT or numbers.pop("id") != unit.id:
        raise ValueError("its content is that of another file")
    y_encoded, y_true = file["codes"], unit.labels(data)
    proba, decision = file.get("probabilities"), file.get("decision")
    n, k = len(y_true), len(data.classes)
    is_right = y_encoded.shape == (n,) and set(numbers["scores"]) == set(scores)
    is_right &= proba is None or proba.shape == (n, k)
    is_right &= decision is None or decision.shape in {(n, k), (n,) * (k == 2)}
    if not is_right or not set(y_encoded.tolist()) <= set(range(k)):
        raise ValueError("it does not fit the data")
    predictions = Predictions(
        y_true,
        data.classes[y_encoded],
        proba,
        data.classes,
        decision,
        indices=unit.test,
    )
    return Outcome(**numbers, predictions=predictions)
