"""Estimators of this package: their parameters, and what a fit has left in them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import validate_parameter_constraints

from skcnn.persistence._codec import Decoder, Encoder, Kind, get
from skcnn.persistence._containers import (
    FOLDERS,
    decode_parameters,
    is_container,
    parts_of,
)
from skcnn.persistence._networks import check_network
from skcnn.persistence._own_code import OwnCode

# Parameters as they were at fit, the user's own code among them.
_OPENED = "_opened_with"


@dataclass(frozen=True)
class _Wanted:
    """What an attribute must be."""

    words: str
    is_right: Callable[[object], bool]


def _one(*names: str) -> _Wanted:
    return _Wanted(" or ".join(names), lambda v: type(v).__name__ in names)


def _sizes(*lengths: int) -> _Wanted:
    def is_right(value) -> bool:
        is_one = type(value) is tuple and len(value) in lengths
        return is_one and all(type(n) is int and n > 0 for n in value)

    return _Wanted(f"a tuple of {' or '.join(map(str, lengths))} sizes", is_right)


def _is_range(value) -> bool:
    is_one = type(value) is tuple and len(value) == 2
    return is_one and all(type(n) in (int, float) for n in value)


def _is_vector(value) -> bool:
    return type(value) is np.ndarray and value.ndim == 1 and len(value) > 0


_VECTOR = _Wanted("an array (n,)", _is_vector)
_NUMBER = _Wanted("a whole number", lambda v: type(v) is int and v >= 0)
_BOOL, _TUPLE, _TABLE = _one("bool"), _one("tuple"), _one("DataFrame")
_FITTED = _Wanted("a fitted estimator", lambda v: hasattr(v, "fit"))

_IMAGES = {"image_shape_": _sizes(3), "n_features_in_": _NUMBER}
_NETWORK = {
    **_IMAGES,
    "_scaling": _one("Scaling"),
    "_seed": _NUMBER,
    "_state": _one("NetworkState"),
    "_spec": _one("ModelSpec"),
    "n_parameters_": _NUMBER,
    "history_": _TABLE,
    "n_iter_": _NUMBER,
    "best_iter_": _NUMBER,
}
_CLASSES = {"classes_": _VECTOR}

# Where scikit-learn keeps what `set_fit_request` says, and for which methods.
_REQUESTS = "_metadata_request"
_METHODS = ("fit", "partial_fit", "score")

# What the notes of parameters and requests say, too, and what is made anew.
_SAID_OTHERWISE = {_REQUESTS, "_arguments", "_plain_model"}

# Class -> what a fit leaves in it.
_KINDS_OF = {
    "CNNClassifier": {**_CLASSES, **_NETWORK},
    "ResNetClassifier": {**_CLASSES, **_NETWORK},
    "NetworkClassifier": {**_CLASSES, **_NETWORK, "_X_shape": _sizes(2, 3, 4)},
    "TransferClassifier": {
        **_CLASSES,
        **_NETWORK,
        "_extractor": _one("Extractor"),
        _OPENED: _one("dict"),
        "_is_tuned": _BOOL,
    },
    "ConvAutoencoder": {
        **_NETWORK,
        "_layout": _sizes(1, 2, 3),
        "_limits": _Wanted("a range", _is_range),
        "_n_features_out": _NUMBER,
    },
    "PretrainedFeatures": {
        **_IMAGES,
        "_scaling": _one("Scaling"),
        "_extractor": _one("Extractor"),
    },
    "HOGFeatures": {
        **_IMAGES,
        "_cell": _sizes(2),
        "_block": _sizes(2),
        "_n_features_out": _NUMBER,
    },
    "NetworkFeatures": {
        **_CLASSES,
        **_IMAGES,
        "estimator_": _FITTED,
        "_n_features_out": _NUMBER,
    },
    "AutoencoderClassifier": {
        **_CLASSES,
        **_IMAGES,
        "autoencoder_": _FITTED,
        "classifier_": _FITTED,
    },
    "SVMClassifier": {
        **_CLASSES,
        **_IMAGES,
        "hog_": _one("NoneType", "HOGFeatures"),
        "pca_": _one("NoneType", "PCA"),
        "_scaling": _one("NoneType", "Scaling"),
        "_dtype": _one("type"),
        "svc_": _one("SVC", "IntelexSVC"),
        "_calibrated": _one("NoneType", "CalibratedClassifierCV"),
    },
}

# What some have and others of the same class have not.
_OPTIONAL = {
    "feature_names_in_": _VECTOR,
    "_layers_needed": _TUPLE,
    "_sklearn_output_config": _one("dict"),
}


def is_ours(value) -> bool:
    """Tell whether a value is an estimator of this package."""
    kind = type(value)
    return kind.__module__.startswith("skcnn.") and kind.__name__ in _KINDS_OF


def ours_in(estimator) -> Iterator[BaseEstimator]:
    """Yield the estimators of this package that an estimator is, or holds."""
    if is_ours(estimator):
        yield estimator
    elif is_container(estimator):
        for part in parts_of(estimator):
            yield from ours_in(part)


def is_fitted(estimator) -> bool:
    """Tell whether an estimator of ours has all that a fit leaves."""
    return set(_KINDS_OF[type(estimator).__name__]) <= set(vars(estimator))


def check_parameters(estimator) -> None:
    """Raise for parameters that its fit would refuse; own code is not looked at."""
    parameters = estimator.get_params(deep=False).items()
    validate_parameter_constraints(
        estimator._parameter_constraints,
        {name: v for name, v in parameters if not isinstance(v, OwnCode)},
        caller_name=type(estimator).__name__,
    )


def _encode(estimator, encoder: Encoder, at: tuple[str, ...]) -> dict:
    check_parameters(estimator)
    state = vars(estimator)
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
        known = {**_KINDS_OF[type(estimator).__name__], **_OPTIONAL}
        node["fitted"] = {
            name: _encode_attribute(name, state[name], encoder, at)
            for name in known
            if name in state
        }
        left_out = set(state) - set(known) - set(parameters) - _SAID_OTHERWISE
        encoder.left_out += [".".join((*at, name)) for name in sorted(left_out)]
    return node


def _encode_attribute(name: str, value, encoder: Encoder, at: tuple[str, ...]):
    if name != _OPENED:
        return encoder.encode(value, (*at, name.rstrip("_")))
    pairs = [[key, encoder.encode_parameter(v, (*at, key))] for key, v in value.items()]
    return {"type": "dict", "items": pairs}


def _requests_of(estimator) -> dict[str, dict]:
    """Return what the user has set by ``set_fit_request`` and the like."""
    if _REQUESTS not in vars(estimator):
        return {}
    requests = {m: getattr(estimator._metadata_request, m, None) for m in _METHODS}
    return {m: dict(r.requests) for m, r in requests.items() if r and r.requests}


def _set_requests(estimator, requests: dict[str, dict]) -> None:
    with config_context(enable_metadata_routing=True):
        for method, names in requests.items():
            if method not in _METHODS:
                raise ValueError(f"holds requests of the unknown method {method!r}")
            try:
                getattr(estimator, f"set_{method}_request")(**names)
            except (AttributeError, TypeError) as error:
                raise ValueError(f"holds requests that are none: {error}") from None


def _decode(node, decoder: Decoder):
    import skcnn

    name = get(node, "class", str)
    if name not in _KINDS_OF:
        raise ValueError(f"holds an estimator of the unknown class {name!r}")
    kind = getattr(skcnn, name)
    parameters = decode_parameters(node, decoder)
    estimator = _made(kind, parameters)
    _set_requests(estimator, get(node, "requests", dict))
    if node.get("fitted") is not None:
        before, decoder.params = decoder.params, estimator.get_params()
        fitted = _renamed(get(node, "fitted", dict))
        check_parameters(estimator)
        vars(estimator).update(_decode_fitted(name, fitted, decoder))
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


def _made(kind: type, parameters: dict):
    accepted = inspect.signature(kind).parameters
    takes_others = any(p.kind is p.VAR_KEYWORD for p in accepted.values())
    unknown = sorted(set(parameters) - set(accepted))
    if unknown and not takes_others:  # who takes others looks at them itself
        raise ValueError(
            f"holds a {kind.__name__} with the parameters {unknown}, which it does not "
            "have in this version"
        )
    try:
        return kind(**parameters)
    except TypeError as error:
        raise ValueError(f"holds a {kind.__name__} that is none: {error}") from None


def _decode_fitted(name: str, notes: dict, decoder: Decoder) -> dict:
    needed = _KINDS_OF[name]
    known = {**needed, **_OPTIONAL}
    if missing := sorted(set(needed) - set(notes)):
        raise ValueError(f"holds a {name} without {missing}")
    if unknown := sorted(set(notes) - set(known)):
        raise ValueError(f"holds a {name} with the unknown attributes {unknown}")
    fitted = {}
    for key, note in notes.items():
        value = decoder.decode(note)
        if not known[key].is_right(value):
            raise ValueError(
                f"holds a {name} whose {key} is no {known[key].words}, but {value!r}"
            )
        fitted[key] = value
    return fitted


def _check(estimator) -> None:
    """Raise where what is fitted contradicts itself."""
    n_pixels = math.prod(estimator.image_shape_)
    if estimator.n_features_in_ != n_pixels:
        raise ValueError(
            f"holds images of the shape {estimator.image_shape_} and of "
            f"{estimator.n_features_in_} pixels"
        )
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and len(names) != n_pixels:
        raise ValueError(f"holds {len(names)} names of {n_pixels} columns")
    classes = getattr(estimator, "classes_", None)
    if classes is not None and len(set(classes.tolist())) != len(classes):
        raise ValueError("holds classes that are not different from each other")
    check_network(estimator)


ESTIMATOR_KINDS = (Kind("estimator", is_ours, _encode, _decode),)
