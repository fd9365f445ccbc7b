"""How much a file may make: its network has no more weights than the file holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

# Variables that a network may have beside its weights.
_MORE = 8

# Layers without weights, and calls of layers, in a description: so many, and so many
# more for each array of weights.
_CALLS, _CALLS_PER_ARRAY = 500, 10

# Layers that are described before what they take. Keras goes through the whole list
# again for each.
_LATE = 100

# Numbers in Keras' descriptions that say how often something is made or done.
_REPEATED = {
    "bins",
    "chain_depth",
    "indices_or_sections",
    "n",
    "num",
    "num_chains",
    "num_classes",
    "num_labels",
    "num_ops",
    "num_thresholds",
    "power_iterations",
}
_MOST = 4096


class Budget:
    """Weights that a network may have while it is built: those of its file.

    Parameters
    ----------
    arrays : sequence of ndarray
        The weights in the file. One that is named twice counts once.

    Attributes
    ----------
    is_exceeded : bool
    """

    def __init__(self, arrays):
        sizes = {id(array): array.size for array in arrays}
        self.n_arrays = len(sizes)
        self.n_numbers = sum(sizes.values())
        self.is_exceeded = False

    def __str__(self) -> str:
        return f"{self.n_arrays} arrays with {self.n_numbers} numbers in all"

    def build(self, build: Callable):
        """Return what ``build`` returns, or raise before it makes too much.

        The weights are zero: those of the file take their place. Their shapes are
        found in a graph that never runs, so that nothing large is made before.
        """
        from skcnn.keras_door import tf

        scratch = tf.Graph()
        arrays, numbers = self.n_arrays + _MORE, self.n_numbers + _MORE

        def create(next_creator, **kwargs):
            nonlocal arrays, numbers
            make = kwargs["initial_value"]
            is_seed = "seed_generator" in (kwargs.get("name") or "")
            if is_seed or not callable(make):  # then it is in memory already
                return next_creator(**kwargs)
            with scratch.as_default():
                value = make()
            arrays, numbers = arrays - 1, numbers - math.prod(value.shape)
            if min(arrays, numbers) < 0:
                self.is_exceeded = True
                raise ValueError(f"it has more weights than {self}")
            kwargs["initial_value"] = lambda: tf.zeros(value.shape, value.dtype)
            return next_creator(**kwargs)

        with tf.variable_creator_scope(create):
            return build()


def check_repeats(description) -> None:
    """Raise for a description by Keras with a number that would keep it busy."""
    for node in _dicts_in(description):
        for key in _REPEATED & set(node):
            value = node[key]
            if isinstance(value, (int, float)) and value > _MOST:
                raise ValueError(
                    f"has a part of Keras that cannot be: {key}={value!r}, and "
                    f"{_MOST} is the most that is taken from a file"
                )


def check_calls(description, n_arrays: int) -> None:
    """Raise for a description with more layers than its weights account for."""
    n_calls = n_late = 0
    for node in _dicts_in(description):
        layers, calls = node.get("layers", []), node.get("inbound_nodes", [])
        n_calls += len(layers) + len(calls)
        n_late += _count_late(layers)
    most = _CALLS + _CALLS_PER_ARRAY * n_arrays
    if n_calls > most:
        raise ValueError(
            f"has a network that cannot be: {n_calls} layers and calls of layers, "
            f"and {most} are the most for {n_arrays} arrays of weights"
        )
    if n_late > _LATE:
        raise ValueError(
            f"has a network that cannot be: {n_late} of its layers take what later "
            f"ones give, and {_LATE} may"
        )


def _count_late(layers: list[dict]) -> int:
    """Count layers that take what one gives that is described after them."""
    places = {layer.get("name"): place for place, layer in enumerate(layers)}
    n_late = 0
    for place, layer in enumerate(layers):
        taken = _dicts_in(layer.get("inbound_nodes"))
        origins = [one["keras_history"][0] for one in taken if "keras_history" in one]
        n_late += any(places.get(origin, -1) > place for origin in origins)
    return n_late


def _dicts_in(part) -> Iterator[dict]:
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _dicts_in(one)
