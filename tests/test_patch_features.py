"""Tests of PatchFeatures."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from skcnn import HoldoutRidgeClassifier, PatchFeatures, _patch_features

SMALL = {"n_filters": 4, "patch_size": 3, "pool": 2, "random_state": 0}


@pytest.fixture
def make_patches():
    """Give a function that makes a small PatchFeatures, with changes by name."""
    return lambda **changes: PatchFeatures(**{**SMALL, **changes})


def test_a_ridge_on_patches_learns(make_patches, shapes):
    X, y = shapes
    model = make_pipeline(make_patches(), HoldoutRidgeClassifier(random_state=0))
    # By chance: 0.33.
    assert model.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.9


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16"])
def test_features_are_float32_two_signs_per_filter_and_cell(
    make_patches, shapes, precision
):
    features = make_patches(precision=precision).fit(shapes[0])
    found = features.transform(shapes[0])
    assert (found.shape, found.dtype) == ((60, 2 * 4 * 2 * 2), np.float32)
    assert len(features.get_feature_names_out()) == 32
    assert features.filters_.shape == (3, 3, 1, 4)


def test_both_precisions_see_the_same(make_patches, shapes):
    X, _ = shapes
    exact = make_patches(precision="float32").fit_transform(X)
    rounded = make_patches(precision="bfloat16").fit_transform(X)
    assert np.corrcoef(exact.ravel(), rounded.ravel())[0, 1] > 0.99


def test_patches_of_every_layout_are_the_same(make_patches, layout):
    features = make_patches(image_shape=layout.image_shape)
    found = features.fit_transform(layout.X)
    assert features.image_shape_ == layout.image_shape
    assert_array_equal(found, make_patches().fit_transform(layout.images))


def test_features_are_standardised(make_patches, shapes):
    found = make_patches().fit_transform(shapes[0])
    assert_allclose(found.mean(axis=0), 0, atol=1e-4)
    deviation = found.std(axis=0)
    assert_allclose(deviation[deviation > 0.1], 1, atol=1e-3)


def test_fit_transform_is_fit_and_transform(make_patches, shapes):
    X, _ = shapes
    assert_array_equal(
        make_patches().fit_transform(X), make_patches().fit(X).transform(X)
    )


@pytest.mark.parametrize(("scale", "offset"), [(1 / 255, 0), (1000, 0), (1, -80)])
def test_scale_and_brightness_have_no_influence(make_patches, shapes, scale, offset):
    X = shapes[0].astype(np.float64)
    features = make_patches(precision="float32")
    found = features.fit_transform(X * scale + offset)
    assert_allclose(found, features.fit_transform(X), atol=0.02)


def test_filters_have_no_mean_and_come_from_the_seed(make_patches, shapes):
    X, _ = shapes
    filters = make_patches().fit(X).filters_
    assert_allclose(filters.sum(axis=(0, 1, 2)), 0, atol=1e-5)
    assert_array_equal(make_patches().fit(X).filters_, filters)
    assert (make_patches(random_state=1).fit(X).filters_ != filters).any()


def test_patches_are_whitened():
    rng = np.random.default_rng(0)
    # Neighbours are alike: smooth noise, whose patches differ in a few directions.
    patches = rng.normal(size=(4000, 9)).cumsum(axis=1)
    filters = _patch_features._whitened_filters(patches, 200, 0.1)
    patches -= patches.mean(axis=1, keepdims=True)
    patches /= patches.std(axis=1, keepdims=True)
    plain = np.linalg.svd(patches, compute_uv=False)[:8]
    responses = np.linalg.svd(patches @ filters.T, compute_uv=False)[:8]
    # Along each direction what was weak has caught up.
    assert responses[0] / responses[7] < plain[0] / plain[7]


@pytest.mark.parametrize(
    ("sides", "patch"),
    [
        ((8, 8), (4, 4)),
        ((3, 11), (3, 4)),
        ((12, 12), (6, 6)),
        ((28, 11), (4, 4)),
        ((1, 9), (1, 6)),  # a row of pixels
    ],
)
def test_patches_fit_the_size_of_the_images_by_themselves(sides, patch):
    X = np.random.default_rng(0).random((20, *sides))
    auto = PatchFeatures(n_filters=2, random_state=0).fit(X)
    assert auto.filters_.shape[:2] == patch
    set_so = PatchFeatures(n_filters=2, random_state=0, patch_size=patch).fit(X)
    assert_array_equal(auto.transform(X), set_so.transform(X))


def test_another_number_of_blas_threads_gives_the_same_filters(make_patches, shapes):
    filters = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            filters.append(make_patches(patch_size=6).fit(shapes[0]).filters_)
    assert_array_equal(*filters)


@pytest.mark.slow
def test_another_number_of_threads_gives_the_same_bits():
    code = """
