"""Fitted estimators of every kind, and files to be damaged."""

import json
import zipfile

import keras
import pytest
from sklearn.linear_model import LogisticRegression

from skcnn import (
    AutoencoderClassifier,
    ConvAutoencoder,
    HOGFeatures,
    NetworkClassifier,
    NetworkFeatures,
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


@pytest.fixture
def forge(path):
    """Give a function that rewrites parts of the file at ``path``.

    It takes a function that changes the manifest (a dict) in place, and members by
    name: their new content, or None to drop one.
    """

    def rewrite(change=None, compression=zipfile.ZIP_STORED, **members):
        with zipfile.ZipFile(path) as old:
            content = {name: old.read(name) for name in old.namelist()}
        if change is not None:
            manifest = json.loads(content["estimator.json"])
            change(manifest)
            content["estimator.json"] = json.dumps(manifest).encode()
        content |= members
        with zipfile.ZipFile(path, "w", compression) as new:
            for name, one in content.items():
                if one is not None:
                    new.writestr(name, one)

    return rewrite
