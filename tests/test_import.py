"""Tests of the shop window: what `import skcnn` loads, and what it shows."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import skcnn


def loaded_after(*steps):
    """Return which of the heavy packages a new process has loaded after each step."""
    report = """
    heavy = {"tensorflow", "keras", "scikeras", "matplotlib", "typer"}
    print(*heavy & set(sys.modules))
    """
    code = ["import sys", *(part for step in steps for part in (step, report))]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(map(textwrap.dedent, code))],
        capture_output=True,
        text=True,
        check=True,
    )
    return [set(line.split()) for line in done.stdout.splitlines()]


# What needs no network. (A network starts Keras, which loads matplotlib by itself.)
LIGHT = {
    "import": "import skcnn",
    "estimators are made, cloned and shown": """
        from sklearn.base import clone

        networks = skcnn.CNNClassifier(), skcnn.NetworkClassifier(print, model__units=3)
        for estimator in networks:
            clone(estimator).set_params(epochs=3)._repr_html_()
            repr(estimator)
    """,
    "data are read": "skcnn.datasets.load_digits()",
    "recipes are listed": "skcnn.recipes.list()",
    "a support vector machine is fitted and saved": """
        import numpy as np

        X = np.arange(640, dtype=np.uint8).reshape(10, 8, 8)
        fitted = skcnn.SVMClassifier().fit(X, [0, 1] * 5)
        fitted.predict(X)
        skcnn.save(fitted, "model.skcnn")
    """,
    "Displays are named": """
        for name in skcnn.plots.__all__:
            getattr(skcnn.plots, name)
    """,
}


def test_what_needs_no_network_loads_nothing_heavy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = zip(LIGHT, loaded_after(*LIGHT.values()), strict=True)
    assert {step: heavy for step, heavy in loaded if heavy} == {}


def test_editors_see_the_names_that_load_lazily():
    folder = Path(skcnn.__file__).parent
    assert (folder / "py.typed").is_file()
    for package in (skcnn, skcnn.plots):
        stub = Path(package.__file__).with_suffix(".pyi").read_text()
        # Else a type checker does not count them as exported.
        for name in package.__all__:
            assert f"import {name} as {name}" in stub


def test_all_public_names_can_be_reached_and_are_listed():
    for name in skcnn.__all__:
        assert getattr(skcnn, name) is not None
        assert name in dir(skcnn)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="No skcnn attribute CNN"):
        skcnn.CNN  # noqa: B018  (asking is the test)


@pytest.mark.slow
def test_starting_tensorflow_leaves_the_global_random_states_alone():
    code = """
    import random

    import numpy as np

    before = random.getstate(), np.random.get_state()[1].tolist()
    from skcnn.keras_door import start_tensorflow

    start_tensorflow()
    import keras

    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]
    """
    assert {"tensorflow", "keras"} <= loaded_after(code)[0]
