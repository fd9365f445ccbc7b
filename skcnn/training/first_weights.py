"""First weights that are not drawn: of the training images, or of the identity."""

from __future__ import annotations

import numpy as np

from skcnn.keras_door import keras
from skcnn.networks import WHITENING
from skcnn.training.data import TrainingData

# Images whose patches are looked at, and patches of each, evenly spread.
_N_IMAGES, _N_PATCHES = 1000, 400
_AT_A_TIME = 10

# Added to every variance, as a part of their mean: what hardly varies is mostly noise.
_EPSILON = 0.1


def whiten(
    model: keras.Model, data: TrainingData, scaling: tuple[float, float]
) -> None:
    """Give the layer ``"whitening"``, where there is one, its filters.

    Parameters
    ----------
    model : keras.Model
    data : TrainingData
        The rows to train on, without those that are held out.
    scaling : tuple of float
        Scale and offset of the pixels.
    """
    for layer in model.layers:
        if layer.name == WHITENING:
            kernel, bias = whitening(data, scaling, layer.kernel.shape)
            layer.kernel.assign(kernel)
            layer.bias.assign(bias)


def whiten_and_pass_on(
    model: keras.Model, data: TrainingData, scaling: tuple[float, float]
) -> None:
    """Do the same, and let each convolution that is normalised pass its input on.

    So it does as far as it has filters for that, and the filters that are left stay as
    they were drawn (dirac initialisation: Zagoruyko and Komodakis, 2017).
    """
    whiten(model, data, scaling)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and not layer.use_bias:
            layer.kernel.assign(passing_on(layer.kernel.numpy()))


def passing_on(kernel: np.ndarray) -> np.ndarray:
    """Return a kernel (h, w, c, filters) whose first filters give back the channels.

    Examples
    --------
    >>> passing_on(np.full((3, 1, 1, 2), 9.0))[..., 0].ravel()
    array([0., 1., 0.])
    """
    kernel = kernel.copy()
    height, width, n_channels, n_filters = kernel.shape
    same = np.arange(min(n_channels, n_filters))
    kernel[..., same] = 0
    kernel[(height - 1) // 2, (width - 1) // 2, same, same] = 1
    return kernel


def whitening(
    data: TrainingData, scaling: tuple[float, float], shape: tuple[int, int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return kernel and bias of a convolution that whitens patches, in both signs.

    Its filters are the principal components of the patches, largest first, divided by
    their standard deviations; then the same with the other sign, so that a rectifier
    loses nothing. Coates, Lee and Ng (2011) whiten patches so; as the fixed first layer
    of a network: Page, "How to train your ResNet" (2019).

    Parameters
    ----------
    data : TrainingData
        Some of its images are enough; its weights count.
    scaling : tuple of float
    shape : tuple (h, w, c, n_filters)
        Of the kernel; an even number of filters, at most 2 * h * w * c.

    Returns
    -------
    kernel : ndarray of shape (h, w, c, n_filters)
    bias : ndarray of shape (n_filters,)
    """
    mean, covariance = _moments(data, scaling, shape[:2])
    variances, components = np.linalg.eigh(covariance)
    components = components[:, ::-1][:, : shape[3] // 2]
    variances = variances[::-1][: shape[3] // 2]
    # An eigenvector's sign is anybody's; one side of a line through all is taken.
    components *= np.sign(np.cos(np.arange(len(mean))) @ components) + 0.0
    # Images of one colour have no variance but what rounding leaves.
    varies = np.trace(covariance) > 1e-10 * mean @ mean
    noise = _EPSILON * np.trace(covariance) / len(mean) if varies else 1.0
    filters = components / np.sqrt(np.maximum(variances, 0) + noise)
    filters = np.hstack([filters, -filters])
    return filters.reshape(shape), -mean @ filters


def _moments(data, scaling, patch_size) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the scaled patches, weighted as their images are.

    Summed by one thread, in one order, so that the bits do not depend on the threads.
    """
    some = np.linspace(0, len(data) - 1, min(len(data), _N_IMAGES)).astype(int)
    rows = data.indices[some]
    total = sums = products = 0.0
    for start in range(0, len(rows), _AT_A_TIME):
        part = rows[start : start + _AT_A_TIME]
        patches = _patches(data.images[part], patch_size)
        patches = patches * np.float64(scaling[0]) + scaling[1]
        weights = np.ones(len(part))
        if data.sample_weight is not None:
            weights = data.sample_weight[part].astype(np.float64)
        weights = np.repeat(weights, len(patches) // len(part))
        weighted = patches * weights[:, None]
        total += weights.sum()
        sums += weighted.sum(axis=0)
        products += np.einsum("ni,nj->ij", weighted, patches)
    mean = sums / total
    return mean, products / total - np.outer(mean, mean)


def _patches(images: np.ndarray, patch_size) -> np.ndarray:
    """Return evenly spread patches of images, in turn, as rows (h, w, c)."""
    windows = np.lib.stride_tricks.sliding_window_view(images, patch_size, (1, 2))
    step = max(1, round((windows.shape[1] * windows.shape[2] / _N_PATCHES) ** 0.5))
    windows = windows[:, ::step, ::step].transpose(0, 1, 2, 4, 5, 3)
    return windows.reshape(-1, np.prod(windows.shape[3:]))
