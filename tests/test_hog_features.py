"""Tests of HOGFeatures."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skcnn import HOGFeatures, _hog_features


@pytest.fixture(scope="module")
def pictures():
    """Give 20 noisy pictures of 13 x 17 in colour, uint8."""
    return np.random.default_rng(0).integers(0, 256, (20, 13, 17, 3), dtype=np.uint8)


@pytest.mark.parametrize("block_norm", ["L1", "L1-sqrt", "L2", "L2-Hys"])
@pytest.mark.parametrize(
    ("orientations", "cell", "block"),
    [
        (6, (4, 4), (2, 2)),
        (9, (3, 5), (2, 1)),
        (8, (4, 4), (3, 3)),
        (1, (1, 2), (1, 1)),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_hog_is_that_of_scikit_image(
    pictures, orientations, cell, block, block_norm, dtype
):
    feature = pytest.importorskip("skimage.feature")
    features = HOGFeatures(
        orientations=orientations,
        pixels_per_cell=cell,
        cells_per_block=block,
        block_norm=block_norm,
    )
    settings = (orientations, cell, block, block_norm)
    scale = dtype(1 if dtype == np.uint8 else 1 / 255)
    colour = pictures.astype(dtype) * scale
    expected = [feature.hog(one, *settings, channel_axis=-1) for one in colour]
    assert_allclose(features.fit_transform(colour), expected, atol=1e-5)
    grey = colour[..., 0]
    expected = [feature.hog(one, *settings) for one in grey]
    assert_allclose(features.fit_transform(grey), expected, atol=1e-5)


def test_hog_of_every_layout_is_the_same(layout):
    features = HOGFeatures(image_shape=layout.image_shape)
    ours = features.fit_transform(layout.X)
    assert ours.dtype == np.float32
    # One block of four cells of six directions.
    assert ours.shape == (60, 4 * 6)
    assert features.image_shape_ == layout.image_shape
    assert_array_equal(ours, HOGFeatures().fit_transform(layout.images))


def test_hog_has_no_scale(shapes):
    X, _ = shapes
    features = HOGFeatures().fit(X)
    assert_allclose(features.transform(X / 255), features.transform(X), atol=1e-3)


def test_pieces_of_hog_fit_together(shapes, monkeypatch):
    X, _ = shapes
    whole = HOGFeatures().fit_transform(X)
    monkeypatch.setattr(_hog_features, "_CHUNK_PIXELS", 7 * 64)
    assert_array_equal(HOGFeatures().fit_transform(X), whole)


def test_hog_of_a_blank_image_is_zero():
    features = HOGFeatures().fit_transform(np.full((2, 8, 8), 7.0))
    assert_array_equal(features, np.zeros((2, 24), np.float32))


def test_an_edge_is_counted_in_its_direction():
    # Darker left, brighter right: the gradient points across, to 0 degrees.
    image = np.zeros((1, 8, 8))
    image[..., 4:] = 1
    settings = {"orientations": 4, "pixels_per_cell": 8, "cells_per_block": 1}
    features = HOGFeatures(**settings, block_norm="L2")
    assert_allclose(features.fit_transform(image), [[1, 0, 0, 0]], atol=1e-3)
    # Down is 90 degrees, the third of four bins.
    assert_allclose(features.transform(image.swapaxes(1, 2)), [[0, 0, 1, 0]], atol=1e-3)


def test_images_too_small_for_a_block_are_refused(shapes):
    X, _ = shapes
    message = (
        "Images of 7 x 8 pixels are too small for blocks of 2 x 2 cells of 4 x 4 "
        "pixels, which need 8 x 8. Use smaller pixels_per_cell"
    )
    with pytest.raises(ValueError, match=message):
        HOGFeatures().fit(X[:, :7])
    assert HOGFeatures(pixels_per_cell=(3, 4)).fit(X[:, :7])


@pytest.mark.parametrize("width", [1, 2, 3, 7, 30])
def test_lines_of_pixels_have_cells_clipped_to_them(width):
    lines = np.random.default_rng(0).random((5, 1, width))
    features = HOGFeatures().fit(lines)
    out = features.transform(lines)
    assert out.shape == (5, len(features.get_feature_names_out()))
    assert np.isfinite(out).all()


@pytest.mark.parametrize(
    "params",
    [
        {"pixels_per_cell": 0},
        {"pixels_per_cell": (2, 2, 2)},
        {"cells_per_block": (1, 0.5)},
        {"orientations": 0},
        {"block_norm": "L3"},
    ],
)
def test_unfit_parameters_of_hog_are_refused(shapes, params):
    with pytest.raises(ValueError, match=next(iter(params))):
        HOGFeatures(**params).fit(shapes[0])


def test_more_features_than_there_is_memory_for_are_refused(shapes, monkeypatch):
    X, _ = shapes
    match = "orientations=1000000000000 .* 4000000000000 features .* 16,000 GB for 1 of"
    with pytest.raises(ValueError, match=match):
        HOGFeatures(orientations=10**12).fit(X)
    features = HOGFeatures().fit(X)
    monkeypatch.setattr(_hog_features, "machine_memory", lambda: 59 * 24 * 4)
    assert features.transform(X[:59]).shape == (59, 24)
    with pytest.raises(ValueError, match="GB for 60 of them"):
        features.transform(X)


def test_hog_names_its_features(shapes):
    X, _ = shapes
    features = HOGFeatures().set_output(transform="pandas")
    frame = features.fit_transform(X)
    assert list(frame.columns) == list(features.get_feature_names_out())
    assert frame.columns[0] == "hogfeatures0"


def test_refused_images_leave_hog_as_it_was(shapes):
    X, _ = shapes
    features = HOGFeatures().fit(X)
    with pytest.raises(ValueError, match="too small"):
        features.fit(X[:, :7])
    assert features.transform(X).shape == (60, 24)
