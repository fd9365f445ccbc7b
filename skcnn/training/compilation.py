"""Compile a model: optimizer, loss, and metrics that get the targets they want."""

from __future__ import annotations

from skcnn.base.keras_content import uncounted
from skcnn.keras_door import keras, tf
from skcnn.training.augmentation import mixes
from skcnn.training.copies import copy_of, is_own
from skcnn.training.names import ACCURACIES, CROSSENTROPIES
from skcnn.training.optimizers import own_optimizer
from skcnn.training.outputs import accuracy_metric, crossentropy_metric
from skcnn.training.own_steps import OwnSteps, counts_alone

# Arguments of ``compile`` that hold metrics.
METRICS = ("metrics", "weighted_metrics")

# The user's own classes of these families take what the family takes.
_ON_ONE_HOT = (
    keras.losses.CategoricalCrossentropy,
    keras.losses.CategoricalFocalCrossentropy,
    keras.losses.CategoricalHinge,
)


def needs_one_hot(loss, n_outputs: int, augment) -> bool:
    """Tell whether the targets of a loss are one-hot rows rather than class numbers.

    Keras' own take one-hot rows unless they are called sparse; a function or class of
    the user's gets class numbers, as in scikeras.

    Mixed images have mixed targets, which only rows can say.

    Raises
    ------
    ValueError
        For an augmentation that mixes images under one of Keras' sparse losses.
    """
    if n_outputs < 2:
        return False
    function = getattr(loss, "fn", loss)  # Keras wraps functions
    is_users = is_own(loss) or is_own(function)
    is_mixed = isinstance(augment, tuple) and mixes(augment)
    if is_users:
        return is_mixed or isinstance(loss, _ON_ONE_HOT)
    name = loss if isinstance(loss, str) else getattr(function, "__name__", "")
    is_sparse = "sparse" in (name + type(loss).__name__).lower()
    if is_mixed and is_sparse:
        raise ValueError(
            f"augment={augment!r} mixes images and their targets, which are one-hot "
            f"rows then, but loss={loss!r} takes class numbers. Pass "
            "loss='categorical_crossentropy', or augment without mixup and cutmix."
        )
    return not is_sparse


def compile_model(model, spec, config) -> None:
    """Compile with variables in place of the rate and the decay.

    Parameters
    ----------
    model : FastModel
    spec : ModelSpec
    config : FitConfig
    """
    optimizer = own_optimizer(
        config.optimizer,
        excludes=not config.is_users_optimizer,
        decays=config.weight_decay is not None,
    )
    output = (spec.n_outputs, spec.one_hot is not None, spec.logits)
    own = [] if spec.reconstruction else [accuracy_metric(*output)]
    loss, options = config.loss, dict(config.compile_options)
    wanted = {name: options.pop(name, []) for name in METRICS}
    model.compile(
        optimizer=optimizer,
        # What the user changes in theirs afterwards is for the next fit.
        loss=copy_of(loss) if isinstance(loss, keras.losses.Loss) else loss,
        **compile_metrics(wanted, own, *output),
        **{"jit_compile": False, **options},  # XLA is slower on processors
    )
    optimizer.build(model.trainable_variables)
    others = {name: value for name, value in config.compile_options.items() if value}
    if counts_alone(model, loss, others):
        model.own_steps = OwnSteps(model, loss.label_smoothing)


