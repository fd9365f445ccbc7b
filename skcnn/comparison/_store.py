"""Outcomes on disk, one file each, and the keys by which they are found."""

from __future__ import annotations

import json
import uuid
import warnings
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from skcnn.base.atomic import replacing, writable_folder
from skcnn.base.fingerprint import NoFingerprint, fingerprint
from skcnn.base.parts import stamp
from skcnn.comparison._predictions import Predictions
from skcnn.comparison._units import Data, Outcome, Unit

# Of the files' content; another number is not read.
_FORMAT = 1

# Fields of an outcome that are no JSON; the fitted estimator is not kept.
_NO_JSON = ("predictions", "estimator")
_JSON = tuple(field.name for field in fields(Outcome) if field.name not in _NO_JSON)


class Keys:
    """The keys of one comparison; what has no fingerprint gets one of its own.

    Parameters
    ----------
    warns : bool
        Whether to say what has none: where results are stored, these will not be.
    """

    def __init__(self, warns: bool):
        self.warns = warns
        self._own: set[str] = set()

    def key(self, name: str, *values) -> str:
        """Return a fingerprint, or a key that is never used again."""
        try:
            key = fingerprint(*values)
        except NoFingerprint as error:
            key = uuid.uuid4().hex
            self._own.add(key)
            if self.warns:
                warnings.warn(
                    f"Results of {name} are computed, but not stored, since nobody can "
                    f"tell whether they are asked for again: {error}.",
                    RuntimeWarning,
                    stacklevel=3,
                )
        return key

    def unit(self, *keys: str) -> str:
        """Return the key of a unit of work, of keys and rows that decide it."""
        key = fingerprint(*keys)
        if self._own & {one for one in keys if isinstance(one, str)}:
            self._own.add(key)
        return key

    def is_lasting(self, key: str) -> bool:
        """Tell whether another comparison can come to the same key."""
        return key not in self._own


def data_parts(X, codes: np.ndarray, classes: np.ndarray) -> tuple:
    """Return what decides results of images and labels, the same for int32 and int64.

    Images that are paths are also the size and the time of their files. The index of
    a frame decides nothing.
    """
    if hasattr(X, "reset_index"):
        X = X.reset_index(drop=True)
    return X, _stamps(X), codes.astype(np.int64), classes.tolist()


def _stamps(X) -> list:
    if np.asarray(_safe_indexing(X, [0])).dtype.kind not in "OU":
        return []
    return [stamp(path) for path in np.ravel(np.asarray(X, dtype=object))]


class Store:
    """A folder of finished units; any number of processes may use it.

    A file is written beside its place and then moved there, so a process that is
    killed leaves a whole file or none. Nothing is pickled: figures are JSON, and
    predictions arrays, in one ``.npz`` file per unit.

    Parameters
    ----------
    folder : path
        Made where it is not there.

    Raises
    ------
    ValueError
        Where the folder cannot be made or written to.
    """

    def __init__(self, folder):
        self.folder = writable_folder(folder, "store")

    def keep(self, id: str, outcome: Outcome) -> None:
        """Keep an outcome; warn where that cannot be done."""
        try:
            arrays = _to_arrays(id, outcome)
            self._write(f"{id}.npz", lambda file: np.savez(file, **arrays))
        # A history of the user's own may hold what JSON cannot: TypeError, ValueError.
        except (OSError, TypeError, ValueError) as error:
            warnings.warn(
                f"A result could not be kept in {str(self.folder)!r} ({error}); a "
                "restart will compute it again.",
                RuntimeWarning,
                stacklevel=2,
            )

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
        path = self.folder / f"{unit.id}.npz"
        try:
            # Opened here: NumPy leaves a file open that it finds broken.
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                return _read(file, unit, data, scores)
        except FileNotFoundError:
            return None
        # A file can be broken in many ways: BadZipFile, KeyError, JSONDecodeError, ...
        except Exception as error:
            warnings.warn(
                f"{str(path)!r} cannot be read ({type(error).__name__}: {error}); its "
                "result is computed again.",
                RuntimeWarning,
                stacklevel=2,
            )
            return None

    def seed(self, data_digest: str, drawn: int) -> int:
        """Return the seed that comparisons without one use on these data.

        The first one stays: a comparison that goes on needs the same folds.
        """
        path = self.folder / f"seed-{data_digest}.json"
        seed = _read_seed(path)
        if seed is None:
            content = json.dumps({"random_state": drawn}).encode()
            self._write(path.name, lambda file: file.write(content), _move_first)
            # Another process may have been the first.
            seed = _read_seed(path)
        return drawn if seed is None else seed

    def _write(self, name: str, write, move=Path.replace) -> None:
        with replacing(self.folder / name, move) as file:
            write(file)


def _move_first(source: Path, target: Path) -> None:
    """Move a file of a seed to its place, unless a readable one is there by then."""
    try:
        target.hardlink_to(source)
    except OSError:  # it is there, or the disk knows no such links
        if _read_seed(target) is None:
            source.replace(target)


def _read_seed(path: Path) -> int | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads(path.read_text(encoding="utf-8"))["random_state"])
    return None


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
