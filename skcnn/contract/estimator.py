"""What all estimators around a Keras network share: settings, history, the model."""

from __future__ import annotations

from numbers import Integral, Real
from os import PathLike

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skcnn.base.images import check_images
from skcnn.base.keras_objects import Packed, holds_keras_object, shared
from skcnn.base.scaling import check_scale, decide_rescale
from skcnn.base.sklearn_callbacks import CallbackSupportMixin
from skcnn.contract.task import FitTask

# An automatic number of epochs makes at least these passes.
_MIN_EPOCHS = 12

# Automatic batch sizes: (at least this many images, images per batch).
_BATCH_SIZES = ((4096, 128), (1024, 64), (0, 32))

PRECISIONS = ("auto", "float32", "bfloat16")

_SCHEDULES = {"constant", "one_cycle", "cosine", "exponential", "plateau"}


class BaseNetwork(CallbackSupportMixin, BaseEstimator):
    """What every estimator around a Keras network does; think twice before adding.

    A child states its network once, as a ``ModelSpec``, and what it is trained for.
    """

    # Layers that somebody will ask for, who wants to hear before the training.
    _layers_needed: tuple = ()
    # Whether it was trained before, on pixels that became [0, 1].
    _needs_unit_pixels = False
    # Optimizer steps that an automatic number of epochs makes at least: 12 epochs are
    # 5600 steps on 60 000 images and would be 24 on 200.
    _min_steps = 1500

    _parameter_constraints: dict = {
        "image_shape": [None, "array-like"],
        "rescale": [None, StrOptions({"auto"})],
        "epochs": [None, Interval(Integral, 1, None, closed="left")],
        "batch_size": [None, Interval(Integral, 1, None, closed="left")],
        "optimizer": "no_validation",  # check_optimizer
        "learning_rate": [None, Interval(Real, 0, None, closed="neither")],
        "lr_schedule": [StrOptions(_SCHEDULES), callable],
        "weight_decay": [None, Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "callbacks": "no_validation",  # scikeras' forms: list, dict, class, instance
        "precision": [StrOptions(set(PRECISIONS))],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "checkpoint_dir": [None, str, PathLike],
        "max_seconds": "no_validation",  # check_limit
    }

    # What a fit leaves, and of which kind; `save` writes it and `load` checks it.
    _fitted_attributes: dict = {
        "image_shape_": "3 sizes",
        "n_features_in_": "count",
        "_scaling": "Scaling",
        "_seed": "count",
        "_state": "NetworkState",
        "_spec": "ModelSpec",
        "n_parameters_": "count",
        "history_": "DataFrame",
        "n_iter_": "count",
        "best_iter_": "count",
    }

    # Whether a fit trains twice, each time by a plan of its own.
    _has_phases = False

    # --- training -----------------------------------------------------------------

    def _check_params(self) -> None:
        self._validate_params()

        from skcnn.keras_door import check_not_forked
        from skcnn.training.optimizers import check_optimizer
        from skcnn.training.plan import check_limit

        check_not_forked()  # a named optimizer is made there already
        check_optimizer(self.optimizer)
        check_limit(self.max_seconds, self._has_phases)

    def _begin(self) -> None:
        """Draw the seed of a fit that does not go on, and forget the history."""
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.history_ = pd.DataFrame()
        self.n_steps_ = 0

    def _decide_scaling(self, train) -> None:
        """Decide how pixels are scaled, from the rows to train on alone."""
        is_part = len(train) < len(train.images)
        self._scaling = decide_rescale(
            self.rescale,
            train.images,
            train.indices if is_part else None,
            needs_unit=self._needs_unit_pixels,
        )

    def _fit_config(self, n_rows: int, task: FitTask, **others):
        """Collect how to train, with automatic values decided.

        ``others`` is what depends on what the network is for: the loss, and what a
        child decides otherwise.
        """
        from skcnn.training.callbacks import fresh_callbacks
        from skcnn.training.fit import FitConfig
        from skcnn.training.optimizers import choose_optimizer
        from skcnn.training.plan import Plan

        one_epoch = task.one_epoch
        epochs, batch_size = self._epochs_and_batch_size(n_rows)
        if task.epochs is not None:
            task.epochs.left_by = self._left_by
        lr_schedule = "constant" if one_epoch else self.lr_schedule
        if "optimizer" not in others:
            others |= choose_optimizer(self.optimizer, self.learning_rate, lr_schedule)
        if "callbacks" not in others:
            others["callbacks"] = fresh_callbacks(self.callbacks, {})
            others["callbacks_as_set"] = self.callbacks
        if "plan" not in others:
            limit = None if one_epoch else self.max_seconds
            others["plan"] = Plan(limit, task.watch)
        return FitConfig(
            epochs=1 if one_epoch else epochs,
            batch_size=min(batch_size, n_rows),
            seed=self._seed,
            lr_schedule=lr_schedule,
            early_stopping=self.early_stopping and not one_epoch,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            monitor=self.monitor,
            first_epoch=len(self.history_),
            goes_on=one_epoch or self.warm_start,
            verbose=self.verbose,
            name=type(self).__name__,
            checkpoint_dir=None if one_epoch else self.checkpoint_dir,
            layers_needed=self._layers_needed,
            tasks=task.epochs,
            **{"weight_decay": self.weight_decay, **others},
        )

    def _epochs_and_batch_size(self, n_rows: int) -> tuple[int, int]:
        batch_size = self.batch_size or _automatic_batch_size(n_rows)
        n_steps = -(-n_rows // batch_size)
        automatic = max(_MIN_EPOCHS, -(-self._min_steps // n_steps))
        return self.epochs or automatic, batch_size

    def _most_epochs(self, n_rows: int) -> int:
        """Return how many epochs a fit has at most, in all its phases."""
        return self._epochs_and_batch_size(n_rows)[0]

    def _keep(self, fitted):
        """Set the fitted attributes."""
        vars(self).update(self._left_by(fitted))
        self.__dict__.pop("_plain_model", None)
        return self

    def _left_by(self, fitted) -> dict:
        """Return the attributes that a training leaves, added to those of before."""
        history = _numbered(pd.concat([self.history_, pd.DataFrame(fitted.history)]))
        best = fitted.best_epoch
        return {
            "_state": fitted.state,
            "_spec": fitted.spec,
            "n_parameters_": fitted.n_parameters,
            "history_": history,
            "n_iter_": len(history),
            "best_iter_": len(history) if best is None else best + 1,
            # A file of before says nothing of steps.
            "n_steps_": vars(self).get("n_steps_", 0) + fitted.n_steps,
            "plan_": fitted.plan,
        }

    @property
    def _needs_validation(self) -> bool:
        return self.early_stopping or self.lr_schedule == "plateau"

    # --- what was fitted ----------------------------------------------------------

    def _activations(self, X, layer: str | None) -> np.ndarray:
        """Return what a layer gives (None: what enters the last dense one), (n, F)."""
        from skcnn.training.layers import find_layer

        outputs = self._outputs(X, lambda model: find_layer(model, layer))
        return outputs.reshape(len(outputs), -1)

    def _outputs(self, X, find_layer=None) -> np.ndarray:
        """Return what the network gives, or the layer that ``find_layer`` picks."""
        return self._outputs_of(self._images_of(X), find_layer)

    def _images_of(self, X) -> np.ndarray:
        """Return checked images, in the layout that the fit has set."""
        check_is_fitted(self)
        images = check_images(self, X, reset=False)
        check_scale(self._scaling, images)
        return images

    def _outputs_of(self, images: np.ndarray, find_layer=None) -> np.ndarray:
        inputs = self._inputs(images)
        with self._acquired() as compiled:
            layer = find_layer and find_layer(compiled.model)
            return compiled.model.predict(inputs, layer=layer)

    def _inputs(self, images: np.ndarray) -> np.ndarray:
        """Return what the trained network takes: the images themselves."""
        return images

    def _acquired(self):
        """Acquire a compiled model that holds the fitted weights."""
        from skcnn.training.pool import POOL

        return POOL.acquire_for_predict(self._spec, self._state)

    def _n_activations(self, layer: str | None) -> int:
        """Return F of ``_activations``."""
        from skcnn.training.layers import n_outputs

        with self._acquired() as compiled:
            return n_outputs(compiled.model, layer)

    @property
    def model_(self):
        """A plain Keras model with the fitted weights, built when asked for.

        It takes images of ``image_shape_`` as they come (the scaling is its first
        layer) and gives probabilities, or scaled pixels where it makes images. It
        computes in float32, so that it can be exported; where the fit was in bfloat16,
        probabilities differ by up to some 0.02 from ``predict_proba``. A dtype that
        your own code gives a layer stays. It belongs to the caller: whatever happens to
        it or to the estimator leaves the other unchanged. ``model_.save(path)`` loads
        with plain Keras.
        """
        check_is_fitted(self)
        if "_plain_model" not in self.__dict__:
            from skcnn.training.plain import plain_model

            self._plain_model = plain_model(*self._whole())
        return self._plain_model

    def _whole(self):
        """Return spec and state of the network from images to scores."""
        return self._spec, self._state

    def __dir__(self):
        # scikit-learn's HTML representation reads every member that dir() lists, and
        # looking at an estimator must not build a network.
        # (Its own dir() asks hasattr for each, so it is passed by.)
        return [name for name in object.__dir__(self) if name != "model_"]

    def __copy__(self):
        # What pickle makes of an estimator is more than a shallow copy wants.
        own = object.__new__(type(self))
        vars(own).update(vars(self))
        own.__dict__.pop("_plain_model", None)
        return own

    def __getstate__(self):
        state = super().__getstate__()
        state = {n: value for n, value in state.items() if n != "_plain_model"}
        if "history_" in state:
            # skops, and with it mlflow, does not store a DataFrame.
            state["history_"] = self.history_.to_dict("list")
        return state

    def __setstate__(self, state):
        if isinstance(state.get("history_"), dict):
            history = _numbered(pd.DataFrame(state["history_"]))
            state = {**state, "history_": history}
        super().__setstate__(state)

    def __reduce_ex__(self, protocol):
        make, arguments, state, *rest = super().__reduce_ex__(protocol)
        packed = {name: Packed(name, value) for name, value in self._own_things()}
        return make, arguments, {**state, **packed}, *rest

    def __sklearn_clone__(self):
        template = object.__new__(type(self))
        own = {
            name: shared(value, all_of_it=name == "callbacks")
            for name, value in self._own_things()
        }
        vars(template).update({**vars(self), **own})
        return super(BaseNetwork, template).__sklearn_clone__()

    def _own_things(self) -> list[tuple]:
        """Return the parameters that a copy would cut off from the user's own world.

        A fit changes none of them: it works on copies of its own.
        """
        return [
            (name, value)
            for name, value in self.get_params(deep=False).items()
            if value is not None and (name == "callbacks" or holds_keras_object(value))
        ]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_state")


def _numbered(history: pd.DataFrame) -> pd.DataFrame:
    """Return one row per epoch, counted from 1."""
    epochs = pd.RangeIndex(1, 1 + len(history), name="epoch")
    return history.set_axis(epochs)


def _automatic_batch_size(n_rows: int) -> int:
    return next(size for least, size in _BATCH_SIZES if n_rows >= least)
