"""Residual network classifier."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, StrOptions

from skcnn.base.blocks import (
    counts_per_block,
    inside_of_image,
    per_block,
    rates_per_block,
    to_counts,
    to_pair,
)
from skcnn.contract.classifier import BaseNetworkClassifier


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
    whitening : int or pair of int, optional
        Side (or height and width) in pixels of the patches that a fixed first layer
        whitens: its filters are the principal components of patches of the training
        images, in both signs (Coates, Lee and Ng, 2011; as the first layer of a
        network: Page, 2019). Large sets are learned in fewer epochs so; a few hundred
        images may be overfitted. A fit takes the filters from the rows that it trains
        on; one that goes on (``warm_start``, ``partial_fit``) keeps them. None: there
        is no such layer.
    image_shape : tuple (h, w) or (h, w, c), optional
        Shape of one image, for flat rows; else it is read off ``X``.
    rescale : {"auto", None}, default="auto"
        ``"auto"``: uint8 is divided by 255, or by its maximum where that is below 64;
        other pixels inside [-1, 1] are left alone; all else is mapped to [0, 1] by the
        training minimum and maximum. The same map is applied at predict. None: pixels
        are left alone.
    epochs : int, optional
        Passes over the training images. None: at least 12, and as many as give 1500
        optimizer steps; the number used is ``n_iter_``.
    batch_size : int, optional
        Images per optimizer step. None: 128 from 4096 images on, 64 from 1024 on,
        else 32.
    optimizer : str, class or keras.optimizers.Optimizer, default="adamw"
        A name or class of Keras, or an instance.
    learning_rate : float, optional
        Peak of ``lr_schedule``. None: that of an optimizer that is an instance; else
        0.004 for ``"one_cycle"`` and 0.001 for the others. A number always wins.
    lr_schedule : str or callable, default="one_cycle"
        "constant", "one_cycle" (Smith and Topin, 2018), "cosine", "exponential" (0.9
        per epoch), "plateau" (a fifth after 3 epochs without a better ``monitor``), or
        a function of the epoch (from 0) that returns the rate.
    weight_decay : float, optional
        Decoupled weight decay (Loshchilov and Hutter, 2019), per step and times the
        rate; not applied to biases and batch normalisation. None: the optimizer's own.
    label_smoothing : float, default=0.05
        Share of each target spread over all classes (Szegedy et al., 2016).
    augment : str, tuple of str, keras layer or None, default="shift"
        Random changes of training images, never of validation ones: "flip" (left to
        right), "shift" (up to 7 % of the side), "rotate" (up to 15 degrees), "zoom" (up
        to 15 %), "erase", "mixup", "cutmix".
    tta : bool, default=False
        Test-time augmentation: whether predictions take the mean of logits over views
        of each image (Jordan, 2024): itself, counted twice, and shifted by some 3 % of
        the side to both ends of a diagonal; mirrored, too, where ``augment`` has
        "flip". They take three or six times as long. It may be set after ``fit``;
        validation within a fit and ``model_`` never have it.
    class_weight : dict or "balanced", optional
        Weights of the classes, as in scikit-learn.
    early_stopping : bool, default=False
        Hold out a stratified validation part (or use ``X_val``), stop after
        ``n_iter_no_change`` epochs without improvement, keep the best weights.
    validation_fraction : float, default=0.1
        Part held out where ``early_stopping`` or ``"plateau"`` needs one.
    n_iter_no_change : int, default=10
        Epochs without improvement that end the training.
    tol : float, default=1e-4
        Smallest change of ``monitor`` that counts as an improvement.
    monitor : str, default="val_loss"
        Column of ``history_`` that early stopping and "plateau" watch.
    callbacks : keras.callbacks.Callback, class, function, list or dict, optional
        Keras callbacks; each fit works on shallow copies. A class or a function
        without arguments makes a new one for each fit. Callbacks with hooks per batch
        work, with Keras' own, slower loop. What they save (``ModelCheckpoint``) is the
        network alone, which takes scaled pixels and gives what its last layer gives: a
        network that takes raw pixels is written by ``model_.save(path)``.
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        ``"bfloat16"``: products in bfloat16, weights in float32. ``"auto"``: that
        where the processor has instructions for it.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the fitted weights; epochs and history go on too,
        schedules begin anew.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, order, dropout, augmentation and the validation part.
        The same seed and number of threads give the same bits.
    verbose : int, default=0
        1: a progress bar.
    checkpoint_dir : str or path, optional
        Folder for the state after every epoch. A fit that was killed and is started
        again with the same data and parameters goes on from there.
    max_seconds : float or tuple, optional
        Seconds that ``fit`` may take, from its call on. Its steps are measured, and
        the schedule is planned so that the rate has come down when they are over;
        ``epochs`` stays the most. ``plan_`` of such a fit, passed here, repeats it to
        the bit, whatever the clock says. A fit that is resumed has the seconds left;
        ``partial_fit`` has no limit. TimeoutError: not one step could be made.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Labels.
    image_shape_ : tuple (h, w, c)
        Shape of one image.
    n_features_in_ : int
        Pixels per image, h * w * c.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns, where ``X`` was a DataFrame with text column names.
    history_ : DataFrame
        One row per epoch (from 1): loss, accuracy, val_loss, val_accuracy,
        learning_rate (of the last step), seconds; steps with ``max_seconds``.
    n_iter_ : int
        Epochs trained.
    best_iter_ : int
        Epoch whose weights are kept; the last one without early stopping.
    n_steps_ : int
        Optimizer steps made.
    plan_ : tuple of tuple (int, int)
        Steps planned by the last fit: from which step on it was to end after how many.
        One pair without ``max_seconds``; more where the plan was changed meanwhile.
    n_parameters_ : int
        Weights of the network, batch normalisation's averages included.
    model_ : keras.Model
        A plain Keras model in float32 with the fitted weights, built when asked for:
        from raw pixels to probabilities. After a fit in bfloat16 these differ by some
        0.02 at most from ``predict_proba``.

    See Also
    --------
    CNNClassifier : Convolutions without shortcuts.
    TransferClassifier : A residual network that has seen other images before.

    Notes
    -----
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
        "whitening": [None, Integral, "array-like"],
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
        whitening=None,
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
        tta=False,
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
        max_seconds=None,
    ):
        self.blocks = blocks
        self.filters = filters
        self.block = block
        self.kernel_size = kernel_size
        self.stem_kernel_size = stem_kernel_size
        self.stem_pool = stem_pool
        self.dropout = dropout
        self.l2 = l2
        self.whitening = whitening
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
        self.tta = tta
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
        self.max_seconds = max_seconds

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
            whitening=inside_of_image(self.whitening, self.image_shape_),
        )

    def _make_spec(self, dtype):
        from skcnn.training.first_weights import whiten

        return replace(super()._make_spec(dtype), start=whiten)


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
