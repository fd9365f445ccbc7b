"""Convolutional autoencoder: images to codes and back, and without their noise."""

from __future__ import annotations

from functools import partial
from numbers import Integral

from sklearn.utils._param_validation import Interval

from skcnn.base.blocks import per_block, to_counts, to_pair
from skcnn.contract.transformer import BaseAutoencoder


class ConvAutoencoder(BaseAutoencoder):
    """Convolutional autoencoder: codes of images, images of codes, denoising.

    A network is trained to give back what it gets, through a narrow place, the code.
    With the defaults, on 28x28 grey images::

        (28, 28, 1) -> [conv 32, relu, pool] -> [conv 64, relu, pool] -> code 7x7x64
        -> [conv 64, relu, enlarge] -> [conv 32, relu, enlarge] -> conv 1

    With ``noise``, or with pairs of noisy and clean images (``X_clean``), it learns to
    give back what is below the noise (Vincent et al., 2010), and :meth:`denoise` does.

    Parameters
    ----------
    filters : int or tuple of int, default=(32, 64)
        Channels of each block's convolution; one block per entry (a number alone is
        one), each with a pooling that halves the map.
    kernel_size : int, or tuple with one entry per block, default=3
        Side of the kernels in pixels; an entry may be a pair (height, width).
    code_units : int, optional
        Length of the code, by a dense layer. None: the smallest map, flattened.
    noise : float, optional
        Noise on training images, drawn anew in every step and never on others. For
        "gaussian" its standard deviation, for "background" its largest value, both
        where pixels are scaled to [0, 1]. 0.0: none. None: that of ``noise_kind``,
        0.0 for "gaussian" and 1.0 for "background" (none where ``X_clean`` is given).
    noise_kind : {"gaussian", "background"}, default="gaussian"
        ``"gaussian"``: normal noise is added, and pixels stay inside their range.
        ``"background"``: each pixel becomes the larger one of itself and a uniform
        random one, as in :func:`skcnn.datasets.make_noisy_digits`.
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
    optimizer : str, class or keras.optimizers.Optimizer, default="adam"
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
    early_stopping : bool, default=False
        Hold out a validation part, stop after ``n_iter_no_change`` epochs without
        improvement, keep the best weights.
    validation_fraction : float, default=0.1
        Part held out where ``early_stopping`` or ``"plateau"`` needs one.
    n_iter_no_change : int, default=10
        Epochs without improvement that end the training.
    tol : float, default=1e-5
        Smallest change of ``monitor`` that counts as an improvement.
    monitor : {"val_loss", "loss"}, default="val_loss"
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
        Decides initial weights, order, noise and the validation part. The same seed
        and number of threads give the same bits.
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
    image_shape_ : tuple (h, w, c)
        Shape of one image.
    n_features_in_ : int
        Pixels per image, h * w * c.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns, where ``X`` was a DataFrame with text column names.
    history_ : DataFrame
        One row per epoch (from 1): loss and val_loss (mean squared errors of scaled
        pixels), learning_rate (of the last step), seconds; steps with ``max_seconds``.
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
        Weights of the network, of both halves.
    removes_noise_ : bool
        Whether it was trained to, by ``noise`` or by ``X_clean``.
    model_ : keras.Model
        A plain Keras model with the fitted weights, built when asked for: from images
        as they come to images of scaled pixels.

    See Also
    --------
    AutoencoderClassifier : A classifier on the codes.

    Notes
    -----
    Sides may be odd: a pooling rounds up, and the way back cuts what is too much.

    References
    ----------
    .. [1] P. Vincent, H. Larochelle, I. Lajoie, Y. Bengio, P.-A. Manzagol, "Stacked
       denoising autoencoders", JMLR 11, 2010.

    Examples
    --------
    >>> from skcnn import ConvAutoencoder
    >>> from skcnn.datasets import load_digits
    >>> X, _ = load_digits()
    >>> encoder = ConvAutoencoder(filters=(8, 4), epochs=2, random_state=0)
    >>> codes = encoder.fit_transform(X[:500])
    >>> codes.shape, encoder.inverse_transform(codes).shape
    ((500, 16), (500, 8, 8))
    """

    _parameter_constraints: dict = {
        **BaseAutoencoder._parameter_constraints,
        "filters": [Integral, "array-like"],
        "kernel_size": [Integral, "array-like"],
        "code_units": [None, Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        filters=(32, 64),
        kernel_size=3,
        code_units=None,
        noise=None,
        noise_kind="gaussian",
        image_shape=None,
        rescale="auto",
        epochs=None,
        batch_size=None,
        optimizer="adam",
        learning_rate=None,
        lr_schedule="one_cycle",
        weight_decay=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-5,
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
        self.code_units = code_units
        self.noise = noise
        self.noise_kind = noise_kind
        self.image_shape = image_shape
        self.rescale = rescale
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.lr_schedule = lr_schedule
        self.weight_decay = weight_decay
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
        from skcnn.networks import build_autoencoder

        filters = to_counts("filters", self.filters)
        n_blocks = len(filters)
        _check_size(self.image_shape_, n_blocks)
        kernels = per_block("kernel_size", self.kernel_size, n_blocks)
        units = self.code_units
        return partial(
            build_autoencoder,
            self.image_shape_,
            filters=filters,
            kernel_size=tuple(to_pair("kernel_size", k) for k in kernels),
            code_units=None if units is None else int(units),
        )


def _check_size(image_shape, n_blocks) -> None:
    """Raise where a real image has no pixels left for a block to pool."""
    if n_blocks == 0:
        raise ValueError("filters is empty; one number per block is wanted.")
    sides = image_shape[:2]
    if 1 in sides:  # a line of pixels, such as scikit-learn's own checks fit
        return
    n_most = (max(sides) - 1).bit_length()
    if n_blocks > n_most:
        raise ValueError(
            f"The image is too small for block {n_most + 1} of {n_blocks}: after "
            f"{n_most} poolings of {sides[0]} x {sides[1]} pixels one is left. Use "
            "fewer blocks (filters), or larger images."
        )
