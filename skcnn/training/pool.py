"""Compiled models, built and traced once, and the pool where fits acquire them.

Building and tracing a network costs about a second, and TensorFlow never gives all of
that memory back. So a compiled model is kept, and acquired for the length of a call: by
one fit alone, or by any number of threads that predict with the same weights. It owns
nothing: fitted weights are NumPy arrays that belong to the estimators
(:mod:`skcnn.training.state`).
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakSet

import numpy as np

from skcnn.keras_door import building, check_not_forked, clear_kernels, keras
from skcnn.training.fast_model import FastModel
from skcnn.training.spec import ModelSpec
from skcnn.training.state import NetworkState

# Idle models that are kept. A search visits its candidates one after the other, so
# a few are enough; each holds its weights, the optimizer's variables and its graphs.
MAX_IDLE = 8

# Models that are dropped before what TensorFlow keeps of them is swept away: that
# takes nearly half a second, and others prepare their kernels anew afterwards.
_SWEPT_TOGETHER = 16


class CompiledModel:
    """One compiled :class:`FastModel` and the knowledge whose weights it holds."""

    def __init__(self, key: Hashable, model: FastModel):
        self.key = key
        self.model = model
        # Weak: a reader that was interrupted counts no more, wherever that was.
        self.readers: WeakSet[_Reader] = WeakSet()
        self.reserved_for: str | None = None
        """Token of the weights that its readers want, where it has any."""
        self._holds: str | None = None
        self._loading = threading.Lock()
        self._pristine_optimizer: list[np.ndarray] | None = None

    # --- weights in and out -----------------------------------------------------

    def load(self, state: NetworkState) -> None:
        """Make the model hold ``state``; costs nothing where it does already."""
        with self._loading:
            if self._holds == state.token:
                return
            self._holds = None
            _assign(self.model.weights, state.weights)
            self.model.scaling.assign(state.scaling)
            self._holds = state.token

    def start(self, seed: int, scaling: tuple[float, float], weights=None) -> None:
        """Make the model as new: everything that a fit changes, from one seed.

        Given ``weights`` are where it begins; else the initializers draw them.
        """
        self._holds = None
        self._reset_optimizer()
        self.model.scaling.assign(scaling)
        draw = np.random.SeedSequence(seed).spawn(2)
        if weights is not None:
            _assign(self.model.weights, weights)
        else:
            _initialise(self.model, draw[0])
        seeds = self._seed_states()
        states = draw[1].generate_state(2 * len(seeds) + 1)
        for number, variable in enumerate(seeds):
            variable.assign(states[2 * number : 2 * number + 2].astype(variable.dtype))
        self.model.augmentation_seed.assign(int(states[-1] >> 1))

    def go_on(
        self, seed: int, scaling: tuple[float, float], state: NetworkState
    ) -> None:
        """Make the model stand where ``state`` was left; what that lacks is as new.

        Raises
        ------
        ValueError
            Where the fitted weights are those of another network or optimizer.
        """
        _check_same(self.model.weights, state.weights, "network")
        self.start(seed, scaling, state.weights)
        if state.optimizer is not None:
            variables = self.model.optimizer.variables
            _check_same(variables, state.optimizer, "optimizer")
            _assign(variables, state.optimizer)
        for variable, value in zip(self._seed_states(), state.seeds, strict=True):
            variable.assign(value)

    def capture(self, scaling: tuple[float, float], goes_on: bool) -> NetworkState:
        """Copy out what was fitted; the model holds these weights from now on."""
        state = self.snapshot(scaling, goes_on)
        self._holds = state.token
        return state

    def snapshot(self, scaling: tuple[float, float], goes_on: bool) -> NetworkState:
        """Copy out what is fitted so far."""
        optimizer = tuple(_arrays(self.model.optimizer.variables)) if goes_on else None
        return NetworkState(
            weights=tuple(_arrays(self.model.weights)),
            scaling=scaling,
            optimizer=optimizer,
            seeds=tuple(_arrays(self._seed_states())),
        )

    def variables(self) -> list:
        """Return all variables that a fit changes."""
        return [
            *self.model.weights,
            *self.model.optimizer.variables,
            *self._seed_states(),
        ]

    def _seed_states(self) -> list:
        """Return the seed generators' variables, which ``weights`` leaves out."""
        weights = {id(variable) for variable in self.model.weights}
        layer = getattr(self.model.augmentation, "layer", None)
        augmenting = [] if layer is None else layer.variables
        return [
            variable
            for variable in (*self.model.non_trainable_variables, *augmenting)
            if id(variable) not in weights and "seed_generator" in variable.path
        ]

    def _reset_optimizer(self) -> None:
        """Set the slots and the step counter to what they were when built."""
        variables = self.model.optimizer.variables
        if self._pristine_optimizer is None:
            # A slot that is one number throughout (nearly all are) is kept as that.
            self._pristine_optimizer = [_compact(a) for a in _arrays(variables)]
        for variable, value in zip(variables, self._pristine_optimizer, strict=True):
            variable.assign(np.broadcast_to(value, variable.shape))


class _Reader:
    """Stands for one prediction that uses a compiled model."""


