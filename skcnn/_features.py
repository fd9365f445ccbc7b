"""Images to features: gradient histograms, and what a trained network sees."""

from __future__ import annotations

from numbers import Integral

from sklearn import get_config
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    MetaEstimatorMixin,
    TransformerMixin,
    clone,
)
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.validation import check_is_fitted

from skcnn._base import BaseNetworkClassifier
from skcnn._base_network import _unchanged_on_error
from skcnn._blocks import to_pair
from skcnn._hog import hog
from skcnn._images import check_images


class HOGFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Histograms of oriented gradients (HOG).

    An image is cut into cells; each cell counts the directions of its edges, weighted
    by their steepness; overlapping blocks of cells are normalised. With the defaults,
    on 28x28 images::

        (28, 28, 1) -> 7 x 7 cells of 6 directions -> 6 x 6 blocks of 2 x 2 cells
        -> 864 features

    The features are those of ``skimage.feature.hog``, computed some twenty times
    faster for many images at once. The scale of the pixels has no influence on them.

    Parameters
    ----------
    orientations : int, default=6
        Bins of the angle, from 0 to 180 degrees.
    pixels_per_cell : int or tuple (height, width), default=4
        Size of a cell, in pixels. Pixels beyond the last whole cell take no part.
    cells_per_block : int or tuple (height, width), default=2
        Size of a block, in cells.
    block_norm : {"L1-sqrt", "L1", "L2", "L2-Hys"}, default="L1-sqrt"
        Norm that a block is divided by. "L1-sqrt" takes the square root after "L1";
        "L2-Hys" is "L2", cut at 0.2, and "L2" again.
    image_shape : tuple (h, w) or (h, w, c), optional
        Shape of one image, for flat rows; else it is read off ``X``.

    Attributes
    ----------
    image_shape_ : tuple (h, w, c)
        Shape of one image. Of several channels, every pixel counts the one with the
        steepest edge.
    n_features_in_ : int
        Pixels per image, h * w * c.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns, where ``X`` was a DataFrame with text column names.

    See Also
    --------
    SVMClassifier : ``features="hog"`` uses these features with their defaults.

    Notes
    -----
    The defaults were chosen by cross-validation of an SVM on 6000 training images of
    Fashion-MNIST; images of 8x8 pixels want smaller cells. Images that are one line of
    pixels have cells and blocks clipped to the line.

    References
    ----------
    .. [1] N. Dalal and B. Triggs, "Histograms of oriented gradients for human
       detection", CVPR 2005.

    Examples
    --------
    >>> from skcnn import HOGFeatures
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> HOGFeatures(cells_per_block=1).fit_transform(X).shape
    (1797, 24)
    """

    _parameter_constraints: dict = {
        "orientations": [Interval(Integral, 1, None, closed="left")],
        "pixels_per_cell": [Integral, tuple, list],
        "cells_per_block": [Integral, tuple, list],
        "block_norm": [StrOptions({"L1", "L1-sqrt", "L2", "L2-Hys"})],
        "image_shape": [None, "array-like"],
    }

    def __init__(
        self,
        *,
        orientations=6,
        pixels_per_cell=4,
        cells_per_block=2,
        block_norm="L1-sqrt",
        image_shape=None,
    ):
        self.orientations = orientations
        self.pixels_per_cell = pixels_per_cell
        self.cells_per_block = cells_per_block
        self.block_norm = block_norm
        self.image_shape = image_shape

    def fit(self, X, y=None):
        """Look at the shape of the images; there is nothing else to learn.

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
            For images that are too small for one block.
        """
        with _unchanged_on_error(self):
            self._validate_params()
            check_images(self, X, reset=True)
            self._cell, self._block = _fit_cells(
                self.image_shape_,
                to_pair("pixels_per_cell", self.pixels_per_cell),
                to_pair("cells_per_block", self.cells_per_block),
            )
            steps = [
                side // cell - block + 1
                for side, cell, block in zip(
                    self.image_shape_, self._cell, self._block, strict=False
                )
            ]
            n_bins = self._block[0] * self._block[1] * self.orientations
            self._n_features_out = steps[0] * steps[1] * n_bins
        return self

    def transform(self, X):
        """Return the features.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n, n_features_out), float32
            Block by block, in it cell by cell, in it direction by direction.
        """
        check_is_fitted(self)
        images = check_images(self, X, reset=False)
        return hog(images, self.orientations, self._cell, self._block, self.block_norm)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _fit_cells(image_shape, cell, block):
    """Return sizes of cell and block that fit the image, or raise naming the cure.

    Where the image is one line of pixels, both are clipped to it.
    """
    sides = image_shape[:2]
    if 1 in sides:
        cell = tuple(map(min, cell, sides))
        block = tuple(
            min(b, s // c) for b, s, c in zip(block, sides, cell, strict=True)
        )
    needed = tuple(c * b for c, b in zip(cell, block, strict=True))
    if needed[0] > sides[0] or needed[1] > sides[1]:
        raise ValueError(
            f"Images of {sides[0]} x {sides[1]} pixels are too small for blocks of "
            f"{block[0]} x {block[1]} cells of {cell[0]} x {cell[1]} pixels, which "
            f"need {needed[0]} x {needed[1]}. Use smaller pixels_per_cell or "
            "cells_per_block, or larger images."
        )
    return cell, block


class NetworkFeatures(
    ClassNamePrefixFeaturesOutMixin,
    MetaEstimatorMixin,
    TransformerMixin,
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
    }

    def __init__(self, estimator, *, layer=None):
        self.estimator = estimator
        self.layer = layer

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
        with _unchanged_on_error(self):
            self._validate_params()
            estimator = clone(self.estimator)
            network = _network_of(estimator)
            if network is estimator:
                network._layers_needed = (self.layer,)
            if get_config()["enable_metadata_routing"]:
                fit_params = process_routing(self, "fit", **fit_params).estimator.fit
            if network is estimator:
                estimator.fit(X, y, **fit_params)
            else:
                check_images(network, X, reset=False)  # frozen: nothing is fitted
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
