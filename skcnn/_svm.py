"""Support vector machine on pixels, principal components or gradient histograms."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skcnn._hog_features import HOGFeatures
from skcnn.base.images import check_images
from skcnn.base.layouts import to_flat
from skcnn.base.scaling import check_scale, decide_rescale
from skcnn.base.sklearn_callbacks import CallbackSupportMixin, tells_of_fit
from skcnn.base.svc import fit_svc
from skcnn.base.targets import (
    check_classes,
    check_labels,
    encode,
    row_weights,
    rows_with_weight,
)
from skcnn.base.unchanged import unchanged_on_error

# Up to this many rows the SVC works in float64. Above it is float32, which takes half
# the time and memory, and changes decision values from the fifth digit on.
_MOST_EXACT_ROWS = 2000

# What pixels in [0, 1] are multiplied by beside HOG; chosen as C was.
_WEIGHT_OF_PIXELS = 2 / 3

# Folds behind the calibrated probabilities, CalibratedClassifierCV's own number.
_N_FOLDS = 5


def _has_probability(estimator):
    is_fitted = hasattr(estimator, "svc_")
    if estimator._calibrated is not None if is_fitted else estimator.probability:
        return True
    raise AttributeError(
        "predict_proba needs SVMClassifier(probability=True), set before fit."
    )


class SVMClassifier(ClassifierMixin, CallbackSupportMixin, BaseEstimator):
    """Support vector machine for images: the baseline.

    Pixels are scaled and flattened, or described by gradient histograms; principal
    components may follow; then an SVC::

        (28, 28, 1) -> 784 pixels, 864 features of HOG, or both -> PCA, if any -> SVC

    Parameters
    ----------
    features : {"pixels", "hog", "hog+pixels"}, default="pixels"
        What the SVC sees. ``"hog"`` are :class:`HOGFeatures` with their defaults, whose
        cells are too large for tiny images: there, put
        ``HOGFeatures(pixels_per_cell=2)`` in front, in a pipeline. Gradients do not
        know how bright something is: on pictures, ``"hog+pixels"`` is the most
        accurate.
    n_components : int or float, optional
        Principal components that are kept: their number, or (below 1) their share of
        the variance. None: no PCA.
    whiten : bool, default=False
        Whether the components are scaled to unit variance. Only with
        ``n_components``.
    kernel : {"rbf", "linear", "poly", "sigmoid"}, default="rbf"
        Kernel of the SVC; "poly" is of degree 3.
    C : float, default=3.0
        Penalty of errors; larger fits the training images more closely.
    gamma : {"scale", "auto"} or float, default="scale"
        Width of the kernel. ``"scale"``: 1 / (number of features * their variance).
    class_weight : dict or "balanced", optional
        Weights of the classes, as in scikit-learn.
    probability : bool, default=False
        Whether there is ``predict_proba``. It costs five more fits, of four fifths of
        the rows each.
    cache_size : float, default=500
        Memory for rows of the kernel, in megabytes.
    image_shape : tuple (h, w) or (h, w, c), optional
        Shape of one image, for flat rows; else it is read off ``X``.
    rescale : {"auto", None}, default="auto"
        ``"auto"``: uint8 is divided by 255, or by its maximum where that is below 64;
        other pixels inside [-1, 1] are left alone; all else is mapped to [0, 1] by the
        training minimum and maximum. None: pixels are left alone. HOG does not
        depend on the scale.
    random_state : int, RandomState instance or None, default=None
        Decides what a randomized PCA draws (one of few components out of many), and
        the folds of ``probability``.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Labels.
    svc_ : sklearn.svm.SVC
        The fitted machine, on the numbers of the classes; an ``IntelexSVC`` where
        scikit-learn-intelex did the work.
    pca_ : sklearn.decomposition.PCA or None
        The fitted components.
    hog_ : HOGFeatures or None
        The gradient histograms.
    image_shape_ : tuple (h, w, c)
        Shape of one image.
    n_features_in_ : int
        Pixels per image, h * w * c.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns, where ``X`` was a DataFrame with text column names.

    See Also
    --------
    HOGFeatures : Gradient histograms with other settings.
    NetworkFeatures : What a trained network sees, for an SVM on top.

    Notes
    -----
    Where scikit-learn-intelex is installed (``pip install scikit-learn-intelex``) and
    able, it does the work: the same results, several times faster. Nothing of
    scikit-learn is patched. What :func:`~skcnn.load` gives predicts at scikit-learn's
    speed, until it is fitted again.

    ``C`` was chosen by cross-validation on 6000 training images of Fashion-MNIST. The
    defaults reach 0.865 on its test images after 10 000 training images, and
    ``features="hog+pixels"`` 0.9225 after all 60 000 (``benchmarks svm``).

    Up to 2000 rows are fitted in float64, more of them in float32.

    Probabilities are calibrated (Platt, 1999) on decision values of images left out in
    turn. ``predict`` goes by ``decision_function``, with and without them, so now and
    then it names another class than the most probable one.

    Rows of weight zero take no part. The other weights multiply ``C``, row by row; the
    components are those of the rows without their weights.

    References
    ----------
    .. [1] J. Platt, "Probabilistic outputs for support vector machines and comparisons
       to regularized likelihood methods", 1999.

    Examples
    --------
    >>> from skcnn import SVMClassifier
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> clf = SVMClassifier(n_components=30, random_state=0).fit(X[:1000], y[:1000])
    >>> clf.decision_function(X[1000:1002]).shape
    (2, 10)
    >>> clf.score(X[1000:], y[1000:]) > 0.95
    True
    """

    _parameter_constraints: dict = {
        "features": [StrOptions({"pixels", "hog", "hog+pixels"})],
        "n_components": [
            None,
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
        ],
        "whiten": ["boolean"],
        "kernel": [StrOptions({"linear", "poly", "rbf", "sigmoid"})],
        "C": [Interval(Real, 0, None, closed="neither")],
        "gamma": [
            StrOptions({"scale", "auto"}),
            Interval(Real, 0, None, closed="left"),
        ],
        "class_weight": [None, dict, StrOptions({"balanced"})],
        "probability": ["boolean"],
        "cache_size": [Interval(Real, 0, None, closed="neither")],
        "image_shape": [None, "array-like"],
        "rescale": [None, StrOptions({"auto"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        features="pixels",
        n_components=None,
        whiten=False,
        kernel="rbf",
        C=3.0,
        gamma="scale",
        class_weight=None,
        probability=False,
        cache_size=500,
        image_shape=None,
        rescale="auto",
        random_state=None,
    ):
        self.features = features
        self.n_components = n_components
        self.whiten = whiten
        self.kernel = kernel
        self.C = C
        self.gamma = gamma
        self.class_weight = class_weight
        self.probability = probability
        self.cache_size = cache_size
        self.image_shape = image_shape
        self.rescale = rescale
        self.random_state = random_state

    # What a fit leaves, and of which kind; `save` writes it and `load` checks it.
    _fitted_attributes: dict = {
        "classes_": "labels",
        "image_shape_": "3 sizes",
        "n_features_in_": "count",
        "hog_": "HOGFeatures or None",
        "pca_": "PCA or None",
        "_scaling": "Scaling or None",
        "_dtype": "type",
        "svc_": "SVC",
        "_calibrated": "CalibratedClassifierCV or None",
    }

    @tells_of_fit()
    def fit(self, X, y, sample_weight=None):
        """Fit the machine.

        Parameters
        ----------
        X : array-like
            Images of shape (n, h, w) or (n, h, w, c), flat rows (n, h*w*c), a
            DataFrame with one column per pixel, or a list of equally sized arrays.
        y : array-like of shape (n,)
            Labels: numbers or strings.
        sample_weight : array-like of shape (n,), optional
            Weights of the rows.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For input that cannot be fitted; nothing fitted before is lost.
        """
        with unchanged_on_error(self):
            self._validate_params()
            has_pixels = self.features == "pixels"
            images = check_images(self, X, reset=True, rows_may_be_features=has_pixels)
            y = check_labels(self, y, images)
            self.classes_ = np.unique(y)
            check_classes(self.classes_)
            y_encoded = encode(y, self.classes_)
            weights = row_weights(
                sample_weight, self.class_weight, images, y_encoded, self.classes_
            )
            rows = rows_with_weight(weights, y_encoded, self.classes_)
            images, y_encoded = images[rows], y_encoded[rows]
            weights = None if weights is None else weights[rows]
            random_state = check_random_state(self.random_state)
            features = self._fit_features(images, random_state)
            self._fit_svc(features, y_encoded, weights, random_state)
        return self

    def _fit_features(self, images, random_state):
        self._scaling = self.hog_ = self.pca_ = None
        if "hog" in self.features:
            self.hog_ = self._fit_hog(images)
            self.hog_.set_output(transform="default")  # whatever the global setting
        if "pixels" in self.features:
            self._scaling = decide_rescale(self.rescale, images)
        self._dtype = np.float64 if len(images) <= _MOST_EXACT_ROWS else np.float32
        features = self._features(images)
        if self.n_components is None:
            return features
        self._check_components(*features.shape)
        pca = PCA(self.n_components, whiten=self.whiten, random_state=random_state)
        self.pca_ = pca.set_output(transform="default")
        return pca.fit_transform(features)

    def _fit_hog(self, images):
        try:
            return HOGFeatures(image_shape=self.image_shape_).fit(images)
        except ValueError as error:
            raise ValueError(
                f"features={self.features!r}: {error} SVMClassifier has no such "
                "parameters: put HOGFeatures in front, in a pipeline, or use "
                "features='pixels'."
            ) from error

    def _check_components(self, n_rows, n_features):
        most = min(n_rows, n_features)
        if self.n_components > most:
            what = "training rows" if n_rows < n_features else "features"
            raise ValueError(
                f"n_components={self.n_components} is more than there are {what}: "
                f"{most}. Use n_components={most} or fewer, a share such as 0.95, or "
                "None."
            )

    def _fit_svc(self, features, y_encoded, weights, random_state):
        folds = None
        if self.probability:
            folds = _folds(y_encoded, self.classes_, random_state)

        def fit(svc):
            if folds is None:
                return svc.fit(features, y_encoded, sample_weight=weights), None
            # scikit-learn's own folds, whatever the user has asked it to route.
            with config_context(enable_metadata_routing=False):
                calibrated = CalibratedClassifierCV(svc, ensemble=False, cv=folds)
                calibrated.fit(features, y_encoded, sample_weight=weights)
            (whole,) = calibrated.calibrated_classifiers_
            return whole.estimator, calibrated

        self.svc_, self._calibrated = fit_svc(
            fit,
            kernel=self.kernel,
            C=self.C,
            gamma=self._decide_gamma(features),
            cache_size=self.cache_size,
            break_ties=True,
        )

    def _decide_gamma(self, features):
        # The SVC wants 1 where the variance is zero, but that of one number many times
        # is 1e-32, by rounding, which makes decision values NaN.
        is_flat = self.gamma == "scale" and np.ptp(features) == 0
        return 1.0 if is_flat else self.gamma

    def _features(self, images):
        """Return features (n, F), before the components."""
        if self.hog_ is None:
            return self._pixels(images)
        hog = self.hog_.transform(images).astype(self._dtype, copy=False)
        if self._scaling is None:
            return hog
        return np.hstack([hog, self._pixels(images) * self._dtype(_WEIGHT_OF_PIXELS)])

    def _pixels(self, images):
        rows = to_flat(images).astype(self._dtype)
        rows *= self._dtype(self._scaling.scale)
        rows += self._dtype(self._scaling.offset)
        return rows

    def _to_features(self, X):
        """Return what the SVC sees of new images."""
        check_is_fitted(self)
        images = check_images(self, X, reset=False)
        if self._scaling is not None:
            check_scale(self._scaling, images)
        features = self._features(images)
        return features if self.pca_ is None else self.pca_.transform(features)

    def predict(self, X):
        """Return the label of every image: the one of the largest score.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n,)
        """
        scores = self.decision_function(X)
        y_encoded = scores > 0 if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[y_encoded.astype(int)]

    def decision_function(self, X):
        """Return the score of every class.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n, k), or (n,) for two classes
            One-against-rest, as ``SVC`` has it; for two classes positive means
            ``classes_[1]``.
        """
        features = self._to_features(X)
        return self.svc_.decision_function(features).astype(np.float64, copy=False)

    @available_if(_has_probability)
    def predict_proba(self, X):
        """Return the calibrated probability of every class.

        Only with ``probability=True``.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n, k), float64
            Columns in the order of ``classes_``; rows sum to one.
        """
        features = self._to_features(X)
        return self._calibrated.predict_proba(features).astype(np.float64, copy=False)


def _folds(y_encoded, classes, random_state):
    counts = np.bincount(y_encoded)
    if counts.min() < 2:
        raise ValueError(
            f"Class {classes.tolist()[counts.argmin()]!r} has {counts.min()} row, and "
            "probability=True needs at least two of each class, one to fit and one to "
            "calibrate. Give more rows, or set probability=False."
        )
    n_folds = min(_N_FOLDS, counts.min())
    return StratifiedKFold(n_folds, shuffle=True, random_state=random_state)
