"""What an autoencoder is trained to give back: its images, without the noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skcnn.keras_door import keras, tf

NOISES = ("gaussian", "background")


@dataclass(frozen=True)
class Reconstruction:
    """The task of an autoencoder, as far as it is baked into a graph.

    Attributes
    ----------
    noise_kind : str
        One of ``NOISES``.
    noise : float
        How much of it training images get, in units of scaled pixels; 0: none.
    limits : tuple of float
        Smallest and largest scaled pixel.
    clean_dtype : str or None
        NumPy name of the clean images' dtype; None: each image is its own target.
    """

    noise_kind: str = "gaussian"
    noise: float = 0.0
    limits: tuple[float, float] = (0.0, 1.0)
    clean_dtype: str | None = None

    def augmentation(self) -> Callable | None:
        """Return ``(images, targets, seed) -> (noisy images, targets)``, or None."""
        if not self.noise:
            return None
        add_noise = {"gaussian": self._gaussian, "background": self._background}
        add = add_noise[self.noise_kind]
        return lambda images, targets, seed: (add(images, seed), targets)

    def _gaussian(self, images, seed):
        """Add normal noise of this standard deviation, and stay inside the limits."""
        noise = tf.random.stateless_normal(tf.shape(images), seed, stddev=self.noise)
        return tf.clip_by_value(images + noise, *self.limits)

    def _background(self, images, seed):
        """Keep of each pixel and a uniform background the brighter one, as TN does."""
        low, high = self.limits
        top = low + self.noise * (high - low)
        noise = tf.random.stateless_uniform(tf.shape(images), seed, low, top)
        return tf.maximum(images, noise)


def find_limits(scaling, images: np.ndarray, clean: np.ndarray | None):
    """Return the range of scaled pixels: [0, 1], [-1, 1], or as they are.

    Parameters
    ----------
    scaling : tuple
        Begins with scale and offset.
    images, clean : ndarray of shape (n, h, w, c)
    """
    scale, offset = scaling[:2]
    arrays = [images] if clean is None else [images, clean]
    low = min(float(array.min()) for array in arrays) * scale + offset
    high = max(float(array.max()) for array in arrays) * scale + offset
    # Rounding counts for nothing, nor does a set without black or without white.
    for limits in ((0.0, 1.0), (-1.0, 1.0)):
        if low >= limits[0] - 1e-6 and high <= limits[1] + 1e-6:
            return limits
    return low, high


def reconstruction_loss() -> keras.losses.Loss:
    """Return the mean squared error over all pixels, in scaled units."""
    # The dtype is said, because Keras' global one may be another.
    return keras.losses.MeanSquaredError(name="mse", dtype="float32")
