"""Short names of models: those of the command and of ``compare``."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import NamedTuple

from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline

import skcnn
from skcnn import recipes


class Model(NamedTuple):
    """A model with a short name."""

    what: str
    make: Callable[[], BaseEstimator]


def _intensity() -> BaseEstimator:
    build = skcnn.networks.build_intensity_cnn
    return skcnn.NetworkClassifier(build, lr_schedule="one_cycle")


def _network_features() -> BaseEstimator:
    features = skcnn.NetworkFeatures(skcnn.CNNClassifier())
    return Pipeline([("features", features), ("svm", skcnn.SVMClassifier())])


def _small_hog() -> BaseEstimator:
    features = skcnn.HOGFeatures(pixels_per_cell=2)
    return Pipeline([("features", features), ("svm", skcnn.SVMClassifier())])


MODELS = {
    "cnn": Model(
        "convolutional network; the one to begin with",
        lambda: skcnn.CNNClassifier(),
    ),
    "resnet": Model(
        "residual network",
        lambda: skcnn.ResNetClassifier(),
    ),
    "transfer": Model(
        "pretrained MobileNetV2 under a new head; for few or large images",
        lambda: skcnn.TransferClassifier(),
    ),
    "intensity": Model(
        "convolutional network for labels that depend on the brightness too",
        _intensity,
    ),
    "patches": Model(
        "ridge on what images have of each other's patches; ready in seconds",
        lambda: recipes.make("P1"),
    ),
    "svm": Model(
        "support vector machine on the pixels: the baseline",
        lambda: skcnn.SVMClassifier(),
    ),
    "hog": Model(
        "support vector machine on gradient histograms",
        lambda: skcnn.SVMClassifier(features="hog"),
    ),
    "hog-small": Model(
        "the same with cells of 2 x 2 pixels, for images below 12 x 12",
        _small_hog,
    ),
    "hog-pixels": Model(
        "support vector machine on gradient histograms and pixels",
        lambda: skcnn.SVMClassifier(features="hog+pixels"),
    ),
    "pca": Model(
        "support vector machine on principal components (95 % of the variance)",
        lambda: skcnn.SVMClassifier(n_components=0.95),
    ),
    "autoencoder": Model(
        "support vector machine on the codes of an autoencoder",
        lambda: skcnn.AutoencoderClassifier(skcnn.ConvAutoencoder()),
    ),
    "network-features": Model(
        "support vector machine on what a convolutional network sees",
        _network_features,
    ),
    "dummy": Model(
        "the most frequent label, whatever the image: what all should beat",
        lambda: DummyClassifier(),
    ),
}


def make_named(name: str) -> BaseEstimator:
    """Return the unfitted estimator of a short name, or of a recipe.

    Parameters
    ----------
    name : str
        One of `MODELS`, or the id of a recipe, such as ``"C3"``, in any case.

    Raises
    ------
    ValueError
        For an unknown name; those that there are, are listed.

    Examples
    --------
    >>> make_named("svm"), make_named("c3").filters
    (SVMClassifier(), (64, 128))
    """
    if name in MODELS:
        return MODELS[name].make()
    known = recipes.list().index.tolist()
    if name.upper() in known:
        return recipes.make(name.upper())
    raise ValueError(
        f"There is no model {name!r}.{hint(name, [*MODELS, *known])} The models are "
        f"{', '.join(MODELS)}; the recipes are {', '.join(known)} "
        "(skcnn models says what they are)."
    )


def hint(name: str, known: list[str]) -> str:
    """Guess what was meant.

    Examples
    --------
    >>> hint("cn", ["cnn", "svm"]), hint("c33", ["C1", "C3"])
    (" Did you mean 'cnn'?", " Did you mean 'C3'?")
    """
    cases = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), cases, n=1)
    return f" Did you mean {cases[close[0]]!r}?" if close else ""
