"""Make the optimizer of a model, with the rate and the decay held in variables."""

from __future__ import annotations

import inspect
import uuid
from functools import cache

from skcnn.base.fingerprint import fingerprint
from skcnn.base.keras_content import exclude, excluded_names
from skcnn.keras_door import keras, tf
from skcnn.training.copies import configuration, copy_of, is_own, own_attributes
from skcnn.training.names import find_named
from skcnn.training.routes import make

# Variables that weight decay should not pull to zero (biases, batch normalisation).
_NOT_DECAYED = ["bias", "gamma", "beta"]

_DEFAULT_RATE = {"one_cycle": 4e-3}


class FusedAdam(keras.optimizers.Adam):
    """Adam and AdamW with one kernel per variable instead of some eighteen.

    The same arithmetic as Keras' (Kingma and Ba, 2015, in the form before section
    2.1); in small networks the many small operations were a third of a step.
    """

    def _apply_weight_decay(self, variables):
        if self.weight_decay is None or not _are_plain(variables):
            super()._apply_weight_decay(variables)
            return
        rate = tf.cast(tf.convert_to_tensor(self.learning_rate), tf.float32)
        share = rate * tf.cast(tf.convert_to_tensor(self.weight_decay), tf.float32)
        for variable in filter(self._use_weight_decay, variables):
            # One kernel: variable -= share * variable.
            tf.raw_ops.ResourceApplyGradientDescent(
                var=variable.value.handle, alpha=share, delta=variable.value
            )

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        if not _are_plain(trainable_variables):
            super()._backend_update_step(grads, trainable_variables, learning_rate)
            return
        step = tf.cast(self.iterations.value + 1, tf.float32)
        powers = {
            "beta1_power": tf.pow(self.beta_1, step),
            "beta2_power": tf.pow(self.beta_2, step),
        }
        rate = tf.cast(learning_rate, tf.float32)
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            index = self._get_variable_index(variable)
            tf.raw_ops.ResourceApplyAdam(
                var=variable.value.handle,
                m=self._momentums[index].value.handle,
                v=self._velocities[index].value.handle,
                lr=rate,
                beta1=self.beta_1,
                beta2=self.beta_2,
                epsilon=self.epsilon,
                grad=gradient,
                **powers,
            )


def _are_plain(variables) -> bool:
    is_float32 = all(variable.dtype == "float32" for variable in variables)
    return is_float32 and not tf.distribute.has_strategy()


def _is_plain_adam(optimizer) -> bool:
    kinds = (keras.optimizers.Adam, keras.optimizers.AdamW)
    return type(optimizer) in kinds and not optimizer.amsgrad


def default_rate(schedule) -> float:
    """Return the rate of an optimizer without one: 0.004 for one-cycle, else 0.001."""
    schedule = getattr(schedule, "instead_of", schedule)
    return _DEFAULT_RATE.get(schedule, 1e-3) if isinstance(schedule, str) else 1e-3


def check_optimizer(optimizer) -> None:
    """Raise where ``optimizer`` is no name, class or instance that Keras knows."""
    is_class = inspect.isclass(optimizer) and issubclass(
        optimizer, keras.optimizers.Optimizer
    )
    if is_class or isinstance(optimizer, keras.optimizers.Optimizer):
        return
    find_named("optimizer", optimizer)


def template(optimizer, routed: dict):
    """Return an optimizer that is only copied from, the same one for every fit.

    Keras never gives back the memory of an optimizer once made, so none is made where
    a name or class says all.
    """
    if isinstance(optimizer, str):
        optimizer = find_named("optimizer", optimizer)
    is_routed = any(name.startswith("optimizer__") for name in routed)
    if is_routed or not inspect.isclass(optimizer):
        return make("optimizer", optimizer, routed)
    return _template(optimizer)


@cache
def _template(optimizer: type) -> keras.optimizers.Optimizer:
    return make("optimizer", optimizer, {})


def optimizer_key(optimizer) -> str:
    """Return one text for all of an optimizer that is baked into a graph.

    Raises
    ------
    NoFingerprint
        Where that cannot be known.
    """
    config = dict(optimizer.get_config())
    config.pop("name", None)
    config.pop("learning_rate", None)
    if optimizer.weight_decay is not None:
        config["weight_decay"] = "variable"
    if optimizer.use_ema:
        return uuid.uuid4().hex  # its averages begin at weights of their own
    schedule = optimizer._learning_rate  # of Keras' it is a part of the graph
    if isinstance(schedule, keras.Variable):
        schedule = None
    return fingerprint(
        type(optimizer),
        config,
        own_attributes(optimizer),
        schedule,
        excluded_names(optimizer),
    )


def given_rate(optimizer) -> float:
    """Return the rate that an optimizer was made with (0 for a schedule of Keras')."""
    rate = optimizer._learning_rate
    return float(rate.numpy()) if isinstance(rate, keras.Variable) else 0.0


def choose_optimizer(optimizer, learning_rate, lr_schedule, made=None) -> dict:
    """Return the optimizer, whose it is, and the rate at which it trains.

    Parameters
    ----------
    optimizer, learning_rate, lr_schedule : object
        As the user has set them.
    made : keras.optimizers.Optimizer, optional
        What was made of ``optimizer``.
    """
    is_users = isinstance(optimizer, keras.optimizers.Optimizer)
    if learning_rate is None:
        learning_rate = given_rate(optimizer) if is_users else default_rate(lr_schedule)
    return {
        "optimizer": template(optimizer, {}) if made is None else made,
        "is_users_optimizer": is_users,
        "learning_rate": learning_rate,
    }


def own_optimizer(optimizer, excludes: bool, decays: bool):
    """Return a copy of ``optimizer`` whose weight decay is a variable.

    Keras bakes a Python float into the trace; a variable lets a search over
    ``weight_decay`` trace once.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
    excludes : bool
        Whether biases and batch normalisation are left out of the decay, unless the
        optimizer says itself what is left out.
    decays : bool
        Whether a weight decay is wanted though the optimizer itself has none.
    """
    own = copy_of(optimizer, FusedAdam if _is_plain_adam(optimizer) else None)
    if own.weight_decay is not None or decays:
        own.weight_decay = keras.Variable(
            own.weight_decay or 0.0, trainable=False, name="weight_decay"
        )
        if excludes and excluded_names(own) is None:
            own.exclude_from_weight_decay(var_names=_NOT_DECAYED)
    return own


def changed_optimizer(optimizer, changes: dict):
    """Return an optimizer of the same class and parameters, but for these.

    Raises
    ------
    TypeError
        Where its class does not take them.
    """
    kind = type(optimizer)
    try:
        if is_own(optimizer):  # its configuration may not be all that it holds
            raise TypeError("a class of your own is changed where it is made")
        own = kind.from_config({**configuration(optimizer), **changes})
        return exclude(own, excluded_names(optimizer))
    except Exception as error:
        given = ", ".join(f"optimizer__{k}={v!r}" for k, v in changes.items())
        raise TypeError(
            f"The network comes compiled with {kind.__name__}, which does not take "
            f"{given}: {error}. Leave that out, or pass optimizer={kind.__name__} as "
            "well, a class or another one: it goes before the network's own."
        ) from error


def set_rate_and_decay(optimizer, rate: float | None, decay: float | None) -> None:
    """Assign the numbers of this fit; None leaves the optimizer's own."""
    if rate is not None and isinstance(optimizer._learning_rate, keras.Variable):
        optimizer.learning_rate.assign(rate)
    if decay is not None and optimizer.weight_decay is not None:
        optimizer.weight_decay.assign(decay)
