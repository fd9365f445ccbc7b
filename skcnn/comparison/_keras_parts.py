"""What decides the results of Keras' objects: settings, weights, own layers."""

from __future__ import annotations

import re


def keras_parts(value) -> list:
    """Return type, settings, weights, layers' types, and what a model is compiled with.

    Raises
    ------
    NotImplementedError
        For an object whose class does not say its settings (``get_config``).
    """
    parts = [type(value), _settings(value)]
    if hasattr(value, "get_weights"):
        parts += value.get_weights()
    if hasattr(value, "_flatten_layers"):
        parts += map(type, value._flatten_layers(include_self=False))
    if getattr(value, "compiled", False):
        # The optimizer itself too: its learning rate may be another one by now.
        compiled = without_counts(value.get_compile_config())
        parts += [compiled, value.optimizer, value.loss]
    return parts


def _settings(value):
    if type(value).__name__ == "Functional":
        from skcnn.training.custom import keras_config

        described = keras_config(value)
        if described is not None:
            return described
    return without_counts(value.get_config())


def without_counts(config):
    """Drop what Keras counts up as it makes objects: "random_flip_2"."""
    if isinstance(config, dict):
        return {
            name: re.sub(r"_\d+$", "", part)
            if name == "name" and isinstance(part, str)
            else without_counts(part)
            for name, part in config.items()
        }
    if isinstance(config, (list, tuple)):
        return [without_counts(part) for part in config]
    return config
