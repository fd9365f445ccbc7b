"""The contract of all network classifiers: validate, encode, build, train, predict."""

from __future__ import annotations

from numbers import Real

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import (
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.multiclass import _check_partial_fit_first_call

from skcnn.base.augment import check_augment, flips
from skcnn.base.images import check_images
from skcnn.base.scaling import check_scale
from skcnn.base.scikeras_words import find_cure
from skcnn.base.sklearn_callbacks import with_callbacks
from skcnn.base.targets import check_classes, check_labels, encode, row_weights
from skcnn.base.unchanged import unchanged_on_error
from skcnn.base.views import mean_over_views
from skcnn.base.words import shown
from skcnn.contract.estimator import BaseNetwork
from skcnn.contract.task import FitTask

# What early stopping and "plateau" may watch.
_FIGURES = {"loss", "accuracy", "val_loss", "val_accuracy"}


class BaseNetworkClassifier(ClassifierMixin, BaseNetwork):
    """What every classifier around a Keras network does; think twice before adding.

    A child writes its constructor, its documentation and ``_make_network``, which
    returns a picklable function without arguments for images of ``image_shape_`` and
    the classes ``classes_``.
    """

    # X_val and y_val go where X goes, without a request of the user's.
    __metadata_request__fit = {"X_val": True, "y_val": True}

    _parameter_constraints: dict = {
        **BaseNetwork._parameter_constraints,
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "augment": "no_validation",  # check_augment
        "tta": ["boolean"],
        "class_weight": [None, dict, StrOptions({"balanced"})],
        "monitor": [StrOptions(_FIGURES)],
    }

    # --- training -----------------------------------------------------------------

    _fitted_attributes: dict = {**BaseNetwork._fitted_attributes, "classes_": "labels"}

    @with_callbacks
    def fit(self, X, y, sample_weight=None, X_val=None, y_val=None, **words):
        """Train the network.

        Parameters
        ----------
        X : array-like
            Images of shape (n, h, w) or (n, h, w, c), flat rows (n, h*w*c), a
            DataFrame with one column per pixel, or a list of equally sized arrays.
        y : array-like of shape (n,)
            Labels: numbers or strings.
        sample_weight : array-like of shape (n,), optional
            Weights of the rows. They are normalised to mean one; rows of weight zero
            take no part.
        X_val : array-like, optional
            Validation images in any layout of ``X``. In a search, a ``X_val`` that is
            as long as ``X`` is sliced like ``X``.
        y_val : array-like, optional
            Labels of ``X_val``.
        **words : object
            Refused: what Keras' ``fit`` takes is a parameter here.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            For any other word; it names the parameter that says the same.
        ValueError
            For input that cannot be trained on; nothing fitted before is lost.
        """
        task = FitTask(given=(X, y, sample_weight))
        self._refuse(words)
        with unchanged_on_error(self):
            goes_on = task.goes_on = self.warm_start and self.__sklearn_is_fitted__()
            self._check_params()
            images = self._check_images(X, goes_on)
            y = check_labels(self, y, images)
            classes = np.unique(y)
            check_classes(classes)
            if goes_on and not np.array_equal(classes, self.classes_):
                raise ValueError(
                    "warm_start=True continues with the classes "
                    f"{shown(self.classes_.tolist())}, but y holds "
                    f"{shown(classes.tolist())}. Set warm_start=False, or pass the "
                    "same labels."
                )
            self.classes_ = classes
            self._train(images, y, sample_weight, X_val, y_val, task)
        task.end()
        return self

    def partial_fit(self, X, y, classes=None, sample_weight=None, **words):
        """Train one epoch at the constant ``learning_rate``, going on from before.

        Parameters
        ----------
        X : array-like
            Images, as in :meth:`fit`. The scale of the pixels is decided by the first
            call.
        y : array-like of shape (n,)
            Labels.
        classes : array-like of shape (k,), optional
            All classes; needed in the first call.
        sample_weight : array-like of shape (n,), optional
            Weights of the rows.
        **words : object
            Refused, as in :meth:`fit`.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError, ValueError
            As in :meth:`fit`.
        """
        self._refuse(words, "partial_fit")
        with unchanged_on_error(self):
            task = FitTask(self.__sklearn_is_fitted__(), one_epoch=True)
            self._check_params()
            images = self._check_images(X, task.goes_on)
            y = check_labels(self, y, images)
            _check_partial_fit_first_call(self, classes)
            check_classes(self.classes_, "classes")
            return self._train(images, y, sample_weight, None, None, task)

    def _refuse(self, words: dict, method: str = "fit") -> None:
        """Raise where ``fit`` or ``partial_fit`` got what is no argument of it."""
        known, how = self.get_params(), f"Call clf.set_params({{}}).{method}(X, y)."
        for word, value in words.items():
            cure = find_cure(word, value, known.__contains__, how)
            raise TypeError(
                f"{type(self).__name__}.{method} got an unexpected keyword argument "
                f"{word!r}. {cure or 'Leave it out.'}"
            )

    def _check_images(self, X, goes_on: bool) -> np.ndarray:
        return check_images(self, X, reset=not goes_on)

    def _check_params(self) -> None:
        super()._check_params()
        check_augment(self.augment)

    def _train(self, images, y, sample_weight, X_val, y_val, task):
        from skcnn.training.data import TrainingData

        y_encoded = encode(y, self.classes_)
        weights = row_weights(
            sample_weight, self.class_weight, images, y_encoded, self.classes_
        )
        indices = None if weights is None else np.flatnonzero(weights)
        train, validation = TrainingData(images, y_encoded, weights, indices), None
        brings_own = X_val is not None or y_val is not None
        if not task.goes_on:
            self._begin()
        if self._needs_validation and not (brings_own or task.one_epoch):
            train, validation = train.hold_out(self.validation_fraction, self._seed)
        if not task.goes_on:
            self._decide_scaling(train)
        if brings_own:
            validation = self._given_validation(X_val, y_val)
        brought = (X_val, y_val) if brings_own else None
        task.tell(self, self._most_epochs(len(train)), validation, brought)
        return self._fit_data(train, validation, task)

    def _given_validation(self, X_val, y_val):
        from skcnn.training.data import TrainingData

        if X_val is None or y_val is None:
            missing = "X_val" if X_val is None else "y_val"
            raise ValueError(f"{missing} is missing: pass X_val and y_val together.")
        images = check_images(self, X_val, reset=False)
        check_scale(self._scaling, images)
        y_val = check_labels(self, y_val, images)
        return TrainingData(images, encode(y_val, self.classes_, "y_val"))

    def _fit_data(self, train, validation, task):
        """Train on what is split and weighted, and keep what was fitted."""
        from skcnn.training.fit import fit

        fitted = fit(
            self._make_spec(train.images.dtype),
            self._fit_config(len(train), task, loss=self._make_loss()),
            train,
            validation,
            self._scaling[:2],
            self._state if task.goes_on else None,
        )
        return self._keep(fitted)

    def _make_spec(self, dtype):
        """State the network, which gives one logit per class."""
        from skcnn.training.spec import ModelSpec, key_of

        build = self._make_network()
        return ModelSpec(
            build=build,
            key=key_of(build),
            n_outputs=len(self.classes_),
            logits=True,
            dtype=dtype.name,
            precision=self.precision,
            augment=check_augment(self.augment),
            one_hot=len(self.classes_),
        )

    def _make_loss(self):
        from skcnn.training.outputs import default_loss

        return default_loss(len(self.classes_), True, self.label_smoothing)

    # --- prediction ---------------------------------------------------------------

    def _logits(self, X) -> np.ndarray:
        """Return logits (n, k), float64; with ``tta`` their mean over all views."""
        if self.tta is not False:  # it may have been set since the fit
            rule = {"tta": self._parameter_constraints["tta"]}
            validate_parameter_constraints(rule, {"tta": self.tta}, type(self).__name__)
        images = self._images_of(X)
        if not self.tta:
            return self._logits_of(images)
        return mean_over_views(self._logits_of, images, flips(self.augment))

    def _logits_of(self, images: np.ndarray) -> np.ndarray:
        raw = self._outputs_of(images)

        from skcnn.training.outputs import to_logits

        return to_logits(raw, self._spec.logits)

    def decision_function(self, X):
        """Return the network's logits.

        Returns
        -------
        ndarray of shape (n, k), or (n,) for two classes
            For two classes: logit of ``classes_[1]`` less that of ``classes_[0]``.
        """
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def predict_proba(self, X):
        """Return the probability of every class.

        Returns
        -------
        ndarray of shape (n, k), float64
            Columns in the order of ``classes_``; rows sum to one.
        """
        logits = self._logits(X)

        from skcnn.training.outputs import softmax

        return softmax(logits)

    def predict(self, X):
        """Return the most probable label of every image, shape (n,)."""
        best = self._logits(X).argmax(axis=1)
        return self.classes_[best]
