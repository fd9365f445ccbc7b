"""Tests of pixel scaling."""

import re
from unittest import mock

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skcnn.base.scaling import check_scale, decide_rescale


@pytest.fixture
def grey():
    """Five whole-number images of 6 x 4."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (5, 6, 4)).astype(np.uint8)


@pytest.mark.parametrize(
    ("pixels", "scaling"),
    [
        (np.uint8([0, 255]), (1 / 255, 0, True)),
        (np.uint8([3, 100]), (1 / 255, 0, True)),
        (np.uint8([0, 0]), (1 / 255, 0, True)),
        (np.uint8([0, 1]), (1, 0, False)),
        (np.uint8([0, 16]), (1 / 16, 0, True)),
        (np.uint8([7, 16]), (1 / 16, 0, True)),
        (np.int8([-128, 127]), (1 / 255, 128 / 255, True)),
        (np.uint16([0, 4095]), (1 / 4095, 0, True)),
        (np.float32([0, 0.5, 1]), (1, 0, False)),
        (np.float32([-1, 1]), (1, 0, False)),
        (np.float64([0, 16]), (1 / 16, 0, True)),
        (np.float64([0, 2.5]), (1 / 2.5, 0, False)),
        (np.float64([-2, 2]), (1 / 4, 0.5, True)),
    ],
)
def test_auto_maps_pixels_by_their_type_and_range(pixels, scaling):
    images = pixels.reshape(-1, 1, 1, 1)
    decided = decide_rescale("auto", images)
    assert decided[:3] == pytest.approx(scaling)
    assert (decided.low, decided.high) == (pixels.min(), pixels.max())


@pytest.mark.parametrize("value", [7, -7, 1e-3, 0, 2**60])
def test_constant_images_are_mapped_into_zero_to_one(value):
    images = np.full((2, 3, 3, 1), value)
    scaling = decide_rescale("auto", images)
    scaled = images * scaling.scale + scaling.offset
    assert np.isfinite(scaled).all()
    assert scaled.min() >= 0
    assert scaled.max() <= 1


def test_none_leaves_pixels_alone_but_remembers_whole_numbers(grey):
    assert decide_rescale(None, grey[..., None])[:3] == (1, 0, True)
    assert decide_rescale(None, grey[..., None] / 255)[:3] == (1, 0, False)


@pytest.mark.parametrize("rescale", ["minmax", 255, False])
def test_an_unknown_rescale_lists_the_known_ones(grey, rescale):
    with pytest.raises(ValueError, match="rescale must be 'auto' or None, got"):
        decide_rescale(rescale, grey[..., None])


def test_statistics_see_every_piece(monkeypatch):
    monkeypatch.setattr("skcnn.base.scaling._CHUNK_BYTES", 100)
    images = np.zeros((50, 2, 2, 1))
    images[0], images[-1, 0, 0, 0] = -3, 5
    assert decide_rescale("auto", images) == pytest.approx(
        (1 / 8, 3 / 8, True, -3, 5, 5)
    )
    images[-1, 1, 1, 0] = 0.5
    assert not decide_rescale("auto", images).whole_numbers
    masks = np.zeros((50, 2, 2, 1), np.uint8)
    masks[-1] = 100
    assert decide_rescale("auto", masks).scale == 1 / 255


@pytest.mark.parametrize("fractions", [[0, 0.5], [0.1, 1.0], [-1, 0.3]])
def test_fractions_are_refused_by_a_model_of_whole_numbers(grey, fractions):
    scaling = decide_rescale("auto", grey[..., None])
    images = np.array(fractions).reshape(-1, 1, 1, 1)
    with pytest.raises(
        ValueError,
        match=r"fractions between .* from 0 to 255.*multiply\(X, 255\)",
    ):
        check_scale(scaling, images)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros(4),
        np.float32([0, 1, 1, 0]),
        np.float64([0.5, 17]),
        np.float64([-0.5, -200]),
        np.uint8([0, 1]),
    ],
)
def test_dark_images_and_pixels_of_the_right_scale_pass(grey, pixels):
    scaling = decide_rescale("auto", grey[..., None])
    check_scale(scaling, pixels.reshape(-1, 1, 1, 1))


@pytest.mark.parametrize("type_", [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize(
    ("fitted", "given"),
    [
        (np.float64([0, 0.5, 1]), [0, 255]),
        (np.float64([0, 16]), [0, 240]),
        (np.uint16([0, 255]), [0, 4095]),
    ],
)
@pytest.mark.parametrize("rescale", ["auto", None])
def test_pixels_of_a_far_larger_scale_warn(fitted, given, type_, rescale):
    if np.max(given) > np.iinfo(np.uint8).max and type_ is np.uint8:
        pytest.skip("no such pixels in this type")
    scaling = decide_rescale(rescale, fitted.reshape(-1, 1, 1, 1))
    images = np.array(given, type_).reshape(-1, 1, 1, 1)
    low, high = fitted.min(), fitted.max()
    text = f"between 0 and {given[1]:.3g}, .* from {low:.3g} to {high:.3g}"
    with pytest.warns(UserWarning, match=text.replace("+", r"\+")):
        check_scale(scaling, images)


@pytest.mark.parametrize("rescale", ["auto", None])
@pytest.mark.parametrize(
    ("fitted", "given"),
    [
        (np.uint8([0, 255]), np.uint8([0, 16])),
        (np.uint8([0, 255]), np.float32([0, 16])),
        (np.float32([0, 255]), np.int64([0, 1])),
        (np.float32([0, 1]), np.float32([0, 1 / 255])),
    ],
)
def test_only_many_all_but_black_images_warn(fitted, given, rescale):
    scaling = decide_rescale(rescale, fitted.reshape(-1, 1, 1, 1))
    images = given.reshape(1, 2, 1, 1)
    check_scale(scaling, images)
    check_scale(scaling, np.zeros((99, 2, 1, 1), given.dtype))
    with pytest.warns(UserWarning, match="between 0 and .* Are they on the same scale"):
        check_scale(scaling, np.repeat(images, 10, axis=0))


@pytest.mark.parametrize(("high", "white"), [(16, 16), (209, 255), (255, 255)])
def test_the_cure_that_an_error_names_is_one(high, white):
    pixels = np.float64([0, 3, 9, high]).reshape(-1, 1, 1, 1)
    scaling = decide_rescale("auto", pixels)
    with pytest.raises(ValueError, match=r"np.round\(np.multiply\(X, ") as caught:
        check_scale(scaling, pixels / white)
    factor = float(re.search(r"X, ([\d.e+]+)\)", str(caught.value))[1])
    np.testing.assert_array_equal(np.round(pixels / white * factor), pixels)


@pytest.mark.parametrize("rescale", ["auto", None])
@pytest.mark.parametrize("factor", [0.01, 1, 3])
def test_brighter_images_of_the_same_scale_pass(rescale, factor):
    X = np.float32([0, 300.5, 800]).reshape(-1, 1, 1, 1)
    check_scale(decide_rescale(rescale, X), X * np.float32(factor))


def test_networks_that_need_it_get_negative_pixels_mapped_to_the_unit_interval():
    images = np.float32([-1, 0, 0.5]).reshape(-1, 1, 1, 1)
    assert decide_rescale("auto", images, needs_unit=True)[:3] == (0.5, 0.5, False)
    for pixels in (abs(images), images * 100):
        assert decide_rescale("auto", pixels, needs_unit=True) == decide_rescale(
            "auto", pixels
        )
    assert decide_rescale(None, images, needs_unit=True)[:3] == (1, 0, False)


def test_fractions_pass_where_fractions_were_fitted(grey):
    images = grey[..., None] / 255
    check_scale(decide_rescale("auto", images), images)


def scaled_parts(scaler):
    """Return scaled training images, scaled later ones, and the later ones as they are.

    A pixel that is 1 in one training image is 200 in one of ten later ones.
    """
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (300, 50)) * (rng.random((300, 50)) < 0.3)
    X[:200, 0], X[200:, 0] = 0, np.arange(100) % 10 // 9 * 200
    X[0, 0] = 1
    train, later = scaler.fit_transform(X[:200]), scaler.transform(X[200:])
    return [part.reshape(-1, 10, 5, 1) for part in (train, later, X[200:] * 1.0)]


@pytest.mark.parametrize("scaler", [MinMaxScaler(), StandardScaler()])
def test_one_rare_pixel_is_no_other_scale(scaler):
    train, later, raw = scaled_parts(scaler)
    scaling = decide_rescale("auto", train)
    assert np.abs(later).max() > 150
    check_scale(scaling, later)
    for part in np.split(later, 10):
        check_scale(scaling, part)
    for images in (raw, raw[:1]):
        with pytest.warns(UserWarning, match="Are they on the same scale"):
            check_scale(scaling, images)


def test_what_is_asked_of_later_images_costs_the_same_for_many_and_large_ones():
    scaling = decide_rescale("auto", np.ones((3, 4, 4, 1)))
    images = np.broadcast_to(np.float32(200), (10**5, 10**4, 10**4, 3))
    with (
        mock.patch("skcnn.base.scaling._survey", return_value=(200, 200, True)),
        pytest.warns(UserWarning, match=r"between 200 and 200, but .* from 1 to 1\."),
    ):
        check_scale(scaling, images)
