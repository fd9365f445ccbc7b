"""Tests of first weights that the training images decide."""

import numpy as np
import pytest

from skcnn import CNNClassifier, ResNetClassifier
from skcnn.datasets import load_digits
from skcnn.training.data import TrainingData
from skcnn.training.first_weights import passing_on, whitening


@pytest.fixture
def images():
    """Give images (60, 9, 8, 2) in which neighbours are alike."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(60, 11, 10, 2))
    return noise[:, 2:, 2:] + noise[:, 1:-1, 1:-1] + noise[:, :-2, :-2]


def filters_of(images, n_filters=36, weights=None, indices=None, scaling=(1.0, 0.0)):
    """Return kernel and bias, with no class that would matter."""
    data = TrainingData(images, np.zeros(len(images), int), weights, indices)
    return whitening(data, scaling, (3, 3, 2, n_filters))


def convolved(images, kernel, bias):
    """Return what every patch gives, (n_patches, n_filters)."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), (1, 2))
    patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 18)
    return patches @ kernel.reshape(18, -1) + bias


def test_patches_come_out_white(images):
    white = convolved(images, *filters_of(images))[:, :18]
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-9)
    covariance = np.cov(white.T)
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-6)
    # What is added for noise takes something of the smallest.
    assert np.all(np.diff(np.diag(covariance)) < 1e-9)
    assert 0.3 < np.diag(covariance)[-1] < np.diag(covariance)[0] < 1.01


def test_each_filter_is_there_in_both_signs(images):
    kernel, bias = filters_of(images)
    np.testing.assert_array_equal(kernel[..., :18], -kernel[..., 18:])
    np.testing.assert_array_equal(bias[:18], -bias[18:])


def test_fewer_filters_are_the_first_of_all(images):
    kernel, bias = filters_of(images)
    first, first_bias = filters_of(images, n_filters=10)
    np.testing.assert_allclose(first[..., :5], kernel[..., :5])
    np.testing.assert_allclose(first_bias[:5], bias[:5])


def test_the_same_images_give_the_same_bits(images):
    first, again = filters_of(images), filters_of(images.copy())
    assert first[0].tobytes() == again[0].tobytes()
    assert first[1].tobytes() == again[1].tobytes()


def test_scaled_pixels_are_what_counts(images):
    kernel, bias = filters_of(images * 2 + 3)
    scaled, scaled_bias = filters_of(images, scaling=(2.0, 3.0))
    np.testing.assert_allclose(scaled, kernel, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(scaled_bias, bias, rtol=1e-6, atol=1e-9)


def test_an_image_of_weight_two_is_one_given_twice(images):
    weights = np.ones(len(images))
    weights[:20] = 2
    twice = np.concatenate([images, images[:20]])
    for one, other in zip(
        filters_of(images, weights=weights), filters_of(twice), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


def test_rows_that_take_no_part_do_not_count(images):
    part = np.arange(40)
    spoilt = images.copy()
    spoilt[40:] = 1e6
    for one, other in zip(
        filters_of(spoilt, indices=part), filters_of(images[:40]), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("value", [0.0, 0.7])
def test_images_of_one_colour_give_finite_filters(value):
    kernel, bias = filters_of(np.full((5, 8, 8, 2), value))
    assert np.isfinite(kernel).all()
    assert np.isfinite(bias).all()
    assert np.abs(kernel).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 5), (6, 7)])
@pytest.mark.parametrize(("n_channels", "n_filters"), [(3, 5), (5, 3)])
def test_the_first_filters_pass_the_channels_on(size, n_channels, n_filters):
    import keras

    drawn = np.random.default_rng(0).normal(size=(*size, n_channels, n_filters))
    kernel = passing_on(drawn)
    images = np.random.default_rng(1).normal(size=(2, 8, 8, n_channels))
    outputs = np.asarray(
        keras.ops.conv(images, kernel, padding="same", data_format="channels_last")
    )
    n_same = min(n_channels, n_filters)
    np.testing.assert_allclose(outputs[..., :n_same], images[..., :n_same], rtol=1e-5)
    np.testing.assert_array_equal(kernel[..., n_same:], drawn[..., n_same:])


# In the estimator


@pytest.fixture(scope="module")
def digits():
    """Give 200 digits with their labels."""
    X, y = load_digits()
    return X[:200], y[:200]


def make(**params):
    """Return a small unfitted network."""
    return CNNClassifier(
        **{
            "filters": 8,
            "epochs": 1,
            "random_state": 0,
            "augment": None,
            "whitening": 3,
            **params,
        }
    )


def whitened(clf):
    """Return kernel and bias of the fitted first layer."""
    return clf.model_.get_layer("whitening").get_weights()


def same(clf, other):
    """Tell whether two networks whiten alike, to the bit."""
    return all(
        np.array_equal(a, b)
        for a, b in zip(whitened(clf), whitened(other), strict=True)
    )


def test_training_leaves_the_whitening_as_it_was(digits):
    X, y = digits
    assert same(make().fit(X, y), make(epochs=3, learning_rate=0.1).fit(X, y))


def test_rows_that_are_held_out_do_not_count(digits):
    X, y = digits
    clf = make(early_stopping=True).fit(X, y)
    kept, _ = TrainingData(X, np.searchsorted(clf.classes_, y)).hold_out(0.1, clf._seed)
    rows = kept.indices
    assert same(clf, make(random_state=1).fit(X[rows], y[rows]))
    assert not same(clf, make().fit(X, y))


def test_rows_of_weight_zero_do_not_count(digits):
    X, y = digits
    weights = (np.arange(len(X)) < 150).astype(float)
    assert same(make().fit(X, y, sample_weight=weights), make().fit(X[:150], y[:150]))


def test_a_fit_that_goes_on_keeps_it(digits):
    X, y = digits
    clf = make().partial_fit(X[:100], y[:100], classes=np.unique(y))
    before = whitened(clf)
    clf.partial_fit(X[100:], y[100:])
    np.testing.assert_array_equal(whitened(clf)[0], before[0])
    clf.set_params(warm_start=True).fit(255 - X, y)
    np.testing.assert_array_equal(whitened(clf)[0], before[0])
    assert not same(clf, make().fit(X, y))


def test_the_next_fit_takes_it_from_its_own_images(digits):
    X, y = digits
    new = make().fit(X[100:], y[100:])
    assert same(make().fit(X, y).fit(X[100:], y[100:]), new)


def test_a_residual_network_whitens_alike(digits):
    X, y = digits
    small = {"blocks": 1, "filters": 4, "epochs": 1, "random_state": 0}
    resnet = ResNetClassifier(whitening=3, **small).fit(X, y)
    assert same(resnet, make().fit(X, y))


def test_without_whitening_there_is_no_such_layer(digits):
    clf = make(whitening=None).fit(*digits)
    assert "whitening" not in [layer.name for layer in clf.model_.layers]


def test_patches_stay_inside_of_the_image():
    X = np.random.default_rng(0).integers(0, 255, (20, 2, 5), np.uint8)
    clf = make(whitening=(3, 9), pool_size=None).fit(X, np.arange(20) % 2)
    assert whitened(clf)[0].shape[:2] == (2, 5)
