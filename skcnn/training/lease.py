"""The program of one fit: which one it is, and how it is compiled and started."""

from __future__ import annotations

import uuid
from collections.abc import Hashable
from contextlib import ExitStack

import numpy as np

from skcnn.base.fingerprint import NoFingerprint, fingerprint
from skcnn.keras_door import keras
from skcnn.training.blueprint import Blueprint, strategy_key
from skcnn.training.compiled import on_top
from skcnn.training.copies import copy_of
from skcnn.training.layers import find_layer
from skcnn.training.metrics import compile_metrics, flat_metrics, needs_one_hot
from skcnn.training.optimizers import (
    default_rate,
    given_rate,
    optimizer_key,
    own_optimizer,
    set_rate_and_decay,
)
from skcnn.training.outputs import accuracy_metric, default_loss, of_one_output
from skcnn.training.plan import Draft, Settings
from skcnn.training.programs import POOL, Program
from skcnn.training.state import NetworkState

# Arguments of ``compile``: for fresh metrics, and what is passed on as it is.
_METRICS = ("metrics", "weighted_metrics")
_COMPILED = ("loss_weights", "run_eagerly", "steps_per_execution", "jit_compile")


class Lease:
    """The program of one fit: found or built when the driver asks for the network."""

    def __init__(self, make_draft, settings: Settings, dtype: np.dtype):
        self.make_draft = make_draft
        self.settings = settings
        self.dtype = dtype
        self.until_done = ExitStack()
        self.program: Program | None = None
        self.blueprint: Blueprint | None = None

    def build(self, meta, compile_kwargs, **parameters):
        """Return a compiled model (it serves scikeras as a build function)."""
        meta = {**meta, "X_dtype_": self.dtype}
        draft = self.make_draft(meta=meta, compile_kwargs=compile_kwargs, **parameters)
        draft = on_top(draft, compile_kwargs, self.settings)
        wanted = {**compile_kwargs, **draft.compiled}
        for name in ("loss", "loss_weights"):
            wanted[name] = of_one_output(wanted.get(name))
        if wanted["loss"] is None:
            wanted["loss"] = default_loss(
                draft.n_outputs, draft.logits, self.settings.label_smoothing
            )
        wanted["jit_compile"] = wanted.get("jit_compile") is True  # slower here
        wanted |= {name: flat_metrics(wanted.get(name)) for name in _METRICS}
        one_hot = needs_one_hot(wanted["loss"], draft.n_outputs, self.settings.augment)
        self.draft, self.wanted = draft, wanted
        self.logits = draft.logits
        self.optimizer = wanted["optimizer"]
        self.brought_optimizer = "optimizer" in draft.compiled
        self.blueprint = Blueprint(
            build=draft.build,
            key=self._key(draft, wanted),
            dtype=self.dtype.name,
            precision=self.settings.precision,
            augment=self.settings.augment,
            one_hot=draft.n_outputs if one_hot else None,
            reconstruction=draft.reconstruction,
        )
        self.program = self.until_done.enter_context(
            POOL.borrowed_for_fit(self.blueprint.key, self.blueprint.assemble)
        )
        for layer in self.settings.layers_needed:
            find_layer(self.program.model, layer)
        if not self.program.model.compiled:
            self._compile(wanted, draft)
        self.program.initial_weights = draft.weights
        return self.program.model

    def deciding(self) -> dict:
        """Return what decides the network, its training, and where it begins.

        What the user's own layers hold is more than the code that made them.
        """
        draft = self.draft
        own = [] if draft.key is not None else _own_layers(self.program.model)
        return {
            "network": (draft.build, draft.n_outputs, draft.logits),
            "layers": own,
            "reconstruction": draft.reconstruction,
            "initial weights": draft.weights,
            "compiled": self.wanted,
        }

    def _key(self, draft: Draft, wanted: dict) -> Hashable:
        augment = self.settings.augment
        if draft.key is None or not (augment is None or isinstance(augment, tuple)):
            return uuid.uuid4().hex  # equal to no other: only its own estimator's
        others = {n: wanted.get(n) for n in (*_METRICS, *_COMPILED) if wanted.get(n)}
        try:
            compiled = (
                optimizer_key(wanted["optimizer"]),
                fingerprint(wanted["loss"], others),
            )
        except NoFingerprint:
            return uuid.uuid4().hex
        return (
            draft.key,
            self.dtype.name,
            self.settings.precision,
            augment,
            strategy_key(),
            self._decays,
            self._excludes,
            compiled,
        )

    @property
    def _decays(self) -> bool:
        return self.settings.weight_decay is not None

    @property
    def _excludes(self) -> bool:
        """Tell whether biases are left out of the decay: unless Keras' own came."""
        is_given = isinstance(self.settings.optimizer, keras.optimizers.Optimizer)
        return not (is_given or self.brought_optimizer)

    def _compile(self, wanted: dict, draft: Draft) -> None:
        """Compile with variables in place of the rate and the decay."""
        model = self.program.model
        optimizer = own_optimizer(
            wanted["optimizer"],
            excludes=self._excludes,
            decays=self._decays,
        )
        output = (draft.n_outputs, model.one_hot is not None, draft.logits)
        own = [] if draft.reconstruction else [accuracy_metric(*output)]
        loss = wanted["loss"]
        model.compile(
            optimizer=optimizer,
            # What the user changes in theirs afterwards is for the next fit.
            loss=copy_of(loss) if isinstance(loss, keras.losses.Loss) else loss,
            **compile_metrics(wanted, own, *output),
            **{name: wanted[name] for name in _COMPILED if name in wanted},
        )
        optimizer.build(model.trainable_variables)

    def start(self, state: NetworkState | None, scaling) -> float:
        """Make the program as new, or as ``state`` left it; return the peak rate."""
        self.program.start(self.settings.seed, scaling)
        if state is not None:
            self.program.go_on(state)
        rate, decay = self._rate(), self.settings.weight_decay
        if decay is None:
            decay = self.optimizer.weight_decay
        set_rate_and_decay(self.program.model.optimizer, rate, decay)
        return rate

    def _rate(self) -> float:
        settings = self.settings
        rate = settings.learning_rate
        asked = settings.routed.get("model__learning_rate")
        is_in_optimizer = self.brought_optimizer and asked == rate
        if rate is not None and not is_in_optimizer:
            return rate
        has_its_own = (
            self.brought_optimizer
            or isinstance(settings.optimizer, keras.optimizers.Optimizer)
            or "optimizer__learning_rate" in settings.routed
        )
        if has_its_own:
            return given_rate(self.optimizer)
        return default_rate(settings.lr_schedule)


def _own_layers(model: keras.Model) -> list:
    layers = model._flatten_layers(include_self=False)
    return [one for one in layers if type(one).__module__.partition(".")[0] != "keras"]