def compile_metrics(wanted: dict, accuracies: list, *output) -> dict[str, list]:
    """Return unused metrics for one compiled model, as arguments of ``compile``.

    Parameters
    ----------
    wanted : dict
        With ``metrics`` and ``weighted_metrics``, lists of :func:`flat_metrics`.
    accuracies : list of keras.metrics.Metric
        Ours, left out where the user brings one of that name.
    *output : n_outputs, one_hot, logits
        The network's output, and whether the loss has one-hot rows as targets. Keras'
        own metrics that want other targets get them.
    """
    # Weighted, as the column "accuracy" is, which is there anyway.
    accuracies_too = [m for m in wanted["metrics"] if _is_accuracy(m)]
    plain = [m for m in wanted["metrics"] if not _is_accuracy(m)]
    weighted = [*wanted["weighted_metrics"], *accuracies_too]
    counts: dict[str, int] = {}
    plain = [_fresh(metric, counts, *output) for metric in plain]
    weighted = [_fresh(metric, counts, *output) for metric in weighted]
    weighted += [metric for metric in accuracies if metric.name not in counts]
    return {"metrics": plain, "weighted_metrics": weighted}


def flat_metrics(metrics) -> list:
    """Return metrics, functions and names as one list, be they in lists or dicts.

    The accuracy that every classifier has is left out.
    """
    return [m for m in keras.tree.flatten(metrics) if m not in (None, "accuracy")]


def _is_accuracy(metric) -> bool:
    return isinstance(metric, str) and metric.lower() in ACCURACIES


def _fresh(given, counts: dict[str, int], n_outputs, one_hot, logits):
    """Return one unused metric, with Keras' number counted within this fit."""
    metric = _unused(given, n_outputs, one_hot, logits)
    name = uncounted(metric.name, type(metric).__name__)
    counts[name] = counts.get(name, -1) + 1
    metric.name = f"{name}_{counts[name]}" if counts[name] else name
    if n_outputs > 1 and _takes_other_targets(metric, one_hot):
        return _OnOtherTargets(metric, n_outputs, one_hot)
    return metric


def _unused(given, n_outputs, one_hot, logits) -> keras.metrics.Metric:
    if _is_accuracy(given):
        metric = accuracy_metric(n_outputs, one_hot, logits)
        metric.name = given
        return metric
    if isinstance(given, str) and given.lower() in CROSSENTROPIES:
        return crossentropy_metric(given, n_outputs, one_hot, logits)
    if isinstance(given, keras.metrics.Metric):
        return copy_of(given)
    metric = keras.metrics.get(given)
    if isinstance(metric, keras.metrics.Metric):
        return metric
    name = getattr(metric, "__name__", type(metric).__name__)
    return keras.metrics.MeanMetricWrapper(metric, name=name)


def _takes_other_targets(metric, one_hot: bool) -> bool:
    """Tell whether one of Keras' own metrics wants the other kind of targets."""
    function = getattr(metric, "_fn", None)
    if is_own(metric) or is_own(function):
        return False
    if hasattr(metric, "sparse_y_true"):  # intersection over union says it itself
        return metric.sparse_y_true == one_hot
    if isinstance(metric, (keras.metrics.Mean, keras.metrics.Sum)) and not function:
        return False
    name = type(metric).__name__ + getattr(function, "__name__", "")
    return ("sparse" in name.lower()) == one_hot


class _OnOtherTargets(keras.metrics.Metric):
    """A metric that gets class numbers where the loss has one-hot rows, or vice versa.

    Parameters
    ----------
    metric : keras.metrics.Metric
    n_classes : int
    one_hot : bool
        What comes.
    """

    def __init__(self, metric, n_classes: int, one_hot: bool):
        super().__init__(name=metric.name)
        self.metric = metric
        self.n_classes = n_classes
        self.one_hot = one_hot
        self._direction = getattr(metric, "_direction", None)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Turn the targets round, and let the metric have them."""
        if self.one_hot:
            targets = tf.argmax(y_true, axis=-1)[:, None]
        else:
            numbers = tf.cast(tf.reshape(y_true, [-1]), tf.int32)
            targets = tf.one_hot(numbers, self.n_classes)
        return self.metric.update_state(targets, y_pred, sample_weight)

    def result(self):
        """Return what the metric has counted."""
        return self.metric.result()

    def reset_state(self):
        """Begin to count anew."""
        self.metric.reset_state()
