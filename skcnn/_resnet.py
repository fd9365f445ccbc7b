"""Residual network classifier."""

from __future__ import annotations

from functools import partial
from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, StrOptions

from skcnn.base.blocks import (
    counts_per_block,
    per_block,
    rates_per_block,
    to_counts,
    to_pair,
)
from skcnn.base.classifier import BaseNetworkClassifier


class ResNetClassifier(BaseNetworkClassifier):
    """Residual network for image classification.

    A stem, then stages of residual blocks, each of which adds what it computes to what
    came in; then the average over all positions and a softmax. With the defaults, on
    28x28 grey images::

        (28, 28, 1) -> conv 32 -> block 32 -> block 64, half the size
        -> block 128, half the size -> average -> softmax

    Shortcuts let networks grow deep. For few layers on small images
    :class:`CNNClassifier` is as good and faster; where the label depends on the sum of
    all pixels, as T5's does, its ``head="flatten"`` is better than any average.

    Parameters
    ----------
    blocks : int or tuple of int, default=1
        Residual blocks in each stage; one value for all stages, or one per stage.
    filters : int or tuple of int, default=(32, 64, 128)
        Channels in each stage; one stage per entry, a number alone is one stage. The
        first block of each stage but the first has stride 2. In a bottleneck it is the
        narrow width, and four times as many come out.
    block : {"basic", "bottleneck", "preactivation"}, default="basic"
        ``"basic"``: two convolutions; ``"bottleneck"``: one between two of 1x1, for
        deep and wide networks; both rectify the sum [1]_. ``"preactivation"``: two
        convolutions, each behind normalisation and activation, and nothing on the way
        of the sum [2]_.
    kernel_size : int, or tuple with one entry per stage, default=3
        Side of the kernels in pixels; an entry may be a pair (height, width).
    stem_kernel_size : int or pair (height, width), default=3
        Kernel of the first convolution.
    stem_pool : int, pair (height, width) or None, default=None
        None: the stem keeps the size of the image, which suits sides of up to about 64
        pixels. A number is for larger ones: the stem's convolution has stride 2, and a
        max pooling of this size and stride 2 follows, which together leave a quarter
        of each side.
    dropout : float, or tuple with one entry per stage, default=0.0
        Share dropped in training before the last convolution of each block [3]_.
    l2 : float, default=0.0
        Penalty on the squared weights of convolutions.
    image_shape, rescale, epochs, batch_size, learning_rate, lr_schedule : see Notes
    optimizer, weight_decay, label_smoothing, augment, class_weight : see Notes
    early_stopping, validation_fraction, n_iter_no_change, tol, monitor : see Notes
    callbacks, precision, warm_start, random_state, verbose, checkpoint_dir : see Notes

    Attributes
    ----------
    classes_, image_shape_, n_features_in_, feature_names_in_, history_ : see Notes
    n_iter_, best_iter_, n_parameters_, model_ : see Notes

    See Also
    --------
    CNNClassifier : Convolutions without shortcuts.
    TransferClassifier : A residual network that has seen other images before.

    Notes
    -----
    The shared parameters, their defaults and all attributes are those of
    :class:`CNNClassifier`, where each is described.

    Settings of the literature:

    ===========  ========================================================  =============
    network      parameters                                                weights [4]_
    ===========  ========================================================  =============
    ResNet-18    ``blocks=(2, 2, 2, 2), filters=(64, 128, 256, 512),       11 689 512
                 stem_kernel_size=7, stem_pool=3``
    ResNet-34    the same with ``blocks=(3, 4, 6, 3)``                     21 797 672
    ResNet-50    the same as 34 with ``block="bottleneck"``                25 557 032
    ResNet-20    ``blocks=3, filters=(16, 32, 64)``, for 32x32 pixels      272 474
    ===========  ========================================================  =============

    Convolutions have no bias, since normalisation follows (``keras.applications`` has
    biases all the same: 26 560 more in ResNet-50). A bottleneck has its stride in the
    middle convolution [5]_.

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", 2015.
    .. [2] K. He et al., "Identity mappings in deep residual networks", 2016.
    .. [3] S. Zagoruyko and N. Komodakis, "Wide residual networks", 2016.
    .. [4] Trainable ones, for 1000 classes and colour; ResNet-20 for ten classes.
    .. [5] P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1
       hour", 2017.

    Examples
    --------
    >>> from skcnn import ResNetClassifier
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> clf = ResNetClassifier(blocks=1, filters=(8, 16), epochs=2, random_state=0)
    >>> clf.fit(X[:500], y[:500]).predict_proba(X[500:502]).shape
    (2, 10)
    >>> clf.n_iter_, clf.image_shape_
    (2, (8, 8, 1))
    """

    _parameter_constraints: dict = {
        **BaseNetworkClassifier._parameter_constraints,
        "blocks": [Integral, "array-like"],
        "filters": [Integral, "array-like"],
        "block": [StrOptions({"basic", "bottleneck", "preactivation"})],
        "kernel_size": [Integral, "array-like"],
        "stem_kernel_size": [Integral, "array-like"],
        "stem_pool": [None, Integral, "array-like"],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "l2": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        blocks=1,
        filters=(32, 64, 128),
        block="basic",
        kernel_size=3,
        stem_kernel_size=3,
        stem_pool=None,
        dropout=0.0,
        l2=0.0,
        image_shape=None,
        rescale="auto",
        epochs=None,
        batch_size=None,
        optimizer="adamw",
        learning_rate=None,
        lr_schedule="one_cycle",
        weight_decay=None,
        label_smoothing=0.05,
        augment="shift",
        class_weight=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        monitor="val_loss",
        callbacks=None,
        precision="auto",
        warm_start=False,
        random_state=None,
        verbose=0,
        checkpoint_dir=None,
    ):
        self.blocks = blocks
        self.filters = filters
        self.block = block
        self.kernel_size = kernel_size
        self.stem_kernel_size = stem_kernel_size
        self.stem_pool = stem_pool
        self.dropout = dropout
        self.l2 = l2
        self.image_shape = image_shape
        self.rescale = rescale
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.lr_schedule = lr_schedule
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.augment = augment
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.monitor = monitor
        self.callbacks = callbacks
        self.precision = precision
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.checkpoint_dir = checkpoint_dir

    def _make_network(self):
        """Return the build function with all its arguments, sizes checked."""
        filters = to_counts("filters", self.filters)
        n_stages = len(filters)
        if n_stages == 0:
            raise ValueError(
                f"filters={self.filters!r} has no stage; give the channels of at least "
                "one, such as filters=(32, 64, 128)."
            )
        kernels = per_block("kernel_size", self.kernel_size, n_stages, "stage")
        pool = self.stem_pool
        pool = None if pool is None else to_pair("stem_pool", pool)
        blocks = counts_per_block("blocks", self.blocks, n_stages, "stage")
        _check_size(self.image_shape_, n_stages, pool is not None)
        from skcnn.networks import build_resnet

        return partial(
            build_resnet,
            self.image_shape_,
            len(self.classes_),
            blocks=blocks,
            filters=filters,
            block=self.block,
            kernel_size=tuple(to_pair("kernel_size", k) for k in kernels),
            stem_kernel_size=to_pair("stem_kernel_size", self.stem_kernel_size),
            stem_pool=pool,
            dropout=rates_per_block("dropout", self.dropout, n_stages, "stage"),
            l2=float(self.l2),
        )


def _check_size(image_shape, n_stages, has_pool) -> None:
    """Raise where a map that is one pixel already would be halved.

    Images that are one row or column of pixels (scikit-learn's own checks have them)
    pass: their maps stay at one pixel.
    """
    side = max(image_shape[:2])
    if min(image_shape[:2]) == 1:
        return
    places = ["the stem's pool"] if has_pool else []
    places += [f"stage {number}" for number in range(2, n_stages + 1)]
    if has_pool:
        side = -(-side // 2)
    for place in places:
        if side == 1:
            height, width, _ = image_shape
            raise ValueError(
                f"The image is too small for {place}: of {height}x{width} pixels, its "
                f"map has 1x1 left, and {place} would halve it. Use fewer stages "
                f"(filters){', stem_pool=None' if has_pool else ''}, or larger images."
            )
        side = -(-side // 2)
