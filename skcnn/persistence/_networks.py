"""What is fitted of a network: how it is built, and its weights."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, replace
from functools import partial

import numpy as np

from skcnn.contract.estimator import PRECISIONS
from skcnn.persistence._bounds import Budget, check_calls
from skcnn.persistence._builds import decode_build, encode_build, is_own
from skcnn.persistence._values import Kind, get


def _is(name: str):
    """Return a test for a class of this package, which imports nothing."""
    return lambda value: (
        type(value).__name__ == name and type(value).__module__.startswith("skcnn.")
    )


def _precision(node) -> str:
    precision = get(node, "precision", str)
    if precision not in PRECISIONS:
        raise ValueError(f"has the precision {precision!r}, none of {PRECISIONS}")
    return precision


def _pair(node, key: str) -> tuple[float, float]:
    pair = get(node, key, list)
    if len(pair) != 2 or not all(type(one) in (int, float) for one in pair):
        raise ValueError(f"has {pair!r} where two numbers should be: {key!r}")
    return float(pair[0]), float(pair[1])


# --- the scale of the pixels ----------------------------------------------------------


def _encode_scaling(value, encoder, at):
    numbers = {name: float(one) for name, one in value._asdict().items()}
    return numbers | {"whole_numbers": bool(value.whole_numbers)}


def _decode_scaling(node, decoder):
    from skcnn.base.scaling import Scaling

    numbers = {
        name: float(get(node, name, (int, float)))
        for name in ("scale", "offset", "low", "high")
    }
    # Files of before there was an extent have none.
    extent = max(-numbers["low"], numbers["high"])
    if "extent" in node:
        extent = float(get(node, "extent", (int, float)))
    whole = get(node, "whole_numbers", bool)
    return Scaling(**numbers, whole_numbers=whole, extent=extent)


# --- weights --------------------------------------------------------------------------


def _put(arrays, encoder, at) -> list[str]:
    return [encoder.put_array(a, (*at, str(n))) for n, a in enumerate(arrays)]


def _take(node, key: str, decoder, kinds: str) -> tuple[np.ndarray, ...]:
    arrays = tuple(decoder.array(member) for member in get(node, key, list))
    for array in arrays:
        # An adapted normalisation counts in a single whole number.
        is_count = array.ndim == 0 and array.dtype.kind in "iu"
        if array.dtype.kind not in kinds and not is_count:
            raise ValueError(f"has weights of {array.dtype}")
    return arrays


def _encode_state(value, encoder, at):
    has_optimizer = value.optimizer is not None
    return {
        "weights": _put(value.weights, encoder, (*at, "weights")),
        "scaling": [float(one) for one in value.scaling],
        "optimizer": _put(value.optimizer, encoder, (*at, "optimizer"))
        if has_optimizer
        else None,
        "seeds": _put(value.seeds, encoder, (*at, "seeds")),
    }


def _decode_state(node, decoder):
    from skcnn.training.state import NetworkState

    has_optimizer = node.get("optimizer") is not None
    # Its token is new: another file of the same origin may hold other weights.
    return NetworkState(
        weights=_take(node, "weights", decoder, "f"),
        scaling=_pair(node, "scaling"),
        optimizer=_take(node, "optimizer", decoder, "biuf") if has_optimizer else None,
        seeds=_take(node, "seeds", decoder, "iu"),
    )


# --- the network ----------------------------------------------------------------------


def _encode_spec(value, encoder, at):
    task = value.reconstruction
    return {
        "build": encode_build(value.build, encoder, (*at, "build")),
        "n_outputs": value.n_outputs,
        "logits": value.logits,
        "dtype": value.dtype,
        "precision": value.precision,
        "reconstruction": encoder.encode(task and asdict(task), at),
    }


def _decode_spec(node, decoder):
    from skcnn.training.spec import ModelSpec, strategy_key

    build = decode_build(get(node, "build", dict), decoder)
    dtype = get(node, "dtype", str)
    if np.dtype(dtype).kind not in "biuf":
        raise ValueError(f"takes images of {dtype}")
    # A key of its own: none that the file states, under which others would find it. Own
    # code is equal to no other, and is built once for this estimator all the same.
    what = uuid.uuid4().hex if is_own(build) else json.dumps(node, sort_keys=True)
    return ModelSpec(
        build=build,
        n_outputs=get(node, "n_outputs", int),
        logits=get(node, "logits", bool),
        key=("loaded", what, strategy_key()),
        dtype=dtype,
        precision=_precision(node),
        reconstruction=_task(node.get("reconstruction"), decoder),
    )


def _task(node, decoder):
    """Return what an autoencoder is trained for; None: no autoencoder."""
    if node is None:
        return None
    from skcnn.training.autoencoding import NOISES, Reconstruction

    task = Reconstruction(**decoder.decode(node))
    if task.noise_kind not in NOISES:
        raise ValueError(f"has the noise {task.noise_kind!r}, none of {NOISES}")
    return task


# --- backbones ------------------------------------------------------------------------


def _encode_extractor(value, encoder, at):
    backbone = value.backbone
    return {
        "name": backbone.name,
        "build": encode_build(backbone.build, encoder, (*at, "build")),
        "application": backbone.application,
        "weights": _put(backbone.weights.arrays, encoder, (*at, "weights")),
        "n_features": backbone.n_features,
        "n_layers": backbone.n_layers,
        "input_shape": list(value.input_shape),
        "entrance": encoder.encode(value.entrance, (*at, "entrance")),
        "scaling": [float(one) for one in value.scaling],
        "precision": value.precision,
    }


def _decode_extractor(node, decoder):
    from skcnn.transfer.features import Extractor
    from skcnn.transfer.pretrained import Backbone, Weights

    note = get(node, "build", dict)
    build = decode_build(note, decoder)
    application = node.get("application")
    if application is not None:
        application = get(node, "application", str)
    backbone = Backbone(
        name=get(node, "name", str),
        build=build,
        key=None if is_own(build) else ("loaded", json.dumps(note, sort_keys=True)),
        application=application,
        # The name of their content is computed here, not believed.
        weights=Weights.of(_take(node, "weights", decoder, "f")),
        n_features=get(node, "n_features", int),
        n_layers=get(node, "n_layers", int),
    )
    entrance = decoder.decode(get(node, "entrance", dict))
    if set(entrance) != {"size", "resize", "gain", "application"}:
        raise ValueError(f"has a backbone with the entrance {sorted(entrance)}")
    return Extractor(
        backbone=backbone,
        input_shape=tuple(get(node, "input_shape", list)),
        entrance=entrance,
        scaling=_pair(node, "scaling"),
        precision=_precision(node),
    )


NETWORK_KINDS = (
    Kind("scaling", _is("Scaling"), _encode_scaling, _decode_scaling),
    Kind("weights", _is("NetworkState"), _encode_state, _decode_state),
    Kind("network", _is("ModelSpec"), _encode_spec, _decode_spec),
    Kind("backbone", _is("Extractor"), _encode_extractor, _decode_extractor),
)


# --- do they fit? ---------------------------------------------------------------------


def check_network(estimator) -> None:
    """Build a loaded estimator's network and put its weights in.

    It stays in the pool, where the first prediction finds it. A ValueError says that it
    cannot be built, or that weights or classes do not fit it.
    """
    state = vars(estimator)
    if "_extractor" in state:
        extractor = estimator._extractor
        build = extractor.backbone.build
        n_outputs = _n_outputs(extractor._spec, extractor._state, build)
        _check_count("features of the backbone", n_outputs, extractor.n_features)
    if "_spec" in state:
        spec = estimator._spec
        n_outputs = _n_outputs(spec, estimator._state, spec.build)
        if "classes_" in state and (n_outputs, len(estimator.classes_)) != (1, 2):
            _check_count("classes", n_outputs, len(estimator.classes_))
        if spec.build.func.__name__ == "build_patches":
            _check_count("features", n_outputs, estimator._n_features_out)


def _n_outputs(spec, state, build) -> int:
    """Return a network's number of outputs; ``build`` makes it, or its backbone."""
    from skcnn.keras_door import check_not_forked
    from skcnn.training.pool import POOL

    check_not_forked()  # no fault of the file's
    budget = Budget(state.weights)
    if build.func.__name__ == "from_config":
        check_calls(json.loads(build.args[0]), budget.n_arrays)
    bounded = spec
    if not is_own(build):
        bounded = replace(spec, build=partial(budget.build, spec.build))
    try:
        with POOL.acquire_for_predict(bounded, state) as compiled:
            return compiled.model.output_shape[-1]
    # Keras and TensorFlow raise what they meet.
    except Exception as error:
        if budget.is_exceeded:
            raise ValueError(
                f"has a network that cannot be: it has more weights than the file, "
                f"which has {budget}"
            ) from error
        raise ValueError(
            f"has weights that do not fit its network, or a network that cannot be "
            f"built: {error}"
        ) from error


def _check_count(what: str, came: int, wanted: int) -> None:
    if came != wanted:
        raise ValueError(f"has {wanted} {what}, and its network gives {came}")
