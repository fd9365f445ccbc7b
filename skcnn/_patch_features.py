"""Images to what they have of whitened patches of the training images."""

from __future__ import annotations

from functools import partial
from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from skcnn.base.blocks import to_pair
from skcnn.base.images import check_images
from skcnn.base.layouts import is_small
from skcnn.base.memory import machine_memory
from skcnn.base.scaling import check_scale, decide_rescale
from skcnn.base.sklearn_callbacks import CallbackSupportMixin, tells_of_fit
from skcnn.base.unchanged import unchanged_on_error

# Sides of "auto": of patches of usual images, and of small ones.
_USUAL, _SMALL = 6, 4

# Patches that are drawn: their covariance is that of all patches, near enough.
_N_PATCHES = 20_000

# What is added to the patches' variance in every direction when they are whitened, in
# shares of the mean one: directions of less are mostly noise (Coates and Ng, 2012).
_WHITENING_FLOOR = 0.1

# Patches with less than this share of the mean variance are no filters.
_FLAT = 0.05

# Images that the mean and the scale of each feature are taken from.
_N_SCALED = 2000

# No feature is divided by less than this share of the largest standard deviation.
_LEAST_SCALE = 0.01

# Numbers of the filters' maps that are worked on at once: 32 MB of float32.
_MAP_NUMBERS = 2**23


