"""Any scikit-learn classifier on the codes of an autoencoder."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.svm import SVC
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from skcnn._autoencoder import ConvAutoencoder
from skcnn.base.arrays import to_array
from skcnn.base.images import check_images
from skcnn.base.seeds import seed_parts
from skcnn.base.sklearn_callbacks import (
    CallbackSupportMixin,
    part_of_fit,
    tells_of_fit,
)
from skcnn.base.targets import (
    check_classes,
    check_labels,
    encode,
    row_weights,
    rows_with_weight,
)
from skcnn.base.unchanged import unchanged_on_error

# Chosen by cross-validation on scikit-learn's digits, out of 1, 3, 10 and 30.
_C = 10


def _classifier_has(method):
    def check(estimator):
        # Of the fitted one where there is one; else of what fit would clone.
        classifier = getattr(estimator, "classifier_", estimator.classifier)
        getattr(SVC() if classifier is None else classifier, method)
        return True

    return check


class AutoencoderClassifier(ClassifierMixin, CallbackSupportMixin, BaseEstimator):
    """Classifier on the codes of a convolutional autoencoder.

    The autoencoder is fitted on the images alone, the classifier on their codes and
    labels. So the images may be many and the labels few, where the autoencoder is
    fitted beforehand, and frozen by :class:`sklearn.frozen.FrozenEstimator`.

    Parameters
    ----------
    autoencoder : ConvAutoencoder, optional
        Transformer from images to codes; a clone of it is fitted. None:
        ``ConvAutoencoder()``.
    classifier : classifier, optional
        Any scikit-learn classifier; a clone of it is fitted. None: ``SVC(C=10,
        break_ties=True)``, which gives no probabilities;
        ``SVMClassifier(probability=True)`` does. From thousands of images on,
        ``SVMClassifier()`` is several times faster where scikit-learn-intelex is
        installed.
    random_state : int, RandomState instance or None, default=None
        Decides every ``random_state`` of both parts that is None; others are left as
        they are. None: the parts decide.

    Attributes
    ----------
    autoencoder_ : ConvAutoencoder
        The fitted autoencoder.
    classifier_ : classifier
        The fitted classifier.
    classes_ : ndarray of shape (k,)
        Labels.
    image_shape_ : tuple (h, w, c)
        Shape of one image.
    n_features_in_ : int
        Pixels per image, h * w * c.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns, where ``X`` was a DataFrame with text column names.

    See Also
    --------
    ConvAutoencoder : The autoencoder alone.
    NetworkFeatures : Features of a network that was trained on the labels.

    Notes
    -----
    Parameters of both parts are set through it once they were given:
    ``AutoencoderClassifier(ConvAutoencoder(), SVC())`` has ``autoencoder__epochs`` and
    ``classifier__C``.

    ``predict`` is the classifier's own. The default one names the class of the largest
    decision value; a plain ``SVC()``, which counts votes, now and then another one.

    A search over ``classifier__C`` trains the autoencoder anew for every C.
    ``make_pipeline(ConvAutoencoder(random_state=0), SVC(), memory="folder")`` keeps it,
    once per fold: the same scores with several times fewer trainings.

    Fitted on three quarters of scikit-learn's digits, the defaults reach 0.996 on the
    rest, and `SVMClassifier` 0.993 (``benchmarks reports --defaults TD``).

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skcnn import AutoencoderClassifier, ConvAutoencoder
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> encoder = ConvAutoencoder(filters=(8, 8), epochs=2, random_state=0)
    >>> clf = AutoencoderClassifier(encoder, SVC())
    >>> clf.set_params(classifier__C=3).fit(X[:500], y[:500]).predict(X[500:502]).shape
    (2,)
    """

    _parameter_constraints: dict = {
        "autoencoder": [None, HasMethods(["fit", "transform"])],
        "classifier": [None, HasMethods(["fit", "predict"])],
        "random_state": ["random_state"],
    }

    def __init__(self, autoencoder=None, classifier=None, *, random_state=None):
        self.autoencoder = autoencoder
        self.classifier = classifier
        self.random_state = random_state

    @property
    def image_shape(self):
        """The autoencoder's parameter: how flat rows are cut."""
        if isinstance(self.autoencoder, FrozenEstimator):
            return getattr(self.autoencoder.estimator, "image_shape_", None)
        return getattr(self.autoencoder, "image_shape", None)

    def set_params(self, **params):
        """Set parameters, those of both parts too.

        Parameters
        ----------
        **params : object
            ``autoencoder``, ``classifier``, and ``autoencoder__name`` or
            ``classifier__name`` for a part that was given.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For a parameter of a part that is None.
        """
        for name in params:
            part, inside, _ = name.partition("__")
            is_none = getattr(self, part, self) is None and params.get(part) is None
            if inside and is_none:
                default = {"autoencoder": "ConvAutoencoder()", "classifier": "SVC()"}
                raise ValueError(
                    f"{name} cannot be set while {part} is None. Pass one, such as "
                    f"AutoencoderClassifier({part}={default[part]})."
                )
        return super().set_params(**params)

    # What a fit leaves, and of which kind; `save` writes it and `load` checks it.
    _fitted_attributes: dict = {
        "classes_": "labels",
        "image_shape_": "3 sizes",
        "n_features_in_": "count",
        "autoencoder_": "estimator",
        "classifier_": "estimator",
    }

    @tells_of_fit(n_parts=2)
    def fit(self, X, y, sample_weight=None):
        """Fit the autoencoder on the images, then the classifier on their codes.

        Parameters
        ----------
        X : array-like
            Images of shape (n, h, w) or (n, h, w, c), flat rows (n, h*w*c), a
            DataFrame with one column per pixel, or a list of equally sized arrays.
        y : array-like of shape (n,)
            Labels: numbers or strings.
        sample_weight : array-like of shape (n,), optional
            Weights of the rows, for each part that takes weights. Rows of weight zero
            take no part.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For input that cannot be trained on; nothing fitted before is lost.
        """
        with unchanged_on_error(self):
            self._validate_params()
            self._check_classifier()
            X = to_array(X)
            images = check_images(self, X, reset=True)
            y = check_labels(self, y, images)
            self.classes_ = np.unique(y)
            check_classes(self.classes_)
            codes = encode(y, self.classes_)
            weights = row_weights(sample_weight, None, images, codes, self.classes_)
            rows = rows_with_weight(weights, codes, self.classes_)
            weights = None if weights is None else weights[rows]
            self._warn_of_weights(weights)
            encoder, classifier = self._parts()
            with part_of_fit(self, "fit-autoencoder", encoder):
                self.autoencoder_ = _fitted(encoder, sample_weight, X, None)
            features = np.asarray(self.autoencoder_.transform(X))[rows]
            with part_of_fit(self, "fit-classifier", classifier):
                self.classifier_ = _fitted(classifier, weights, features, y[rows])
            return self

    def _check_classifier(self):
        if self.classifier is not None and not is_classifier(self.classifier):
            raise TypeError(
                f"classifier={self.classifier!r} is no classifier. Pass one of "
                "scikit-learn's, such as SVC()."
            )

    def _warn_of_weights(self, weights):
        """Warn where the classifier takes no weights and they are not all equal."""
        classifier = self.classifier
        if classifier is None or weights is None or np.ptp(weights) == 0:
            return
        if not has_fit_parameter(classifier, "sample_weight"):
            warnings.warn(
                f"{type(classifier).__name__} takes no sample_weight: only the "
                "autoencoder is weighted. Pass a classifier that does, such as SVC().",
                UserWarning,
                stacklevel=3,
            )

    def _parts(self):
        """Return new parts, unfitted."""
        encoder, classifier = self.autoencoder, self.classifier
        parts = (
            ConvAutoencoder() if encoder is None else clone(encoder),
            SVC(C=_C, break_ties=True) if classifier is None else clone(classifier),
        )
        seed_parts(self.random_state, *parts)
        return parts

    def _codes(self, X):
        check_is_fitted(self)
        X = to_array(X)
        check_images(self, X, reset=False)
        # Arrays, whatever scikit-learn's global setting for outputs is.
        return np.asarray(self.autoencoder_.transform(X))

    def predict(self, X):
        """Return the label of every image.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n,)
        """
        codes = self._codes(X)
        return self.classifier_.predict(codes)

    @available_if(_classifier_has("predict_proba"))
    def predict_proba(self, X):
        """Return the probability of every class, where the classifier has it.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n, k)
            Columns in the order of ``classes_``.
        """
        codes = self._codes(X)
        return self.classifier_.predict_proba(codes)

    @available_if(_classifier_has("decision_function"))
    def decision_function(self, X):
        """Return the classifier's scores, where it has them.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n, k), or (n,) for two classes
        """
        codes = self._codes(X)
        return self.classifier_.decision_function(codes)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "classifier_")


def _fitted(estimator, sample_weight, *data):
    """Fit a part, with the weights where it takes some."""
    weights = {}
    if sample_weight is not None and has_fit_parameter(estimator, "sample_weight"):
        weights["sample_weight"] = sample_weight
    return estimator.fit(*data, **weights)
