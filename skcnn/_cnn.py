"""Convolutional network classifier."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, StrOptions

from skcnn.base.blocks import (
    check_each,
    counts_per_block,
    fit_to_image,
    inside_of_image,
    per_block,
    rates_per_block,
    to_counts,
    to_pair,
)
from skcnn.contract.classifier import BaseNetworkClassifier

_ACTIVATIONS = {"relu", "leaky_relu", "elu", "gelu", "selu", "silu", "tanh", "sigmoid"}


class CNNClassifier(BaseNetworkClassifier):
    """Convolutional network for image classification.

    Blocks of convolutions, batch normalisation and activation, with a max pooling in
    each block; then a head and a softmax. With the defaults, on 28x28 grey images::

        (28, 28, 1) -> [conv 32, BN, relu] x 2 -> pool -> [conv 64, BN, relu] x 2
        -> pool -> [conv 128, BN, relu] x 2 -> pool -> average -> softmax

    Convolutions that are normalised begin as the identity (Zagoruyko and Komodakis,
    2017).

    Every parameter is flat and can be searched. The first use of the package is a
    search over ``kernel_size``.

    Parameters
    ----------
    filters : int or tuple of int, default=(32, 64, 128)
        Channels of each block's convolutions; one block per entry, a number alone is
        one block.
    kernel_size : int, or tuple with one entry per block, default=3
        Side of the kernels in pixels; ``(6, 7, 8)`` gives block 1 a 6x6 kernel, and so
        on. An entry may be a pair (height, width). Larger is slower, not always
        better.
    convs_per_block : int or tuple, default=2
        Convolutions in a block.
    strides : int or tuple, default=1
        Step of each block's first convolution, in pixels.
    padding : {"same", "valid"} or tuple, default="same"
        ``"same"`` keeps the size of the map, ``"valid"`` loses ``kernel_size - 1``.
    pool_size : int, None or tuple, default=2
        Max pooling in each block; None: no pooling.
    pool_after : {"first", "last"}, default="last"
        Where a block pools: behind its last convolution, when it is normalised and
        rectified, or right behind the first one. With ``"first"`` all that follows
        works on the smaller map: nearly twice as fast, and less accurate on few or
        small images.
    batch_norm : bool or tuple, default=True
        Batch normalisation between convolution and activation (Ioffe and Szegedy,
        2015).
    dropout : float or tuple, default=0.0
        Share of a block's outputs that is dropped in training (Srivastava et al.,
        2014).
    activation : str, default="relu"
        One of "relu", "leaky_relu", "elu", "gelu", "selu", "silu", "tanh", "sigmoid".
    head : {"average", "flatten"}, default="average"
        ``"average"``: mean of each channel over all positions (global average
        pooling). ``"flatten"``: every position keeps a weight of its own, which suits
        labels that depend on the pixel sum, as T5's do: with
        ``convs_per_block=1, head="flatten", dense_units=(256,), augment=None``.
        Better there is ``NetworkClassifier(skcnn.networks.build_intensity_cnn)``.
    dense_units : int or tuple of int, default=()
        Units of dense layers between head and softmax; a number alone is one layer.
    dense_dropout : float, default=0.0
        Dropout behind each dense layer; without ``dense_units`` there is none.
    l2 : float, default=0.0
        Penalty on the squared weights of convolutions and dense layers.
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
        Passes over the training images. None: at least 12, and as many as give 750
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
    ResNetClassifier : A residual network.
    NetworkClassifier : Any Keras network, from a build function.

    Notes
    -----
    A built and traced network is kept and used again by fits of equal architecture, so
    a search over learning rates traces once. ``n_jobs=2`` pays off for long searches;
    a short one is fastest in one process.

    The fast setting, ``CNNClassifier(filters=(16, 64, 128), whitening=3,
    pool_after="first", learning_rate=0.01, epochs=5)``, is for large sets in a hurry.
    The thorough one, ``CNNClassifier(filters=(48, 96, 192), whitening=3,
    pool_after="first", learning_rate=0.01, augment=("flip", "shift"), epochs=36,
    tta=True)``, has the time, and images whose mirror image is as good (digits are
    not such). ``python -m benchmarks accuracy`` prints the accuracy and the seconds of
    these and of the defaults.

    References
    ----------
    .. [1] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
       networks using large learning rates", 2018.

    Examples
    --------
    >>> from skcnn import CNNClassifier
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> clf = CNNClassifier(filters=(8, 16), epochs=2, random_state=0)
    >>> clf.fit(X[:500], y[:500]).predict_proba(X[500:502]).shape
    (2, 10)
    >>> clf.n_iter_, clf.image_shape_
    (2, (8, 8, 1))
    """

    # Normalised convolutions that begin as the identity learn in fewer steps.
    _min_steps = 750

    _parameter_constraints: dict = {
        **BaseNetworkClassifier._parameter_constraints,
        "filters": [Integral, "array-like"],
        "kernel_size": [Integral, "array-like"],
        "convs_per_block": [Integral, "array-like"],
        "strides": [Integral, "array-like"],
        "padding": [StrOptions({"same", "valid"}), "array-like"],
        "pool_size": [None, Integral, "array-like"],
        "pool_after": [StrOptions({"first", "last"})],
        "batch_norm": ["boolean", "array-like"],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "activation": [StrOptions(_ACTIVATIONS)],
        "head": [StrOptions({"average", "flatten"})],
        "dense_units": [Integral, "array-like"],
        "dense_dropout": [Interval(Real, 0, 1, closed="left")],
        "l2": [Interval(Real, 0, None, closed="left")],
        "whitening": [None, Integral, "array-like"],
    }

    def __init__(
        self,
        *,
        filters=(32, 64, 128),
        kernel_size=3,
        convs_per_block=2,
        strides=1,
        padding="same",
        pool_size=2,
        pool_after="last",
        batch_norm=True,
        dropout=0.0,
        activation="relu",
        head="average",
        dense_units=(),
        dense_dropout=0.0,
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
        self.filters = filters
        self.kernel_size = kernel_size
        self.convs_per_block = convs_per_block
        self.strides = strides
        self.padding = padding
        self.pool_size = pool_size
        self.pool_after = pool_after
        self.batch_norm = batch_norm
        self.dropout = dropout
        self.activation = activation
        self.head = head
        self.dense_units = dense_units
        self.dense_dropout = dense_dropout
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
        n_blocks = len(filters)
        kernels = per_block("kernel_size", self.kernel_size, n_blocks)
        strides = per_block("strides", self.strides, n_blocks)
        pools = per_block("pool_size", self.pool_size, n_blocks)
        convs = counts_per_block("convs_per_block", self.convs_per_block, n_blocks)
        paddings = _choices("padding", self.padding, n_blocks)
        strides = [to_pair("strides", s) for s in strides]
        kernels, pools = fit_to_image(
            self.image_shape_,
            [to_pair("kernel_size", k) for k in kernels],
            convs,
            strides,
            paddings,
            [None if p is None else to_pair("pool_size", p) for p in pools],
            self.pool_after,
        )
        from skcnn.networks import build_cnn

        return partial(
            build_cnn,
            self.image_shape_,
            len(self.classes_),
            filters=filters,
            kernel_size=tuple(kernels),
            convs_per_block=convs,
            strides=tuple(strides),
            padding=paddings,
            pool_size=tuple(pools),
            batch_norm=per_block("batch_norm", self.batch_norm, n_blocks),
            dropout=rates_per_block("dropout", self.dropout, n_blocks),
            activation=self.activation,
            head=self.head,
            dense_units=to_counts("dense_units", self.dense_units),
            dense_dropout=float(self.dense_dropout),
            l2=float(self.l2),
            whitening=inside_of_image(self.whitening, self.image_shape_),
            pool_after=self.pool_after,
        )

    def _make_spec(self, dtype):
        from skcnn.training.first_weights import whiten_and_pass_on

        return replace(super()._make_spec(dtype), start=whiten_and_pass_on)


def _choices(name, value, n_blocks) -> tuple[str, ...]:
    values = per_block(name, value, n_blocks)
    known = ("same", "valid")
    return check_each(name, values, lambda v: v in known, f"one of {known}")