class PatchFeatures(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """What images have of whitened patches of the training images.

    Patches of the training images become the filters of one convolution. Nothing is
    trained, and no labels are asked for; under a linear classifier the features are
    the strongest baseline that is ready in seconds::

        make_pipeline(PatchFeatures(), HoldoutRidgeClassifier())

    With the defaults, on 28x28 images::

        (28, 28, 1) -> 23 x 23 patches of 6 x 6 pixels, each divided by its contrast
        -> responses of 24 filters, both signs rectified -> averages over 6 x 6 cells,
        square roots -> 1728 features, standardised

    Parameters
    ----------
    n_filters : int, default=24
        Patches that become filters. Each gives two features per cell, one for either
        sign. More are more accurate and take longer.
    patch_size : "auto", int or tuple (height, width), default="auto"
        Size of a patch, in pixels; at most the image. ``"auto"`` is 6, and 4 for images
        of less than 12 pixels in height or width.
    pool : int or tuple (down, across), default=6
        Cells of the grid that responses are averaged over; at most as many as there
        are places of a patch. More cells know better where something is: that is right
        for objects that are centred.
    image_shape : tuple (h, w) or (h, w, c), optional
        Shape of one image, for flat rows; else it is read off ``X``.
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Number format of the convolution. ``"auto"`` is bfloat16 where the processor
        has instructions for it. Features are float32.
    random_state : int, RandomState instance or None, default=None
        Decides which patches are drawn.

    Attributes
    ----------
    filters_ : ndarray of shape (height, width, c, n_filters)
        The filters, float32.
    image_shape_ : tuple (h, w, c)
        Shape of one image.
    n_features_in_ : int
        Pixels per image, h * w * c.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns, where ``X`` was a DataFrame with text column names.

    See Also
    --------
    HoldoutRidgeClassifier : The classifier to put on top.
    HOGFeatures : Histograms of gradients, which look at no training images.

    Notes
    -----
    A filter is a patch, less its mean, divided by its contrast and whitened (ZCA); so
    the scale and the brightness of the pixels have no influence. Contrast is the
    standard deviation, with a floor below it for patches that are nearly flat; flat
    ones are no filters. Filters, signs and pooling are those of [1]_ and [2]_, and
    that drawn patches do as well as learned ones was found by [2]_ and [3]_. The square
    root makes features of few strong and of many weak responses comparable.

    Settings were chosen on 10 000 held-out training images of Fashion-MNIST. Under a
    :class:`HoldoutRidgeClassifier` the defaults reach 0.906 on its test images, and
    ``n_filters=64`` reaches 0.921 (``benchmarks patches``).

    Features are standardised by 2000 of the training images. The same seed gives the
    same filters whatever the number of threads.

    References
    ----------
    .. [1] A. Coates, H. Lee and A. Y. Ng, "An Analysis of Single-Layer Networks in
       Unsupervised Feature Learning", AISTATS 2011.
    .. [2] A. Coates and A. Y. Ng, "Learning Feature Representations with K-Means",
       Neural Networks: Tricks of the Trade, 2012.
    .. [3] L. Thiry, M. Arbel, E. Belilovsky and E. Oyallon, "The Unreasonable
       Effectiveness of Patches in Deep Convolutional Kernels Methods", ICLR 2021.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skcnn import HoldoutRidgeClassifier, PatchFeatures
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> features = PatchFeatures(random_state=0)
    >>> model = make_pipeline(features, HoldoutRidgeClassifier(random_state=0))
    >>> model.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.95
    True
    """

    _parameter_constraints: dict = {
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "patch_size": [StrOptions({"auto"}), Integral, "array-like"],
        "pool": [Integral, "array-like"],
        "image_shape": [None, "array-like"],
        "precision": [StrOptions({"auto", "float32", "bfloat16"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        n_filters=24,
        patch_size="auto",
        pool=6,
        image_shape=None,
        precision="auto",
        random_state=None,
    ):
        self.n_filters = n_filters
        self.patch_size = patch_size
        self.pool = pool
        self.image_shape = image_shape
        self.precision = precision
        self.random_state = random_state

    # What a fit leaves, and of which kind; `save` writes it and `load` checks it.
    _fitted_attributes: dict = {
        "image_shape_": "3 sizes",
        "n_features_in_": "count",
        "_n_features_out": "count",
        "_scaling": "Scaling",
        "_spec": "ModelSpec",
        "_state": "NetworkState",
        "_mean": "ndarray",
        "_scale": "ndarray",
    }

    @tells_of_fit()
    def fit(self, X, y=None):
        """Draw patches, make filters of them, and standardise the features.

        Parameters
        ----------
        X : array-like
            Images of shape (n, h, w) or (n, h, w, c), flat rows (n, h*w*c), a
            DataFrame with one column per pixel, or a list of equally sized arrays.
        y : object, optional
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For images or sizes that cannot be, and for more features than the machine
            has memory for; nothing fitted before is lost.
        """
        with unchanged_on_error(self):
            self._validate_params()
            is_auto = isinstance(self.patch_size, str)
            given = _USUAL if is_auto else self.patch_size
            patch_size = to_pair("patch_size", given)
            pool = to_pair("pool", self.pool)
            images = check_images(self, X, reset=True)
            sides = self.image_shape_[:2]
            if is_auto and is_small(sides):
                patch_size = to_pair("patch_size", _SMALL)
            patch_size = tuple(map(min, patch_size, sides))
            places = [s - k + 1 for s, k in zip(sides, patch_size, strict=True)]
            pool = tuple(map(min, pool, places))
            self._n_features_out = pool[0] * pool[1] * 2 * int(self.n_filters)
            self._check_memory(1)
            self._scaling = decide_rescale("auto", images)
            self._fit_filters(images, patch_size, pool)
            self._fit_scale(images)
        return self

    def _check_memory(self, n_images: int) -> None:
        n_bytes = n_images * self._n_features_out * np.dtype(np.float32).itemsize
        if n_bytes > machine_memory():
            raise ValueError(
                f"n_filters={self.n_filters} and pool={self.pool} make "
                f"{self._n_features_out} features of an image, which are "
                f"{n_bytes / 1e9:,.0f} GB for {n_images} of them, more than this "
                "machine's memory. Use fewer n_filters (24 to 512 are usual), a "
                "smaller pool, or fewer images at once."
            )

    def _fit_filters(self, images, patch_size, pool) -> None:
        from skcnn.networks import CONTRAST_FLOOR, build_patches
        from skcnn.training.precision import dtype_policy
        from skcnn.training.spec import ModelSpec, strategy_key
        from skcnn.training.state import NetworkState

        random_state = check_random_state(self.random_state)
        patches = _draw_patches(images, patch_size, random_state)
        pixels_scale = _pixels_scale(patches)
        filters = _whitened_filters(
            patches * pixels_scale[0], int(self.n_filters), CONTRAST_FLOOR
        )
        shape = (*patch_size, self.image_shape_[2], -1)
        kernel = filters.T.reshape(shape).astype(np.float32)
        arguments = self.image_shape_, int(self.n_filters), patch_size, pool
        self._spec = ModelSpec(
            build=partial(build_patches, *arguments),
            key=("patches", arguments, dtype_policy(self.precision), strategy_key()),
            n_outputs=self._n_features_out,
            logits=False,
            dtype="float32",
            precision=self.precision,
        )
        self._state = NetworkState((kernel,), pixels_scale)

    def _fit_scale(self, images) -> None:
        """Decide what is taken from each feature, and what it is multiplied by."""
        step = max(1, len(images) // _N_SCALED)
        self._mean = np.zeros(self._n_features_out, np.float32)
        self._scale = np.ones_like(self._mean)
        features = self._features(images[::step][:_N_SCALED])
        deviation = features.std(axis=0, dtype=np.float64)
        deviation = np.maximum(deviation, _LEAST_SCALE * deviation.max())
        self._mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
        self._scale = (1 / np.where(deviation > 0, deviation, 1)).astype(np.float32)

    def transform(self, X):
        """Return the features.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n, n_features_out), float32
            Cell by cell, in it all filters, then all filters with their signs turned.
        """
        check_is_fitted(self)
        images = check_images(self, X, reset=False)
        check_scale(self._scaling, images)
        return self._features(images)

    def _features(self, images) -> np.ndarray:
        from skcnn.training.pool import POOL

        self._check_memory(len(images))
        features = np.empty((len(images), self._n_features_out), np.float32)
        h, w, _ = self.image_shape_
        step = max(1, _MAP_NUMBERS // (h * w * self._state.weights[0].shape[-1]))
        with POOL.acquire_for_predict(self._spec, self._state) as compiled:
            for start in range(0, len(images), step):
                piece = slice(start, start + step)
                found = compiled.model.predict(images[piece], batch_size=step)
                np.subtract(found, self._mean, out=features[piece])
                features[piece] *= self._scale
        return features

    @property
    def filters_(self):
        """The filters, float32 (height, width, c, n_filters); a copy."""
        check_is_fitted(self)
        return self._state.weights[0].copy()

    def _check_fitted(self) -> None:
        """Raise where what a file brought contradicts itself."""
        for name in ("_mean", "_scale"):
            array = getattr(self, name)
            if array.shape != (self._n_features_out,) or array.dtype != np.float32:
                raise ValueError(
                    f"holds {self._n_features_out} features, and {name} is an array "
                    f"of shape {array.shape}, {array.dtype}"
                )

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_state")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _draw_patches(images: np.ndarray, patch_size, random_state) -> np.ndarray:
    """Return patches from anywhere, (N, height * width * c), float64."""
    windows = sliding_window_view(images, patch_size, axis=(1, 2))
    image, top, left = (
        random_state.randint(size, size=_N_PATCHES) for size in windows.shape[:3]
    )
    patches = windows[image, top, left].transpose(0, 2, 3, 1)
    return patches.reshape(_N_PATCHES, -1).astype(np.float64)


def _pixels_scale(patches: np.ndarray) -> tuple[float, float]:
    """Return scale and offset that give patches a mean of 0 and a variance of 1."""
    variance = patches.var(axis=1).mean()
    scale = 1 / np.sqrt(variance) if variance > 0 else 1.0
    return float(scale), float(-scale * patches.mean())


def _whitened_filters(
    patches: np.ndarray, n_filters: int, contrast_floor: float
) -> np.ndarray:
    """Return the first patches that are not flat as filters, (n_filters, size).

    A patch ``p`` without its mean, divided by its contrast, has the whitened form
    ``W p``. The response of the filter that is the patch ``q`` is ``(W q)' W p``, up
    to a length, so as a filter of plain pixels it is ``W W q``.
    """
    patches = patches - patches.mean(axis=1, keepdims=True)
    variance = patches.var(axis=1, keepdims=True)
    is_filter = variance[:, 0] > _FLAT
    patches /= np.sqrt(variance + contrast_floor)
    # One thread: more of them sum in another order.
    with threadpool_limits(1, "blas"):
        values, vectors = np.linalg.eigh(patches.T @ patches / len(patches))
        values = np.maximum(values, 0) + (_WHITENING_FLOOR * values.mean() or 1.0)
        whitening = (vectors / np.sqrt(values)) @ vectors.T
        # What there is comes again where there are fewer, and flat ones where none is.
        rows = np.flatnonzero(is_filter) if is_filter.any() else np.arange(n_filters)
        chosen = patches[np.resize(rows[:n_filters] % len(patches), n_filters)]
        whitened = chosen @ whitening
        length = np.linalg.norm(whitened, axis=1, keepdims=True)
        filters = (whitened / np.where(length > 0, length, 1)) @ whitening
    return filters - filters.mean(axis=1, keepdims=True)
