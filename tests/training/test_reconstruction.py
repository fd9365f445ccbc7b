"""The noise that autoencoders learn to take away."""

import numpy as np
import pytest
import tensorflow as tf

from skcnn.training.autoencoding import (
    Reconstruction,
    find_limits,
    reconstruction_loss,
)

SEED = tf.constant([1, 2])


def noisy(images, seed=SEED, **task):
    """Return images with the noise of a task, and their targets."""
    images = tf.constant(images, tf.float32)
    add = Reconstruction(**task).augmentation()
    return [tensor.numpy() for tensor in add(images, images, seed)]


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype(np.float32)


@pytest.mark.parametrize("kind", ["gaussian", "background"])
def test_targets_stay_clean_and_pixels_inside_their_range(kind, images):
    spoilt, targets = noisy(images, noise_kind=kind, noise=1.0)
    np.testing.assert_array_equal(targets, images)
    assert np.abs(spoilt - images).mean() > 0.05
    assert spoilt.min() >= 0
    assert spoilt.max() <= 1


def test_gaussian_noise_has_its_standard_deviation():
    grey = np.full((50, 20, 20, 1), 0.5)
    spoilt, _ = noisy(grey, noise_kind="gaussian", noise=0.1)
    assert (spoilt - 0.5).std() == pytest.approx(0.1, rel=0.02)
    assert (spoilt - 0.5).mean() == pytest.approx(0, abs=0.002)


def test_a_background_is_the_larger_one_of_pixel_and_uniform_noise(images):
    spoilt, _ = noisy(images, noise_kind="background", noise=0.6)
    assert (spoilt >= images).all()
    assert (spoilt[images > 0.6] == images[images > 0.6]).all()
    black, _ = noisy(np.zeros((50, 20, 20, 1)), noise_kind="background", noise=0.6)
    quantiles = np.quantile(black, [0.1, 0.5, 0.9])
    np.testing.assert_allclose(quantiles, [0.06, 0.3, 0.54], atol=0.01)


def test_a_background_reaches_from_the_darkest_pixel_on():
    black = np.full((50, 20, 20, 1), -1.0)
    spoilt, _ = noisy(black, noise_kind="background", noise=0.5, limits=(-1.0, 1.0))
    assert spoilt.min() == pytest.approx(-1, abs=0.01)
    assert spoilt.max() == pytest.approx(0, abs=0.01)


def test_another_seed_draws_another_noise(images):
    one, _ = noisy(images, noise=0.1)
    same, _ = noisy(images, noise=0.1)
    other, _ = noisy(images, noise=0.1, seed=SEED + 1)
    np.testing.assert_array_equal(one, same)
    assert (one != other).mean() > 0.5


def test_no_noise_is_no_augmentation():
    assert Reconstruction(noise=0.0).augmentation() is None


def test_the_loss_weighs_images_not_rows_of_pixels():
    targets = np.zeros((2, 4, 3, 1), np.float32)
    outputs = np.ones((2, 4, 3, 1), np.float32) * [[[[1.0]]], [[[3.0]]]]
    weights = np.array([1.5, 0.5], np.float32)[:, None, None]
    loss = reconstruction_loss()(targets, outputs, sample_weight=weights)
    assert float(loss) == pytest.approx((1.5 * 1 + 0.5 * 9) / 2)


@pytest.mark.parametrize(
    ("low", "high", "scaling", "limits"),
    [
        (3, 200, (1 / 255, 0.0), (0, 1)),
        (0.1, 0.7, (1.0, 0.0), (0, 1)),
        (-0.2, 0.7, (1.0, 0.0), (-1, 1)),
        (100.0, 300.0, (1 / 200, -0.5), (0, 1)),
        (-4.0, 9.0, (1.0, 0.0), (-4, 9)),
    ],
)
def test_limits_are_a_round_range_where_pixels_lie_in_one(low, high, scaling, limits):
    images = np.array([low, high]).reshape(1, 2, 1, 1)
    assert find_limits(scaling, images, None) == pytest.approx(limits)
    # Clean images count too.
    assert find_limits(scaling, images[:, :1], images) == pytest.approx(limits)
