"""The first convolution of a fitted network: its kernels, and what it gives."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from skcnn.keras_door import keras
from skcnn.training.layers import last_call
from skcnn.training.spec import built_with


class Convolution(NamedTuple):
    """A convolution, and the way to it through networks that are layers of others.

    Attributes
    ----------
    way : tuple of (keras.Model, keras.Layer)
        Each network with its layer that leads on; the last one is the convolution.
    """

    way: tuple[tuple[keras.Model, Any], ...]

    @property
    def kernels(self) -> np.ndarray:
        """Kernels of shape (height, width, channels, filters), float32."""
        return np.asarray(self.way[-1][1].kernel, dtype=np.float32)

    def maps(self, images: np.ndarray) -> np.ndarray:
        """Return what it gives for the network's images, (n, h', w', filters), float32.

        Parameters
        ----------
        images : ndarray of shape (n, h, w, c)
        """
        x = images.astype(np.float32)
        convolution = self.way[-1][1]
        for network, layer in self.way:
            call = last_call(network, layer)
            is_last = layer is convolution
            tensors = call.output_tensors if is_last else call.input_tensors
            with built_with("float32"):
                part = keras.Model(network.inputs[0], tensors[0])
            x = part(x, training=False)
        return keras.ops.convert_to_numpy(x).astype(np.float32)


def first_convolution(network: keras.Model) -> Convolution | None:
    """Return the first two-dimensional convolution from the image on, or None.

    Networks inside are entered; those without a graph (subclasses of ``keras.Model``)
    cannot be, since only their code knows the order of their layers.
    """
    if isinstance(network, keras.Sequential):
        network = keras.Model(network.inputs, network.outputs)
    if not hasattr(network, "_nodes_by_depth"):
        return None
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            return Convolution(((network, layer),))
        found = first_convolution(layer) if isinstance(layer, keras.Model) else None
        if found:
            return Convolution(((network, layer), *found.way))
    return None
