"""Tests of charts inside a page."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib import pyplot

from skcnn.reporting._svg import to_svg


@pytest.fixture(scope="module")
def figure():
    figure, ax = pyplot.subplots(figsize=(3, 2))
    ax.plot([1, 10, 3], label="a < b & </script>", color="#0072B2")
    ax.imshow(np.eye(3), extent=(0, 1, 1, 3))
    ax.grid(color="#dddddd")
    ax.legend()
    yield figure
    pyplot.close(figure)


@pytest.fixture(scope="module")
def svg(figure):
    return to_svg(figure, "first")


def test_texts_are_texts_and_escaped(svg):
    texts = [t.text for t in ElementTree.fromstring(svg).iter("text")]
    assert "a < b & </script>" in texts
    assert "</script>" not in svg


def test_nothing_is_styled_by_itself(svg):
    assert "style" not in svg
    assert "font-family" not in svg


def test_black_grey_and_white_are_those_of_the_page(svg):
    assert not re.search(r'"#(000000|dddddd|ffffff)"', svg)
    for colour in ("currentColor", "var(--line)", "var(--paper)"):
        assert colour in svg


def test_colours_of_lines_can_be_lightened_by_the_page(svg):
    assert "var(--c0, #0072B2)" in svg


def test_links_stay_within(svg):
    links = re.findall(r'(?:href="|url\()([^")]{1,30})', svg)
    assert links
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(set(ids)) == len(ids)
    for link in links:
        assert link.startswith("data:image/png") or link.removeprefix("#") in ids


def test_two_charts_share_no_id(figure, svg):
    ids = [set(re.findall(r' id="([^"]+)"', s)) for s in (svg, to_svg(figure, "b"))]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_the_same_figure_gives_the_same_text(figure, svg):
    assert to_svg(figure, "first") == svg


def test_the_size_is_left_to_the_page(svg):
    root = ElementTree.fromstring(svg)
    assert set(root.attrib) == {"viewBox", "fill"}
