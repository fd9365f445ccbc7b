"""Calibrated classifiers, taken apart: what is calibrated, and by which curves."""

from __future__ import annotations

import copy

from sklearn.calibration import CalibratedClassifierCV

from skcnn.persistence._codec import Decoder, Encoder, Kind, get
from skcnn.persistence._sklearn import decode_learner, encode_learner


def _fits(value) -> bool:
    is_one = type(value) is CalibratedClassifierCV
    return is_one and hasattr(value, "calibrated_classifiers_")


def _encode(value, encoder: Encoder, at: tuple[str, ...]) -> dict:
    curves = copy.copy(value)
    members = value.calibrated_classifiers_
    curves.estimator = None
    curves.calibrated_classifiers_ = [copy.copy(member) for member in members]
    for curve in curves.calibrated_classifiers_:
        curve.estimator = None
    return {
        "estimator": encoder.encode(value.estimator, (*at, "estimator")),
        "members": [encoder.encode(m.estimator, (*at, "estimator")) for m in members],
        "curves": encode_learner(curves, encoder, at),
    }


def _decode(node, decoder: Decoder) -> CalibratedClassifierCV:
    value = decode_learner(get(node, "curves", dict), decoder)
    members = decoder.decode(get(node, "members", list))
    curves = getattr(value, "calibrated_classifiers_", [])
    if type(value) is not CalibratedClassifierCV or len(curves) != len(members):
        raise ValueError("holds a calibrated classifier that is none")
    # A copy: the file may name one part twice.
    value = copy.copy(value)
    value.estimator = decoder.decode(node.get("estimator"))
    value.calibrated_classifiers_ = [copy.copy(curve) for curve in curves]
    for curve, member in zip(value.calibrated_classifiers_, members, strict=True):
        curve.estimator = member
    return value


CALIBRATED_KINDS = (Kind("calibrated", _fits, _encode, _decode),)
