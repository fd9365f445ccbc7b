"""A network written down as a list of layers, for the systems of the reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skcnn.keras_door import keras
from skcnn.networks._common_layers import LAST, to_logits

keras_layers = keras.layers


def build_stack(
    input_shape: tuple[int, int, int], n_classes: int, layers: Sequence[tuple]
) -> keras.Model:
    """Return one layer after the other, then logits.

    All layers are Keras' own with Keras' own initial weights (Glorot) and Keras' batch
    normalisation (momentum 0.99), which is what the reports used.

    Parameters
    ----------
    input_shape : tuple (h, w, c)
    n_classes : int
    layers : sequence of tuples
        Each is the name of a layer and its arguments:

        - ``("conv", filters, kernel_size, padding, activation="relu")``
        - ``("dense", units, activation="relu")``
        - ``("batch_norm",)``, ``("dropout", rate)``
        - ``("max_pool", size)``
        - ``("flatten",)``, ``("average",)``: from maps (h, w, c) to h * w * c numbers,
          or to c means.

    Returns
    -------
    keras.Model
        ``(n, h, w, c) float32 -> (n, n_classes) float32`` logits.

    Raises
    ------
    ValueError
        For a layer of another name.

    Examples
    --------
    >>> from skcnn.networks import build_stack
    >>> b1 = (("conv", 32, 3, "valid"), ("max_pool", 2), ("flatten",), ("dense", 64))
    >>> build_stack((28, 28, 1), 5, b1).count_params()
    346821
    """
    images = keras.Input(input_shape, name="images")
    logits = to_logits(stacked(images, layers), n_classes)
    return keras.Model(images, logits, name="stack")


def stacked(x: keras.KerasTensor, layers: Sequence[tuple]) -> keras.KerasTensor:
    """Apply layers, described as in :func:`build_stack`, one after the other."""
    for name, *arguments in layers:
        if name not in _LAYERS:
            raise ValueError(
                f"layers holds {(name, *arguments)!r}; each entry begins with one of "
                f"{sorted(_LAYERS)}."
            )
        x = _LAYERS[name](*arguments)(x)
    return x


def _conv(filters: int, kernel_size: int, padding: str, activation: str = "relu"):
    return keras_layers.Conv2D(
        filters, kernel_size, padding=padding, activation=activation, **LAST
    )


def _dense(units: int, activation: str = "relu"):
    return keras_layers.Dense(units, activation=activation)


_LAYERS: dict[str, Callable[..., keras.Layer]] = {
    "conv": _conv,
    "dense": _dense,
    "batch_norm": lambda: keras_layers.BatchNormalization(axis=-1),
    "dropout": keras_layers.Dropout,
    "max_pool": lambda size: keras_layers.MaxPooling2D(size, **LAST),
    "flatten": lambda: keras_layers.Flatten(**LAST),
    "average": lambda: keras_layers.GlobalAveragePooling2D(**LAST),
}
