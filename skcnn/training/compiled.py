"""What a network comes compiled with, and what its user has set on top of that."""

from __future__ import annotations

from dataclasses import replace

from skcnn.training.metrics import flat_metrics
from skcnn.training.optimizers import changed_optimizer
from skcnn.training.outputs import gives_logits, of_one_output
from skcnn.training.plan import Draft, Settings
from skcnn.training.routes import behind


def on_top(draft: Draft, compile_kwargs: dict, settings: Settings) -> Draft:
    """Return the draft of a compiled network without what the settings say otherwise.

    An optimizer or a loss that is set goes before the network's own, unless that was
    made of it. Parameters of the optimizer alone change the network's. Metrics are
    added.
    """
    kept = dict(draft.compiled)
    if not kept or draft.network is None:  # one of ours
        return draft
    logits = draft.logits
    if settings.loss is not None and not _holds(kept["loss"], compile_kwargs["loss"]):
        del kept["loss"]
        logits = gives_logits(draft.network, of_one_output(compile_kwargs["loss"]))
    if not _holds(kept["optimizer"], compile_kwargs["optimizer"]):
        if settings.optimizer != Settings.optimizer:
            del kept["optimizer"]
        elif changes := behind("optimizer", settings.routed):
            kept["optimizer"] = changed_optimizer(kept["optimizer"], changes)
    if settings.metrics is not None:
        brought = flat_metrics(kept.get("metrics"))
        # scikeras has made functions and classes of names.
        given = flat_metrics(compile_kwargs["metrics"])
        pairs = zip(given, flat_metrics(settings.metrics), strict=True)
        new = [one for one, as_set in pairs if not {one, as_set} & set(brought)]
        kept["metrics"] = brought + new
    return replace(draft, compiled=kept, logits=logits)


def _holds(brought, given) -> bool:
    """Tell whether a network was compiled with what it was offered."""
    inside = getattr(brought, "__dict__", {}).values()
    return brought is given or any(value is given for value in inside)
