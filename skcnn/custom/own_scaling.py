"""Networks that scale pixels by themselves: what they do before their first weights."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass, field

import numpy as np

from skcnn.keras_door import keras

# First weights are made for pixels that are between these apart, the darkest and the
# brightest, and whose middle is no more than so many times as far from zero.
_LEAST, _MOST, _FAR = 0.25, 300, 3

# Keras' rooms of layers that prepare images, and its operations that do.
_ROOMS = (
    ".preprocessing.",
    ".reshaping.",
    ".regularization.",
    ".core.identity",
    ".core.input_layer",
    ".merging.",
    ".pooling.",
)
_OPERATIONS = """
    Add Cast Concatenate Divide ExpandDims Flip GetItem Max Maximum Mean Min
    Minimum Moveaxis Multiply Negative Power Repeat Reshape Split Sqrt Squeeze Stack Std
    Subtract Tile Transpose TrueDivide Var
"""

# Numbers in [0, 1] deviate by a half at most, so that what normalises them makes them
# twice as large or more. What makes numbers smaller is for raw pixels.
_SMALLER, _LARGER = 0.9, 1.9


def decide_scaling(
    network: keras.Model, scaling: tuple[float, float]
) -> tuple[float, float]:
    """Return scale and offset of the pixels, for a network that may scale by itself.

    Parameters
    ----------
    network : keras.Model
        A functional model that takes images.
    scaling : tuple of float
        As it was decided by the pixels alone.

    Returns
    -------
    tuple of float
        (1.0, 0.0), raw pixels, for a network that is made for them; else ``scaling``.

    Raises
    ------
    ValueError
        Where the network changes pixels, and it cannot be told for which it is made.
    """
    return (1.0, 0.0) if wants_raw_pixels(network, scaling) else scaling


def wants_raw_pixels(network: keras.Model, scaling: tuple[float, float]) -> bool | None:
    """Tell whether a network is made for raw pixels rather than for scaled ones.

    Images of the darkest and the brightest pixel, raw and scaled, are pushed through
    the layers and operations of Keras' own that come before the first weights.

    Returns
    -------
    bool or None
        None: it changes nothing, or nothing that can be seen. Code of the user's own
        cannot: a ``Lambda``, a class.
    """
    if not keras.backend.is_float_dtype(network.inputs[0].dtype):
        return True  # fractions would be cut off
    scale, offset = scaling
    unit = np.array([0.0, 1.0])
    beginning = _Beginning(np.concatenate([(unit - offset) / scale, unit]))
    beginning.enter(network)
    changes = [beginning.change(end) for end in beginning.ends]
    # Where weights meet pixels as they come, the network leaves the scaling to us.
    if not changes or None in changes:
        return None
    if (scale, offset) == (1.0, 0.0):
        _warn_of_misfits(beginning, changes)
        return None
    votes = {change.wants_raw(scale, beginning) for change in changes}
    if len(votes) > 1 or None in votes:
        raise ValueError(_undecided(beginning, changes[0]))
    return votes.pop()


@dataclass(frozen=True)
class _Change:
    """What dark and bright pixels, (raw, scaled) each, have become."""

    dark: np.ndarray
    bright: np.ndarray

    @property
    def spans(self) -> np.ndarray:
        return np.abs(self.bright - self.dark)

    @property
    def fit(self) -> np.ndarray:
        """Whether first weights can be made for these: (raw, scaled)."""
        is_near = np.abs(self.bright + self.dark) / 2 <= _FAR * self.spans
        return (self.spans >= _LEAST) & (self.spans <= _MOST) & is_near

    def wants_raw(self, scale: float, beginning: _Beginning) -> bool | None:
        """Tell for which pixels it is made; None: cannot be told."""
        raw_fit, scaled_fit = self.fit.tolist()
        if raw_fit != scaled_fit:
            return raw_fit
        gain = float(self.spans[0]) * scale
        if not _SMALLER < gain < _LARGER:
            return gain < 1 if raw_fit or beginning.only_rescales else None
        # What moves pixels a little, and no statistics do it, is for scaled ones.
        return None if beginning.normalizes or not raw_fit else False


@dataclass
class _Beginning:
    """A network up to its first weights, and what probes become there.

    Attributes
    ----------
    pixels : ndarray of shape (4,)
        Of the probes: dark and bright, raw; dark and bright, scaled.
    ends : list of ndarray (4, n)
        What enters the first operations that are not followed.
    changing : list
        Operations that changed the probes.
    """

    pixels: np.ndarray
    ends: list = field(default_factory=list)
    changing: list = field(default_factory=list)

    @property
    def only_rescales(self) -> bool:
        return all(isinstance(op, keras.layers.Rescaling) for op in self.changing)

    @property
    def normalizes(self) -> bool:
        return any(isinstance(op, keras.layers.Normalization) for op in self.changing)

    @property
    def names(self) -> str:
        return ", ".join(repr(operation.name) for operation in self.changing[:3])

    def enter(self, network: keras.Model) -> None:
        """Push the probes through a whole network."""
        entrance = network.inputs[0]
        probes = np.empty((4, *entrance.shape[1:]), np.float32)
        probes[:] = self.pixels.reshape(-1, *[1] * (probes.ndim - 1))
        given = keras.ops.convert_to_tensor(probes, entrance.dtype)
        known = self.follow(network, {id(entrance): given})
        for output in network.outputs:
            if id(output) in known:
                self.end(known[id(output)])

    def follow(self, model: keras.Model, known: dict) -> dict:
        """Return the probes at all tensors of a model that they reach.

        ``known`` has them at its inputs, by the id of the Keras tensor.
        """
        graph = getattr(model, "_functional", model)  # a Sequential has one inside
        for depth in sorted(graph._nodes_by_depth, reverse=True):
            for node in graph._nodes_by_depth[depth]:
                came = [known[id(t)] for t in node.input_tensors if id(t) in known]
                if not came:
                    continue
                is_whole = len(came) == len(node.input_tensors)
                if is_whole and _is_graph(node.operation):
                    self._into(node, came, known)
                elif is_whole and _is_followed(node.operation):
                    self._run(node, came, known)
                else:
                    for tensor in came:
                        self.end(tensor)
        return known

    def _into(self, node, came: list, known: dict) -> None:
        model = node.operation
        entrances = map(id, model.inputs)
        inside = self.follow(model, dict(zip(entrances, came, strict=True)))
        for outer, inner in zip(node.outputs, model.outputs, strict=True):
            if id(inner) in inside:
                known[id(outer)] = inside[id(inner)]

    def _run(self, node, came: list, known: dict) -> None:
        args, kwargs = node.arguments.fill_in(known)
        if "training" in inspect.signature(node.operation.call).parameters:
            kwargs["training"] = False  # augmentation changes images by default
        results = keras.tree.flatten(node.operation(*args, **kwargs))
        known.update(zip(map(id, node.outputs), results, strict=True))
        before, after = _largest(came[0]), _largest(results[0])
        if not np.allclose(before, after, rtol=0.01, equal_nan=True):
            self.changing.append(node.operation)

    def end(self, tensor) -> None:
        """Note what enters an operation that is not followed."""
        self.ends.append(_rows(tensor))

    def change(self, rows: np.ndarray) -> _Change | None:
        """Return what has become of the probes; None: nothing that matters."""
        dark, bright = rows[::2], rows[1::2]
        # Padding is as it is, whatever the pixels are.
        rows = rows[:, (dark != bright).any(axis=0)]
        is_left = np.allclose(rows, self.pixels[:, None], rtol=0.01, atol=1e-3)
        if is_left or self._is_same(rows):
            return None
        # Single pixels may be far off: those that never change have no deviation.
        values = np.median(rows, axis=1)
        return _Change(values[::2], values[1::2])

    def _is_same(self, rows: np.ndarray) -> bool:
        """Tell whether raw and scaled pixels, other ones, have become the same."""
        is_scaled = not np.array_equal(self.pixels[:2], self.pixels[2:])
        return is_scaled and np.allclose(
            rows[:2], rows[2:], rtol=0.01, atol=1e-9, equal_nan=True
        )


def _is_graph(operation) -> bool:
    """Tell a model whose layers can be followed: one that no code of a user's calls."""
    is_model = isinstance(operation, keras.Model)
    return is_model and type(operation).call.__module__.startswith("keras.")


