"""Check the ``augment`` parameter, without starting TensorFlow."""

from __future__ import annotations

AUGMENTATIONS = ("flip", "shift", "rotate", "zoom", "erase", "mixup", "cutmix")

# Largest shift as a part of the side: 2 pixels of 28, 1 of 8.
SHIFT = 0.07


def check_augment(augment):
    """Return None, a tuple of names, or the Keras layer that came.

    Raises
    ------
    ValueError
        For an unknown name.
    TypeError
        For anything that is neither names nor a Keras layer.
    """
    if augment is None:
        return None
    if isinstance(augment, str):
        augment = (augment,)
    if isinstance(augment, (tuple, list)):
        for name in augment:
            if name not in AUGMENTATIONS:
                raise ValueError(
                    f"augment holds {name!r}; known are {list(AUGMENTATIONS)}, one or "
                    "a tuple of them, or a Keras layer."
                )
        return tuple(augment) or None
    is_layer = hasattr(augment, "get_config") and callable(augment)
    if not is_layer or isinstance(augment, type):
        raise TypeError(
            f"augment={augment!r} is neither None, names out of {list(AUGMENTATIONS)}, "
            "nor a Keras layer. Make one of a class by calling it, RandomFlip(), of a "
            "function by keras.layers.Lambda(function)."
        )
    return augment


def flips(augment) -> bool:
    """Tell whether an ``augment`` names the flip."""
    return augment == "flip" or (
        isinstance(augment, (tuple, list)) and "flip" in augment
    )
