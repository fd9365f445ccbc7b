import ast
import importlib.util
import os
import runpy
from pathlib import Path

import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt

from skcnn import datasets

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
PICTURES = sorted(EXAMPLES.glob("plot_*.py"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_has_a_title_and_ends_with_what_to_see(path):
    text = path.read_text(encoding="utf-8")
    title, line, *_ = ast.get_docstring(ast.parse(text)).splitlines()
    assert line == "=" * len(title)
    *_, last_cell = text.split("\n# %%\n")
    comments = [line for line in last_cell.splitlines() if line.startswith("# ")]
    assert comments[-1].endswith(".")


@pytest.mark.slow
@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_an_example_runs_and_draws(path, monkeypatch):
    if "large" in path.stem and not os.environ.get("SKCNN_DATA"):
        pytest.skip("SKCNN_DATA is not set")
    plt.switch_backend("Agg")
    monkeypatch.setattr(plt, "show", lambda: None)
    runpy.run_path(str(path), run_name="__main__")
    assert plt.get_fignums()
    plt.close("all")


@pytest.fixture(scope="module")
def compare_systems():
    """Give the module of examples/compare_systems.py."""
    path = EXAMPLES / "compare_systems.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def small_backbone(input_shape):
    """Build a backbone in a moment, which MobileNetV2 is not."""
    images = keras.Input(input_shape)
    kernel = keras.initializers.HeNormal(seed=0)
    x = keras.layers.Conv2D(8, 3, padding="same", kernel_initializer=kernel)(images)
    return keras.Model(images, keras.layers.Activation("relu")(x))


def test_one_loop_runs_every_kind_of_system_on_the_same_folds(compare_systems):
    X, y = datasets.load_digits()
    estimators = compare_systems.systems(epochs=6)
    estimators["transfer"].set_params(
        backbone=small_backbone, backbone_params=None, weights="imagenet"
    )
    table = compare_systems.compare(estimators, X[:300], y[:300], n_folds=2)
    assert set(table.index) == set(estimators)
    assert len(table) == 8
    # One digit in ten is right by chance; random features are left out.
    assert (table.drop(index="transfer").accuracy > 0.3).all()
    assert np.isfinite(table.to_numpy()).all()
    assert table.accuracy.is_monotonic_decreasing


@pytest.mark.data
@pytest.mark.slow
def test_the_same_loop_on_garments(compare_systems):
    X, y = compare_systems.load("garments", 2000)
    table = compare_systems.compare(compare_systems.systems(15), X, y, n_folds=3)
    assert len(table) == 8
    assert (table.accuracy > 0.6).all()
