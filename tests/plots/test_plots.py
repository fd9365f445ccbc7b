"""Tests of the room: its names, and what it loads."""

import pytest

import skcnn
from skcnn import plots


def test_all_displays_can_be_reached_and_are_listed():
    for name in plots.__all__:
        assert getattr(plots, name).__name__ == name
        assert name in dir(plots)
    assert skcnn.plots is plots


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"skcnn.plots.*Roc"):
        plots.Roc  # noqa: B018  (asking is the test)
