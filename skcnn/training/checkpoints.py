"""Go on with a fit that was killed, and end with the same weights."""

from __future__ import annotations

import json
import warnings
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from skcnn.base.atomic import replacing, writable_folder
from skcnn.base.fingerprint import NoFingerprint, fingerprint
from skcnn.keras_door import keras
from skcnn.training.callback_state import CallbackStates, NoState
from skcnn.training.plan import Plan


@dataclass(frozen=True)
class _Saved:
    """What a file holds."""

    note: dict
    variables: list[np.ndarray]
    best: list[np.ndarray]
    states: list[dict]


class Checkpoint(keras.callbacks.Callback):
    """Write all that a fit changes after every epoch, into one file per fit.

    The file is written beside its place and then moved, so that it is whole whenever
    the process is killed. It holds arrays and JSON, nothing that is executed. It is
    removed when the fit has come to its end. It is the last callback, so that it sees,
    and brings back, what the others leave.

    A fit has no file, and a warning says why, where nobody can tell it from others, or
    where a callback of the user's has a state that cannot be kept.

    Parameters
    ----------
    folder : str or path
        ``checkpoint_dir``.
    stopping : EarlyStopping or None

    Raises
    ------
    ValueError
        Where the folder cannot be made or written to.
    """

    def __init__(self, folder, stopping):
        super().__init__()
        self.folder = writable_folder(folder, "checkpoint_dir")
        self.stopping = stopping
        self.rows: list[dict[str, float]] = []
        self.path = None
        self._saved: _Saved | None = None
        self._has_warned = False

    def resume(
        self, compiled, schedule, plan: Plan, states: CallbackStates, decides: dict
    ) -> int | None:
        """Load the file where there is one; return the epoch to go on with.

        Parameters
        ----------
        compiled : CompiledModel
        schedule : Schedule
        plan : Plan
        states : CallbackStates
            Of all other callbacks but ours.
        decides : dict
            All that decides the weights: fits that differ in it never share a file.
        """
        self.compiled, self.states = compiled, states
        self.schedule, self.plan = schedule, plan
        try:
            self.name = fingerprint(decides)
        except NoFingerprint as error:
            self._give_up(error)
            return None
        self.path = self.folder / f"skcnn-{self.name}.npz"
        self._saved = self._find()
        if self._saved is None:
            return None
        note = self._saved.note
        self.rows = note["rows"]
        vars(schedule).update(note["schedule"])
        plan.go_on(note["plan"])
        if self.stopping is not None:
            vars(self.stopping).update(note["stopping"])
            self.stopping.best_weights = self._saved.best or None
        return note["next_epoch"]

    @property
    def has_ended(self) -> bool:
        """Tell whether the training in the file was stopped by a callback."""
        return self._saved is not None and self._saved.note["has_ended"]

    def _find(self) -> _Saved | None:
        try:
            # Opened here: NumPy leaves a file open that it finds broken.
            with self.path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                note = json.loads(str(file["note"]))
                saved = _Saved(
                    note=note,
                    variables=_numbered(file, "variable"),
                    best=_numbered(file, "best"),
                    states=self.states.decode(
                        note["callbacks"], _numbered(file, "state")
                    ),
                )
            self._check(saved)
        except FileNotFoundError:
            return None
        # A file can be broken in many ways: BadZipFile, KeyError, JSONDecodeError, ...
        except Exception as error:
            warnings.warn(
                f"{str(self.path)!r} cannot be read ({type(error).__name__}: {error}); "
                "the fit begins anew.",
                RuntimeWarning,
                stacklevel=2,
            )
            return None
        return saved

    def _check(self, saved: _Saved) -> None:
        """Raise for what does not fit, before anything is assigned."""
        note, stopping = saved.note, self.stopping
        wanted = self._note(note["next_epoch"] - 1, note["has_ended"])
        fits = (
            note["name"] == self.name
            and note.keys() == wanted.keys() | {"callbacks"}
            and note["schedule"].keys() == wanted["schedule"].keys()
            and self.plan.fits(note["plan"])
            and (
                stopping is None or note["stopping"].keys() == stopping.memory().keys()
            )
            and _are_alike(saved.variables, self._arrays())
            and (not saved.best or _are_alike(saved.best, self._weights()))
            and all(isinstance(v, float) for row in note["rows"] for v in row.values())
        )
        if not fits:
            raise ValueError("it does not fit this training")

    def on_train_begin(self, logs=None):
        """Bring everything back, after the other callbacks have begun."""
        if self.path is None:
            return
        self.states.begin()
        if self._saved is None:
            return
        variables = self._variables()
        for variable, value in zip(variables, self._saved.variables, strict=True):
            variable.assign(value)
        self.states.restore(self._saved.states)
        self._saved = None
        # Keras' BackupAndRestore may have an older state.
        self.model._initial_epoch = None

    def on_epoch_end(self, epoch, logs=None):
        """Write the state after this epoch."""
        self.rows.append({k: float(v) for k, v in logs.items()})
        if self.path is None:
            return
        try:
            callbacks, states = self.states.encode()
        except NoState as error:
            self._give_up(error)
            return
        note = self._note(epoch, self.model.stop_training) | {"callbacks": callbacks}
        arrays = _names("variable", self._arrays()) | _names("state", states)
        if self.stopping is not None:
            arrays |= _names("best", self.stopping.best_weights or [])
        try:
            with replacing(self.path) as file:
                np.savez(file, note=json.dumps(note), **arrays)
        except OSError as error:
            self._warn(
                f"The state of this fit could not be kept in {str(self.folder)!r} "
                f"({error}); the training goes on."
            )

    def on_train_end(self, logs=None):
        """Nothing is left to go on with."""
        if self.path is not None:
            self._remove()

    def history(self) -> dict[str, list[float]]:
        """Return the metrics of all epochs, those before the interruption too."""
        return columns(self.rows)

    def _note(self, epoch: int, has_ended: bool) -> dict:
        note = {
            "name": self.name,
            "next_epoch": epoch + 1,
            "has_ended": has_ended,
            "rows": self.rows,
            "schedule": self.schedule.memory(),
            "plan": self.plan.memory(),
        }
        if self.stopping is not None:
            note["stopping"] = self.stopping.memory()
        return note

    def _variables(self) -> list:
        decay = self.compiled.model.optimizer.weight_decay
        is_variable = isinstance(decay, keras.Variable)
        return [*self.compiled.variables(), *([decay] if is_variable else [])]

    def _arrays(self) -> list[np.ndarray]:
        return [keras.ops.convert_to_tensor(v).numpy() for v in self._variables()]

    def _weights(self) -> list[np.ndarray]:
        return self.compiled.model.get_weights()

    def _give_up(self, reason: Exception) -> None:
        if self.path is not None:
            self._remove()
            self.path = None
        self._warn(
            f"checkpoint_dir={str(self.folder)!r} keeps nothing of this fit, which "
            f"could not be resumed: {reason}. The training goes on."
        )

    def _remove(self) -> None:
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _warn(self, text: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            warnings.warn(text, RuntimeWarning, stacklevel=3)


def columns(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    """Return the metrics of epochs by their names; NaN where an epoch has none."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {n: [row.get(n, float("nan")) for row in rows] for n in names}


def _names(name: str, arrays) -> dict[str, np.ndarray]:
    return {f"{name}{number}": array for number, array in enumerate(arrays)}


def _numbered(file, name: str) -> list[np.ndarray]:
    """Return what ``_names`` has named; other members are left alone."""
    arrays = []
    while f"{name}{len(arrays)}" in file:
        arrays.append(file[f"{name}{len(arrays)}"])
    return arrays


def _are_alike(came: list[np.ndarray], wanted: list[np.ndarray]) -> bool:
    came = [(array.shape, array.dtype) for array in came]
    return came == [(array.shape, array.dtype) for array in wanted]
