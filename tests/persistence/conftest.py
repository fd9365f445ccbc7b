"""Fitted estimators of every kind, and files to be damaged."""

import hashlib
import json
import zipfile
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import keras
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcnn import (
    AutoencoderClassifier,
    ConvAutoencoder,
    HOGFeatures,
    HoldoutRidgeClassifier,
    NetworkClassifier,
    NetworkFeatures,
    PatchFeatures,
    PretrainedFeatures,
    ResNetClassifier,
    SVMClassifier,
    TransferClassifier,
    load,
    save,
)

# As short as a training can be: nothing here depends on what was learned.
SHORT = {"epochs": 1, "random_state": 0, "batch_size": 60}
TINY = {**SHORT, "filters": (4,)}


def perceptron(input_shape, n_classes, units=4):
    """Build a network that Keras can describe."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(n_classes),
        ]
    )


def backbone(input_shape):
    """Build a backbone that Keras can describe."""
    images = keras.Input(input_shape)
    return keras.Model(images, keras.layers.Conv2D(4, 3)(images))


def _make(make_cnn):
    cnn = make_cnn(filters=(4,), epochs=1)
    return {
        "CNNClassifier": cnn,
        "ResNetClassifier": ResNetClassifier(blocks=1, augment="erase", **TINY),
        "NetworkClassifier": NetworkClassifier(perceptron, model__units=5, **SHORT),
        "TransferClassifier": TransferClassifier(
            backbone, fine_tune_layers=1, fine_tune_epochs=1, **SHORT
        ),
        "SVMClassifier": SVMClassifier(),
        "SVMClassifier with all": SVMClassifier(
            features="hog+pixels",
            n_components=5,
            probability=True,
            random_state=0,
        ),
        "AutoencoderClassifier": AutoencoderClassifier(
            ConvAutoencoder(**TINY), LogisticRegression()
        ),
        "ConvAutoencoder": ConvAutoencoder(noise=0.1, code_units=3, **TINY),
        "PretrainedFeatures": PretrainedFeatures(backbone, random_state=0),
        "NetworkFeatures": NetworkFeatures(cnn),
        "HOGFeatures": HOGFeatures(cells_per_block=1),
        "PatchFeatures": PatchFeatures(n_filters=2, pool=2, random_state=0),
        "patches and ridge": make_pipeline(
            PatchFeatures(n_filters=2, pool=2, random_state=0),
            HoldoutRidgeClassifier(random_state=0),
        ),
    }


@pytest.fixture(scope="session")
def make_fitted(make_cnn, shapes):
    """Give a function that fits an estimator of ``_make`` by its name, once."""
    unfitted, fitted = _make(make_cnn), {}

    def make(name):
        if name not in fitted:
            fitted[name] = unfitted[name].fit(*shapes)
        return fitted[name]

    return make


@pytest.fixture
def path(tmp_path):
    """Give the path of a file that is not there yet."""
    return tmp_path / "model.skcnn"


@pytest.fixture
def saved(path):
    """Give a function that saves an estimator and loads it again."""

    def round_trip(estimator, **own_code):
        save(estimator, path)
        return load(path, **own_code)

    return round_trip


@pytest.fixture(scope="session")
def fuzz_files():
    """Give the module beside this file."""
    path = Path(__file__).with_name("fuzz_files.py")
    spec = spec_from_file_location(path.stem, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def read(path):
    """Give a function that returns the members of the file at ``path`` by name."""
    return partial(_read, path)


@pytest.fixture
def write(path):
    """Give a function that makes the file at ``path`` of members, sums included."""
    return partial(_write, path)


def _read(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def _write(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)


def _sign(members):
    """Write the digests of all members anew, as a forger would."""
    digests = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in members.items()
        if name != "digests.json"
    }
    members["digests.json"] = json.dumps(digests).encode()


@pytest.fixture
def forge(path):
    """Give a function that rewrites parts of the file at ``path``, digests included.

    It takes a function that changes the manifest (a dict) in place, and members by
    name: their new content, or None to drop one.
    """

    def rewrite(change=None, compression=zipfile.ZIP_STORED, **changed):
        members = _read(path)
        if change is not None:
            manifest = json.loads(members["estimator.json"])
            change(manifest)
            members["estimator.json"] = json.dumps(manifest).encode()
        members |= changed
        members = {name: one for name, one in members.items() if one is not None}
        _sign(members)
        _write(path, members, compression)

    return rewrite
