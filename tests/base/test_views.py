"""Views of images, and what is said of them on average."""

import numpy as np
import pytest

from skcnn.base.augment import flips
from skcnn.base.views import mean_over_views


@pytest.fixture
def images():
    """Give 700 images (6, 5, 2), all pixels different."""
    return np.random.default_rng(0).permutation(42_000).reshape(700, 6, 5, 2)


def corners(images):
    """Say of images what stands in two of their corners."""
    return np.hstack([images[:, 0, 0], images[:, -1, -1]]).astype(float)


@pytest.mark.parametrize("mirrors", [False, True])
@pytest.mark.parametrize("piece_bytes", [1, 2**15, 2**22])
def test_pieces_say_what_the_whole_says(images, mirrors, piece_bytes, monkeypatch):
    expected = mean_over_views(corners, images, mirrors)
    sizes = []

    def noted(views):
        sizes.append(len(views))
        return corners(views)

    monkeypatch.setattr("skcnn.base.views._PIECE_BYTES", piece_bytes)
    np.testing.assert_array_equal(mean_over_views(noted, images, mirrors), expected)
    assert len(expected) == 700
    # Whole batches, and so the network sums as it does without views.
    assert max(sizes) == {1: 256, 2**15: 256, 2**22: 700}[piece_bytes]


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int32"])
def test_views_have_the_pixels_of_their_image(images, dtype):
    images = (images % 251).astype(dtype)
    seen = []

    def noted(views):
        seen.append(views)
        return corners(views)

    before = images.copy()
    mean_over_views(noted, images, mirrors=True)
    assert len({view.tobytes() for view in seen}) == len(seen)
    for view in seen:
        assert view.dtype == images.dtype
        assert view.shape == images.shape
        for one, of in zip(view[:9], images[:9], strict=True):
            assert set(one.ravel()) <= set(of.ravel())
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize(
    ("side", "pixels"), [(2, 1), (8, 1), (28, 1), (64, 2), (224, 8)]
)
def test_a_shift_is_half_of_the_largest_in_training(side, pixels):
    images = np.zeros((1, side, 3, 1))
    images[:, side // 2] = 1
    rows = []
    mean_over_views(
        lambda views: rows.append(np.flatnonzero(views[0, :, 1, 0])) or views[:, 0, 0],
        images,
        mirrors=False,
    )
    middle = side // 2
    moved = {int(row) - middle for found in rows for row in found}
    assert {0, -pixels} <= moved <= {0, -pixels, pixels}


def test_a_flip_is_known_by_its_name():
    assert flips("flip")
    assert flips(("shift", "flip"))
    assert flips(["flip"])
    assert not any(map(flips, [None, "shift", (), ("shift",), object()]))
