"""Outcomes on disk, one file each, found by the digest of what decided them."""

from __future__ import annotations

import json
import warnings
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import numpy as np

from skcnn.base.atomic import replacing, writable_folder
from skcnn.comparison._units import Outcome

# Of the files' content; another number is not read.
_FORMAT = 1

# Fields of an outcome that are arrays; the fitted estimator is not kept.
_ARRAYS = ("codes", "probabilities")
_FIGURES = tuple(
    field.name for field in fields(Outcome) if field.name not in (*_ARRAYS, "estimator")
)


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

    def find(self, id: str, n_test: int, n_classes: int, scores) -> Outcome | None:
        """Return the outcome of a unit, or None; warn of a damaged file.

        Parameters
        ----------
        id : str
            The unit's.
        n_test, n_classes : int
            Rows and columns that its predictions must have.
        scores : iterable of str
            Scores that it must have.
        """
        path = self.folder / f"{id}.npz"
        try:
            # Opened here: NumPy leaves a file open that it finds broken.
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                outcome = _read(file, id)
            _check(outcome, n_test, n_classes, scores)
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
        return outcome

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


def _to_arrays(id: str, outcome: Outcome) -> dict[str, np.ndarray]:
    figures = {name: getattr(outcome, name) for name in _FIGURES}
    text = json.dumps({"format": _FORMAT, "id": id, **figures})
    arrays = {name: getattr(outcome, name) for name in _ARRAYS}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    return {"figures": np.frombuffer(text.encode(), np.uint8), **arrays}


def _read(file, id: str) -> Outcome:
    figures = json.loads(file["figures"].tobytes())
    if figures.pop("format") != _FORMAT or figures.pop("id") != id:
        raise ValueError("its content is that of another file")
    arrays = {name: file[name] for name in _ARRAYS if name in file}
    return Outcome(**figures, **arrays)


def _check(outcome: Outcome, n_test: int, n_classes: int, scores) -> None:
    codes, probabilities = outcome.codes, outcome.probabilities
    is_right = codes.shape == (n_test,) and set(outcome.scores) == set(scores)
    if is_right and probabilities is not None:
        is_right = probabilities.shape == (n_test, n_classes)
    if not is_right or not set(codes) <= set(range(n_classes)):
        raise ValueError("it does not fit the data")
