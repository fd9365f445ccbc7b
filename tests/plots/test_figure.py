"""Tests of what all Displays share."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib import rcParams
from numpy.testing import assert_allclose

from skcnn.base.palette import COLOURS
from skcnn.base.words import check_class_names
from skcnn.plots import (
    ClassScoresDisplay,
    ConfusionDisplay,
    HistoryDisplay,
    RocDisplay,
)
from skcnn.plots._figure import brief, line_style, new_axes, new_grid, shorten_names
from skcnn.plots._picture_grid import (
    pixel_limits,
    show_picture,
    to_images,
    to_pictures,
)


def test_style_of_the_user_stays_as_it_is():
    before = dict(rcParams)
    new_axes(None, "Display")
    assert dict(rcParams) == before


def test_grid_has_the_shape_asked_for():
    assert new_grid(None, "Display", 2, 3, height=2).shape == (2, 3)
    axes = plt.subplots(2, 3)[1]
    assert (new_grid(axes.ravel(), "Display", 2, 3, height=2) == axes).all()


def test_lines_beyond_the_last_colour_have_other_dashes():
    styles = [tuple(line_style(i).values()) for i in range(2 * len(COLOURS))]
    assert len(set(styles)) == len(styles)


def test_names_of_classes_are_the_labels_if_none_are_given():
    assert check_class_names(None, np.array([3, 8])) == ["3", "8"]
    assert check_class_names(("a", 2), np.array([3, 8])) == ["a", "2"]


def test_long_names_keep_beginning_and_end():
    assert brief("spot") == "spot"
    assert brief("very long name one") == "very lo…ame one"
    assert len(brief("x" * 99)) == 15


@pytest.mark.parametrize("longest", [12, 15, 20])
def test_names_that_differ_stay_different_when_they_are_cut(longest):
    names = [f"the common beginning {i} and the common end" for i in range(120)]
    short = shorten_names([*names, names[7]], longest)
    assert len(set(short)) == 120
    assert short[-1] == short[7]
    assert max(map(len, short)) <= longest


def test_pictures_of_all_layouts_are_the_same(layout):
    X = layout.images
    wanted = (X[..., 0] if X.shape[3] == 1 else X) / np.float32(255)
    images = to_images(layout.X, layout.image_shape)
    assert_allclose(to_pictures(images, (0, 255)), wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("pixels", "limits"),
    [
        (np.array([3, 200], np.uint8), (0, 255)),
        (np.array([0, 1], np.uint8), (0, 1)),
        (np.array([0, 16], np.uint8), (0, 16)),
        (np.array([0.2, 0.7]), (0, 1)),
        (np.array([-0.2, 0.7]), (-1, 1)),
        (np.array([2.0, 16.0]), (0, 16)),
        (np.array([-3.0, 2.0]), (-3, 2)),
    ],
    ids=[
        "bytes",
        "zeros and ones",
        "four bits",
        "fractions",
        "about zero",
        "digits",
        "standardised",
    ],
)
def test_black_and_white_are_found(pixels, limits):
    assert pixel_limits(pixels) == limits


def test_black_images_stay_black():
    black = np.zeros((2, 3, 3, 1), np.uint8)
    assert to_pictures(black, pixel_limits(black)).max() == 0


def test_limits_that_are_given_hold():
    images = np.full((1, 2, 2, 1), 5.0)
    assert_allclose(to_pictures(images, (0, 20)), 0.25)
    assert_allclose(to_pictures(images, (0, 4)), 1)


def test_two_channels_cannot_be_drawn():
    with pytest.raises(ValueError, match=r"2 channels cannot be drawn.*\[\.\.\., :1"):
        to_pictures(np.zeros((1, 3, 3, 2)), (0, 1))


def test_picture_is_drawn_from_black_to_white():
    ax = plt.subplots()[1]
    image = show_picture(ax, np.full((2, 2), 0.5))
    assert image.get_clim() == (0, 1)
    assert image.cmap.name == "gray"
    assert not ax.axison


LONG = "CNN of two blocks with 16 and 32 filters, flips, shifts and dropout"


@pytest.mark.parametrize(
    "draw",
    [
        lambda: ConfusionDisplay.from_predictions([0, 1], [0, 1], name=LONG),
        lambda: ClassScoresDisplay.from_predictions([0, 1], [0, 1], name=LONG),
        lambda: RocDisplay.from_predictions([0, 1], [0.2, 0.9], name=LONG),
        lambda: HistoryDisplay.from_history({"loss": [2.0, 1.0]}, name=LONG),
    ],
    ids=["confusion", "class scores", "ROC", "history"],
)
def test_a_long_title_is_wrapped_inside_of_the_figure(draw):
    figure = draw().figure_
    figure.draw_without_rendering()
    title = figure.axes[0].title
    box = title.get_window_extent()
    assert LONG in title.get_text()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width
    assert box.y1 <= figure.bbox.height
