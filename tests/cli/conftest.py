"""A small Kaggle: two CSV files, a fitted model, and a way to call the command."""

import shlex
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner


@pytest.fixture(scope="session")
def network():
    """Give options for the network of `make_cnn`, so that fits share one model."""
    return (
        "--set filters=(8,) --set convs_per_block=1 --set head=flatten "
        "--set batch_size=16 --set learning_rate=0.02 --set lr_schedule=constant "
        "--set augment=none --set label_smoothing=0 --epochs 2"
    )


@pytest.fixture(scope="session")
def command():
    """Give a function that runs a line of the command, as a shell would.

    What it returns has `exit_code` and `output` (stdout and stderr in order).
    """
    from skcnn.cli._app import app

    def run(line):
        return CliRunner().invoke(app, shlex.split(line), prog_name="skcnn")

    return run


@pytest.fixture
def succeed(command):
    """Give a function that runs a line, which must end well, and returns its output."""

    def run(line):
        done = command(line)
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.fixture
def fail(command):
    """Give a function that runs a line, which must fail, and returns its one error.

    It fails with 1, says "Error: ..." on one line, and shows no traceback.
    """

    def run(line, exit_code=1):
        done = command(line)
        assert done.exit_code == exit_code, done.output
        assert "Traceback" not in done.output
        (error,) = [
            line for line in done.output.splitlines() if line.startswith("Error: ")
        ]
        return error

    return run


@pytest.fixture(scope="session")
def kaggle(tmp_path_factory, shapes):
    """Give the files of a small competition. Careful: do not change them.

    Attributes
    ----------
    folder : where they are.
    train : "Id,Label,1..64", 60 images, whose labels are "left", "spot" and "top".
    test : "Id,0..63", 30 images, whose ids are 900, 901, ...
    labelled : the same with "Label" behind the id.
    y_test : labels of the test images.
    """
    folder = tmp_path_factory.mktemp("kaggle")
    X, y = shapes
    rows = np.arange(60) % 2 == 0
    _write(folder / "train.csv", X, np.arange(60), y, first_pixel=1)
    _write(folder / "test.csv", X[rows] // 2 + 20, np.arange(900, 930))
    _write(folder / "labelled.csv", X[rows] // 2 + 20, np.arange(900, 930), y[rows])
    return SimpleNamespace(
        folder=folder,
        train=folder / "train.csv",
        test=folder / "test.csv",
        labelled=folder / "labelled.csv",
        y_test=y[rows],
    )


def _write(path, X, ids, y=None, first_pixel=0):
    names = [str(at) for at in range(first_pixel, first_pixel + 64)]
    frame = pd.DataFrame(X.reshape(len(X), 64), columns=names)
    if y is not None:
        frame.insert(0, "Label", y)
    frame.insert(0, "Id", ids)
    frame.to_csv(path, index=False)


@pytest.fixture(scope="session")
def model_file(tmp_path_factory, fitted_cnn):
    """Give the file of a CNNClassifier fitted on `shapes`. Do not change it."""
    from skcnn import save

    path = tmp_path_factory.mktemp("model") / "cnn.skcnn"
    save(fitted_cnn, path)
    return path


@pytest.fixture
def write_idx(tmp_path):
    """Give a function that writes a uint8 array as an IDX file."""

    def write(name, values):
        header = bytes([0, 0, 8, values.ndim])
        sizes = b"".join(n.to_bytes(4, "big") for n in values.shape)
        path = tmp_path / name
        path.write_bytes(header + sizes + values.tobytes())
        return path

    return write


@pytest.fixture
def count_fits(monkeypatch):
    """Give a list that grows by one with every fit of an SVMClassifier."""
    from skcnn import SVMClassifier

    fits, fit = [], SVMClassifier.fit

    def counted(self, *arguments, **weights):
        fits.append(self.C)
        return fit(self, *arguments, **weights)

    monkeypatch.setattr(SVMClassifier, "fit", counted)
    return fits
