"""scikit-learn's own estimators: all of them through skops, in one member of the file.

What may be in it is what skops trusts, and a closed list of scikit-learn's private
classes beside.
"""

from __future__ import annotations

import io
import re
from zipfile import ZipFile

from sklearn.base import BaseEstimator
from sklearn.svm._base import BaseLibSVM

from skcnn.persistence._archive import Reader, Writer
from skcnn.persistence._codec import Decoder, Encoder, Kind, Unknown, get
from skcnn.persistence._containers import FOLDERS
from skcnn.persistence._own_code import describe
from skcnn.persistence._svm_arrays import check_libsvm
from skcnn.persistence._walk import all_in

MEMBER = "scikit-learn.skops"

# Classes of scikit-learn that skops does not know, and that only hold numbers.
_TRUSTED = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.model_selection._split.StratifiedKFold",
)

# Where the types may come from that skops is shown at all: it makes empty instances to
# look at, and some compiled classes end the process then.
_PACKAGES = frozenset({"sklearn", "numpy", "scipy", "builtins", "collections"})

_SCHEMA = "schema.json"


def _fits(value) -> bool:
    return isinstance(value, BaseEstimator)


def encode_learner(value, encoder: Encoder, at: tuple[str, ...]) -> dict:
    """Put an estimator aside, and return what names it."""
    if foreign := _foreign_in(value):
        raise Unknown(
            f"{'.'.join(at)} is a {type(value).__name__} that holds {foreign}"
        )
    try:
        _check_machines(value)
    except ValueError as error:
        raise Unknown(f"{'.'.join(at)} {error}") from error
    encoder.learners.append(value)
    return {"class": type(value).__name__, "number": len(encoder.learners) - 1}


def _foreign_in(value) -> str | None:
    """Return what in a value skops must not be shown, or None."""
    for one in all_in(value):
        kind = one if isinstance(one, type) else type(one)
        if kind.__module__.split(".")[0] not in _PACKAGES:
            return describe(one)
    return None


def _check_machines(value) -> None:
    """Raise for a support vector machine, anywhere in a value, that is none."""
    for one in all_in(value):
        if isinstance(one, BaseLibSVM):
            check_libsvm(one)


def _forget_folders(value) -> None:
    """Take out where a file says to write: it does not know this computer."""
    for one in all_in(value):
        if isinstance(one, BaseEstimator):
            vars(one).update(dict.fromkeys(vars(one).keys() & set(FOLDERS)))


def dump(learners: list) -> bytes:
    """Return the estimators as skops writes them, the same bytes each time.

    Raises
    ------
    TypeError
        For what load would not take.
    """
    import skops.io

    content = skops.io.dumps(learners)
    unknown = set(skops.io.get_untrusted_types(data=content)) - set(_TRUSTED)
    if unknown:
        raise TypeError(
            f"The parts of scikit-learn hold {sorted(unknown)}, which skops does not "
            "make from files that may come from anywhere. Leave them out, or use "
            "joblib.dump, for files that nobody but you writes."
        )
    return _renumbered(content)


def _renumbered(content: bytes) -> bytes:
    """Return a file of skops with numbers from 0 in place of addresses in memory."""
    numbers: dict[str, str] = {}

    def renumber(match) -> str:
        return (
            f"{match[1]}{numbers.setdefault(match[2], str(len(numbers) + 1))}{match[3]}"
        )

    with ZipFile(io.BytesIO(content)) as old:
        schema = old.read(_SCHEMA).decode()
        schema = re.sub(r'("__id__": )(\d+)()', renumber, schema)
        schema = re.sub(r'("file": ")(\d+)(\.npy")', renumber, schema)
        buffer = io.BytesIO()
        with Writer(buffer) as new:
            new.write(_SCHEMA, schema.encode())
            arrays = {}
            for name in set(old.namelist()) - {_SCHEMA}:
                stem, _, ending = name.partition(".")
                if ending != "npy" or stem not in numbers:
                    raise TypeError(f"skops keeps {name!r}, which load would not take.")
                arrays[int(numbers[stem])] = name
            for number, name in sorted(arrays.items()):
                new.write(f"{number}.npy", old.read(name))
    return buffer.getvalue()


def _load(archive: Reader) -> list:
    import skops.io

    content = archive.read(MEMBER)
    with Reader(io.BytesIO(content), len(content)) as inside:
        for name in inside.names():
            if name.endswith(".npy"):
                inside.check_array(name)
            elif name != _SCHEMA:
                raise ValueError(f"holds {name!r} among the parts of scikit-learn")
    try:
        learners = skops.io.loads(content, trusted=list(_TRUSTED))
    # It raises what it meets in a file that is not as it should be.
    except Exception as error:
        raise ValueError(
            f"has parts of scikit-learn that cannot be loaded: {error}"
        ) from error
    if foreign := _foreign_in(learners):
        raise ValueError(f"holds {foreign} among the parts of scikit-learn")
    _check_machines(learners)
    _forget_folders(learners)
    return learners


def decode_learner(node, decoder: Decoder):
    """Return the estimator that was put aside."""
    if decoder.learners is None:
        decoder.learners = _load(decoder.archive)
    number = get(node, "number", int)
    if not (isinstance(decoder.learners, list) and 0 <= number < len(decoder.learners)):
        raise ValueError(f"has no part {number} of scikit-learn")
    learner = decoder.learners[number]
    if type(learner).__name__ != get(node, "class", str):
        raise ValueError(f"has no {node['class']} as its part {number}")
    return learner


SKLEARN_KINDS = (Kind("scikit-learn", _fits, encode_learner, decode_learner),)
