"""Images to histograms of oriented gradients."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skcnn.base.blocks import to_pair
from skcnn.base.images import check_images
from skcnn.base.memory import machine_memory
from skcnn.base.sklearn_callbacks import CallbackSupportMixin, tells_of_fit
from skcnn.base.unchanged import unchanged_on_error

# scikit-image's, so that a block without any edge is not divided by zero.
_EPSILON = 1e-5

# Largest entry of a block in "L2-Hys" (Dalal and Triggs, 2005).
_CLIP = 0.2

# Pixels that are worked on at once: their float64 temporaries stay in the cache.
_CHUNK_PIXELS = 2**17


class HOGFeatures(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """Histograms of oriented gradients (HOG).

    An image is cut into cells; each cell counts the directions of its edges, weighted
    by their steepness; overlapping blocks of cells are normalised. With the defaults,
    on 28x28 images::

        (28, 28, 1) -> 7 x 7 cells of 6 directions -> 6 x 6 blocks of 2 x 2 cells
        -> 864 features

    The features are those of ``skimage.feature.hog``, computed some twenty times
    faster for many images at once. The scale of the pixels has no influence on them.

    Parameters
    ----------
    orientations : int, default=6
        Bins of the angle, from 0 to 180 degrees.
    pixels_per_cell : int or tuple (height, width), default=4
        Size of a cell, in pixels. Pixels beyond the last whole cell take no part.
    cells_per_block : int or tuple (height, width), default=2
        Size of a block, in cells.
    block_norm : {"L1-sqrt", "L1", "L2", "L2-Hys"}, default="L1-sqrt"
        Norm that a block is divided by. "L1-sqrt" takes the square root after "L1";
        "L2-Hys" is "L2", cut at 0.2, and "L2" again.
    image_shape : tuple (h, w) or (h, w, c), optional
        Shape of one image, for flat rows; else it is read off ``X``.

    Attributes
    ----------
    image_shape_ : tuple (h, w, c)
        Shape of one image. Of several channels, every pixel counts the one with the
        steepest edge.
    n_features_in_ : int
        Pixels per image, h * w * c.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns, where ``X`` was a DataFrame with text column names.

    See Also
    --------
    SVMClassifier : ``features="hog"`` uses these features with their defaults.

    Notes
    -----
    The defaults were chosen by cross-validation of an SVM on 6000 training images of
    Fashion-MNIST; images of 8x8 pixels want smaller cells. Images that are one line of
    pixels have cells and blocks clipped to the line.

    References
    ----------
    .. [1] N. Dalal and B. Triggs, "Histograms of oriented gradients for human
       detection", CVPR 2005.

    Examples
    --------
    >>> from skcnn import HOGFeatures
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> HOGFeatures(cells_per_block=1).fit_transform(X).shape
    (1797, 24)
    """

    _parameter_constraints: dict = {
        "orientations": [Interval(Integral, 1, None, closed="left")],
        "pixels_per_cell": [Integral, "array-like"],
        "cells_per_block": [Integral, "array-like"],
        "block_norm": [StrOptions({"L1", "L1-sqrt", "L2", "L2-Hys"})],
        "image_shape": [None, "array-like"],
    }

    def __init__(
        self,
        *,
        orientations=6,
        pixels_per_cell=4,
        cells_per_block=2,
        block_norm="L1-sqrt",
        image_shape=None,
    ):
        self.orientations = orientations
        self.pixels_per_cell = pixels_per_cell
        self.cells_per_block = cells_per_block
        self.block_norm = block_norm
        self.image_shape = image_shape

    # What a fit leaves, and of which kind; `save` writes it and `load` checks it.
    _fitted_attributes: dict = {
        "image_shape_": "3 sizes",
        "n_features_in_": "count",
        "_cell": "2 sizes",
        "_block": "2 sizes",
        "_n_features_out": "count",
    }

    @tells_of_fit()
    def fit(self, X, y=None):
        """Look at the shape of the images; there is nothing else to learn.

        Parameters
        ----------
        X : array-like
            Images of shape (n, h, w) or (n, h, w, c), flat rows (n, h*w*c), a
            DataFrame with one column per pixel, or a list of equally sized arrays.
        y : object, optional
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For images that are too small for one block, and for more features than
            the machine has memory for.
        """
        with unchanged_on_error(self):
            self._validate_params()
            check_images(self, X, reset=True)
            self._cell, self._block = _fit_cells(
                self.image_shape_,
                to_pair("pixels_per_cell", self.pixels_per_cell),
                to_pair("cells_per_block", self.cells_per_block),
            )
            steps = [
                side // cell - block + 1
                for side, cell, block in zip(
                    self.image_shape_, self._cell, self._block, strict=False
                )
            ]
            n_bins = self._block[0] * self._block[1] * self.orientations
            self._n_features_out = steps[0] * steps[1] * n_bins
            self._check_memory(1)
        return self

    def _check_memory(self, n_images: int) -> None:
        n_bytes = n_images * self._n_features_out * np.dtype(np.float32).itemsize
        if n_bytes > machine_memory():
            raise ValueError(
                f"orientations={self.orientations} and the sizes of cells and blocks "
                f"make {self._n_features_out} features of an image, which are "
                f"{n_bytes / 1e9:,.0f} GB for {n_images} of them, more than this "
                "machine's memory. Use fewer orientations (6 to 18 are usual), larger "
                "pixels_per_cell, or fewer images at once."
            )

    def transform(self, X):
        """Return the features.

        Parameters
        ----------
        X : array-like
            Images, in any layout.

        Returns
        -------
        ndarray of shape (n, n_features_out), float32
            Block by block, in it cell by cell, in it direction by direction.
        """
        check_is_fitted(self)
        images = check_images(self, X, reset=False)
        self._check_memory(len(images))
        return _hog(images, self.orientations, self._cell, self._block, self.block_norm)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _fit_cells(image_shape, cell, block):
    """Return sizes of cell and block that fit the image, or raise naming the cure.

    Where the image is one line of pixels, both are clipped to it.
    """
    sides = image_shape[:2]
    if 1 in sides:
        cell = tuple(map(min, cell, sides))
        block = tuple(
            min(b, s // c) for b, s, c in zip(block, sides, cell, strict=True)
        )
    needed = tuple(c * b for c, b in zip(cell, block, strict=True))
    if needed[0] > sides[0] or needed[1] > sides[1]:
        raise ValueError(
            f"Images of {sides[0]} x {sides[1]} pixels are too small for blocks of "
            f"{block[0]} x {block[1]} cells of {cell[0]} x {cell[1]} pixels, which "
            f"need {needed[0]} x {needed[1]}. Use smaller pixels_per_cell or "
            "cells_per_block, or larger images."
        )
    return cell, block


def _hog(
    images: np.ndarray,
    orientations: int,
    cell: tuple[int, int],
    block: tuple[int, int],
    block_norm: str,
) -> np.ndarray:
    """Return the features of images (n, h, w, c), in float32.

    ``cell`` is in pixels, ``block`` in cells, both down and across.
    """
    n, h, w, _ = images.shape
    cells = h // cell[0], w // cell[1]
    steps = cells[0] - block[0] + 1, cells[1] - block[1] + 1
    n_in_block = block[0] * block[1] * orientations
    features = np.empty((n, *steps, n_in_block), np.float32)
    for rows in _chunks(n, h * w):
        down, across = _gradients(images[rows])
        histograms = _histograms(down, across, orientations, cell, cells)
        blocks = sliding_window_view(histograms, block, axis=(1, 2))
        blocks = np.moveaxis(blocks, 3, -1).reshape(-1, *steps, n_in_block)
        features[rows] = _normalised(blocks, block_norm)
    return features.reshape(n, -1)


def _chunks(n: int, n_pixels: int) -> Iterator[slice]:
    step = max(1, _CHUNK_PIXELS // n_pixels)
    return (slice(start, start + step) for start in range(0, n, step))


def _gradients(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return differences down and across of every pixel, (n, h, w); zero at borders."""
    # Floats keep their type until here: rounding decides where an edge of 45 degrees
    # is counted, and it shall do so as in scikit-image.
    images = images if images.dtype.kind == "f" else images.astype(np.float64)
    down, across = np.zeros_like(images), np.zeros_like(images)
    down[:, 1:-1] = images[:, 2:] - images[:, :-2]
    across[:, :, 1:-1] = images[:, :, 2:] - images[:, :, :-2]
    if images.shape[-1] == 1:
        return down[..., 0], across[..., 0]
    steepest = (down**2 + across**2).argmax(axis=-1)[..., np.newaxis]
    down = np.take_along_axis(down, steepest, axis=-1)
    across = np.take_along_axis(across, steepest, axis=-1)
    return down[..., 0], across[..., 0]


