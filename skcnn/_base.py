"""The contract of all network classifiers: validate, encode, build, train, predict."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from numbers import Integral, Real
from os import PathLike

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import check_is_fitted

from skcnn._augment import check_augment
from skcnn._images import check_images, check_scale, decide_rescale
from skcnn._targets import check_classes, check_labels, encode, row_weights

# An automatic number of epochs gives at least this many optimizer steps, and at least
# this many passes: 12 epochs are 5600 steps on 60 000 images and would be 24 on 200.
_MIN_STEPS, _MIN_EPOCHS = 1500, 12

# Automatic batch sizes: (at least this many images, images per batch).
_BATCH_SIZES = ((4096, 128), (1024, 64), (0, 32))

# What early stopping and "plateau" may watch.
_FIGURES = {"loss", "accuracy", "val_loss", "val_accuracy"}

_SCHEDULES = {"constant", "one_cycle", "cosine", "exponential", "plateau"}


class BaseNetworkClassifier(ClassifierMixin, BaseEstimator):
    """What every classifier around a Keras network does; think twice before adding.

    A child writes its constructor, its documentation and ``_make_network``, which
    returns a picklable function without arguments for images of ``image_shape_`` and
    the classes ``classes_``.
    """

    # X_val and y_val go where X goes, without a request of the user's.
    __metadata_request__fit = {"X_val": True, "y_val": True}

    _parameter_constraints: dict = {
        "image_shape": [None, "array-like"],
        "rescale": [None, StrOptions({"auto"})],
        "epochs": [None, Interval(Integral, 1, None, closed="left")],
        "batch_size": [None, Interval(Integral, 1, None, closed="left")],
        "optimizer": "no_validation",  # check_optimizer
        "learning_rate": [None, Interval(Real, 0, None, closed="neither")],
        "lr_schedule": [StrOptions(_SCHEDULES), callable],
        "weight_decay": [None, Interval(Real, 0, None, closed="left")],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "augment": "no_validation",  # check_augment
        "class_weight": [None, dict, StrOptions({"balanced"})],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "monitor": [StrOptions(_FIGURES)],
        "callbacks": "no_validation",  # scikeras' forms: list, dict, class, instance
        "precision": [StrOptions({"auto", "float32", "bfloat16"})],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "checkpoint_dir": [None, str, PathLike],
    }

    # --- training -----------------------------------------------------------------

    def fit(self, X, y, sample_weight=None, X_val=None, y_val=None):
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

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For input that cannot be trained on; nothing fitted before is lost.
        """
        with _unchanged_on_error(self):
            goes_on = self.warm_start and self.__sklearn_is_fitted__()
            self._check_params()
            images = check_images(self, X, reset=not goes_on)
            y = check_labels(self, y, images)
            classes = np.unique(y)
            check_classes(classes)
            if goes_on and not np.array_equal(classes, self.classes_):
                raise ValueError(
                    f"warm_start=True continues with the classes {self.classes_}, but "
                    f"y holds {classes}. Set warm_start=False, or pass the same labels."
                )
            self.classes_ = classes
            return self._train(images, y, sample_weight, X_val, y_val, goes_on)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
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

        Returns
        -------
        self : object
        """
        with _unchanged_on_error(self):
            goes_on = self.__sklearn_is_fitted__()
            self._check_params()
            images = check_images(self, X, reset=not goes_on)
            y = check_labels(self, y, images)
            _check_partial_fit_first_call(self, classes)
            check_classes(self.classes_)
            return self._train(images, y, sample_weight, None, None, goes_on, True)

    def _check_params(self) -> None:
        self._validate_params()
        check_augment(self.augment)

        from skcnn.training.optimizers import check_optimizer

        check_optimizer(self.optimizer)

    def _train(self, images, y, sample_weight, X_val, y_val, goes_on, one_epoch=False):
        from skcnn.training.fitting import Rows, fit_network

        codes = encode(y, self.classes_)
        weights = row_weights(
            sample_weight, self.class_weight, images, codes, self.classes_
        )
        rows = None if weights is None else np.flatnonzero(weights)
        if not goes_on:
            used = images if rows is None or len(rows) == len(codes) else images[rows]
            self._scaling = decide_rescale(self.rescale, used)
            self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
            self.history_ = pd.DataFrame()
        train, validation = Rows(images, codes, weights, rows), None
        if X_val is not None or y_val is not None:
            validation = self._given_validation(X_val, y_val)
        elif self._needs_validation and not one_epoch:
            train, validation = self._held_out(train)
        fitted = fit_network(
            self._make_draft,
            len(self.classes_),
            self._settings(len(train.arrays()[0]), one_epoch),
            train,
            validation,
            self._scaling[:2],
            self._state if goes_on else None,
        )
        return self._keep(fitted)

    def _keep(self, fitted):
        """Set the fitted attributes."""
        self._state = fitted.state
        self._blueprint = fitted.blueprint
        self._gives_logits = fitted.logits
        self.n_parameters_ = fitted.n_parameters
        before = len(self.history_)
        history = pd.DataFrame(fitted.history)
        history.index = pd.RangeIndex(before + 1, before + 1 + len(history))
        self.history_ = pd.concat([self.history_, history]).rename_axis("epoch")
        self.n_iter_ = len(self.history_)
        best = fitted.best_epoch
        self.best_iter_ = self.n_iter_ if best is None else best + 1
        self.__dict__.pop("_plain_model", None)
        return self

    @property
    def _needs_validation(self) -> bool:
        return self.early_stopping or self.lr_schedule == "plateau"

    def _given_validation(self, X_val, y_val):
        from skcnn.training.fitting import Rows

        if X_val is None or y_val is None:
            missing = "X_val" if X_val is None else "y_val"
            raise ValueError(f"{missing} is missing: pass X_val and y_val together.")
        images = check_images(self, X_val, reset=False)
        check_scale(self._scaling, images)
        y_val = check_labels(self, y_val, images)
        return Rows(images, encode(y_val, self.classes_, "y_val"))

    def _held_out(self, train):
        from skcnn.training.holdout import hold_out

        rows, codes, _ = train.arrays()
        kept, held_out = hold_out(codes, self.validation_fraction, self._seed)
        return (
            replace(train, rows=rows[kept]),
            replace(train, rows=rows[held_out]),
        )

    def _settings(self, n_rows: int, one_epoch: bool):
        """Collect what the training needs, with automatic values decided."""
        from skcnn.training.fitting import Settings

        batch_size = self.batch_size or _automatic_batch_size(n_rows)
        epochs = self.epochs or _automatic_epochs(n_rows, batch_size)
        return Settings(
            epochs=1 if one_epoch else epochs,
            batch_size=min(batch_size, n_rows),
            seed=self._seed,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            lr_schedule="constant" if one_epoch else self.lr_schedule,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            callbacks=self.callbacks,
            augment=check_augment(self.augment),
            precision=self.precision,
            early_stopping=self.early_stopping and not one_epoch,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            monitor=self.monitor,
            first_epoch=len(self.history_),
            goes_on=one_epoch or self.warm_start,
            verbose=self.verbose,
            name=type(self).__name__,
            checkpoint_dir=None if one_epoch else self.checkpoint_dir,
            **self._own_settings(),
        )

    def _own_settings(self) -> dict:
        """Return the settings that only this kind of classifier has."""
        return {}

    def _make_draft(self, **offered):
        """Describe the network to the training (what scikeras calls ``model``).

        ``offered`` is what scikeras has for a build function: ``meta``, ``params`` and
        every parameter with the prefix ``model__``.
        """
        del offered
        from skcnn.training.fitting import Draft

        build = self._make_network()
        return Draft(
            build=build,
            key=(build.func, build.args, tuple(sorted(build.keywords.items()))),
            n_outputs=len(self.classes_),
            logits=True,
        )

    # --- prediction ---------------------------------------------------------------

    def _logits(self, X) -> np.ndarray:
        """Return logits (n, k), float64."""
        check_is_fitted(self)
        images = check_images(self, X, reset=False)
        check_scale(self._scaling, images)

        from skcnn.training.outputs import to_logits
        from skcnn.training.programs import POOL

        with POOL.borrowed_for_predict(
            self._blueprint.key, self._blueprint.assemble, self._state
        ) as program:
            raw = program.model.predict(images)
        return to_logits(raw, self._gives_logits)

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

    @property
    def model_(self):
        """A plain Keras model with the fitted weights, built when asked for.

        It takes images of ``image_shape_`` as they come (the scaling is its first
        layer) and gives probabilities. It belongs to the caller: whatever happens to
        it or to the estimator leaves the other unchanged. ``model_.save(path)`` loads
        with plain Keras.
        """
        check_is_fitted(self)
        if "_plain_model" not in self.__dict__:
            from skcnn.training.plain import plain_model

            self._plain_model = plain_model(
                self._blueprint, self._state, self._gives_logits
            )
        return self._plain_model

    def __dir__(self):
        # scikit-learn's HTML representation reads every member that dir() lists, and
        # looking at an estimator must not build a network.
        # (Its own dir() asks hasattr for each, so it is passed by.)
        return [name for name in object.__dir__(self) if name != "model_"]

    def __getstate__(self):
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_plain_model"}

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_state")


def _automatic_batch_size(n_rows: int) -> int:
    return next(size for least, size in _BATCH_SIZES if n_rows >= least)


def _automatic_epochs(n_rows: int, batch_size: int) -> int:
    steps_per_epoch = -(-n_rows // batch_size)
    return max(_MIN_EPOCHS, -(-_MIN_STEPS // steps_per_epoch))


@contextmanager
def _unchanged_on_error(estimator):
    """Give all attributes back as they were if the block does not come to its end."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
