"""Features of images: a frozen backbone, run once per image."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from tqdm.auto import tqdm

from skcnn.base.fingerprint import fingerprint
from skcnn.base.told import listener
from skcnn.keras_door import tf
from skcnn.networks import build_features, build_transfer
from skcnn.training.pool import POOL
from skcnn.training.precision import dtype_policy
from skcnn.training.spec import ModelSpec, strategy_key
from skcnn.training.state import NetworkState
from skcnn.transfer.feature_store import FeatureStore, digests_of
from skcnn.transfer.pretrained import Backbone, Weights

# Images per call into the graph, always as many (the last call is filled up): products
# of another number of rows are summed in another order, and then features would depend
# on which images come along. Few where maps are large: sixteen inputs of 224 x 224
# already make maps of a hundred megabytes.
_BATCH_SMALL, _BATCH_LARGE, _SMALL_SIDE = 64, 16, 64

# Images whose features are kept in one file: what is lost where somebody interrupts.
_BLOCK = 4096

# Fewer new images than this are no use to a search, and one file each would fill the
# folder of somebody who predicts one image after the other.
_WORTH_KEEPING = 16


@dataclass(frozen=True)
class Extractor:
    """A backbone with its entrance: images (n, h, w, c) -> features (n, n_features).

    Attributes
    ----------
    backbone : Backbone
    input_shape : tuple (h, w, c)
        Of the images.
    entrance : dict
        Arguments of :func:`skcnn.networks.build_features` about the entrance.
    scaling : tuple of float
        Scale and offset of the pixels.
    precision : str
    """

    backbone: Backbone
    input_shape: tuple[int, int, int]
    entrance: dict
    scaling: tuple[float, float]
    precision: str
    _own: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def n_features(self) -> int:
        """Length of one image's features."""
        return self.backbone.n_features

    def with_weights(self, arrays) -> Extractor:
        """Return the same network with other weights, such as fine-tuned ones."""
        weights = self.backbone.weights.changed(arrays)
        return replace(self, backbone=replace(self.backbone, weights=weights))

    def extract(
        self, images: np.ndarray, location=None, *, verbose: int = 0, on_images=None
    ) -> np.ndarray:
        """Return the pooled features, float32 (n, n_features).

        Parameters
        ----------
        images : ndarray of shape (n, h, w, c)
        location : path, optional
            Folder where features are looked up, and kept, by the content of images.
        verbose : int
        on_images : callable, optional
            Called with (images done, images to be done) as their features come.
        """
        store = None if location is None else self._store(location, images.dtype)
        if store is None:
            return self._computed(images, verbose, len(images) > 1, on_images)
        digests = digests_of(images)
        features, missing = store.look_up(digests)
        # Equal images are computed once.
        _, firsts, positions = np.unique(
            digests[missing], axis=0, return_index=True, return_inverse=True
        )
        rows = missing[firsts]
        new = np.empty((len(rows), self.n_features), np.float32)
        for start in range(0, len(rows), _BLOCK):
            block = slice(start, start + _BLOCK)
            new[block] = self._computed(images[rows[block]], verbose, True, on_images)
            if len(rows) >= _WORTH_KEEPING:
                store.keep(digests[rows[block]], new[block])
        features[missing] = new[positions.reshape(-1)]
        return features

    def _computed(self, images, verbose, is_exact: bool, on_images) -> np.ndarray:
        """Run the backbone; not ``is_exact``: without a filled-up batch."""
        height, width = self.entrance["size"]
        is_small = height * width <= _SMALL_SIDE**2
        step = _BATCH_SMALL if is_small else _BATCH_LARGE
        features = np.empty((len(images), self.n_features), np.float32)
        hears, n_images = listener(), len(images)
        with (
            POOL.acquire_for_predict(self._spec, self._state) as compiled,
            tqdm(
                total=len(images), desc="features", unit="image", disable=not verbose
            ) as bar,
        ):
            for start in range(0, len(images), step):
                part = images[start : start + step]
                count = len(part)
                if count < step and is_exact:
                    part = np.resize(part, (step, *part.shape[1:]))
                features[start : start + count] = compiled.model.predict(part)[:count]
                bar.update(count)
                done = start + count
                if hears is not None:
                    hears(done / n_images, f"features of image {done} of {n_images}")
                if on_images is not None:
                    on_images(done, n_images)
        return features

    @property
    def _build(self) -> partial:
        return partial(
            build_features, self.backbone.build, self.input_shape, **self.entrance
        )

    @property
    def _description(self) -> Hashable:
        """All that decides the graph; None where that cannot be known."""
        if self.backbone.key is None:
            return None
        return (
            self.backbone.key,
            self.input_shape,
            tuple(sorted(self.entrance.items())),
            dtype_policy(self.precision),
        )

    @property
    def _key(self) -> Hashable:
        # What cannot be compared has a model of its own.
        return ("features", self._description or self._own, strategy_key())

    @property
    def _spec(self) -> ModelSpec:
        return ModelSpec(
            build=self._build,
            key=self._key,
            n_outputs=self.n_features,
            logits=False,
            dtype="float32",
            precision=self.precision,
        )

    @property
    def _state(self) -> NetworkState:
        weights: Weights = self.backbone.weights
        # Equal weights have equal names, so that no model loads them twice.
        token = f"{weights.digest} {tuple(self.scaling)}"
        return NetworkState(weights.arrays, tuple(self.scaling), token=token)

    def _store(self, location, dtype: np.dtype) -> FeatureStore | None:
        """Return the store for images of one type, or None and a warning."""
        backbone = self.backbone
        network = backbone.fingerprint or backbone.key
        if network is None:
            warnings.warn(
                f"The features of the backbone {backbone.name!r} are computed, but "
                f"neither looked up nor kept in memory={str(location)!r}, since it has "
                f"no fingerprint: {backbone.unknown}.",
                RuntimeWarning,
                stacklevel=3,
            )
            return None
        name = fingerprint(
            network,
            backbone.weights.digest,
            self.input_shape,
            self.entrance,
            dtype_policy(self.precision),
            tuple(map(float, self.scaling)),
            dtype.str,
            tf.__version__,
        )
        return FeatureStore(location, name, self.n_features)

    # --- the whole network ----------------------------------------------------------

    def whole(self, n_classes: int, **head) -> partial:
        """Return the build function of the backbone with a head, images to logits."""
        return partial(
            build_transfer,
            self.backbone.build,
            self.input_shape,
            n_classes,
            **self.entrance,
            **head,
        )

    def whole_key(self, n_classes: int, **head) -> Hashable | None:
        """Return a key for :meth:`whole`; None where equal ones cannot be known."""
        if self.backbone.key is None:
            return None
        return ("transfer", self._description, n_classes, tuple(sorted(head.items())))