class Pool:
    """Idle compiled models by key, bounded, the longest unused one dropped first."""

    def __init__(self, max_idle: int = MAX_IDLE):
        self.max_idle = max_idle
        self._models: list[CompiledModel] = []  # longest unused first
        # Re-entrant: an interrupted call may release within any other call.
        self._lock = threading.RLock()
        self._n_dropped = 0

    def __len__(self) -> int:
        return len(self._models)

    def clear(self) -> None:
        """Forget all models that nobody is using."""
        self._shrink_to(0)

    @contextmanager
    def acquire_for_fit(self, spec: ModelSpec) -> Iterator[CompiledModel]:
        """Give one model to one fit; nobody else sees it meanwhile.

        Where the fit fails before its first epoch ends, the model is dropped: it may be
        compiled or traced by half.
        """
        compiled = self._found_or_built(lambda: self._take(spec.key), spec)
        is_whole = False
        try:
            yield compiled
            is_whole = True
        finally:
            if is_whole or compiled.model.has_trained:
                self._release(compiled)

    @contextmanager
    def acquire_for_predict(
        self, spec: ModelSpec, state: NetworkState
    ) -> Iterator[CompiledModel]:
        """Give one model that holds ``state`` to any number of readers."""
        reader = _Reader()
        compiled = self._found_or_built(
            lambda: self._join(spec.key, state.token, reader), spec
        )
        try:
            compiled.load(state)
            yield compiled
        finally:
            compiled.readers.discard(reader)
            self._trim()

    def _found_or_built(self, find, spec: ModelSpec) -> CompiledModel:
        """Return what ``find`` finds; who has to wait for a build looks again."""
        check_not_forked()
        compiled = find()
        if compiled is None:
            with building():
                # Another fit may take away what was built here.
                while (compiled := find()) is None:
                    built = self._build(spec)
                    self._models.append(built)
        return compiled

    def _build(self, spec: ModelSpec) -> CompiledModel:
        if self._n_dropped >= _SWEPT_TOGETHER:
            self._n_dropped = 0
            gc.collect()
            clear_kernels()
        return CompiledModel(spec.key, spec.assemble())

    def _take(self, key) -> CompiledModel | None:
        """Take an idle model out of the pool."""
        with self._lock:
            for compiled in reversed(self._models):
                if compiled.key == key and not compiled.readers:
                    self._models.remove(compiled)
                    return compiled
        return None

    def _join(self, key, token: str, reader: _Reader) -> CompiledModel | None:
        """Read along with those who want these weights, or from an idle model."""
        with self._lock:
            compiled = self._best(key, token)
            if compiled is not None:
                compiled.readers.add(reader)
                compiled.reserved_for = token
                self._models.remove(compiled)
                self._models.append(compiled)
        return compiled

    def _best(self, key, token: str) -> CompiledModel | None:
        idle = None
        for compiled in reversed(self._models):
            if compiled.key != key:
                continue
            if compiled.readers:
                if compiled.reserved_for == token:
                    return compiled
            # Of the idle ones, one that holds these weights already needs no loading.
            elif idle is None or (compiled._holds == token != idle._holds):
                idle = compiled
        return idle

    def _release(self, compiled) -> None:
        with self._lock:
            self._models.append(compiled)
        self._trim()

    def _trim(self) -> None:
        if len(self._models) > self.max_idle:
            self._shrink_to(self.max_idle)

    def _shrink_to(self, size: int) -> None:
        """Drop the longest unused idle models above a number of models."""
        with self._lock:
            spare = max(len(self._models) - size, 0)
            dropped = [one for one in self._models if not one.readers][:spare]
            for compiled in dropped:
                self._models.remove(compiled)
        for compiled in dropped:
            self._n_dropped += 1
            compiled.model.forget_graphs()


POOL = Pool()


def _arrays(variables) -> list[np.ndarray]:
    # A copy: the tensor's own memory is what the next step writes to.
    return [keras.ops.convert_to_tensor(v).numpy().copy() for v in variables]


def _check_same(variables, values, name: str) -> None:
    wanted = [tuple(variable.shape) for variable in variables]
    came = [value.shape for value in values]
    if wanted != came:
        raise ValueError(
            f"The fitted weights do not fit the {name} any more: it wants "
            f"{len(wanted)} arrays of shapes {wanted[:3]}..., and {len(came)} of "
            f"shapes {came[:3]}... were fitted. Parameters of the {name} must stay as "
            "they are for partial_fit and warm_start=True; set warm_start=False to "
            "begin anew."
        )


def _assign(variables, values) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _compact(array: np.ndarray) -> np.ndarray:
    first = array.reshape(-1)[:1]
    return first.reshape(()) if first.size and (array == first).all() else array


def _initialise(model, sequence: np.random.SeedSequence) -> None:
    """Draw all weights anew by their layers' own initializers.

    Works for layers that keep the initializer of variable ``kernel`` in the attribute
    ``kernel_initializer``, as Keras' own do.
    """
    owners = [(layer, v) for layer in model.layers for v in layer.weights]
    seeds = sequence.generate_state(len(owners))
    for (layer, variable), seed in zip(owners, seeds, strict=True):
        initializer = getattr(layer, f"{variable.name}_initializer")
        config = initializer.get_config()
        if "seed" in config:
            config["seed"] = int(seed >> 1)
            initializer = type(initializer).from_config(config)
        variable.assign(initializer(variable.shape, dtype=variable.dtype))
