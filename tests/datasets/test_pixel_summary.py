import numpy as np
import pytest

from skcnn.datasets import _image_rows
from skcnn.datasets._image_rows import open_images
from skcnn.datasets._pixel_summary import PixelSummary, fingerprints


@pytest.fixture
def small_chunks(monkeypatch):
    """Make a chunk of 9-pixel images two rows."""
    monkeypatch.setattr(_image_rows, "_CHUNK_PIXELS", 20)


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
    assert len(list(open_images(images, "X").chunks())) == 4
    summary = PixelSummary(open_images(images, "X"))
    finite = images[np.isfinite(images)]
    assert summary.minimum == finite.min()
    assert summary.maximum == finite.max()
    assert summary.mean == pytest.approx(finite.mean())
    assert (summary.n_missing, summary.n_infinite) == (2, 2)
    assert summary.constant_rows.tolist() == [2]
    assert summary.incomplete_rows.tolist() == [5, 6]
    np.testing.assert_array_equal(
        summary.fingerprints, fingerprints(images.reshape(7, 9))
    )


@pytest.mark.usefixtures("small_chunks")
def test_the_type_holds_the_pixels_of_all_chunks():
    images = [np.zeros((3, 3), np.uint8)] * 4 + [np.zeros((3, 3), np.float32)]
    assert PixelSummary(open_images(images, "X")).dtype == np.float32


def test_fingerprints_tell_images_apart_by_any_single_pixel():
    rows = np.concatenate([np.zeros((1, 50), np.uint8), np.eye(50, dtype=np.uint8)])
    assert len(np.unique(fingerprints(rows))) == 51
    assert len(np.unique(fingerprints(rows / 2))) == 51


@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64, np.float16, np.float64])
def test_fingerprints_know_values_and_not_types(dtype):
    rows = np.random.default_rng(0).integers(0, 2, (20, 9), dtype=np.uint8)
    expected = fingerprints(rows)
    np.testing.assert_array_equal(fingerprints(rows.astype(dtype)), expected)
    np.testing.assert_array_equal(fingerprints(np.asfortranarray(rows)), expected)


def test_a_row_has_its_fingerprint_in_whatever_company():
    rows = np.array([[0, 255.0], [0.5, 1], [300, 2], [-1, 2], [-0.0, 255]])
    alone = [fingerprints(row[None])[0] for row in rows]
    assert fingerprints(rows).tolist() == alone
    assert alone[0] == alone[4]
    assert len(set(alone)) == 4
