"""What the user's callbacks note while they train, as arrays and JSON."""

from __future__ import annotations

import numpy as np

from skcnn.base.fingerprint import NoFingerprint, fingerprint
from skcnn.keras_door import keras

# They only look and write, by open files and threads that are nobody's state. Those of
# the user that derive from them may do more.
_ONLY_LOOKING = frozenset(
    {
        *("BackupAndRestore", "CSVLogger", "ProgbarLogger", "RemoteMonitor"),
        *("TensorBoard", "TerminateOnNaN", "TqdmCallback"),
    }
)

# What Keras' own callbacks hold once they know which way a metric grows.
_FUNCTIONS = {"less": keras.ops.less, "greater": keras.ops.greater}

_PLAIN = (type(None), bool, int, float, str)


class NoState(ValueError):
    """A state cannot be kept; the text says whose, what and why."""


class CallbackStates:
    """What callbacks hold, as far as it differs from when their training began.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback
        The user's, as they take part in a fit.
    others : dict of str to object
        What else takes part and is given by the user, by name: it must not change.
    """

    def __init__(self, callbacks: list, others: dict):
        self.callbacks = [one for one in callbacks if not _only_looks(type(one))]
        self.others = others

    def begin(self) -> None:
        """Note what they hold; to be called after their ``on_train_begin``."""
        self._begun = [_marks(_held(one)) for one in self.callbacks]
        self._fixed = _marks(self._unchanging())

    def _unchanging(self) -> dict:
        classes = [(f"the class of {_name(c)}", type(c)) for c in self.callbacks]
        return dict(classes) | self.others

    def encode(self) -> tuple[list, list[np.ndarray]]:
        """Return one note per callback, of JSON's types, and the arrays they name.

        Raises
        ------
        NoState
            For what is no number, text, None, array, or list, tuple or dict of them.
        """
        now = _marks(self._unchanging())
        changed = [name for name in now if _differs(now, self._fixed, name)]
        if changed:
            raise NoState(f"{changed[0]}, or what it uses, changes while it trains")
        encoder = _Encoder()
        notes = []
        for callback, begun in zip(self.callbacks, self._begun, strict=True):
            held = _held(callback)
            if begun.keys() - held.keys():
                raise NoState(f"{_name(callback)} deletes attributes while it trains")
            marks = _marks(held)
            state = {n: held[n] for n in held if _differs(marks, begun, n)}
            notes.append(_encode_state(encoder, callback, state))
        return notes, encoder.arrays

    def decode(self, notes: list, arrays: list[np.ndarray]) -> list[dict]:
        """Return the states that ``encode`` has put into notes and arrays."""
        if len(notes) != len(self.callbacks):
            raise ValueError("it does not fit the callbacks")
        return [{n: _decode(v, arrays) for n, v in note.items()} for note in notes]

    def restore(self, states: list[dict]) -> None:
        """Make the callbacks hold what they held."""
        for callback, state in zip(self.callbacks, states, strict=True):
            for name, value in state.items():
                _set(vars(callback), name, value)


def _only_looks(kind: type) -> bool:
    is_known = kind.__module__.partition(".")[0] in ("keras", "tqdm")
    return is_known and kind.__name__ in _ONLY_LOOKING


def _name(callback) -> str:
    return f"the callback {type(callback).__name__}"


def _held(callback) -> dict:
    """Return what a callback holds; parts of the model are kept anyway."""
    model, parts = vars(callback).get("_model"), []
    if model is not None:
        variables = (*model.variables, *model.optimizer.variables)
        parts = [model, model.optimizer, *model.layers, *variables]
    others = {id(part) for part in parts}
    held = {n: one for n, one in vars(callback).items() if id(one) not in others}
    held.pop("params", None)  # Keras sets it
    return held


def _marks(values: dict) -> dict[str, str | None]:
    """Return fingerprints; None for what has none."""
    return {name: _mark(value) for name, value in values.items()}


def _mark(value) -> str | None:
    try:
        return fingerprint(value)
    except NoFingerprint:
        return None


def _differs(now: dict, before: dict, name: str) -> bool:
    return now[name] is None or now[name] != before.get(name)


def _set(held: dict, name: str, value) -> None:
    """Set an attribute; lists and dicts in place, as others may hold them as well."""
    old = held.get(name)
    if type(old) is type(value) is list:
        old[:] = value
    elif type(old) is type(value) is dict:
        old.clear()
        old.update(value)
    else:
        held[name] = value


# --- values -------------------------------------------------------------------------


def _encode_state(encoder: _Encoder, callback, state: dict) -> dict:
    notes = {}
    for name, value in state.items():
        try:
            notes[name] = encoder.encode(value)
        except NoState as error:
            place = f"the attribute {name!r} of {_name(callback)}"
            raise NoState(f"{place} {error}") from None
    return notes


class _Encoder:
    """Values to JSON's types; arrays are put aside."""

    def __init__(self):
        self.arrays: list[np.ndarray] = []
        self._seen: set[int] = set()

    def encode(self, value):
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is np.ndarray or isinstance(value, np.generic):
            return {"array" if kind is np.ndarray else "number": self._put(value)}
        for name, function in _FUNCTIONS.items():
            if value is function:
                return {"function": name}
        if kind is tuple:
            return {"tuple": [self.encode(one) for one in value]}
        if kind not in (list, dict):
            raise NoState(f"is a {kind.__name__!r} object, which cannot be kept")
        if id(value) in self._seen:
            raise NoState(f"is or holds a {kind.__name__} that is held twice")
        self._seen.add(id(value))
        if kind is list:
            return {"list": [self.encode(one) for one in value]}
        return {"dict": [[self.encode(k), self.encode(v)] for k, v in value.items()]}

    def _put(self, value) -> int:
        array = np.asarray(value)
        if array.dtype.kind not in "biufcSU":
            raise NoState(f"is or holds an array of {array.dtype}, which is not kept")
        if any(np.may_share_memory(array, other) for other in self.arrays):
            raise NoState("is or holds an array that is held twice")
        self.arrays.append(array)
        return len(self.arrays) - 1


_DECODERS = {
    "array": lambda content, arrays: arrays[content],
    "number": lambda content, arrays: arrays[content][()],
    "function": lambda content, arrays: _FUNCTIONS[content],
    "tuple": lambda content, arrays: tuple(_decode(one, arrays) for one in content),
    "list": lambda content, arrays: [_decode(one, arrays) for one in content],
    "dict": lambda content, arrays: {
        _decode(k, arrays): _decode(v, arrays) for k, v in content
    },
}


def _decode(note, arrays: list[np.ndarray]):
    if not isinstance(note, dict):
        return note
    ((kind, content),) = note.items()
    return _DECODERS[kind](content, arrays)