def _is_followed(operation) -> bool:
    """Tell an operation of Keras' own that prepares images; others begin the work."""
    if isinstance(operation, keras.layers.Layer):
        return all(_is_preparing(layer) for layer in operation._flatten_layers())
    return _is_of_keras(operation) and type(operation).__name__ in _OPERATIONS.split()


def _is_preparing(layer) -> bool:
    module = type(layer).__module__
    return _is_of_keras(layer) and any(room in module for room in _ROOMS)


def _is_of_keras(operation) -> bool:
    return type(operation).__module__.startswith("keras.")


def _rows(tensor) -> np.ndarray:
    array = keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))
    return array.reshape(len(array), -1).astype(np.float64)


def _largest(tensor) -> np.ndarray:
    """Return the number that is farthest from zero, of each image."""
    rows = _rows(tensor)
    return np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)


def _undecided(beginning: _Beginning, change: _Change) -> str:
    raw, scaled = zip(change.dark, change.bright, strict=True)
    low, high = beginning.pixels[:2]
    return (
        f"The network scales pixels by itself ({beginning.names}), but it cannot be "
        f"told for which ones it is made: as they are in X, from {low:.3g} to "
        f"{high:.3g}, they become {raw[0]:.3g} to {raw[1]:.3g}, and scaled to [0, 1], "
        f"{scaled[0]:.3g} to {scaled[1]:.3g}. Pass rescale=None to give it the pixels "
        "as they are, or take these layers out and leave the scaling to "
        "rescale='auto'."
    )


def _warn_of_misfits(beginning: _Beginning, changes: list[_Change]) -> None:
    misfit = next((change for change in changes if not change.fit[1]), None)
    if misfit is None:
        return
    warnings.warn(
        f"The network scales pixels by itself ({beginning.names}), but those of X lie "
        f"inside [-1, 1] already: 0 and 1 become {misfit.dark[1]:.3g} and "
        f"{misfit.bright[1]:.3g}. Pass pixels such as it is made for, for example "
        "np.round(np.multiply(X, 255)), or take these layers out.",
        UserWarning,
        stacklevel=2,
    )
