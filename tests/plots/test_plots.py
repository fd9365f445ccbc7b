"""Tests of the room: its names, and what it loads."""

import subprocess
import sys

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


def test_displays_load_matplotlib_only_when_they_draw():
    code = """
import sys
from skcnn import plots

for name in plots.__all__:
    getattr(plots, name)
print(*{"tensorflow", "keras", "matplotlib"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
