"""scikit-learn's pipelines and votes, taken apart into the estimators they hold."""

from __future__ import annotations

import inspect

from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import Bunch

from skcnn.persistence._codec import Decoder, Encoder, Kind, get

_CLASSES = {
    kind.__name__: kind
    for kind in (Pipeline, FeatureUnion, FrozenEstimator, VotingClassifier)
}

# The parameter of named parts, and what a fit leaves.
_PARTS = {
    "Pipeline": "steps",
    "FeatureUnion": "transformer_list",
    "VotingClassifier": "estimators",
}
_FITTED = {"VotingClassifier": ("estimators_", "le_", "classes_")}

# Folders of this computer: caches and unfinished trainings are not taken along, and a
# file from elsewhere does not say where to write.
FOLDERS = ("memory", "checkpoint_dir")


def _fits(value) -> bool:
    return _CLASSES.get(type(value).__name__) is type(value)


def parts_of(container) -> list:
    """Return the estimators that a container holds, fitted ones where there are."""
    if isinstance(container, FrozenEstimator):
        return [container.estimator]
    if isinstance(container, CalibratedClassifierCV):
        members = getattr(container, "calibrated_classifiers_", [])
        return [member.estimator for member in members] or [container.estimator]
    if hasattr(container, "estimators_"):
        return list(container.estimators_)
    named = getattr(container, _PARTS[type(container).__name__])
    return [part for _, part in named if hasattr(part, "fit")]


def is_container(value) -> bool:
    """Tell whether a value is a pipeline or the like."""
    return _fits(value) or type(value) is CalibratedClassifierCV


def decode_parameters(node, decoder: Decoder) -> dict[str, object]:
    """Return the parameters of an estimator.

    Raises
    ------
    ValueError
        Where they say where to write or to read: no file of ours does.
    """
    notes = get(node, "parameters", dict)
    if folders := sorted(set(notes) & set(FOLDERS)):
        raise ValueError(
            f"is none that skcnn.save has written: it names folders of this computer, "
            f"as {folders}"
        )
    return {key: decoder.decode(one) for key, one in notes.items()}


def _encode(value, encoder: Encoder, at: tuple[str, ...]) -> dict:
    name = type(value).__name__
    parts = _PARTS.get(name)
    parameters = {}
    for key in inspect.signature(type(value)).parameters:
        one = getattr(value, key)
        if key in FOLDERS:
            continue
        if key == parts:
            parameters[key] = [[n, encoder.encode(p, (*at, n))] for n, p in one]
        else:
            parameters[key] = encoder.encode(one, (*at, key))
    fitted = {
        key: encoder.encode(getattr(value, key), (*at, key))
        for key in _FITTED.get(name, ())
        if hasattr(value, key)
    }
    return {"class": name, "parameters": parameters, "fitted": fitted}


def _decode(node, decoder: Decoder):
    name = get(node, "class", str)
    if name not in _CLASSES:
        raise ValueError(f"holds the unknown {name!r}")
    parameters = decode_parameters(node, decoder)
    parts = _PARTS.get(name)
    if parts is not None:
        parameters[parts] = _named(parameters.get(parts))
    try:
        container = _CLASSES[name](**parameters)
    except TypeError as error:
        raise ValueError(f"holds a {name} that is none: {error}") from None
    for key, one in get(node, "fitted", dict).items():
        if key not in _FITTED.get(name, ()):
            raise ValueError(f"holds a {name} with the unknown attribute {key!r}")
        setattr(container, key, decoder.decode(one))
    if hasattr(container, "estimators_"):
        _name_estimators(container)
    return container


def _named(pairs) -> list[tuple[str, object]]:
    is_one = isinstance(pairs, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
        for pair in pairs
    )
    if not is_one:
        raise ValueError("holds a pipeline whose steps are no names and estimators")
    return [tuple(pair) for pair in pairs]


def _name_estimators(vote) -> None:
    names = [name for name, part in vote.estimators if part != "drop"]
    vote.named_estimators_ = Bunch(**dict(zip(names, vote.estimators_, strict=False)))


CONTAINER_KINDS = (Kind("container", _fits, _encode, _decode),)
