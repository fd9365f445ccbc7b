"""Images to what a trained network sees in them."""

from __future__ import annotations

from sklearn import get_config
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    MetaEstimatorMixin,
    TransformerMixin,
    clone,
)
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.validation import check_is_fitted

from skcnn.base.images import check_images
from skcnn.base.seeds import seed_parts
from skcnn.base.sklearn_callbacks import (
    CallbackSupportMixin,
    part_of_fit,
    tells_of_fit,
)
from skcnn.base.unchanged import unchanged_on_error
from skcnn.contract.classifier import BaseNetworkClassifier


class NetworkFeatures(
    ClassNamePrefixFeaturesOutMixin,
    MetaEstimatorMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """What a trained network gives before its last layer, as features.

    Fits a network classifier and returns its activations, for any estimator on top::

        make_pipeline(NetworkFeatures(CNNClassifier()), SVMClassifier())

    Parameters
    ----------
    estimator : estimator
        A network classifier of this package; a clone of it is fitted. Wrapped in
        :class:`sklearn.frozen.FrozenEstimator` it is taken as it was fitted.
    layer : str, optional
        Name of the layer whose output is returned. None: what enters the last dense
        layer. Layers without a name of their own are called after their kind and
        counted from the image on: "conv2d", "conv2d_1", ...; an unknown name is an
        error that lists all. Of a ``TransferClassifier`` they are those of its head.
    random_state : int, RandomState instance or None, default=None
        Decides the ``random_state`` of the estimator where that is None; another one is
        left as it is. None: the estimator decides.

    Attributes
    ----------
    estimator_ : estimator
        The fitted network classifier.
    classes_ : ndarray of shape (k,)
        Labels that it was fitted on.
    image_shape_ : tuple (h, w, c)
        Shape of one image.
    n_features_in_ : int
        Pixels per image, h * w * c.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns, where ``X`` was a DataFrame with text column names.

    See Also
    --------
    PretrainedFeatures : A network that was trained on other images.

    Notes
    -----
    A classifier on top is fitted on features of the very images that the network was
    trained on, which look better separated than those of new images will.

    Examples
    --------
    >>> from skcnn import CNNClassifier, NetworkFeatures
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> network = CNNClassifier(filters=(8, 16), epochs=2, random_state=0)
    >>> NetworkFeatures(network).fit_transform(X[:500], y[:500]).shape
    (500, 16)
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"])],
        "layer": [None, str],
        "random_state": ["random_state"],
    }

    def __init__(self, estimator, *, layer=None, random_state=None):
        self.estimator = estimator
        self.layer = layer
        self.random_state = random_state

    # What a fit leaves, and of which kind; `save` writes it and `load` checks it.
    _fitted_attributes: dict = {
        "classes_": "labels",
        "image_shape_": "3 sizes",
        "n_features_in_": "count",
        "estimator_": "estimator",
        "_n_features_out": "count",
    }

    @tells_of_fit(n_parts=1)
    def fit(self, X, y=None, **fit_params):
        """Fit the network.

        Parameters
        ----------
        X : array-like
            Images, in any layout.
        y : array-like of shape (n,)
            Labels.
        **fit_params : object
            ``sample_weight``, ``X_val`` and ``y_val`` of the estimator's ``fit``.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            For an estimator that is no network classifier of this package.
        ValueError
            For an unknown layer, before any training.
        """
        with unchanged_on_error(self):
            self._validate_params()
            estimator = clone(self.estimator)
            network = _network_of(estimator)
            seed_parts(self.random_state, estimator)
            if network is estimator:
                network._layers_needed = (self.layer,)
            if get_config()["enable_metadata_routing"]:
                fit_params = process_routing(self, "fit", **fit_params).estimator.fit
            if network is estimator:
                with part_of_fit(self, "fit-estimator", estimator):
                    estimator.fit(X, y, **fit_params)
            else:  # frozen: nothing is fitted
                check_is_fitted(network)
                check_images(network, X, reset=False)
            self.estimator_ = estimator
            self.classes_ = network.classes_
            self.image_shape_ = network.image_shape_
            self.n_features_in_ = network.n_features_in_
            self.__dict__.pop("feature_names_in_", None)
            if hasattr(network, "feature_names_in_"):
                self.feature_names_in_ = network.feature_names_in_
            self._n_features_out = network._n_activations(self.layer)
        return self

    def transform(self, X):
        """Return the activations.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n, n_features_out), float32
            Maps are flattened, row by row, the channels last.
        """
        check_is_fitted(self)
        return _network_of(self.estimator_)._activations(X, self.layer)

    def get_metadata_routing(self):
        """Return where metadata goes: on to the estimator's ``fit``.

        Returns
        -------
        MetadataRouter
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        mapping.add(caller="fit_transform", callee="fit")
        return MetadataRouter(owner=self).add(
            estimator=self.estimator, method_mapping=mapping
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _network_of(estimator) -> BaseNetworkClassifier:
    """Return the network classifier that an estimator is, or has frozen."""
    is_frozen = isinstance(estimator, FrozenEstimator)
    network = estimator.estimator if is_frozen else estimator
    if not isinstance(network, BaseNetworkClassifier):
        raise TypeError(
            f"NetworkFeatures takes a network classifier of skcnn, such as "
            f"CNNClassifier(), but got {network!r}."
        )
    return network
