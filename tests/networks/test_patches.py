"""The network of patches, whose only weights are its filters."""

import numpy as np
import pytest

from skcnn.networks import CONTRAST_FLOOR, build_patches


def run(network, images, filters):
    network.set_weights([filters])
    return network(images.astype(np.float32)).numpy()


def by_hand(images, filters, pool):
    """Return the features, patch by patch; the grid must fit the map."""
    n, h, w, _ = images.shape
    height, width, _, n_filters = filters.shape
    down, across = h - height + 1, w - width + 1
    maps = np.empty((n, down, across, 2 * n_filters))
    for i in range(down):
        for j in range(across):
            patch = images[:, i : i + height, j : j + width].reshape(n, -1)
            response = patch @ filters.reshape(-1, n_filters)
            response /= np.sqrt(patch.var(axis=1, keepdims=True) + CONTRAST_FLOOR)
            maps[:, i, j] = np.maximum(np.hstack([response, -response]), 0)
    cells = maps.reshape(n, pool[0], down // pool[0], pool[1], across // pool[1], -1)
    return np.sqrt(cells.mean(axis=(2, 4))).reshape(n, -1)


@pytest.mark.parametrize(
    ("shape", "patch_size", "pool"),
    [
        ((9, 9, 1), (4, 4), (3, 3)),
        ((7, 8, 3), (2, 5), (3, 2)),
        ((1, 6, 1), (1, 3), (1, 2)),
        ((1, 1, 1), (1, 1), (1, 1)),
    ],
)
def test_features_are_those_of_each_patch(shape, patch_size, pool):
    rng = np.random.default_rng(0)
    images, filters = (
        rng.normal(size=(5, *shape)),
        rng.normal(size=(*patch_size, shape[2], 4)),
    )
    found = run(build_patches(shape, 4, patch_size, pool), images, filters)
    np.testing.assert_allclose(
        found, by_hand(images, filters, pool), rtol=1e-3, atol=1e-3
    )


def test_borders_are_mirrored_where_the_grid_does_not_fit():
    rng = np.random.default_rng(0)
    images, filters = rng.normal(size=(3, 8, 9, 2)), rng.normal(size=(3, 3, 2, 4))
    # 6 x 7 places, and 8 x 8 of a grid of 4 x 4.
    found = run(build_patches((8, 9, 2), 4, (3, 3), (4, 4)), images, filters)
    larger = np.pad(images, [(0, 0), (1, 1), (0, 1), (0, 0)], mode="symmetric")
    np.testing.assert_allclose(
        found, by_hand(larger, filters, (4, 4)), rtol=1e-3, atol=1e-3
    )


def test_a_flat_image_has_no_features():
    network = build_patches((6, 6, 1), 2, (3, 3), (2, 2))
    filters = np.random.default_rng(0).normal(size=(3, 3, 1, 2))
    filters -= filters.mean(axis=(0, 1, 2))
    assert np.abs(run(network, np.full((2, 6, 6, 1), 3.0), filters)).max() < 1e-2