def _histograms(down, across, orientations, cell, cells) -> np.ndarray:
    """Return the mean magnitude per cell and bin, (n, cells down, across, bins)."""
    used = np.s_[:, : cells[0] * cell[0], : cells[1] * cell[1]]
    down, across = down[used].astype(np.float64), across[used].astype(np.float64)
    angle = np.rad2deg(np.arctan2(down, across))
    angle += 180 * (angle < 0)
    bins = (angle / (180 / orientations)).astype(np.intp)
    bins[bins >= orientations] = 0  # 180 degrees are none
    # The number of each pixel's cell, counted through all images.
    n_cells = cells[0] * cells[1]
    row = np.arange(cells[0]).repeat(cell[0])[:, np.newaxis] * cells[1]
    column = np.arange(cells[1]).repeat(cell[1])
    image = np.arange(len(down))[:, np.newaxis, np.newaxis] * n_cells
    sums = np.bincount(
        ((image + (row + column)) * orientations + bins).ravel(),
        np.sqrt(down**2 + across**2).ravel(),
        len(down) * n_cells * orientations,
    )
    return sums.reshape(-1, *cells, orientations) / (cell[0] * cell[1])


def _normalised(blocks: np.ndarray, block_norm: str) -> np.ndarray:
    """Divide each block, the last axis, by its norm."""
    if block_norm.startswith("L1"):
        blocks = blocks / (blocks.sum(axis=-1, keepdims=True) + _EPSILON)
        return np.sqrt(blocks) if block_norm == "L1-sqrt" else blocks
    blocks = blocks / _length(blocks)
    if block_norm == "L2-Hys":
        blocks = np.minimum(blocks, _CLIP)
        blocks /= _length(blocks)
    return blocks


def _length(blocks: np.ndarray) -> np.ndarray:
    squares = np.einsum("...i,...i", blocks, blocks)
    return np.sqrt(squares + _EPSILON**2)[..., np.newaxis]
