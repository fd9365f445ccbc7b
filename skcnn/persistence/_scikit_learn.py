"""scikit-learn's own estimators: all of them through skops, in one member of the file.

What may be in it is what skops trusts, and a closed list of scikit-learn's private
classes beside.
"""

from __future__ import annotations

import io

from sklearn.base import BaseEstimator
from sklearn.svm import SVC
from sklearn.svm._base import BaseLibSVM

from skcnn.persistence._archive import Reader
from skcnn.persistence._own_code import all_in, describe
from skcnn.persistence._values import Decoder, Encoder, Kind, Unknown, get

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

# Of precomputed kernels the support vectors are numbers of columns, and there are no
# images to have them of.
_KERNELS = ("linear", "poly", "rbf", "sigmoid")

# Folders of this computer: caches and unfinished trainings are not taken along, and a
# file from elsewhere does not say where to write.
FOLDERS = ("memory", "checkpoint_dir")


def encode_learner(value, encoder: Encoder, at: tuple[str, ...]) -> dict:
    """Put an estimator aside, the same one once, and return what names it.

    A machine of scikit-learn-intelex becomes scikit-learn's: a part of it is in
    oneDAL's own binary form, which is no business of a file from anywhere.
    """
    if id(value) not in encoder.numbers:
        try:
            learner = _plain(value)
            _check(learner)
        except ValueError as error:
            what = f"{'.'.join(at)} ({type(value).__name__})"
            raise Unknown(f"{what} {error}") from error
        encoder.numbers[id(value)] = len(encoder.learners)
        encoder.learners.append(learner)
    number = encoder.numbers[id(value)]
    return {"class": type(encoder.learners[number]).__name__, "number": number}


def _plain(value):
    """Return scikit-learn's own SVC for one of scikit-learn-intelex, else the value."""
    kind = type(value)
    is_theirs = kind.__module__.split(".")[0] == "sklearnex"
    if not isinstance(value, SVC) or not (is_theirs or kind.__name__ == "IntelexSVC"):
        return value
    from skcnn.base.svc import as_plain  # imports scikit-learn-intelex

    return as_plain(value)


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


# --- the member -----------------------------------------------------------------------


def dump(learners: list) -> bytes:
    """Return the estimators as skops writes them; a TypeError names what is refused."""
    import skops.io

    content = skops.io.dumps(learners)
    unknown = set(skops.io.get_untrusted_types(data=content)) - set(_TRUSTED)
    if unknown:
        raise TypeError(
            f"The parts of scikit-learn hold {sorted(unknown)}, which skops does not "
            "make from files that may come from anywhere. Leave them out, or use "
            "joblib.dump, for files that nobody but you writes."
        )
    return content


def _load(archive: Reader) -> list:
    import skops.io

    content = archive.read(MEMBER)
    with Reader(io.BytesIO(content), len(content)) as inside:
        for name in inside.names():
            if name.endswith(".npy"):
                inside.check_array(name)
            elif name != "schema.json":
                raise ValueError(f"holds {name!r} among the parts of scikit-learn")
    try:
        learners = skops.io.loads(content, trusted=list(_TRUSTED))
    # It raises what it meets in a file that is not as it should be.
    except Exception as error:
        raise ValueError(
            f"has parts of scikit-learn that cannot be loaded: {error}"
        ) from error
    _check(learners)
    for one in all_in(learners):
        if isinstance(one, BaseEstimator):
            vars(one).update(dict.fromkeys(vars(one).keys() & set(FOLDERS)))
    return learners


# --- what may be in it ----------------------------------------------------------------


def _check(value) -> None:
    """Raise for what skops must not be shown, and for machines that are none."""
    for one in all_in(value):
        kind = one if isinstance(one, type) else type(one)
        if kind.__module__.split(".")[0] not in _PACKAGES:
            raise ValueError(f"holds {describe(one)}")
        if isinstance(one, BaseLibSVM) and hasattr(one, "support_"):
            _check_machine(one)


def _check_machine(machine: BaseLibSVM) -> None:
    """Raise for a support vector machine whose arrays do not fit each other.

    Compiled code takes sizes from some of them and reads the others by these,
    unchecked: a forged file could make it read anywhere in memory. (Those of sparse
    rows and of the user's own kernels are others.)
    """
    name = type(machine).__name__
    if machine._sparse or machine.kernel not in _KERNELS:
        raise ValueError(
            f"holds a {name} on sparse rows or with the kernel {machine.kernel!r}; "
            f"dense rows and one of {list(_KERNELS)} are taken"
        )
    is_classifier = machine._impl in ("c_svc", "nu_svc")
    k = len(machine.classes_) if is_classifier else 2
    n, n_features = len(machine.support_vectors_), machine.n_features_in_
    counts, n_pairs = machine._n_support, k * (k - 1) // 2
    has_curves = machine._probA.size or machine._probB.size
    shapes = {
        "support_": (n,),
        "support_vectors_": (n, n_features),
        "_dual_coef_": (k - 1, n),
        "_intercept_": (n_pairs,),
        "_n_support": (k,),
        "_probA": (n_pairs if has_curves else 0,),
        "_probB": (n_pairs if has_curves else 0,),
    }
    for attribute, shape in shapes.items():
        array = getattr(machine, attribute)
        if array.shape != shape or array.dtype.kind not in "if":
            raise ValueError(
                f"holds a support vector machine of {k} classes, {n} support vectors "
                f"and {n_features} features, whose {attribute.strip('_')} is "
                f"{array.shape} of {array.dtype}"
            )
    # Of a regression the counts are not filled in.
    is_wrong = counts.min() < 0 or counts.sum() != n or k < 2
    if counts.dtype.kind != "i" or (is_classifier and is_wrong):
        raise ValueError(
            f"holds a support vector machine with the counts {counts} of {n} support "
            "vectors"
        )


def _refuse_svc(node, decoder):
    raise ValueError(
        "holds a support vector machine in the way of an earlier skcnn, which this one "
        "does not read. Fit it anew, and save it"
    )


LEARNER_KINDS = (
    # Of scikit-learn-intelex, before such machines became scikit-learn's.
    Kind("svc", lambda value: False, None, _refuse_svc),
    Kind(
        "scikit-learn",
        lambda value: isinstance(value, BaseEstimator),
        encode_learner,
        decode_learner,
    ),
)
