"""Go on with a fit that was killed, and end with the same weights."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from skcnn._atomic import replacing
from skcnn.training.runtime import start_tensorflow

start_tensorflow()
import keras  # noqa: E402  (TensorFlow's threads are set before Keras starts it)

# Rows of the images that are hashed at once.
_HASHED_ROWS = 4096


def fingerprint(*things) -> str:
    """Return a name for data and settings: equal for equal ones, in any process."""
    digest = hashlib.sha256()
    for thing in things:
        if isinstance(thing, np.ndarray):
            digest.update(repr((thing.shape, thing.dtype.str)).encode())
            for start in range(0, len(thing), _HASHED_ROWS):
                digest.update(np.ascontiguousarray(thing[start : start + _HASHED_ROWS]))
        else:
            digest.update(repr(thing).encode())
    return digest.hexdigest()[:24]


def stable_name(thing) -> str:
    """Return a text for a parameter that is the same in every process."""
    return repr(_plain(thing))


def _plain(thing):
    """Return a parameter without what a process makes up: addresses, orders, names."""
    if isinstance(thing, (list, tuple)):
        return [_plain(one) for one in thing]
    if isinstance(thing, dict):
        pairs = sorted(thing.items(), key=lambda pair: str(pair[0]))
        # Keras counts the names of its objects within a process.
        return [(str(name), _plain(one)) for name, one in pairs if name != "name"]
    if hasattr(thing, "get_config") and not isinstance(thing, type):
        return type(thing).__name__, _plain(thing.get_config())
    if thing is None or isinstance(thing, (str, int, float, bool, np.generic)):
        return thing
    name = getattr(thing, "__qualname__", type(thing).__qualname__)
    code = getattr(thing, "__code__", None)
    if code is None:
        return name
    # Functions of one name, such as lambdas: their text tells them apart.
    consts = [one for one in code.co_consts if not hasattr(one, "co_code")]
    return name, code.co_code.hex(), _plain(consts)


class Checkpoint(keras.callbacks.Callback):
    """Write all that a fit changes after every epoch, into one file per fit.

    The file is written beside its place and then moved, so that it is whole whenever
    the process is killed. It holds arrays and JSON, nothing that is executed. It is
    removed when the fit has come to its end.

    Parameters
    ----------
    folder : path
    name : str
        The :func:`fingerprint` of data and settings.
    stopping : EarlyStopping or None
    """

    def __init__(self, folder, name: str, stopping):
        super().__init__()
        self.folder = Path(folder)
        self.name = name
        self.stopping = stopping
        self.rows: list[dict[str, float]] = []

    def resume(self, program, schedule, network_name: str) -> int:
        """Load the file where there is one; return how many epochs are done.

        ``network_name`` is the :func:`fingerprint` of the network, which exists only
        now: fits of different networks on the same data never share a file.
        """
        self.program, self.schedule = program, schedule
        name = fingerprint(self.name, network_name)
        self.path = self.folder / f"skcnn-{name}.npz"
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            return 0
        with np.load(self.path, allow_pickle=False) as file:
            note = json.loads(str(file["note"]))
            for number, variable in enumerate(program.variables()):
                variable.assign(file[f"variable{number}"])
            if self.stopping is not None:
                best = [file[f"best{n}"] for n in range(note["n_best"])]
                self.stopping.best_weights = best or None
                vars(self.stopping).update(note["stopping"])
        self.rows = note["rows"]
        vars(schedule).update(note["schedule"])
        return len(self.rows)

    def on_epoch_end(self, epoch, logs=None):
        """Write the state after this epoch."""
        self.rows.append({k: float(v) for k, v in logs.items()})
        arrays = {
            f"variable{n}": keras.ops.convert_to_tensor(v).numpy()
            for n, v in enumerate(self.program.variables())
        }
        note = {"rows": self.rows, "schedule": self.schedule.memory(), "n_best": 0}
        if self.stopping is not None:
            best = self.stopping.best_weights or []
            arrays |= {f"best{n}": array for n, array in enumerate(best)}
            note |= {"n_best": len(best), "stopping": self.stopping.memory()}
        with replacing(self.path) as file:
            np.savez(file, note=json.dumps(note), **arrays)

    def on_train_end(self, logs=None):
        """Nothing is left to go on with."""
        self.path.unlink(missing_ok=True)

    def history(self) -> dict[str, list[float]]:
        """Return the figures of all epochs, those before the interruption too."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        return {n: [row.get(n, float("nan")) for row in self.rows] for n in names}