from skcnn import PatchFeatures
from skcnn.datasets import load_digits
features = PatchFeatures(n_filters=4, patch_size=3, pool=2, random_state=0)
print(hash(features.fit_transform(load_digits()[0][:300]).tobytes()))
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "PYTHONHASHSEED": "0",
                "SKCNN_THREADS": threads,
                "OPENBLAS_NUM_THREADS": threads,
            },
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("shape", "n_features"),
    [
        # Patches are clipped to the image, and the grid to their places.
        ((1, 1), 1 * 1),
        ((2, 2), 1 * 1),
        ((1, 10), 1 * 5),
        ((7, 9), 4 * 6),
        ((12, 10, 3), 6 * 6),
    ],
)
def test_images_of_any_size_have_features(shape, n_features):
    X = np.random.default_rng(0).random((5, *shape))
    found = PatchFeatures(n_filters=3, random_state=0).fit_transform(X)
    assert found.shape == (5, 2 * 3 * n_features)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("value", [0, 7, 255])
def test_images_that_are_all_alike_have_features_of_zero(make_patches, value):
    X = np.full((4, 9, 9), value, np.uint8)
    assert_array_equal(make_patches().fit_transform(X), 0)


def test_more_filters_than_patches_repeat_some():
    X = np.random.default_rng(0).random((1, 4, 4))
    # One patch, drawn again and again.
    filters = PatchFeatures(n_filters=5, patch_size=4).fit(X).filters_
    assert_array_equal(filters, np.repeat(filters[..., :1], 5, axis=-1))


def test_sizes_are_one_number_or_two(make_patches, shapes):
    features = make_patches(patch_size=(3, 5), pool=(1, 2)).fit(shapes[0])
    assert features.filters_.shape == (3, 5, 1, 4)
    assert features.transform(shapes[0]).shape == (60, 2 * 4 * 1 * 2)
    with pytest.raises(ValueError, match="patch_size holds 0"):
        make_patches(patch_size=0).fit(shapes[0])
    with pytest.raises(ValueError, match="pool holds"):
        make_patches(pool=(1, 2, 3)).fit(shapes[0])


def test_fractions_after_whole_numbers_are_refused(make_patches, shapes):
    features = make_patches().fit(shapes[0])
    with pytest.raises(ValueError, match="X has fractions"):
        features.transform(shapes[0] / 255)


def test_more_features_than_there_is_memory_for_are_refused(
    make_patches, shapes, monkeypatch
):
    with pytest.raises(ValueError, match="Use fewer n_filters"):
        make_patches(n_filters=10**12).fit(shapes[0])
    features = make_patches().fit(shapes[0])
    monkeypatch.setattr(_patch_features, "machine_memory", lambda: 59 * 32 * 4)
    with pytest.raises(ValueError, match=r"32 features of an image.* 60 of them"):
        features.transform(shapes[0])


def test_a_fit_that_fails_leaves_what_was_fitted(make_patches, shapes):
    features = make_patches().fit(shapes[0])
    before = features.transform(shapes[0])
    with pytest.raises(ValueError, match="pool holds 0"):
        features.set_params(pool=0).fit(shapes[0][:, :6, :6])
    assert_array_equal(features.transform(shapes[0]), before)


def test_it_is_pickled_and_searched(make_patches, shapes):
    X, y = shapes
    features = make_patches().fit(X)
    copy = pickle.loads(pickle.dumps(features))
    assert_array_equal(copy.transform(X), features.transform(X))
    pipe = make_pipeline(make_patches(), HoldoutRidgeClassifier(random_state=0))
    search = GridSearchCV(pipe, {"patchfeatures__n_filters": [2, 4]}, cv=2)
    assert set(search.fit(X, y).predict(X)) == {"left", "spot", "top"}
