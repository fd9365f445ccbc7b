"""Transfer learning classifier."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skcnn.base.blocks import to_counts
from skcnn.contract.classifier import BaseNetworkClassifier
from skcnn.contract.task import FitTask
from skcnn.transfer.parameters import (
    CONSTRAINTS,
    backbone_settings,
    memory_location,
    open_extractor,
)

# Part of the time left that the head has where a fine-tuning follows.
_HEAD_SHARE = 0.25


class TransferClassifier(BaseNetworkClassifier):
    """A pretrained network under a new head, frozen and then, if wanted, fine-tuned.

    To be preferred where images are few or large; with thousands of small ones,
    :class:`CNNClassifier` and :class:`ResNetClassifier` are better and faster::

        images -> RGB, 0 to 255 -> resize -> the backbone's own preprocessing
        -> backbone -> global average pooling -> [dense, relu, dropout] -> softmax

    While the backbone is frozen its features are computed once per fit, or, with
    ``memory``, once for all folds and candidates of a search.

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
        fewer than 16 new images leave nothing there, and fine-tuned features are not
        kept.
    dense_units : int or tuple of int, default=()
        Units of dense layers between features and softmax; a number alone is one layer.
    dense_dropout : float, default=0.0
        Dropout behind each dense layer; without ``dense_units`` there is none.
    fine_tune_layers : int or "all", default=0
        How many layers of the backbone, from its end, are trained after the head was.
        Batch normalisation always keeps its averages and weights, and layers that are
        not trained run as at prediction.
    fine_tune_epochs : int, default=5
        Epochs of that.
    fine_tune_learning_rate : float, default=1e-4
        Peak of ``lr_schedule`` meanwhile; where that is a function, the rate itself.
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
    label_smoothing : float, default=0.0
        Share of each target spread over all classes (Szegedy et al., 2016).
    augment : str, tuple of str, keras layer or None, default=None
        Random changes of the images in fine-tuning. The head sees features that are
        computed once, so it is refused without ``fine_tune_layers``.
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
    precision : {"auto", "float32", "bfloat16"}, default="float32"
        Of the backbone's products; the head is float32. bfloat16 was measured slower
        for MobileNetV2.
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
        Weights of backbone and head.
    model_ : keras.Model
        The whole network, images to probabilities, built when asked for.

    See Also
    --------
    PretrainedFeatures : The same features for any scikit-learn classifier.
    CNNClassifier : A network of one's own.

    Notes
    -----
    ``rescale=None`` takes pixels as 0 to 255. ``epochs`` and ``learning_rate`` are the
    head's, and so are early stopping's patience and its best weights: fine-tuning has
    its own count. ``history_`` goes on over both.

    With ImageNet's MobileNetV2 0.35, ``input_size=128, dense_units=(128,),
    dense_dropout=0.5`` reach 0.866 on the test images of Fashion-MNIST after 5000
    training images, and a linear SVM on the pixels 0.803 (``benchmarks reports``).

    ``max_seconds`` gives the head a quarter of what is left behind the features, and
    the rest to fine-tuning; ``plan_`` then has one plan for each. Where no time is left
    for the second a warning says so, and the head is kept.

    ``partial_fit`` trains the head. ``warm_start`` trains the head, and then fine-tunes
    again, from the weights as they were left, the fine-tuned backbone included.

    Examples
    --------
    >>> import keras
    >>> from skcnn import TransferClassifier
    >>> from skcnn.datasets import load_digits
    >>> def tiny(input_shape):
    ...     images = keras.Input(input_shape)
    ...     return keras.Model(images, keras.layers.Conv2D(4, 3)(images))
    >>> X, y = load_digits()
    >>> clf = TransferClassifier(tiny, epochs=2, random_state=0)
    >>> clf.fit(X[:100], y[:100]).n_parameters_  # 4 * (3 * 3 * 3 + 1) + 10 * (4 + 1)
    162
    """

    _needs_unit_pixels = True

    _parameter_constraints: dict = {
        **BaseNetworkClassifier._parameter_constraints,
        **CONSTRAINTS,
        "dense_units": [Integral, "array-like"],
        "dense_dropout": [Interval(Real, 0, 1, closed="left")],
        "fine_tune_layers": [
            StrOptions({"all"}),
            Interval(Integral, 0, None, closed="left"),
        ],
        "fine_tune_epochs": [Interval(Integral, 1, None, closed="left")],
        "fine_tune_learning_rate": [Interval(Real, 0, None, closed="neither")],
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
        dense_units=(),
        dense_dropout=0.0,
        fine_tune_layers=0,
        fine_tune_epochs=5,
        fine_tune_learning_rate=1e-4,
        image_shape=None,
        rescale="auto",
        epochs=None,
        batch_size=None,
        optimizer="adamw",
        learning_rate=None,
        lr_schedule="one_cycle",
        weight_decay=None,
        label_smoothing=0.0,
        augment=None,
        tta=False,
        class_weight=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        monitor="val_loss",
        callbacks=None,
        precision="float32",
        warm_start=False,
        random_state=None,
        verbose=0,
        checkpoint_dir=None,
        max_seconds=None,
    ):
        self.backbone = backbone
        self.backbone_params = backbone_params
        self.weights = weights
        self.input_size = input_size
        self.resize = resize
        self.memory = memory
        self.dense_units = dense_units
        self.dense_dropout = dense_dropout
        self.fine_tune_layers = fine_tune_layers
        self.fine_tune_epochs = fine_tune_epochs
        self.fine_tune_learning_rate = fine_tune_learning_rate
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

    _fitted_attributes: dict = {
        **BaseNetworkClassifier._fitted_attributes,
        "_extractor": "Extractor",
        "_opened_with": "parameters",
        "_is_tuned": "bool",
    }

    def _check_params(self):
        super()._check_params()
        to_counts("dense_units", self.dense_units)
        if self.augment is not None and not self.fine_tune_layers:
            raise ValueError(
                f"augment={self.augment!r} changes images anew in every epoch, but the "
                "features of a frozen backbone are computed once. Set fine_tune_layers "
                "above zero, or augment=None."
            )

    # --- training -----------------------------------------------------------------

    @property
    def _has_phases(self) -> bool:
        return bool(self.fine_tune_layers)

    def _most_epochs(self, n_rows):
        later = self.fine_tune_epochs if self._has_phases else 0
        return super()._most_epochs(n_rows) + later

    def _fit_data(self, train, validation, task):
        """Train the head on features, then fine-tune head and backbone on images."""
        self._open_backbone(task.goes_on)
        tunes = self.fine_tune_layers and not task.one_epoch
        head, *tuning = self._plans(task) if tunes else [None]
        self._fit_head(train, validation, task, head)
        if tunes:
            self.plan_ = (self.plan_,)
        if tuning:
            self._fine_tune(train, validation, task, tuning[0])
        weights = (*self._extractor.backbone.weights.arrays, *self._state.weights)
        self.n_parameters_ = sum(array.size for array in weights)
        return self

    def _open_backbone(self, goes_on: bool) -> None:
        wanted = backbone_settings(self)
        if not goes_on:
            self._extractor = open_extractor(self, self._scaling[:2], self._seed)
            self._opened_with, self._is_tuned = wanted, False
        elif wanted != self._opened_with:
            raise ValueError(
                f"The fitted backbone is {self._opened_with}, and cannot go on as "
                f"{wanted}. Set these parameters back, or warm_start=False to begin "
                "anew."
            )
        n_layers = self._extractor.backbone.n_layers
        if self.fine_tune_layers != "all" and self.fine_tune_layers > n_layers:
            raise ValueError(
                f"fine_tune_layers={self.fine_tune_layers}, but the backbone "
                f"{self._extractor.backbone.name} has {n_layers} layers. Pass at most "
                "that, or 'all'."
            )

    def _inputs(self, images, task: FitTask | None = None):
        """Return features (n, 1, 1, n_features): what the head takes."""
        # Fine-tuned weights are this fit's own: nobody will ask for them again.
        location = None if self._is_tuned else memory_location(self.memory)
        is_limited = task is not None and isinstance(self.max_seconds, Real)
        features = self._extractor.extract(
            images,
            location,
            verbose=self.verbose,
            on_images=partial(self._check_time, task) if is_limited else None,
        )
        return features[:, None, None, :]

    def _check_time(self, task: FitTask, done: int, n_images: int) -> None:
        """Raise where the time is over before all features are there."""
        spent = task.watch.seconds
        if spent >= self.max_seconds:
            least = math.ceil(1.1 * spent * n_images / done)
            raise TimeoutError(
                f"max_seconds={self.max_seconds:g} is too short: after {spent:.1f} "
                f"seconds there were the features of {done} of {n_images} images, and "
                f"no head. Set max_seconds={least} at least; memory= keeps features "
                "for the next fit."
            )

    def _plans(self, task: FitTask) -> list:
        """Return the plans of both phases; one alone where a given one has no other.

        Of the time that is left behind the features, a part is enough for the head.
        """
        from skcnn.training.plan import Plan

        if self.max_seconds is None or isinstance(self.max_seconds, Real):
            limits = [self.max_seconds] * 2
        else:
            limits = list(self.max_seconds)
        shares = zip(limits, (_HEAD_SHARE, 1.0), strict=False)
        return [Plan(limit, task.watch, share) for limit, share in shares]

    def _fit_head(self, train, validation, task, plan) -> None:
        from skcnn.training.fit import fit

        features = self._inputs(train.images, task)
        on_features = replace(train, images=features)
        if validation is not None:
            is_same = validation.images is train.images
            held_out = features if is_same else self._inputs(validation.images, task)
            validation = replace(validation, images=held_out)
        spec = self._make_spec(features.dtype)
        planned = {} if plan is None else {"plan": plan}
        fitted = fit(
            replace(spec, augment=None, precision="float32"),
            self._fit_config(len(train), task, loss=self._make_loss(), **planned),
            on_features,
            validation,
            (1.0, 0.0),
            self._state if task.goes_on else None,
        )
        self._keep(fitted)

    def _make_network(self):
        """Return the build function of the head."""
        from skcnn.networks import build_head

        return partial(
            build_head,
            self._extractor.n_features,
            len(self.classes_),
            **self._head_params,
        )

    @property
    def _head_params(self) -> dict:
        return {
            "dense_units": to_counts("dense_units", self.dense_units),
            "dense_dropout": float(self.dense_dropout),
        }

    def _fine_tune(self, train, validation, task, plan) -> None:
        """Train the whole network, and take it apart again."""
        from skcnn.training.fit import fit

        config = self._fit_config(len(train), task, loss=self._make_loss(), plan=plan)
        is_named = isinstance(self.lr_schedule, str)
        tuning = replace(
            config,
            epochs=self.fine_tune_epochs,
            learning_rate=self.fine_tune_learning_rate,
            lr_schedule=self.lr_schedule if is_named else "constant",
            initial_weights=self._whole_weights(),
            goes_on=False,
            layers_needed=(),  # the head's
        )
        if task.epochs is not None:
            task.epochs.left_by = self._left_by_tuning
        try:
            fitted = fit(
                self._make_whole_spec(train.images.dtype.name),
                tuning,
                train,
                validation,
                self._scaling[:2],
            )
        except TimeoutError as error:
            warnings.warn(
                f"The head was trained, but no time was left to fine-tune: {error}",
                RuntimeWarning,
                stacklevel=2,
            )
            return
        vars(self).update(self._left_by_tuning(fitted))

    def _left_by_tuning(self, fitted) -> dict:
        """Return the attributes that a fine-tuning leaves, behind those of the head."""
        from skcnn.training.state import NetworkState

        n_frozen = len(self._extractor.backbone.weights.arrays)
        weights, head = fitted.state.weights, self._state
        state = NetworkState(weights[n_frozen:], (1.0, 0.0), head.optimizer, head.seeds)
        return {
            **self._left_by(replace(fitted, state=state, spec=self._spec)),
            "plan_": (*self.plan_, fitted.plan),
            "_extractor": self._extractor.with_weights(weights[:n_frozen]),
            "_is_tuned": True,
        }

    def _whole_weights(self) -> list:
        """Return the weights that backbone and head have now."""
        return [*self._extractor.backbone.weights.arrays, *self._state.weights]

    def _make_whole_spec(self, dtype: str):
        """State backbone and head together."""
        n_classes, n_layers = len(self.classes_), self.fine_tune_layers
        if n_layers == "all":
            n_layers = self._extractor.backbone.n_layers
        head = {**self._head_params, "n_trainable": int(n_layers)}
        return replace(
            self._make_spec(np.dtype(dtype)),
            build=self._extractor.whole(n_classes, **head),
            key=self._extractor.whole_key(n_classes, **head),
        )

    # --- prediction ---------------------------------------------------------------

    def _whole(self):
        """Return spec and state of backbone and head together."""
        from skcnn.training.state import NetworkState

        state = NetworkState(tuple(self._whole_weights()), self._scaling[:2])
        return self._make_whole_spec("float32"), state
