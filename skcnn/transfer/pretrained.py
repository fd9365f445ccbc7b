"""Backbones with their weights: loaded once per process, shared by all estimators."""

from __future__ import annotations

import hashlib
import inspect
import os
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np

from skcnn.base.fingerprint import NoFingerprint, fingerprint
from skcnn.custom.own_scaling import wants_raw_pixels
from skcnn.custom.users_network import as_functional, from_config, keras_config
from skcnn.keras_door import BUILDING, keras
from skcnn.networks import build_application
from skcnn.networks.backbones import n_features
from skcnn.training.copies import is_own
from skcnn.training.routes import told
from skcnn.training.spec import built_with, seeded

# Loaded weights that are kept though no estimator holds them. A search over backbones
# comes back to each of them in every fold; the largest networks take 1.3 GB.
_MAX_LOADED = 4

# Scale and offset that make [0, 1] of pixels as backbones know them.
_UNIT = (1 / 255, 0.0)


class Weights:
    """The arrays of one backbone, read-only, and one copy of them per process.

    Attributes
    ----------
    arrays : tuple of ndarray
        In the order of ``keras.Model.weights``.
    digest : str
        Names their content, in any process.
    """

    _alive: WeakValueDictionary[str, Weights] = WeakValueDictionary()

    def __init__(self, arrays: tuple[np.ndarray, ...], digest: str):
        self.arrays = arrays
        self.digest = digest

    @classmethod
    def of(cls, arrays, digest: str | None = None) -> Weights:
        """Return the process' one object with this content."""
        digest = digest or _digest(arrays)
        found = cls._alive.get(digest)
        if found is None:
            arrays = tuple(np.asarray(array) for array in arrays)
            for array in arrays:
                array.setflags(write=False)
            found = cls._alive.setdefault(digest, cls(arrays, digest))
        return found

    def changed(self, arrays) -> Weights:
        """Return other weights, which share with these the arrays that are equal."""
        pairs = zip(self.arrays, arrays, strict=True)
        return Weights.of([a if np.array_equal(a, b) else b for a, b in pairs])

    def __reduce__(self):
        return Weights.of, (self.arrays, self.digest)


@dataclass(frozen=True)
class Backbone:
    """A network without its top, and its pretrained weights; it can be pickled.

    Attributes
    ----------
    name : str
    build : callable
        Without arguments; returns the network with weights of any value.
    key : Hashable or None
        Equal for equal networks in this process; None where that cannot be known.
    application : str or None
        Name in ``keras.applications``, whose ``preprocess_input`` is applied.
    weights : Weights
    n_features : int
        Length of its pooled output.
    n_layers : int
    white : float
        What it takes a white pixel to be, where pixels are scaled for it.
    fingerprint : str or None
        Names the network in any process; None where it has none.
    unknown : str
        What of it cannot be told where it has none.
    """

    name: str
    build: Callable[[], keras.Model]
    key: Hashable | None
    application: str | None
    weights: Weights
    n_features: int
    n_layers: int
    white: float = 255.0
    fingerprint: str | None = None
    unknown: str = "its code is not in the file that it was loaded from"


_LOADED: OrderedDict[Hashable, Backbone] = OrderedDict()


def load_application(
    name: str, params: dict, weights, size: tuple[int, int], seed: int
) -> Backbone:
    """Return a network of ``keras.applications``, from memory where it was loaded.

    Parameters
    ----------
    name : str
    params : dict
        Its own arguments.
    weights : "imagenet", path or None
        None: drawn from ``seed``.
    size : tuple (h, w)
        Of its input, in pixels.
    seed : int

    Raises
    ------
    OSError
        Where the ImageNet weights cannot be downloaded, or a file is missing.
    ValueError
        Where a file holds the weights of another network.
    """
    build = partial(build_application, name, (*size, 3), **params)
    key = (name, size, repr(sorted(params.items())))
    with BUILDING:
        cached = (key, _source(weights, seed))
        if cached not in _LOADED:
            with built_with("float32"), seeded(seed):
                network = build()
            # A wrong file is found before anything is fetched or computed.
            described = _described(network)
            if weights == "imagenet":
                arrays = _downloaded(name, params)
            elif weights is None:
                arrays = network.get_weights()
            else:
                arrays = _from_file(network, weights, name, params)
            described |= _told(build)
            _LOADED[cached] = Backbone(
                name, build, key, name, Weights.of(arrays), **described
            )
        _LOADED.move_to_end(cached)
        while len(_LOADED) > _MAX_LOADED:
            _LOADED.popitem(last=False)
        return _LOADED[cached]


