"""Support vector machines of scikit-learn-intelex, as the arrays that they are.

They keep a part of themselves in oneDAL's own binary form, which is C++'s to read and
no business of a file from anywhere. The arrays say the same: a machine of two classes
is made of them directly, one of several classes as a machine for each pair. Both give
the bits of the original. Where scikit-learn-intelex is missing, scikit-learn's own SVC
is made of them.
"""

from __future__ import annotations

import copy
from contextlib import suppress

import numpy as np
from sklearn.svm import SVC

from skcnn.persistence._codec import Kind, Unknown, get
from skcnn.persistence._svm_arrays import check_machine

# Name in the file -> attribute, of the fitted arrays.
_ARRAYS = {
    "classes": "classes_",
    "class_weight": "class_weight_",
    "support": "support_",
    "support_vectors": "support_vectors_",
    "dual_coef": "dual_coef_",
    "intercept": "intercept_",
    "n_support": "_n_support",
    "n_iter": "n_iter_",
}

# Rows that a machine made anew is tried on, and how far it may be from libsvm's.
_TRIED, _TOLERANCE = 5, 1e-3


class PairwiseMachine:
    """oneDAL's machine for k classes, as one machine for each pair of them.

    Parameters
    ----------
    machines : list
        oneDAL's, of the pairs (0, 1), (0, 2), ..., (k-2, k-1).
    n_classes : int
    """

    def __init__(self, machines: list, n_classes: int):
        self.machines = machines
        self.n_classes = n_classes

    def decision_function(self, X, queue=None) -> np.ndarray:
        """Return the scores of all pairs, (n, k * (k - 1) / 2)."""
        columns = [one.decision_function(X, queue=queue) for one in self.machines]
        return np.hstack(columns)

    def predict(self, X, queue=None) -> np.ndarray:
        """Return the number of the class with most votes, (n,)."""
        is_first = self.decision_function(X, queue) >= 0
        votes = np.zeros((len(is_first), self.n_classes), int)
        for column, (first, second) in enumerate(_pairs(self.n_classes)):
            votes[:, first] += is_first[:, column]
            votes[:, second] += ~is_first[:, column]
        return votes.argmax(axis=1)


def _pairs(n: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(n) for b in range(a + 1, n)]


# --- to the file ----------------------------------------------------------------------


def _fits(value) -> bool:
    is_theirs = type(value).__module__.split(".")[0] == "sklearnex"
    return isinstance(value, SVC) and (
        is_theirs or type(value).__name__ == "IntelexSVC"
    )


def _encode(svc, encoder, at):
    parameters = {name: getattr(svc, name) for name in SVC().get_params()}
    node = {"parameters": encoder.encode(parameters, at), "arrays": None}
    if not hasattr(svc, "classes_"):
        return node
    if svc._sparse or svc.probability not in (False, "deprecated"):
        raise Unknown(
            f"{'.'.join(at)} is an SVC of scikit-learn-intelex on sparse rows or with "
            "probability=True"
        )
    node["arrays"] = {
        name: encoder.put_array(np.asarray(getattr(svc, attribute)), (*at, name))
        for name, attribute in _ARRAYS.items()
    }
    node["gamma"] = float(svc._gamma)
    node["shape_fit"] = list(svc.shape_fit_)
    return node


# --- and back -------------------------------------------------------------------------


def _decode(node, decoder):
    parameters = decoder.decode(get(node, "parameters", dict))
    try:
        plain = SVC(**parameters)
    except TypeError as error:
        raise ValueError(f"holds an SVC that is none: {error}") from None
    plain._validate_params()
    if node.get("arrays") is None:
        return _unfitted(plain)
    members = get(node, "arrays", dict)
    # One machine that is in two places, as in a calibrated classifier, stays one.
    name = get(members, "support_vectors", str)
    if name not in decoder.made:
        arrays = {key: decoder.array(members, key) for key in _ARRAYS}
        n_features = arrays["support_vectors"].shape[-1]
        check_machine(arrays, len(arrays["classes"]), n_features)
        _fill(plain, arrays, node)
        decoder.made[name] = _intelex(plain, arrays) or plain
    return decoder.made[name]


