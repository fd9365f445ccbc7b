"""How a user's network is compiled: by what it brings along, and what is set on top."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from skcnn.custom.users_network import UsersNetwork
from skcnn.training.compilation import METRICS, flat_metrics, needs_one_hot
from skcnn.training.optimizers import (
    changed_optimizer,
    choose_optimizer,
    given_rate,
    template,
)
from skcnn.training.outputs import default_loss, gives_logits, of_one_output
from skcnn.training.routes import behind, make
from skcnn.training.spec import ModelSpec

# Arguments of ``compile`` that are passed on as they are.
_OPTIONS = ("loss_weights", "run_eagerly", "steps_per_execution")


@dataclass(frozen=True)
class AsSet:
    """Parameters of the estimator as the user has set them."""

    optimizer: object = "adamw"
    learning_rate: float | None = None
    lr_schedule: object = "constant"
    loss: object = None
    label_smoothing: float = 0.0
    metrics: object = None
    routed: dict = field(default_factory=dict)

    def made(self) -> tuple[dict, Exception | None]:
        """Return optimizer, loss and metrics with objects in place of classes.

        Parameters of an optimizer that nobody has set may be meant for the one that
        the network brings along. Where the default one does not take them, the error is
        returned, for networks that bring none.
        """
        loss = make("loss", self.loss, self.routed)
        metrics = make("metrics", self.metrics, self.routed)
        refused = None
        try:
            optimizer = template(self.optimizer, self.routed)
        except (TypeError, ValueError) as error:
            if self.optimizer != AsSet.optimizer:
                raise
            optimizer, refused = template(self.optimizer, {}), error
        return {"optimizer": optimizer, "loss": loss, "metrics": metrics}, refused


def compile_as_set(
    network: UsersNetwork,
    offered: dict,
    refused: Exception | None,
    as_set: AsSet,
    spec: ModelSpec,
) -> tuple[ModelSpec, dict]:
    """Return the spec with what the loss decides, and fields of :class:`FitConfig`.

    Parameters
    ----------
    network : UsersNetwork
    offered : dict
        The ``compile_kwargs`` that the build function was given.
    refused : Exception, optional
        What :meth:`AsSet.made` has returned beside them.
    as_set : AsSet
    spec : ModelSpec
    """
    kept, logits = on_top(network, offered, as_set)
    if refused is not None and "optimizer" not in kept:
        raise refused
    wanted = {**offered, **kept}
    for name in ("loss", "loss_weights"):
        wanted[name] = of_one_output(wanted.get(name))
    if wanted["loss"] is None:
        wanted["loss"] = default_loss(spec.n_outputs, logits, as_set.label_smoothing)
    one_hot = needs_one_hot(wanted["loss"], spec.n_outputs, spec.augment)
    options = {name: wanted[name] for name in _OPTIONS if wanted.get(name)}
    options |= {n: flat for n in METRICS if (flat := flat_metrics(wanted.get(n)))}
    if wanted.get("jit_compile") is True:
        options["jit_compile"] = True
    return replace(spec, logits=logits, one_hot=spec.n_outputs if one_hot else None), {
        "loss": wanted["loss"],
        "compile_options": options,
        **_optimizer(wanted["optimizer"], "optimizer" in kept, as_set),
    }


def _optimizer(optimizer, is_brought: bool, as_set: AsSet) -> dict:
    """Return the optimizer, whose it is, and the rate at which it trains."""
    chosen = choose_optimizer(
        as_set.optimizer, as_set.learning_rate, as_set.lr_schedule, optimizer
    )
    rate, routed = as_set.learning_rate, as_set.routed
    is_in_optimizer = is_brought and routed.get("model__learning_rate") == rate
    has_its_own = is_brought or "optimizer__learning_rate" in routed
    if is_in_optimizer or (rate is None and has_its_own):
        chosen["learning_rate"] = given_rate(optimizer)
    chosen["is_users_optimizer"] |= is_brought
    return chosen


def on_top(network: UsersNetwork, offered: dict, as_set: AsSet) -> tuple[dict, bool]:
    """Return what a compiled network keeps of its own, and whether it gives logits.

    An optimizer or a loss that is set goes before the network's own, unless that was
    made of it. Parameters of the optimizer alone change the network's. Metrics are
    added.
    """
    kept = dict(network.compiled)
    loss = of_one_output(kept.get("loss"))
    if not kept:
        return kept, gives_logits(network.network, loss)
    if as_set.loss is not None and not _holds(kept["loss"], offered["loss"]):
        del kept["loss"]
        loss = of_one_output(offered["loss"])
    if not _holds(kept["optimizer"], offered["optimizer"]):
        if as_set.optimizer != AsSet.optimizer:
            del kept["optimizer"]
        elif changes := behind("optimizer", as_set.routed):
            kept["optimizer"] = changed_optimizer(kept["optimizer"], changes)
    if as_set.metrics is not None:
        brought = flat_metrics(kept.get("metrics"))
        # Functions and classes were made of names.
        given = flat_metrics(offered["metrics"])
        pairs = zip(given, flat_metrics(as_set.metrics), strict=True)
        new = [one for one, set_to in pairs if not {one, set_to} & set(brought)]
        kept["metrics"] = brought + new
    return kept, gives_logits(network.network, loss)


def _holds(brought, given) -> bool:
    """Tell whether a network was compiled with what it was offered."""
    inside = getattr(brought, "__dict__", {}).values()
    return brought is given or any(value is given for value in inside)
