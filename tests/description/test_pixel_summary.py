import numpy as np
import pytest

from skcnn.base import scaling
from skcnn.description._duplicates import hash_rows
from skcnn.description._pixel_summary import PixelSummary


@pytest.fixture
def small_chunks(monkeypatch):
    """Make a chunk of nine float64 two images."""
    monkeypatch.setattr(scaling, "_CHUNK_BYTES", 150)


@pytest.fixture
def images():
    """Give 7 images of 3x3 fractions, with some missing, and one constant image."""
    images = np.random.default_rng(0).normal(size=(7, 3, 3))
    images[2] = 0.5
    images[5, 0, 0] = np.nan
    images[6, 1] = np.inf, -np.inf, np.nan
    return images


@pytest.mark.usefixtures("small_chunks")
def test_chunks_give_what_all_at_once_would(images):
    images = images[..., None]
    assert len(list(scaling.chunks(images))) == 4
    summary = PixelSummary(images)
    finite = images[np.isfinite(images)]
    assert summary.minimum == finite.min()
    assert summary.maximum == finite.max()
    assert summary.mean == pytest.approx(finite.mean())
    assert (summary.n_missing, summary.n_infinite) == (2, 2)
    assert summary.constant_rows.tolist() == [2]
    assert summary.incomplete_rows.tolist() == [5, 6]
    np.testing.assert_array_equal(summary.hashes, hash_rows(images.reshape(7, 9)))
