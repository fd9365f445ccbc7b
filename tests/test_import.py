"""Tests of the shop window: what `import skcnn` loads, and what it shows."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import skcnn


def loaded_after(code, errors=None):
    """Return which of the heavy packages a new process has loaded after `code`.

    With `errors`, that must be all that was written to the standard error.
    """
    report = """
    import sys
    heavy = {"tensorflow", "keras", "scikeras", "matplotlib", "typer"}
    print(*heavy & set(sys.modules))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code) + textwrap.dedent(report)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert errors is None or done.stderr == errors
    return set(done.stdout.split())


def test_import_loads_nothing_heavy():
    assert loaded_after("import skcnn") == set()


def test_making_cloning_and_showing_estimators_loads_no_tensorflow():
    code = """
    from sklearn.base import clone
    from skcnn import CNNClassifier, NetworkClassifier

    for estimator in (CNNClassifier(), NetworkClassifier(print, model__units=3)):
        clone(estimator).set_params(epochs=3)._repr_html_()
        repr(estimator)
    """
    assert loaded_after(code) == set()


def test_networks_start_tensorflow_quietly_and_with_their_share_of_the_cores(
    monkeypatch,
):
    monkeypatch.setenv("SKCNN_THREADS", "1")
    code = """
    import random

    import skcnn

    before = random.getstate()
    skcnn.networks.build_intensity_cnn
    assert random.getstate() == before
    import tensorflow as tf

    assert tf.config.threading.get_intra_op_parallelism_threads() == 1
    """
    assert {"tensorflow", "keras"} <= loaded_after(code, errors="")


def test_data_come_without_tensorflow():
    code = """
    from skcnn.datasets import load_digits

    load_digits()
    """
    assert loaded_after(code) == set()


# A network starts Keras, which loads matplotlib by itself.
def test_fit_predict_and_save_load_neither_matplotlib_nor_typer(tmp_path):
    code = f"""
    import numpy as np
    import skcnn

    X = np.arange(640, dtype=np.uint8).reshape(10, 8, 8)
    fitted = skcnn.SVMClassifier().fit(X, [0, 1] * 5)
    fitted.predict(X)
    skcnn.save(fitted, {str(tmp_path / "model.skcnn")!r})
    """
    assert loaded_after(code) == set()


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
    assert {"tensorflow", "keras"} <= loaded_after(code)
