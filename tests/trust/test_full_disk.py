"""A disk that is full at any byte: what was there stays, and trainings go on."""

import builtins
import errno
import io
import math
import os
import warnings
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from typer.testing import CliRunner

from skcnn import PretrainedFeatures, SVMClassifier, compare, save
from skcnn.cli._app import app


class Disk:
    """Takes so many bytes, and then says that it is full."""

    def __init__(self):
        self.free, self.written = math.inf, 0

    def take(self, n_bytes):
        self.written += n_bytes
        if self.written > self.free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def filled_at(self, free):
        """Make it empty, with room for so many bytes."""
        self.free, self.written = free, 0


class FileOnDisk(io.FileIO):
    """A file on the `Disk` of the class."""

    disk = None

    def write(self, content):
        self.disk.take(memoryview(content).nbytes)
        return super().write(content)


@pytest.fixture
def disk(monkeypatch, tmp_path):
    """Give the disk of all files that are written below `tmp_path`."""
    open_, disk = io.open, Disk()
    monkeypatch.setattr(FileOnDisk, "disk", disk)

    def opened(file, mode="r", buffering=-1, encoding=None, *more, **options):
        is_ours = (
            not isinstance(file, int) and tmp_path in Path(file).absolute().parents
        )
        if not is_ours or not set(mode) & set("wxa") or "+" in mode:
            return open_(file, mode, buffering, encoding, *more, **options)
        stream = io.BufferedWriter(FileOnDisk(file, mode.replace("b", "")))
        newline = options.get("newline")
        return (
            stream
            if "b" in mode
            else io.TextIOWrapper(stream, encoding or "utf-8", newline=newline)
        )

    monkeypatch.setattr(io, "open", opened)
    monkeypatch.setattr(builtins, "open", opened)
    return disk


@pytest.fixture
def filled(disk):
    """Give a function that fills the disk at drawn bytes while `act` writes.

    `before` has room, and runs ahead of each `check(act)`.
    """

    def run(act, n_times, check, before=lambda: None):
        disk.filled_at(math.inf)
        act()
        n_bytes = disk.written
        assert n_bytes > 0
        # Files that hold seconds are now longer and now shorter by some digits.
        draws = np.random.default_rng(0).integers(0, n_bytes * 0.95, n_times - 1)
        for free in [0, *draws]:
            disk.filled_at(math.inf)
            before()
            disk.filled_at(free)
            check(act)
        return f"full {n_times} times within {n_bytes} bytes, 0 wrong"

    return run


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_that_cannot_be_saved_stays_as_it_was(
    filled, cnn, images, effort, tmp_path
):
    path, clf = tmp_path / "model.skcnn", cnn().fit(*images)

    def before():
        path.write_bytes(b"what was there")

    def check(act):
        with pytest.raises(OSError, match="No space left"):
            act()
        assert contents(tmp_path) == {path: b"what was there"}

    done = filled(lambda: save(clf, path), effort(5, 100), check, before)
    effort.say(f"full disk: save: {done}")


def test_a_training_whose_checkpoints_cannot_be_kept_goes_on(
    filled, cnn, images, bits, effort, tmp_path
):
    expected = bits(cnn().fit(*images))

    def act():
        return bits(cnn(checkpoint_dir=tmp_path / "kept").fit(*images))

    def check(act):
        with pytest.warns(RuntimeWarning, match="No space left"):
            assert act() == expected

    done = filled(act, effort(3, 60), check)
    effort.say(f"full disk: checkpoint_dir: {done}")


def test_a_comparison_whose_store_is_full_goes_on(
    filled, images, effort, tmp_path, cnn
):
    names = iter(range(10**6))

    def act():
        done = compare(
            {"svm": SVMClassifier(), "cnn": cnn(epochs=1)}, *images, cv=2,
            random_state=0, verbose=0, store=tmp_path / str(next(names)),
        )  # fmt: skip
        return done.folds_.drop(columns=["fit_seconds", "predict_seconds"])

    expected = act()

    def check(act):
        with pytest.warns(RuntimeWarning, match="No space left"):
            pd.testing.assert_frame_equal(act(), expected)

    done = filled(act, effort(3, 40), check)
    effort.say(f"full disk: store: {done}")


def backbone(input_shape):
    """Build a backbone of one convolution."""
    images = keras.Input(input_shape)
    x = keras.layers.Rescaling(1 / 127.5, -1.0)(images)
    return keras.Model(images, keras.layers.Conv2D(4, 3)(x))


def test_features_that_cannot_be_kept_are_given(filled, images, effort, tmp_path):
    X, _ = images
    names = iter(range(10**6))

    def act():
        memory = tmp_path / str(next(names))
        features = PretrainedFeatures(backbone, random_state=0, memory=memory)
        return features.fit_transform(X)

    expected = act()

    def check(act):
        with pytest.warns(RuntimeWarning, match="No space left"):
            np.testing.assert_array_equal(act(), expected)

    done = filled(act, effort(2, 20), check)
    effort.say(f"full disk: memory: {done}")


SETTINGS = "--set filters=(4,) --set convs_per_block=1 --epochs 1"
LINES = {
    "fit": f"fit train.csv --target label {SETTINGS} --out there.skcnn --force",
    "predict": "predict model.skcnn test.csv --out there.csv --force",
    "compare": "compare train.csv --target label --models svm --cv 2 --out there.csv",
    "report": "report model.skcnn train.csv --target label --out there.html",
}


@pytest.mark.parametrize(
    ("effort", "name"),
    [
        ("short", "predict"),
        *(pytest.param("whole", name, marks=pytest.mark.trust) for name in LINES),
    ],
    indirect=["effort"],
)
def test_a_file_that_the_command_cannot_write_stays_as_it_was(
    name, filled, disk, cnn, images, effort, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    X, y = images
    frame = pd.DataFrame(X.reshape(len(X), -1)).rename(columns="p{}".format)
    frame.to_csv("test.csv", index=False)
    frame.assign(label=y).to_csv("train.csv", index=False)
    save(cnn().fit(X, y), "model.skcnn")
    line = LINES[name].split()
    (there,) = [Path(word) for word in line if word.startswith("there")]

    def act():
        return CliRunner().invoke(app, line, prog_name="skcnn")

    def before():
        there.write_bytes(b"what was there")

    def check(act):
        files = contents(tmp_path)
        done = act()
        assert done.exit_code == 1, done.output
        assert "No space left" in " ".join(done.output.split())
        assert contents(tmp_path) == files

    done = filled(act, effort(2, 20), check, before)
    effort.say(f"full disk: skcnn {name}: {done}")


class Killed(ClassifierMixin, BaseEstimator):
    """Ends the process that fits it, unless that is the one with this number."""

    def __init__(self, parent):
        self.parent = parent

    def fit(self, X, y):
        if os.getpid() != self.parent:
            os.kill(os.getpid(), 9)
        return self


@pytest.mark.trust
def test_a_worker_that_is_killed_costs_its_unit_only(images, record_property):
    X, y = images
    estimators = {"svm": SVMClassifier(), "killed": Killed(os.getpid())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joblib and loky say it in their words
        done = compare(estimators, X, y, cv=3, n_jobs=2, random_state=0, verbose=0)
    assert done.best_ == "svm"
    assert "" in set(done.table_["error"])
    assert done.table_.loc["killed", "error"]
    record_property("survived", "faults: 3 workers killed in compare, 0 units lost")
