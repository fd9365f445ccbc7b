"""Histograms of oriented gradients of many images at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# scikit-image's, so that a block without any edge is not divided by zero.
_EPSILON = 1e-5

# Largest entry of a block in "L2-Hys" (Dalal and Triggs, 2005).
_CLIP = 0.2

# Pixels that are worked on at once: their float64 temporaries stay in the cache.
_CHUNK_PIXELS = 2**17


def hog(
    images: np.ndarray,
    orientations: int,
    cell: tuple[int, int],
    block: tuple[int, int],
    block_norm: str,
) -> np.ndarray:
    """Describe images by the directions of their edges, cell by cell.

    The numbers are those of ``skimage.feature.hog``, computed for many images in one
    go instead of one by one.

    Parameters
    ----------
    images : ndarray of shape (n, h, w, c)
        Pixels of any scale. Of several channels each pixel takes the one with the
        steepest gradient.
    orientations : int
        Bins of the angle between 0 and 180 degrees.
    cell : tuple (height, width)
        Pixels per cell; pixels beyond the last whole cell take no part.
    block : tuple (height, width)
        Cells per block; blocks overlap in all but one row or column of cells.
    block_norm : {"L1", "L1-sqrt", "L2", "L2-Hys"}
        Norm that every block is divided by.

    Returns
    -------
    ndarray of shape (n, blocks down * blocks across * cells of a block * orientations)
        float32.
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
