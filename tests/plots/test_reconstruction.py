"""Tests of ReconstructionDisplay: which images are drawn, and the errors below."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError

from skcnn import AutoencoderClassifier, ConvAutoencoder, SVMClassifier
from skcnn.plots import ReconstructionDisplay

SMALL = {"filters": (4,), "epochs": 2, "batch_size": 16, "random_state": 0}


@pytest.fixture(scope="module")
def autoencoder(shapes):
    return ConvAutoencoder(**SMALL).fit(shapes[0])


@pytest.fixture(scope="module")
def denoiser(shapes):
    return ConvAutoencoder(**SMALL, noise=0.2).fit(shapes[0])


@pytest.fixture(scope="module")
def noisy(shapes):
    """Give `shapes` with noise."""
    noise = np.random.default_rng(1).integers(0, 200, shapes[0].shape)
    return np.maximum(shapes[0], noise).astype(np.uint8)


def pixels(display, row):
    """Return the drawn pictures of one row of axes."""
    return np.stack([ax.images[0].get_array() for ax in display.axes_[row]])


def names(display):
    return [row[0].texts[-1].get_text() for row in display.axes_]


def numbers(display, row):
    return [float(ax.texts[0].get_text()) for ax in display.axes_[row]]


def test_original_stands_above_what_is_given_back(autoencoder, shapes):
    X, _ = shapes
    display = ReconstructionDisplay.from_estimator(autoencoder, X)
    assert display.axes_.shape == (2, 8)
    assert names(display) == ["original", "rebuilt"]
    assert_allclose(pixels(display, 0), X[:8] / 255, rtol=1e-6)
    rebuilt = autoencoder.denoise(X[:8]) / 255  # rounded to whole numbers
    assert_allclose(pixels(display, 1), rebuilt, atol=0.51 / 255)


def test_error_of_an_image_is_its_score_in_the_scale_of_the_network(
    autoencoder, shapes
):
    X, _ = shapes
    display = ReconstructionDisplay.from_estimator(autoencoder, X, n_images=3)
    wanted = [-autoencoder.score(X[[i]]) for i in range(3)]
    assert_allclose(display.errors["rebuilt"], wanted, rtol=1e-4)
    assert_allclose(numbers(display, 1), wanted, atol=5e-5)
    assert display.figure_.get_suptitle() == (
        "What ConvAutoencoder makes of images\n"
        "Below: mean squared error, pixels in [0, 1]"
    )


def test_clean_images_that_are_given_are_drawn_first(denoiser, noisy, shapes):
    X, _ = shapes
    display = ReconstructionDisplay.from_estimator(denoiser, noisy, X, n_images=4)
    assert names(display) == ["clean", "noisy", "cleaned"]
    assert_allclose(pixels(display, 0), X[:4] / 255, rtol=1e-6)
    assert_allclose(pixels(display, 1), noisy[:4] / 255, rtol=1e-6)
    cleaned = denoiser.denoise(noisy[:4]) / 255
    assert_allclose(pixels(display, 2), cleaned, atol=0.51 / 255)
    wanted = [-denoiser.score(noisy[[i]], X_clean=X[[i]]) for i in range(4)]
    assert_allclose(display.errors["cleaned"], wanted, rtol=1e-4)
    before = np.square((noisy[:4] - 1.0 * X[:4]) / 255).mean(axis=(1, 2))
    assert_allclose(numbers(display, 1), before, atol=5e-5)


def test_noise_of_the_training_is_added_to_clean_images(denoiser, shapes):
    X, _ = shapes
    display = ReconstructionDisplay.from_estimator(denoiser, X, random_state=0)
    assert names(display) == ["clean", "noisy", "cleaned"]
    change = pixels(display, 1) - X[:8] / 255
    assert 0.15 < change.std() < 0.21  # 0.2, less what is cut at black
    assert pixels(display, 1).min() == 0


def test_seed_decides_the_noise(denoiser, shapes):
    first, again, other = (
        ReconstructionDisplay.from_estimator(
            denoiser, shapes[0], n_images=2, random_state=seed
        ).pictures["noisy"]
        for seed in (0, 0, 1)
    )
    assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_noisy_images_alone_have_no_error(denoiser, noisy):
    display = ReconstructionDisplay.from_estimator(denoiser, noisy, add_noise=False)
    assert names(display) == ["noisy", "cleaned"]
    assert_allclose(pixels(display, 0), noisy[:8] / 255, rtol=1e-6)
    assert display.errors is None
    assert "error" not in display.heading


def test_denoiser_that_was_trained_on_pairs_adds_no_noise(noisy, shapes):
    pairs = ConvAutoencoder(**SMALL).fit(noisy, X_clean=shapes[0])
    display = ReconstructionDisplay.from_estimator(pairs, noisy)
    assert names(display) == ["noisy", "cleaned"]
    assert_allclose(pixels(display, 0), noisy[:8] / 255, rtol=1e-6)


def test_more_than_eight_images_have_further_rows(autoencoder, shapes):
    display = ReconstructionDisplay.from_estimator(autoencoder, shapes[0], n_images=10)
    assert names(display) == ["original", "rebuilt"] * 2
    drawn = [sum(bool(ax.images) for ax in row) for row in display.axes_]
    assert drawn == [8, 8, 2, 2]
    last = display.axes_[2, 1].images[0].get_array()
    assert_allclose(last, shapes[0][9] / 255, rtol=1e-6)


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_frames_with_named_columns_are_taken(noise, shapes):
    frame = pd.DataFrame(shapes[0].reshape(60, 64)).rename(columns="p{}".format)
    encoder = ConvAutoencoder(**SMALL, noise=noise).fit(frame)
    display = ReconstructionDisplay.from_estimator(encoder, frame, n_images=2)
    assert_allclose(pixels(display, 0), shapes[0][:2] / 255, rtol=1e-6)


def test_fractions_outside_the_unit_interval_keep_their_black_and_white(shapes):
    X = shapes[0] / 10.0
    encoder = ConvAutoencoder(**SMALL).fit(X)
    display = ReconstructionDisplay.from_estimator(encoder, X, n_images=2)
    assert_allclose(pixels(display, 0), X[:2] / X[:2].max(), rtol=1e-6)
    wanted = [-encoder.score(X[[i]]) for i in range(2)]
    assert_allclose(display.errors["rebuilt"], wanted, rtol=1e-4)


def test_autoencoder_inside_a_classifier_is_found(shapes):
    clf = AutoencoderClassifier(ConvAutoencoder(**SMALL)).fit(*shapes)
    display = ReconstructionDisplay.from_estimator(clf, shapes[0], n_images=2)
    inner = ReconstructionDisplay.from_estimator(
        clf.autoencoder_, shapes[0], n_images=2
    )
    assert_array_equal(display.pictures["rebuilt"], inner.pictures["rebuilt"])


def test_given_axes_are_used(autoencoder, shapes):
    figure, axes = plt.subplots(2, 3)
    display = ReconstructionDisplay.from_estimator(
        autoencoder, shapes[0], n_images=3, ax=axes
    )
    assert display.figure_ is figure
    assert_array_equal(display.axes_, axes)
    assert figure.get_suptitle() == ""


def test_clean_images_of_another_number_are_refused(denoiser, noisy, shapes):
    message = r"X_clean has shape \(59, 8, 8\), but X has shape \(60, 8, 8\)"
    with pytest.raises(ValueError, match=message):
        ReconstructionDisplay.from_estimator(denoiser, noisy, shapes[0][:59])


def test_images_of_another_size_are_refused(autoencoder):
    with pytest.raises(ValueError, match=r"\(4, 9, 9\).*wants \(8, 8, 1\)"):
        ReconstructionDisplay.from_estimator(autoencoder, np.zeros((4, 9, 9)))


def test_unfitted_autoencoder_is_refused(shapes):
    with pytest.raises(NotFittedError):
        ReconstructionDisplay.from_estimator(ConvAutoencoder(), shapes[0])


def test_other_estimators_are_refused(fitted_cnn, shapes):
    for other in (fitted_cnn, SVMClassifier()):
        with pytest.raises(TypeError, match=r"has none. Pass.* ConvAutoencoder"):
            ReconstructionDisplay.from_estimator(other, shapes[0])
