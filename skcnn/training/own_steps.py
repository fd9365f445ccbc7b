"""Steps of a classifier that ends in logits, without Keras' book-keeping.

Keras' own step reduces, checks and averages by some 150 small operations, which in a
small network took longer than the network. Where the loss is Keras' cross-entropy and
the accuracy ours, the loop does the same arithmetic (to rounding) with some twenty.
"""

from __future__ import annotations

from skcnn.keras_door import keras, tf


class OwnSteps:
    """What a step of training or of assessing does, apart from the network.

    Parameters
    ----------
    model : FastModel
        Compiled, and such that :func:`counts_alone` holds.
    label_smoothing : float
    """

    def __init__(self, model, label_smoothing: float):
        self.model = model
        self.label_smoothing = label_smoothing

    def train(self, images, targets, weights):
        """Take one step, and return the sums (3,) of losses, hits and weights.

        Parameters
        ----------
        images : tensor of shape (n, h, w, c)
        targets : tensor of shape (n, k)
        weights : tensor of shape (n,)
        """
        model = self.model
        with tf.GradientTape() as tape:
            logits = tf.cast(model(images, training=True), tf.float32)
            added = _added_losses(model)
        losses, slopes = self._losses(logits, targets)
        n_rows = _n_rows(logits)
        slopes *= tf.expand_dims(weights / n_rows, 1)
        ones = [tf.ones_like(loss) for loss in added]
        variables = model.trainable_variables
        gradients = tape.gradient([logits, *added], variables, [slopes, *ones])
        model.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return _sums(losses, _hits(logits, targets), weights, added, n_rows)

    def assess(self, images, targets, weights):
        """Return the sums (3,) of losses, hits and weights; see :meth:`train`."""
        logits = tf.cast(self.model(images, training=False), tf.float32)
        losses, _ = self._losses(logits, targets)
        hits, added = _hits(logits, targets), _added_losses(self.model)
        return _sums(losses, hits, weights, added, _n_rows(logits))

    def _losses(self, logits, targets):
        """Return the cross-entropy of each row, and its slope at each logit."""
        if self.label_smoothing:
            uniform = self.label_smoothing / targets.shape[-1]
            targets = targets * (1 - self.label_smoothing) + uniform
        # The kernel gives both at once; Keras' way computes the slope anew.
        return tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=logits, labels=targets)

    def note(self, totals) -> None:
        """Let Keras' metrics, which callbacks may look at, hold what was counted."""
        loss, hits, weight, n_rows = tf.unstack(totals)
        tracker = self.model.metrics[0]
        accuracy = self.model.metrics_by_name()["accuracy"]
        for variable, value in (
            (tracker.total, loss),
            (tracker.count, n_rows),
            (accuracy.total, hits),
            (accuracy.count, weight),
        ):
            variable.assign(value)

    @staticmethod
    def logs(totals) -> dict[str, float]:
        """Return the mean loss of the rows, and the accuracy, weighted, as Keras does.

        Parameters
        ----------
        totals : tensor of shape (4,)
            Sums of losses, hits and weights, and the number of rows.
        """
        loss, hits, weight, n_rows = totals.numpy()
        accuracy = hits / weight if weight else 0.0
        return {"accuracy": float(accuracy), "loss": float(loss / n_rows)}


def counts_alone(model, loss, options: dict) -> bool:
    """Tell whether a compiled model's loss and metrics are those of these steps.

    Parameters
    ----------
    model : FastModel
    loss : object
        As the model was compiled with it.
    options : dict
        What else the user has compiled it with, without what is empty.
    """
    optimizer, base = model.optimizer, keras.optimizers.Optimizer
    return (
        type(loss) is keras.losses.CategoricalCrossentropy
        and loss.get_config() == {**loss.get_config(), **_PLAIN_LOSS}
        and loss.dtype == "float32"
        and not options
        and list(model.metrics_by_name()) == ["accuracy"]
        and model.one_hot is not None
        and model.output_shape == (None, model.one_hot)
        # A mask that a user's layer has made says which rows Keras' loss leaves out.
        and getattr(model.outputs[0], "_keras_mask", None) is None
        and type(optimizer).scale_loss is base.scale_loss
        and optimizer.loss_scale_factor is None
    )


_PLAIN_LOSS = {"from_logits": True, "axis": -1, "reduction": "sum_over_batch_size"}


def _added_losses(model) -> list:
    """Return what layers add to the loss: penalties on weights, mostly."""
    return [tf.reduce_sum(tf.cast(loss, tf.float32)) for loss in model.losses]


def _n_rows(tensor):
    return tf.cast(tf.shape(tensor)[0], tf.float32)


def _hits(logits, targets):
    is_hit = tf.argmax(logits, axis=-1) == tf.argmax(targets, axis=-1)
    return tf.cast(is_hit, tf.float32)


def _sums(losses, hits, weights, added, n_rows):
    sums = tf.linalg.matvec([losses, hits, tf.ones_like(hits)], weights)
    if added:
        sums += tf.stack([tf.add_n(added) * n_rows, 0.0, 0.0])
    return sums
