"""What every autoencoder does: train to give images back, encode, decode, denoise."""

from __future__ import annotations

import warnings
from dataclasses import replace
from numbers import Real

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skcnn.base.arrays import to_array
from skcnn.base.images import check_images
from skcnn.base.scaling import check_scale
from skcnn.base.sklearn_callbacks import with_callbacks
from skcnn.base.targets import row_weights
from skcnn.base.unchanged import unchanged_on_error
from skcnn.contract.estimator import BaseNetwork
from skcnn.contract.task import FitTask

# Images that are made at once, so that no float copy of a whole set is.
_PIECE = 2048


class BaseAutoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseNetwork):
    """An autoencoder around a Keras network; think twice before adding.

    A child writes its constructor, its documentation and ``_make_network``, which
    returns a picklable function without arguments for images of ``image_shape_``. The
    network gives images of that shape and has a layer ``"code"`` of flat codes.
    """

    # X_clean goes where X goes, without a request of the user's.
    __metadata_request__fit = {"X_clean": True}
    __metadata_request__partial_fit = {"X_clean": True}
    __metadata_request__score = {"X_clean": True}

    _parameter_constraints: dict = {
        **BaseNetwork._parameter_constraints,
        "noise": [None, Interval(Real, 0, None, closed="left")],
        "noise_kind": [StrOptions({"gaussian", "background"})],
        "monitor": [StrOptions({"loss", "val_loss"})],
    }

    # --- training -----------------------------------------------------------------

    _fitted_attributes: dict = {
        **BaseNetwork._fitted_attributes,
        "_layout": "1 to 3 sizes",
        "_limits": "range",
        "_n_features_out": "count",
    }

    @with_callbacks
    def fit(self, X, y=None, X_clean=None, sample_weight=None):
        """Train the network to give back images.

        Parameters
        ----------
        X : array-like
            Images of shape (n, h, w) or (n, h, w, c), flat rows (n, h*w*c), a
            DataFrame with one column per pixel, or a list of equally sized arrays.
        y : object, optional
            Ignored, unless it looks like images, which is refused: they are for
            ``X_clean``.
        X_clean : array-like, optional
            What each image of ``X`` should become, in the same shape and units. None:
            the image itself. A search scores against clean images only with metadata
            routing (``set_score_request(X_clean=True)``); else against ``X``.
        sample_weight : array-like of shape (n,), optional
            Weights of the rows, normalised to mean one.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For input that cannot be trained on; nothing fitted before is lost.
        """
        task = FitTask(given=(X, y, sample_weight))
        task.goes_on = self.warm_start and self.__sklearn_is_fitted__()
        X = to_array(X)
        _check_ignored(y, X)
        self._train(X, X_clean, sample_weight, task)
        task.end()
        return self

    def partial_fit(self, X, y=None, X_clean=None, sample_weight=None):
        """Train one epoch at the constant ``learning_rate``, going on from before.

        Parameters
        ----------
        X : array-like
            Images, as in :meth:`fit`. The scale of the pixels is decided by the first
            call.
        y : object, optional
            Ignored, unless it looks like images, which is refused: they are for
            ``X_clean``.
        X_clean : array-like, optional
            What each image should become.
        sample_weight : array-like of shape (n,), optional
            Weights of the rows.

        Returns
        -------
        self : object
        """
        task = FitTask(self.__sklearn_is_fitted__(), one_epoch=True)
        X = to_array(X)
        _check_ignored(y, X)
        return self._train(X, X_clean, sample_weight, task)

    def _train(self, X, X_clean, sample_weight, task):
        from skcnn.training.autoencoding import find_limits, reconstruction_loss
        from skcnn.training.data import TrainingData
        from skcnn.training.fit import fit

        with unchanged_on_error(self):
            self._check_params()
            images = check_images(self, X, reset=not task.goes_on)
            y_encoded = np.zeros(len(images), dtype=int)  # all are of one class
            weights = row_weights(sample_weight, None, images, y_encoded, None)
            indices = None if weights is None else np.flatnonzero(weights)
            train, validation = TrainingData(images, y_encoded, weights, indices), None
            if not task.goes_on:
                self._begin()
            if self._needs_validation and not task.one_epoch:
                train, validation = self._held_out(train)
            if not task.goes_on:
                self._decide_scaling(train)
            clean = self._check_clean(X, X_clean)
            if not task.goes_on:
                self._layout = X.shape[1:]
                self._limits = find_limits(self._scaling, images, clean)
            train = replace(train, clean=clean)
            validation = validation and replace(validation, clean=clean)
            task.tell(self, self._most_epochs(len(train)), validation)
            fitted = fit(
                self._make_spec(images, clean),
                self._fit_config(len(train), task, loss=reconstruction_loss()),
                train,
                validation,
                self._scaling[:2],
                self._state if task.goes_on else None,
            )
            self._keep(fitted)
            self._n_features_out = self._n_activations("code")
            return self

    def _check_clean(self, X, X_clean):
        """Return clean images (n, h, w, c) that fit those of ``X``, or None."""
        if X_clean is None:
            return None
        X_clean = to_array(X_clean)
        came, wanted = X_clean.shape, X.shape
        if came != wanted:
            raise ValueError(
                f"X_clean has shape {came}, but X has shape {wanted}: one clean image "
                "per image of X is wanted, in the same layout and order."
            )
        try:
            with warnings.catch_warnings():
                # A prediction may be far out; targets that are would be learned.
                warnings.simplefilter("error", UserWarning)
                clean = check_images(self, X_clean, reset=False)
                check_scale(self._scaling, clean)
        except (ValueError, UserWarning) as error:
            raise ValueError(f"X_clean, read like X: {error}") from error
        return clean

    def _held_out(self, train):
        if len(train) < 2:
            raise ValueError(
                f"{len(train)} image cannot be split for early stopping: at least two "
                "are wanted. Pass more, or set early_stopping=False."
            )
        return train.hold_out(self.validation_fraction, self._seed)

    def _check_params(self) -> None:
        super()._check_params()
        if self.rescale == "auto" and self.noise is not None and self.noise > 1:
            raise ValueError(
                f"noise={self.noise!r} counts where pixels are scaled to [0, 1]: one "
                "is the whole range from black to white. For bytes, divide by 255."
            )

    def _make_spec(self, images, clean):
        """State network and task."""
        from skcnn.training.autoencoding import Reconstruction
        from skcnn.training.spec import ModelSpec, key_of

        build = self._make_network()
        return ModelSpec(
            build=build,
            key=key_of(build),
            n_outputs=1,
            logits=False,
            dtype=images.dtype.name,
            precision=self.precision,
            reconstruction=Reconstruction(
                noise_kind=self.noise_kind,
                noise=self._noise(clean),
                limits=self._limits,
                clean_dtype=None if clean is None else clean.dtype.name,
            ),
        )

    def _noise(self, clean) -> float:
        """Return the level of noise; pairs of images bring their own."""
        if self.noise is None:
            return float(self.noise_kind == "background" and clean is None)
        return float(self.noise)

    # --- codes and images -----------------------------------------------------------

    def transform(self, X):
        """Return the codes of images.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n, n_features_out), float32
            A code that is a map is flattened, row by row, the channels last.
        """
        return self._activations(X, "code")

    def inverse_transform(self, X):
        """Return the images that codes stand for.

        Parameters
        ----------
        X : array-like of shape (n, n_features_out)
            Codes, as :meth:`transform` gives them.

        Returns
        -------
        ndarray, float32
            Images in the layout of the training images (rows for a DataFrame), in
            their units, inside their range.

        Raises
        ------
        ValueError
            For codes of another length.
        """
        check_is_fitted(self)
        codes = check_array(X, dtype=np.float32)
        if codes.shape[1] != self._n_features_out:
            raise ValueError(
                f"X holds codes of length {codes.shape[1]}, but those of this "
                f"{type(self).__name__} have length {self._n_features_out}. Pass what "
                "transform returned."
            )
        with self._acquired() as compiled:
            scaled = compiled.model.predict(codes, after="code")
        return self._to_pixels(scaled).reshape(len(codes), *self._layout)

    def denoise(self, X):
        """Return images as the network gives them back, without their noise.

        It was to learn that, with ``noise`` or ``X_clean``: what was fitted without
        either only blurs.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray
            Images in the layout, units and type of ``X``; whole numbers are rounded.
        """
        X = to_array(X)
        images = self._check_images(X)
        cleaned = np.empty_like(images)
        for part, scaled in self._reconstructions(images):
            pixels = self._to_pixels(scaled)
            if cleaned.dtype.kind in "ui":
                pixels = np.rint(pixels)
            cleaned[part] = pixels
        return cleaned.reshape(X.shape)

    def add_noise(self, X, random_state=None):
        """Return images with the noise that they get in the training.

        Parameters
        ----------
        X : array-like
            Images, in any layout.
        random_state : int, RandomState instance or None, default=None
            Decides the noise.

        Returns
        -------
        ndarray
            Images in the layout, units and type of ``X``; whole numbers are rounded.
            Without noise in the training, copies.
        """
        X = to_array(X)
        images = self._check_images(X)
        add = self._spec.reconstruction.augmentation()
        if add is None:
            return np.array(X)
        seed = check_random_state(random_state).randint(2**31 - 1, size=2)
        scale, offset = self._scaling[:2]
        scaled = (images.astype(np.float64) * scale + offset).astype(np.float32)
        noisy = self._to_pixels(np.asarray(add(scaled, None, seed)[0]))
        if images.dtype.kind in "ui":
            noisy = np.rint(noisy)
        return noisy.astype(images.dtype).reshape(X.shape)

    @property
    def removes_noise_(self):
        """Whether it was trained to: by noise of its own, or by pairs of images."""
        check_is_fitted(self)
        task = self._spec.reconstruction
        return bool(task.noise or task.clean_dtype)

    def score(self, X, y=None, X_clean=None):
        """Return the negative mean squared error of what is given back.

        Parameters
        ----------
        X : array-like
            Images, in any layout; no noise is added.
        y : object, optional
            Ignored, unless it looks like images, which is refused: they are for
            ``X_clean``.
        X_clean : array-like, optional
            What each image should become. None: the image itself.

        Returns
        -------
        float
            In units of scaled pixels; at most 0, higher is better.
        """
        X = to_array(X)
        _check_ignored(y, X)
        images = self._check_images(X)
        targets = images if X_clean is None else self._check_clean(X, X_clean)
        scale, offset = self._scaling[:2]
        total = 0.0
        for part, scaled in self._reconstructions(images):
            wanted = targets[part].astype(np.float64) * scale + offset
            total += float(np.square(scaled - wanted).sum())
        return -total / images.size

    def _check_images(self, X) -> np.ndarray:
        check_is_fitted(self)
        images = check_images(self, X, reset=False)
        check_scale(self._scaling, images)
        return images

    def _reconstructions(self, images):
        """Yield pieces, as (slice, what the network gives for these images)."""
        with self._acquired() as compiled:
            for start in range(0, len(images), _PIECE):
                part = slice(start, start + _PIECE)
                yield part, compiled.model.predict(images[part])

    def _to_pixels(self, scaled: np.ndarray) -> np.ndarray:
        """Undo the scaling, float32, inside the range of the training pixels."""
        scale, offset = self._scaling[:2]
        return (np.clip(scaled, *self._limits) - np.float32(offset)) / np.float32(scale)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _check_ignored(y, X) -> None:
    """Refuse images in the place of labels, which are ignored."""
    shape = () if y is None else np.asarray(y).shape
    if len(shape) > 1 and shape[1] > 1 and shape == X.shape:
        raise ValueError(
            f"y has the shape of X, {shape}, and an autoencoder ignores y. If this is "
            "what the images should become, pass it by name: X_clean=."
        )
