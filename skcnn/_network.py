"""Bring-your-own-network classifier."""

from __future__ import annotations

import difflib
import inspect
from functools import partial

from skcnn.base.arguments import arguments_of
from skcnn.base.arrays import to_array
from skcnn.base.augment import check_augment
from skcnn.base.images import check_images
from skcnn.base.scikeras_words import find_cure
from skcnn.contract.classifier import BaseNetworkClassifier

_PREFIXES = ("model", "optimizer", "loss", "metrics", "callbacks")


class NetworkClassifier(BaseNetworkClassifier):
    """Any Keras network for image classification, from a build function.

    It takes the build functions of scikeras' ``KerasClassifier`` and its routed
    parameters, and has beside them what the other classifiers of this package have
    (layouts of images, scaling, stratified validation, weights, one traced model for
    equal networks). A word that scikeras has and this class has not is an error that
    names ours.

    Parameters
    ----------
    model : callable or keras.Model
        Build function that returns a Keras network, compiled or not. It is called at
        every fit and may take ``meta`` (a dict: ``n_classes_``, ``classes_``,
        ``n_features_in_``, ``X_shape_``, ``image_shape_``), ``input_shape`` (h, w, c),
        ``n_classes``, ``compile_kwargs``, ``params``, and arguments of its own. The
        network takes images (n, h, w, c), or flat rows if it was written for rows,
        scaled unless it scales by itself (see Notes), and gives k outputs, or 1 for two
        classes: probabilities or logits. A Keras model serves as its own template: each
        fit starts from the weights it has now. None: the method ``_keras_build_fn`` of
        a child class.
    loss : str, class, keras.losses.Loss or callable, optional
        None: cross-entropy to the network's last layer, with ``label_smoothing``. A
        class or function of your own gets class numbers (n, 1) as targets (one-hot rows
        (n, k) where ``augment`` mixes images).
    metrics : list or dict, optional
        Further columns of ``history_``, by their Keras names. Keras' own get the
        targets that they want, your own those of the loss.
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
        A network that comes compiled keeps its own optimizer and loss where these are
        at their defaults; ``optimizer__name`` changes its optimizer then.
    learning_rate : float, optional
        Peak of ``lr_schedule``. None: that of an optimizer that is an instance; else
        0.004 for ``"one_cycle"`` and 0.001 for the others. A number always wins.
    lr_schedule : str or callable, default="constant"
        "constant", "one_cycle" (Smith and Topin, 2018), "cosine", "exponential" (0.9
        per epoch), "plateau" (a fifth after 3 epochs without a better ``monitor``), or
        a function of the epoch (from 0) that returns the rate.
    weight_decay : float, optional
        Decoupled weight decay (Loshchilov and Hutter, 2019), per step and times the
        rate; not applied to biases and batch normalisation. None: the optimizer's own.
    label_smoothing : float, default=0.0
        Share of each target spread over all classes (Szegedy et al., 2016).
    augment : str, tuple of str, keras layer or None, default=None
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
    **model__parameters : object
        Arguments of the build function, as ``name`` or ``model__name``, and parameters
        with another prefix: ``optimizer__name``, ``loss__name``, ``metrics__name`` and
        ``callbacks__name`` go to the class given under that name, as in scikeras. The
        function also gets each parameter of this class that it takes by name, once it
        is set to something else than its default.

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

    Raises
    ------
    TypeError
        For a keyword that is no parameter, no argument of the build function, and has
        none of the prefixes, and for an optimizer, metric or layer of your own that
        cannot be copied.
    ValueError
        For a network that trains or predicts in its own way (``train_step``,
        ``compute_loss``, ...), and for whatever does not fit the images.

    See Also
    --------
    CNNClassifier : A ready network with flat parameters.

    Notes
    -----
    Nothing is augmented and no target smoothed by default, and the rate is constant.
    ``learning_rate=None`` leaves the rate of an optimizer that the network comes
    compiled with, or that ``optimizer__learning_rate`` has set.

    A network that scales pixels by itself is not given scaled ones: with
    ``rescale="auto"``, one that begins with ``Rescaling(1 / 255)`` or a network of
    ``keras.applications`` with its preprocessing sees raw pixels. Of a
    ``Normalization`` the statistics decide, and an error asks for ``rescale=None``
    where they do not. What a ``Lambda``, a layer of your own or the ``call`` of a
    ``keras.Model`` of your own does cannot be seen: pass ``rescale=None`` for these if
    they scale. It always leaves all pixels as they are.

    Layers without a seed draw one from Python's ``random``: the build function runs
    with that state (and NumPy's) set from ``random_state``, and restored afterwards.

    Examples
    --------
    >>> import keras
    >>> from skcnn import NetworkClassifier
    >>> from skcnn.datasets import load_digits
    >>> def perceptron(input_shape, n_classes, units=32):
    ...     return keras.Sequential([
    ...         keras.Input(input_shape),
    ...         keras.layers.Flatten(),
    ...         keras.layers.Dense(units, activation="relu"),
    ...         keras.layers.Dense(n_classes, activation="softmax"),
    ...     ])
    >>> X, y = load_digits()
    >>> clf = NetworkClassifier(perceptron, units=16, epochs=2, random_state=0)
    >>> clf.fit(X[:500], y[:500]).n_parameters_
    1210
    """

    _parameter_constraints: dict = {
        **BaseNetworkClassifier._parameter_constraints,
        "model": "no_validation",  # _check_params
        "loss": "no_validation",  # Keras decides
        "metrics": "no_validation",
        "monitor": [str],  # one of the metrics, whose names Keras makes
    }

    def __init__(
        self,
        model=None,
        *,
        loss=None,
        metrics=None,
        image_shape=None,
        rescale="auto",
        epochs=None,
        batch_size=None,
        optimizer="adamw",
        learning_rate=None,
        lr_schedule="constant",
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
        precision="auto",
        warm_start=False,
        random_state=None,
        verbose=0,
        checkpoint_dir=None,
        max_seconds=None,
        # Named with a prefix, because scikit-learn's checks pass the name itself.
        **model__parameters,
    ):
        self.model = model
        self.loss = loss
        self.metrics = metrics
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
        self._take(model__parameters)

    # --- parameters that only a build function knows ------------------------------

    _arguments: frozenset[str] = frozenset()
    """Names of those that were given without a prefix."""

    def _function(self, model):
        """Return the build function, which may be a method of a child class."""
        return getattr(self, "_keras_build_fn", None) if model is None else model

    def get_params(self, deep=True):
        """Return all parameters by name, those of the build function included."""
        own = vars(self)
        others = {k: own[k] for k in own if k in self._arguments or _has_prefix(k)}
        return {**super().get_params(deep), **others}

    def set_params(self, **params):
        """Set parameters by name, those of the build function included."""
        own = {k: params.pop(k) for k in self._get_param_names() if k in params}
        model = self._function(own.get("model", self.model))
        self._check_words(params, model)
        known, takes_all = arguments_of(model)
        lost = sorted(self._arguments - known - set(params))
        if lost and not takes_all:
            raise TypeError(
                f"{_name(model)} takes no {lost[0]}, which was set before. Make a new "
                f"estimator: {type(self).__name__}({_name(model)}, ...)."
            )
        super().set_params(**own)
        self._take(params)
        return self

    def _take(self, words: dict) -> None:
        """Set parameters that are none of the constructor's."""
        self._check_words(words, self._function(self.model))
        vars(self).update(words)
        if bare := {name for name in words if not _has_prefix(name)}:
            self._arguments = self._arguments | bare

    def _check_words(self, words: dict, model) -> None:
        """Raise for a word that is neither ours nor one of the build function's."""
        known, takes_all = arguments_of(model)
        for name, value in words.items():
            cure = self._find_cure(name, value)
            hides = hasattr(type(self), name) or name != name.strip("_")
            is_taken = name in known or (takes_all and cure is None)
            if _has_prefix(name) or (is_taken and not hides):
                continue
            if is_taken:
                cure = f"An estimator has a {name} of its own. Pass model__{name}."
            raise TypeError(self._unexpected(name, cure, model, known))

    def _find_cure(self, word: str, value) -> str | None:
        own = self._get_param_names()
        return find_cure(
            word, value, lambda name: name in own or _has_prefix(name), "Pass {}."
        )

    def _unexpected(self, name: str, cure: str | None, model, known) -> str:
        start = f"{type(self).__name__} got an unexpected keyword argument {name!r}."
        if cure:
            return f"{start} {cure}"
        close = difflib.get_close_matches(name, [*self._get_param_names(), *known], n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        return (
            f"{start}{hint} It is no parameter, no argument of the build function "
            f"({_name(model)} takes {sorted(known)}), and has none of the prefixes "
            f"{[f'{prefix}__' for prefix in _PREFIXES]}."
        )

    @property
    def _routed(self) -> dict:
        """Return parameters with a prefix; what the build function takes has one."""
        params = self.get_params(deep=False)
        bare = [*self._arguments, *self._own_arguments()]
        prefixed = {k: v for k, v in params.items() if _has_prefix(k)}
        return {**{f"model__{name}": params[name] for name in bare}, **prefixed}

    def _own_arguments(self) -> list[str]:
        """Return our own parameters that were set and that the function takes, too."""
        known, _ = arguments_of(self._function(self.model))
        parameters = inspect.signature(type(self).__init__).parameters
        return [
            name
            for name in self._get_param_names()
            if name in known and _differs(getattr(self, name), parameters[name].default)
        ]

    @property
    def current_epoch(self):
        """Epochs trained: ``n_iter_``, as scikeras calls it."""
        return self.n_iter_

    # --- training -----------------------------------------------------------------

    _fitted_attributes: dict = {
        **BaseNetworkClassifier._fitted_attributes,
        "_X_shape": "2 to 4 sizes",
    }

    def _check_images(self, X, goes_on):
        X = to_array(X)
        # Rows of any meaning may be what the network wants.
        images = check_images(self, X, reset=not goes_on, rows_may_be_features=True)
        if not goes_on:
            self._X_shape = tuple(X.shape)
        return images

    def _check_params(self):
        super()._check_params()
        model = self._function(self.model)
        if not (callable(model) or hasattr(model, "get_config")):
            raise TypeError(
                f"model={self.model!r} is no build function: a function that returns a "
                "Keras network is wanted, such as "
                "def build(input_shape, n_classes): return keras.Sequential([...])."
            )

        if isinstance(self.loss, str):
            from skcnn.training.names import find_named

            find_named("loss", self.loss)

    def _fit_data(self, train, validation, task):
        from skcnn.training.fit import fit
        from skcnn.training.routes import told

        spec, config = self._build(train, task)
        with told("The fit was given", self._routed):
            fitted = fit(
                spec,
                config,
                train,
                validation,
                self._scaling[:2],
                self._state if task.goes_on else None,
            )
        return self._keep(fitted)

    def _build(self, train, task):
        """Call the build function; state its network and how to train it."""
        from skcnn.custom.scikeras_routing import build_by_scikeras
        from skcnn.custom.users_compile import AsSet, compile_as_set
        from skcnn.keras_door import held_interrupts
        from skcnn.training.callbacks import fresh_callbacks
        from skcnn.training.routes import behind
        from skcnn.training.spec import ModelSpec

        # What the build function does with these is not done twice.
        taken = self._own_arguments()
        as_set = AsSet(
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            lr_schedule="constant" if task.one_epoch else self.lr_schedule,
            loss=self.loss,
            label_smoothing=self.label_smoothing,
            metrics=self.metrics,
            routed=self._routed,
        )
        callbacks = fresh_callbacks(self.callbacks, as_set.routed)
        with held_interrupts():
            made, refused = as_set.made()
            network, offered = build_by_scikeras(
                partial(self._call_model, train.images.dtype),
                len(self.classes_),
                made,
                as_set.routed,
            )
        if self.rescale == "auto" and not task.goes_on:
            self._rescale_for(network.network)
        spec = ModelSpec(
            build=network.build,
            key=network.key,
            n_outputs=network.n_outputs,
            logits=False,
            dtype=train.images.dtype.name,
            precision=self.precision,
            augment=None if "augment" in taken else check_augment(self.augment),
        )
        spec, compiling = compile_as_set(network, offered, refused, as_set, spec)
        config = self._fit_config(
            len(train),
            task,
            callbacks=callbacks,
            callbacks_as_set=(self.callbacks, behind("callbacks", as_set.routed)),
            initial_weights=network.weights,
            weight_decay=None if "weight_decay" in taken else self.weight_decay,
            **compiling,
        )
        return spec, config

    def _rescale_for(self, network) -> None:
        """Give raw pixels to a network that scales by itself."""
        from skcnn.custom.own_scaling import decide_scaling

        scale, offset = decide_scaling(network, self._scaling[:2])
        self._scaling = self._scaling._replace(scale=scale, offset=offset)

    def _call_model(self, dtype, meta, compile_kwargs, **parameters):
        from skcnn.custom.users_network import users_network

        meta = {
            **meta,
            "classes_": self.classes_,
            "n_classes_": len(self.classes_),
            "n_features_in_": self.n_features_in_,
            "X_shape_": self._X_shape,
            "X_dtype_": dtype,
            "y_dtype_": self.classes_.dtype,
            "image_shape_": self.image_shape_,
        }
        offered = {
            "meta": meta,
            "compile_kwargs": compile_kwargs,
            "params": self.get_params(),
            "input_shape": self.image_shape_,
            "n_classes": len(self.classes_),
        }
        came_flat = len(self._X_shape) == 2
        model = self._function(self.model)
        return users_network(
            model, offered, parameters, self._seed, self.precision, came_flat
        )


def _has_prefix(name: str) -> bool:
    prefix, separator, _ = name.partition("__")
    return bool(separator) and prefix in _PREFIXES


def _name(model) -> str:
    return getattr(model, "__name__", f"model={model!r:.60}")


def _differs(value, default) -> bool:
    return type(value) is not type(default) or bool(value != default)