def _fill(plain: SVC, arrays: dict[str, np.ndarray], node: dict) -> None:
    """Set what scikit-learn's own fit would have left."""
    gamma = get(node, "gamma", (int, float))
    is_binary = len(arrays["classes"]) == 2
    order = np.arange(len(arrays["support"]))
    if is_binary:
        # libsvm wants them by class, which oneDAL's of two classes are not. Those of
        # the first class have negative coefficients.
        order = np.argsort(arrays["dual_coef"][0] > 0, kind="stable")
    sign = -1.0 if is_binary else 1.0
    dual_coef = np.ascontiguousarray(arrays["dual_coef"][:, order], float)
    intercept = arrays["intercept"].astype(float)
    vectors = arrays["support_vectors"]
    vars(plain).update(
        classes_=arrays["classes"],
        class_weight_=arrays["class_weight"],
        support_=arrays["support"][order].astype(np.int32),
        support_vectors_=np.ascontiguousarray(vectors[order], float),
        _n_support=arrays["n_support"].astype(np.int32),
        dual_coef_=dual_coef,
        intercept_=intercept,
        _dual_coef_=sign * dual_coef,
        _intercept_=sign * intercept,
        _probA=np.empty(0),
        _probB=np.empty(0),
        _sparse=False,
        _gamma=float(gamma),
        fit_status_=0,
        shape_fit_=tuple(get(node, "shape_fit", list)),
        n_features_in_=vectors.shape[1],
        n_iter_=arrays["n_iter"],
        _num_iter=arrays["n_iter"],
    )


def _unfitted(plain: SVC) -> SVC:
    with suppress(ImportError):
        return _new_intelex(plain)
    return plain


def _new_intelex(plain: SVC) -> SVC:
    from skcnn.base.svc import IntelexSVC

    return IntelexSVC(**plain.get_params())


def _intelex(plain: SVC, arrays: dict[str, np.ndarray]) -> SVC | None:
    """Return scikit-learn-intelex' machine, or None where it cannot be made.

    It is made through members that are theirs to change, so one is tried first.
    """
    # Whatever it raises: there is the other.
    with suppress(Exception):
        if _computes_as_plain(plain, arrays):
            return _filled_intelex(plain, arrays)
    return None


def _computes_as_plain(plain: SVC, arrays: dict[str, np.ndarray]) -> bool:
    """Compare such a machine with scikit-learn's, where rounding does not matter.

    That is in float64, with a gamma that keeps kernels near one, and pair by pair:
    votes jump where pairs are tied.
    """
    exact = {
        name: array.astype(float) if array.dtype.kind == "f" else array
        for name, array in arrays.items()
    }
    vectors = exact["support_vectors"]
    wanted = copy.copy(plain)
    wanted.set_params(decision_function_shape="ovo", break_ties=False)
    wanted._gamma = 1 / ((vectors**2).sum(axis=1).mean() or 1)
    came = _filled_intelex(wanted, exact)
    scores = (m.decision_function(vectors[:_TRIED]) for m in (came, wanted))
    return np.allclose(*scores, rtol=_TOLERANCE, atol=_TOLERANCE)


def _filled_intelex(plain: SVC, arrays: dict[str, np.ndarray]) -> SVC:
    svc = _new_intelex(plain)
    for name in ("classes_", "class_weight_", "_gamma", "fit_status_", "shape_fit_"):
        setattr(svc, name, getattr(plain, name))
    svc.n_features_in_ = plain.n_features_in_
    svc.support_, svc._n_support = arrays["support"], arrays["n_support"]
    svc._support_vectors_internal = arrays["support_vectors"]
    svc._dual_coef_internal = arrays["dual_coef"]
    svc._intercept_internal = arrays["intercept"]
    svc.n_iter_, svc._sparse = arrays["n_iter"], False
    svc._probA = svc._probB = np.empty(0)
    svc._onedal_estimator = _machine(svc)
    return svc


def _machine(svc):
    """Return oneDAL's machine of the fitted arrays."""
    empty = svc._onedal_factory(**svc._get_onedal_params())
    vectors, coefficients = svc.support_vectors_, svc.dual_coef_
    if len(svc.classes_) == 2:
        return _made(empty, vectors, coefficients, svc.intercept_)
    ends = np.cumsum(svc._n_support)
    rows = [slice(end - n, end) for n, end in zip(svc._n_support, ends, strict=True)]
    machines = []
    for number, (first, second) in enumerate(_pairs(len(svc.classes_))):
        pair = [
            np.concatenate([array[rows[first]], array[rows[second]]])
            for array in (vectors, np.arange(len(vectors)))
        ]
        # Row b-1 has the coefficients of earlier classes against class b.
        coefficient = np.concatenate(
            [coefficients[second - 1, rows[first]], coefficients[first, rows[second]]]
        )
        is_used = coefficient != 0
        machines.append(
            _made(
                copy.copy(empty),
                pair[0][is_used],
                coefficient[None, is_used],
                svc.intercept_[number : number + 1],
            )
        )
    return PairwiseMachine(machines, len(svc.classes_))


def _made(machine, vectors, coefficients, intercept):
    arrays = (vectors, coefficients, intercept)
    machine._create_model(*(np.ascontiguousarray(array) for array in arrays))
    return machine


INTELEX_KINDS = (Kind("svc", _fits, _encode, _decode),)
