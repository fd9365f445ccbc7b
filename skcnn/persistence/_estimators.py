"""Estimators: ours by what they declare, scikit-learn's composites by their parts."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Iterator

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import Bunch
from sklearn.utils._param_validation import validate_parameter_constraints

import skcnn
from skcnn.persistence._networks import check_network
from skcnn.persistence._own_code import OwnCode
from skcnn.persistence._scikit_learn import FOLDERS, decode_learner, encode_learner
from skcnn.persistence._values import Decoder, Encoder, Kind, get

# --- what a fit has left --------------------------------------------------------------


def _is_sizes(value, lengths) -> bool:
    is_one = type(value) is tuple and len(value) in lengths
    return is_one and all(type(n) is int and n > 0 for n in value)


def _is_range(value) -> bool:
    is_one = type(value) is tuple and len(value) == 2
    return is_one and all(type(n) in (int, float) for n in value)


def _is_plan(value) -> bool:
    """Tell pairs of counts, or, of a fit in phases, tuples of them."""
    if type(value) is not tuple or not value:
        return False
    is_pair = [_is_range(n) and type(n[0]) is type(n[1]) is int for n in value]
    return all(is_pair) or all(map(_is_plan, value))


def _is_labels(value) -> bool:
    return type(value) is np.ndarray and value.ndim == 1 and len(value) > 0


# The kinds that estimators declare in `_fitted_attributes`. All others are names of
# classes: "PCA or None".
_CHECKS = {
    "1 to 3 sizes": lambda value: _is_sizes(value, (1, 2, 3)),
    "2 sizes": lambda value: _is_sizes(value, (2,)),
    "2 to 4 sizes": lambda value: _is_sizes(value, (2, 3, 4)),
    "3 sizes": lambda value: _is_sizes(value, (3,)),
    "count": lambda value: type(value) is int and value >= 0,
    "estimator": lambda value: hasattr(value, "fit"),
    "labels": _is_labels,
    "parameters": lambda value: type(value) is dict,
    "plan": _is_plan,
    "range": _is_range,
}

# What some have and others of the same class have not.
_OPTIONAL = {
    "feature_names_in_": "labels",
    "_layers_needed": "tuple",
    "n_steps_": "count",  # these two since format 3
    "plan_": "plan",
    "_sklearn_output_config": "dict",
}

# Where scikit-learn keeps what `set_fit_request` says, and for which methods.
_REQUESTS = "_metadata_request"
_METHODS = ("fit", "partial_fit", "score")

# What the notes of parameters and requests say, too, and what is made anew.
_SAID_OTHERWISE = {_REQUESTS, "_arguments", "_plain_model"}


def _is_right(value, kind: str) -> bool:
    if kind in _CHECKS:
        return _CHECKS[kind](value)
    name = "None" if value is None else type(value).__name__
    return name in kind.split(" or ")


def _is_ours(value) -> bool:
    kind = type(value)
    return kind.__module__.startswith("skcnn.") and hasattr(kind, "_fitted_attributes")


def ours_in(estimator) -> Iterator[BaseEstimator]:
    """Yield the estimators of this package that an estimator is, or holds."""
    if _is_ours(estimator):
        yield estimator
    elif is_composite(estimator):
        for part in parts_of(estimator):
            yield from ours_in(part)


def is_fitted(estimator) -> bool:
    """Tell whether an estimator of ours has all that a fit leaves."""
    return set(estimator._fitted_attributes) <= set(vars(estimator))


# --- our estimators -------------------------------------------------------------------


def _encode_ours(estimator, encoder: Encoder, at: tuple[str, ...]) -> dict:
    _check_parameters(estimator)
    parameters = estimator.get_params(deep=False)
    node = {
        "class": type(estimator).__name__,
        "parameters": {
            name: encoder.encode_parameter(value, (*at, name))
            for name, value in parameters.items()
            if name not in FOLDERS
        },
        "requests": _requests_of(estimator),
        "fitted": None,
    }
    if is_fitted(estimator):
        state, known = vars(estimator), estimator._fitted_attributes | _OPTIONAL
        node["fitted"] = {
            name: _encode_attribute(name, kind, state[name], encoder, at)
            for name, kind in known.items()
            if name in state
        }
        left_out = set(state) - set(known) - set(parameters) - _SAID_OTHERWISE
        encoder.left_out += [".".join((*at, name)) for name in sorted(left_out)]
    return node


def _encode_attribute(name: str, kind: str, value, encoder: Encoder, at):
    if kind != "parameters":
        return encoder.encode(value, (*at, name.rstrip("_")))
    pairs = [[key, encoder.encode_parameter(v, (*at, key))] for key, v in value.items()]
    return {"type": "dict", "items": pairs}


def _requests_of(estimator) -> dict[str, dict]:
    """Return what the user has set by ``set_fit_request`` and the like."""
    if _REQUESTS not in vars(estimator):
        return {}
    requests = {m: getattr(estimator._metadata_request, m, None) for m in _METHODS}
    return {m: dict(r.requests) for m, r in requests.items() if r and r.requests}


def _decode_ours(node, decoder: Decoder):
    name = get(node, "class", str)
    kind = getattr(skcnn, name) if name in skcnn.__all__ else None
    if not hasattr(kind, "_fitted_attributes"):
        raise ValueError(f"holds an estimator of the unknown class {name!r}")
    estimator = _made(kind, _decode_parameters(node, decoder))
    _set_requests(estimator, get(node, "requests", dict))
    if node.get("fitted") is not None:
        before, decoder.params = decoder.params, estimator.get_params()
        _check_parameters(estimator)
        fitted = _renamed(get(node, "fitted", dict))
        fitted = _decode_fitted(kind, fitted, decoder)
        vars(estimator).update(fitted)
        decoder.params = before
        _check(estimator)
    return estimator


def _renamed(fitted: dict) -> dict:
    """Return what formats 1 and 2 call otherwise."""
    if "_blueprint" not in fitted:
        return fitted
    fitted = dict(fitted)
    spec, logits = fitted.pop("_blueprint"), fitted.pop("_gives_logits", None)
    fitted["_spec"] = {**spec, "n_outputs": 1, "logits": logits}
    return fitted


def _decode_parameters(node, decoder: Decoder) -> dict[str, object]:
    """Return the parameters of an estimator; raise where they say where to write."""
    notes = get(node, "parameters", dict)
    if folders := sorted(set(notes) & set(FOLDERS)):
        raise ValueError(
            f"is none that skcnn.save has written: it names folders of this computer, "
            f"as {folders}"
        )
    return {key: decoder.decode(one) for key, one in notes.items()}


def _made(kind: type, parameters: dict):
    accepted = inspect.signature(kind).parameters
    takes_others = any(p.kind is p.VAR_KEYWORD for p in accepted.values())
    unknown = sorted(set(parameters) - set(accepted))
    if unknown and not takes_others:  # who takes others looks at them itself
        raise ValueError(
            f"holds a {kind.__name__} with the parameters {unknown}, which it does not "
            "have in this version"
        )
    return kind(**parameters)


def _check_parameters(estimator) -> None:
    """Raise for parameters that its fit would refuse; own code is not looked at."""
    parameters = estimator.get_params(deep=False).items()
    validate_parameter_constraints(
        estimator._parameter_constraints,
        {name: v for name, v in parameters if not isinstance(v, OwnCode)},
        caller_name=type(estimator).__name__,
    )


def _set_requests(estimator, requests: dict[str, dict]) -> None:
    with config_context(enable_metadata_routing=True):
        for method, names in requests.items():
            if method not in _METHODS:
                raise ValueError(f"holds requests of the unknown method {method!r}")
            getattr(estimator, f"set_{method}_request")(**names)


def _decode_fitted(kind: type, notes: dict, decoder: Decoder) -> dict:
    name, needed = kind.__name__, kind._fitted_attributes
    known = needed | _OPTIONAL
    if missing := sorted(set(needed) - set(notes)):
        raise ValueError(f"holds a {name} without {missing}")
    if unknown := sorted(set(notes) - set(known)):
        raise ValueError(f"holds a {name} with the unknown attributes {unknown}")
    fitted = {key: decoder.decode(note) for key, note in notes.items()}
    for key, value in fitted.items():
        if not _is_right(value, known[key]):
            raise ValueError(
                f"holds a {name} with {key}={value!r} where {known[key]} should be"
            )
    return fitted


def _check(estimator) -> None:
    """Raise where what is fitted contradicts itself."""
    if hasattr(estimator, "n_features_in_"):  # not where paths are the input
        _check_columns(estimator)
    classes = getattr(estimator, "classes_", None)
    if classes is not None and len(set(classes.tolist())) != len(classes):
        raise ValueError("holds classes that are not different from each other")
    check_network(estimator)
    if hasattr(estimator, "_check_fitted"):  # what that one alone knows
        estimator._check_fitted()


def _check_columns(estimator) -> None:
    n_columns = estimator.n_features_in_
    shape = getattr(estimator, "image_shape_", (n_columns,))
    if math.prod(shape) != n_columns:
        raise ValueError(f"holds images of the shape {shape} and of {n_columns} pixels")
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and len(names) != n_columns:
        raise ValueError(f"holds {len(names)} names of {n_columns} columns")


# --- pipelines and votes, taken apart into the estimators they hold -------------------

_COMPOSITES = {
    kind.__name__: kind
    for kind in (Pipeline, FeatureUnion, FrozenEstimator, VotingClassifier)
}

# The parameter of named parts, and what a fit leaves.
_PARTS = {
    "Pipeline": "steps",
    "FeatureUnion": "transformer_list",
    "VotingClassifier": "estimators",
}
_LEFT = {"VotingClassifier": ("estimators_", "le_", "classes_")}


def _fits_composite(value) -> bool:
    return type(value) in _COMPOSITES.values()


def is_composite(value) -> bool:
    """Tell whether a value is a pipeline or the like."""
    return _fits_composite(value) or type(value) is CalibratedClassifierCV


def parts_of(composite) -> list:
    """Return the estimators that a composite holds, fitted ones where there are."""
    if isinstance(composite, FrozenEstimator):
        return [composite.estimator]
    if isinstance(composite, CalibratedClassifierCV):
        members = getattr(composite, "calibrated_classifiers_", [])
        return [member.estimator for member in members] or [composite.estimator]
    if hasattr(composite, "estimators_"):
        return list(composite.estimators_)
    named = getattr(composite, _PARTS[type(composite).__name__])
    return [part for _, part in named if hasattr(part, "fit")]


def _encode_composite(value, encoder: Encoder, at: tuple[str, ...]) -> dict:
    name = type(value).__name__
    parameters = {}
    for key in inspect.signature(type(value)).parameters:
        one = getattr(value, key)
        if key == _PARTS.get(name):
            parameters[key] = [[n, encoder.encode(p, (*at, n))] for n, p in one]
        elif key not in FOLDERS:
            parameters[key] = encoder.encode(one, (*at, key))
    fitted = {
        key: encoder.encode(getattr(value, key), (*at, key))
        for key in _LEFT.get(name, ())
        if hasattr(value, key)
    }
    return {"class": name, "parameters": parameters, "fitted": fitted}


def _decode_composite(node, decoder: Decoder):
    name = get(node, "class", str)
    if name not in _COMPOSITES:
        raise ValueError(f"holds the unknown {name!r}")
    parameters = _decode_parameters(node, decoder)
    if (key := _PARTS.get(name)) is not None:
        parameters[key] = _named(parameters.get(key))
    composite = _made(_COMPOSITES[name], parameters)
    for key, one in get(node, "fitted", dict).items():
        if key not in _LEFT.get(name, ()):
            raise ValueError(f"holds a {name} with the unknown attribute {key!r}")
        setattr(composite, key, decoder.decode(one))
    if hasattr(composite, "estimators_"):
        names = [name for name, part in composite.estimators if part != "drop"]
        fitted = zip(names, composite.estimators_, strict=False)
        composite.named_estimators_ = Bunch(**dict(fitted))
    return composite


def _named(pairs) -> list[tuple[str, object]]:
    is_one = isinstance(pairs, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
        for pair in pairs
    )
    if not is_one:
        raise ValueError("holds a pipeline whose steps are no names and estimators")
    return [tuple(pair) for pair in pairs]


# --- calibrated classifiers: what is calibrated, and its curves -----------------------


def _fits_calibrated(value) -> bool:
    is_one = type(value) is CalibratedClassifierCV
    return is_one and hasattr(value, "calibrated_classifiers_")


def _with(value, estimator, members) -> CalibratedClassifierCV:
    """Return a copy of a calibrated classifier that calibrates something else."""
    curves = [copy.copy(curve) for curve in value.calibrated_classifiers_]
    for curve, member in zip(curves, members, strict=True):
        curve.estimator = member
    value = copy.copy(value)
    value.estimator, value.calibrated_classifiers_ = estimator, curves
    return value


def _encode_calibrated(value, encoder: Encoder, at: tuple[str, ...]) -> dict:
    at, members = (*at, "estimator"), parts_of(value)
    return {
        "estimator": encoder.encode(value.estimator, at),
        "members": [encoder.encode(member, at) for member in members],
        "curves": encode_learner(
            _with(value, None, [None] * len(members)), encoder, at
        ),
    }


def _decode_calibrated(node, decoder: Decoder) -> CalibratedClassifierCV:
    value = decode_learner(get(node, "curves", dict), decoder)
    members = decoder.decode(get(node, "members", list))
    curves = getattr(value, "calibrated_classifiers_", [])
    if type(value) is not CalibratedClassifierCV or len(curves) != len(members):
        raise ValueError("holds a calibrated classifier that is none")
    return _with(value, decoder.decode(node.get("estimator")), members)


ESTIMATOR_KINDS = (
    Kind("estimator", _is_ours, _encode_ours, _decode_ours),
    Kind("container", _fits_composite, _encode_composite, _decode_composite),
    Kind("calibrated", _fits_calibrated, _encode_calibrated, _decode_calibrated),
)
