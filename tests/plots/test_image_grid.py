"""Tests of ImageGridDisplay: what is drawn, and what is refused."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose, assert_array_equal

from skcnn.plots import ImageGridDisplay


def drawn(display):
    """Return the axes with an image, line by line."""
    return [ax for ax in display.axes_.flat if ax.images]


def pixels(display):
    return np.stack([ax.images[0].get_array() for ax in drawn(display)])


def test_pictures_are_the_pixels_of_their_rows(shapes):
    X, y = shapes
    display = ImageGridDisplay.from_images(X, y, n_images=10, random_state=0)
    assert len(drawn(display)) == 10
    assert_allclose(pixels(display), X[display.rows] / 255, rtol=1e-6)
    assert [ax.get_title() for ax in drawn(display)] == y[display.rows].tolist()


def test_rows_are_sorted_and_none_is_drawn_twice(shapes):
    rows = ImageGridDisplay.from_images(shapes[0], n_images=12, random_state=0).rows
    assert (np.diff(rows) > 0).all()
    assert rows[-1] > 12  # no mere head of the set


def test_same_seed_draws_the_same_images_and_another_seed_others(shapes):
    first, again, other = (
        ImageGridDisplay.from_images(shapes[0], n_images=6, random_state=seed).rows
        for seed in (0, 0, 1)
    )
    assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_few_images_are_all_drawn_in_their_order(shapes):
    X, _ = shapes
    display = ImageGridDisplay.from_images(X[:5])
    assert display.rows.tolist() == [0, 1, 2, 3, 4]
    assert display.axes_.shape == (1, 5)


def test_heading_tells_number_size_and_range(shapes):
    X, _ = shapes
    display = ImageGridDisplay.from_images(X, n_images=6)
    wanted = f"6 of 60 images of 8 x 8, pixels {X.min()} to {X.max()}"
    assert display.figure_.get_suptitle() == wanted
    colour = np.stack([X[:2]] * 3, axis=-1) / 255
    heading = ImageGridDisplay.from_images(colour).figure_.get_suptitle()
    assert heading.startswith("2 images of 8 x 8 x 3, pixels 0")


def test_all_pictures_share_black_and_white(shapes):
    dark, bright = shapes[0][:1] // 4, shapes[0][1:2]
    both = np.concatenate([dark, bright]) / 2
    display = ImageGridDisplay.from_images(both)
    assert_allclose(pixels(display), both / both.max(), rtol=1e-6)
    assert {ax.images[0].get_clim() for ax in drawn(display)} == {(0.0, 1.0)}


def test_every_class_has_a_row_of_its_own(shapes):
    X, y = shapes
    display = ImageGridDisplay.from_images(X, y, per_class=4, random_state=0)
    assert display.axes_.shape == (3, 4)
    assert y[display.rows].tolist() == ["left"] * 4 + ["spot"] * 4 + ["top"] * 4
    assert_allclose(pixels(display), X[display.rows] / 255, rtol=1e-6)
    names = [row[0].texts[0].get_text() for row in display.axes_]
    assert names == ["left\n20", "spot\n20", "top\n20"]


def test_class_with_few_images_leaves_places_empty(shapes):
    X, y = shapes
    display = ImageGridDisplay.from_images(X[:43], y[:43], per_class=5)
    assert [sum(bool(ax.images) for ax in row) for row in display.axes_] == [5, 5, 3]
    assert not any(ax.axison for ax in display.axes_[2])
    assert display.axes_[2, 0].texts[0].get_text() == "top\n3"


def test_names_stand_for_the_sorted_labels(shapes):
    X, y = shapes
    names = ["Left bar", "Spot", "Top bar"]
    display = ImageGridDisplay.from_images(
        X[[0, 59]], y[[0, 59]], class_names=names[::2]
    )
    assert [ax.get_title() for ax in drawn(display)] == ["Left bar", "Top bar"]


def test_long_labels_are_cut_and_given_room(shapes):
    labels = ["a label that is far too long for its picture"] * 20
    display = ImageGridDisplay.from_images(shapes[0][:20], labels)
    assert display.axes_.shape[1] == 4
    title = drawn(display)[0].get_title()
    assert len(title) == 15
    assert title == "a label…picture"


def test_titles_do_not_touch(shapes):
    display = ImageGridDisplay.from_images(shapes[0], ["Ankle boots"] * 60)
    display.figure_.draw_without_rendering()
    boxes = [ax.title.get_window_extent() for ax in display.axes_[0]]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize("kind", ["flat", "frame", "list"])
def test_every_layout_gives_the_same_pictures(shapes, kind):
    X = shapes[0][:4]
    flat = X.reshape(4, -1)
    other = {"flat": flat, "frame": pd.DataFrame(flat), "list": list(X)}[kind]
    display = ImageGridDisplay.from_images(other)
    assert_allclose(pixels(display), X / 255, rtol=1e-6)


def test_image_shape_cuts_flat_rows():
    rows = np.linspace(0, 1, 2 * 12).reshape(2, 12)
    display = ImageGridDisplay.from_images(rows, image_shape=(2, 2, 3))
    assert_allclose(pixels(display), rows.reshape(2, 2, 2, 3), rtol=1e-6)


def test_given_axes_are_filled_as_far_as_they_go(shapes):
    figure, axes = plt.subplots(2, 2)
    display = ImageGridDisplay.from_images(shapes[0][:9], ax=axes)
    assert display.figure_ is figure
    assert_array_equal(display.axes_, axes)
    assert_allclose(pixels(display), shapes[0][:4] / 255, rtol=1e-6)
    assert figure.get_suptitle() == ""
    spare = ImageGridDisplay.from_images(shapes[0][:3], ax=plt.subplots(2, 2)[1])
    assert len(drawn(spare)) == 3


def test_constructor_draws_nothing(shapes):
    display = ImageGridDisplay(shapes[0][:3] / 255)
    assert plt.get_fignums() == []
    assert len(drawn(display.plot())) == 3


def test_labels_of_another_length_are_refused(shapes):
    X, y = shapes
    with pytest.raises(ValueError, match="labels has 59 values, but there are 60"):
        ImageGridDisplay.from_images(X, y[:59])


def test_one_hot_labels_are_refused_with_the_cure(shapes):
    with pytest.raises(ValueError, match=r"shape \(60, 3\).*argmax\(axis=1\)"):
        ImageGridDisplay.from_images(shapes[0], np.eye(3)[np.repeat([0, 1, 2], 20)])


def test_rows_per_class_need_labels(shapes):
    with pytest.raises(ValueError, match=r"per_class=3 .*there are no labels"):
        ImageGridDisplay.from_images(shapes[0], per_class=3)


@pytest.mark.parametrize("name", ["n_images", "per_class"])
def test_no_images_cannot_be_asked_for(shapes, name):
    with pytest.raises(ValueError, match=f"{name} == 0, must be >= 1"):
        ImageGridDisplay.from_images(*shapes, **{name: 0})