def call_function(
    function: Callable,
    weights,
    size: tuple[int, int],
    seed: int,
    precision: str,
    rescale: str | None,
) -> Backbone:
    """Return the network that a function of the user's makes, with its weights.

    The function is called at every fit, since it may read globals or load weights.
    It sees pixels from 0 to 255, unless it normalises such that are from 0 to 1.

    Raises
    ------
    ValueError
        Where it normalises, and it cannot be told which of the two.
    """
    build = partial(network_of, function, (*size, 3))
    called = told("The backbone function was called with", {"input_shape": (*size, 3)})
    with built_with(precision), seeded(seed), called:
        network = build()
    name = getattr(function, "__name__", type(function).__name__)
    name = "backbone" if name == "<lambda>" else name
    described = _described(network)
    arrays = network.get_weights()
    if weights not in (None, "imagenet"):
        arrays = _from_file(network, weights, name, {})
    is_for_unit = rescale == "auto" and wants_raw_pixels(network, _UNIT) is False
    described |= _told(network)
    key = keras_config(network)
    if key is not None:
        # Rebuilding from its description needs neither the function nor its globals.
        build = partial(from_config, key)
    return Backbone(
        name,
        build,
        key,
        None,
        Weights.of(arrays),
        white=1.0 if is_for_unit else 255.0,
        **described,
    )


def check_function(function: Callable) -> None:
    """Raise for a class or network in the place of a function that makes one."""
    wanted = (
        "A function of the input shape (h, w, 3) that returns a Keras model is wanted"
    )
    if isinstance(function, keras.Layer):
        raise TypeError(
            f"backbone is a {type(function).__name__} that is made already. {wanted}: "
            "backbone=lambda input_shape: network."
        )
    is_class = inspect.isclass(function)
    is_users = is_class and issubclass(function, keras.Model) and is_own(function)
    if is_class and not is_users:
        raise TypeError(
            f"backbone={function.__name__} is a class. {wanted}, such as "
            "keras.applications has: backbone='MobileNetV2'."
        )


def _told(network) -> dict[str, str | None]:
    """Return the fingerprint of a network, or what of it cannot be told."""
    try:
        return {"fingerprint": fingerprint(network), "unknown": ""}
    except NoFingerprint as error:
        return {"fingerprint": None, "unknown": str(error)}


def network_of(function, input_shape) -> keras.Model:
    """Return what a function of the user's gives as a backbone, or say why not."""
    try:
        network = function(input_shape)
        if isinstance(network, keras.Model):
            return as_functional(network, input_shape)
    except ValueError as error:
        raise ValueError(
            f"The backbone function gives no network for images of {input_shape}. If "
            "they are too small for it, pass a larger input_size= with resize='pad' or "
            f"'bilinear'. It says: {error}"
        ) from error
    raise TypeError(
        f"The backbone function returned {type(network).__name__!r}; a Keras model is "
        "wanted. Does it end in 'return model'?"
    )


def _described(network: keras.Model) -> dict:
    return {"n_features": n_features(network), "n_layers": len(network.layers)}


def _source(weights, seed: int) -> Hashable:
    """Name where weights come from; a file that was written anew is another one."""
    if weights is None:
        return ("seed", seed)
    if weights == "imagenet":
        return ("imagenet",)
    path = _existing(weights)
    status = path.stat()
    return ("file", os.path.realpath(path), status.st_mtime_ns, status.st_size)


def _existing(weights) -> Path:
    path = Path(weights)
    if not path.is_file():
        raise FileNotFoundError(
            f"weights={str(weights)!r} is no file. Pass the path of a Keras weights "
            "file for the backbone without its top (..._no_top.h5), "
            "weights='imagenet' to download it, or None for random ones."
        )
    return path


def _from_file(network, weights, name: str, params: dict) -> list[np.ndarray]:
    path = _existing(weights)
    try:
        network.load_weights(path)
    # Keras and h5py raise what they meet: ValueError, KeyError, OSError, ...
    except Exception as error:
        who = name + "".join(f", {k}={v!r}" for k, v in params.items())
        raise ValueError(
            f"The file {str(path)!r} does not hold the weights of the backbone ({who}) "
            "without its top. Pass the backbone and the backbone_params that the file "
            f"was made for, or another file. Keras says: {error}"
        ) from error
    return network.get_weights()


def _downloaded(name: str, params: dict) -> list[np.ndarray]:
    """Return the ImageNet weights, from Keras' own folder or downloader."""
    try:
        with warnings.catch_warnings(), built_with("float32"), seeded(0):
            # MobileNets have files for several sizes and say that they take 224's.
            warnings.filterwarnings("ignore", ".*input_shape.*", UserWarning)
            network = build_application(name, None, "imagenet", **params)
    except (ValueError, TypeError):
        raise  # about the parameters, in Keras' words
    # Keras raises Exception itself where a URL cannot be fetched.
    except Exception as error:
        raise OSError(
            f"The ImageNet weights of {name} could not be downloaded ({error}). Pass "
            "weights= with the path of its weights file without the top "
            "(..._no_top.h5), or weights=None for random ones."
        ) from error
    _fold_rescaling(network)
    return network.get_weights()


def _fold_rescaling(network: keras.Model) -> None:
    """Move the scale of a Rescaling behind a Normalization into the latter's weights.

    Keras gives EfficientNets such a layer beside ImageNet's weights only, and a
    network that is built to be given these weights has none.
    """
    for layer, after in pairwise(network.layers):
        is_adapted = isinstance(layer, keras.layers.Normalization) and layer.weights
        if is_adapted and isinstance(after, keras.layers.Rescaling):
            variance = layer.adapt_variance
            variance.assign(variance / np.square(after.scale))


def _digest(arrays) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
