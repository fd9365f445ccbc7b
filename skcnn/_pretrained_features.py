"""Pooled features of a pretrained backbone."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from skcnn.base.images import check_images
from skcnn.base.scaling import check_scale, decide_rescale
from skcnn.base.sklearn_callbacks import CallbackSupportMixin, tells_of_fit
from skcnn.base.unchanged import unchanged_on_error
from skcnn.transfer.parameters import CONSTRAINTS, memory_location, open_extractor


class PretrainedFeatures(TransformerMixin, CallbackSupportMixin, BaseEstimator):
    """Features of images: a pretrained network without its top, averaged over space.

    Nothing is learned: ``fit`` checks the images, decides how pixels are scaled and
    loads the network; ``transform`` runs it. Any scikit-learn classifier goes on top::

        images -> RGB, 0 to 255 -> resize -> the backbone's own preprocessing
        -> backbone -> global average pooling -> (n, n_features)

    Parameters
    ----------
    backbone : str or callable, default="MobileNetV2"
        Name of a network of ``keras.applications``, in upper or lower case, or a
        function of the input shape ``(h, w, 3)`` that returns a Keras model without
        top. A function's model sees RGB pixels from 0 to 255, or from 0 to 1 where it
        begins with a ``Normalization`` or ``Rescaling`` made for these; what it wants
        of preprocessing is part of it, and so are its weights.
    backbone_params : dict, optional
        Further arguments of the application, such as ``{"alpha": 0.35}``.
    weights : "imagenet", path or None, default="imagenet"
        ``"imagenet"``: downloaded by Keras once per machine; for a function, those it
        brings. A path: a Keras weights file without the top. None: random ones.
    input_size : int or tuple (h, w), optional
        Sides of what the backbone sees, in pixels. None: the size of the images, or the
        smallest that the backbone takes. For small images larger is slower and much
        better: 28 x 28 ones did best at 128.
    resize : {"bilinear", "pad"}, default="bilinear"
        How images come to that size: stretched, or put into the middle of a black one.
    memory : str, path or joblib.Memory, optional
        Folder where the features of every image are kept, for other folds, candidates
        and processes. Images are known by their content and, unless they are uint8 or
        fractions, the scale of the fold; backbones by their weights and
        layers; of layers of your own, all that they hold and use counts. Calls with
        fewer than 16 new images leave nothing there.
    image_shape : tuple (h, w) or (h, w, c), optional
        Shape of one image, for flat rows; else it is read off ``X``.
    rescale : {"auto", None}, default="auto"
        ``"auto"``: pixels are mapped to [0, 1] as in :class:`CNNClassifier`, and from
        there to 0 to 255; those inside [-1, 1], with some below zero, are taken for
        such that were mapped to -1 to 1. None: they are from 0 to 255 already.
    precision : {"auto", "float32", "bfloat16"}, default="float32"
        Of the backbone's products. bfloat16 was measured slower for MobileNetV2.
    random_state : int, RandomState instance or None, default=None
        Draws the weights where ``weights=None``.
    verbose : int, default=0
        1: a progress bar.

    Attributes
    ----------
    image_shape_ : tuple (h, w, c)
        Shape of one image.
    n_features_in_ : int
        Pixels per image, h * w * c.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns, where ``X`` was a DataFrame with text column names.

    See Also
    --------
    TransferClassifier : The same features under a head, and fine-tuning.

    Examples
    --------
    >>> import keras
    >>> from skcnn import PretrainedFeatures
    >>> from skcnn.datasets import load_digits
    >>> def tiny(input_shape):
    ...     images = keras.Input(input_shape)
    ...     return keras.Model(images, keras.layers.Conv2D(4, 3)(images))
    >>> X, y = load_digits()
    >>> PretrainedFeatures(tiny, random_state=0).fit_transform(X[:5]).shape
    (5, 4)
    """

    _parameter_constraints: dict = {
        **CONSTRAINTS,
        "image_shape": [None, "array-like"],
        "rescale": [None, StrOptions({"auto"})],
        "precision": [StrOptions({"auto", "float32", "bfloat16"})],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        backbone="MobileNetV2",
        *,
        backbone_params=None,
        weights="imagenet",
        input_size=None,
        resize="bilinear",
        memory=None,
        image_shape=None,
        rescale="auto",
        precision="float32",
        random_state=None,
        verbose=0,
    ):
        self.backbone = backbone
        self.backbone_params = backbone_params
        self.weights = weights
        self.input_size = input_size
        self.resize = resize
        self.memory = memory
        self.image_shape = image_shape
        self.rescale = rescale
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    # What a fit leaves, and of which kind; `save` writes it and `load` checks it.
    _fitted_attributes: dict = {
        "image_shape_": "3 sizes",
        "n_features_in_": "count",
        "_scaling": "Scaling",
        "_extractor": "Extractor",
    }

    @tells_of_fit()
    def fit(self, X, y=None):
        """Check the images, decide their scale, and load the backbone.

        Parameters
        ----------
        X : array-like
            Images of shape (n, h, w) or (n, h, w, c), flat rows (n, h*w*c), a
            DataFrame with one column per pixel, or a list of equally sized arrays.
        y : object
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For images or parameters that the backbone cannot take.
        OSError
            For weights that are not there.
        """
        del y
        self._validate_params()
        with unchanged_on_error(self):
            images = check_images(self, X, reset=True)
            self._scaling = decide_rescale(self.rescale, images, needs_unit=True)
            seed = int(check_random_state(self.random_state).randint(2**31 - 1))
            self._extractor = open_extractor(self, self._scaling[:2], seed)
        return self

    def transform(self, X):
        """Return the features of images.

        Parameters
        ----------
        X : array-like
            Images, as in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n, n_features), float32
        """
        check_is_fitted(self)
        images = check_images(self, X, reset=False)
        check_scale(self._scaling, images)
        return self._extractor.extract(
            images, memory_location(self.memory), verbose=self.verbose
        )

    def get_feature_names_out(self, input_features=None):
        """Return the names of the features: the backbone's, and a number from 0.

        Parameters
        ----------
        input_features : object
            Not used.

        Returns
        -------
        ndarray of str, shape (n_features,)
        """
        del input_features
        check_is_fitted(self)
        name = self._extractor.backbone.name.lower()
        count = self._extractor.n_features
        return np.array([f"{name}_{n}" for n in range(count)], dtype=object)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_extractor")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # float32, whatever came
        return tags
