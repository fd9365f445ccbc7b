"""What the docstrings of estimators say of parameters that they share."""

import inspect
import re

import pytest
from numpydoc.docscrape import NumpyDocString

import skcnn

ESTIMATORS = [
    name
    for name in skcnn.__all__
    if inspect.isclass(getattr(skcnn, name)) and hasattr(getattr(skcnn, name), "fit")
]

NETWORKS = [
    "CNNClassifier",
    "ConvAutoencoder",
    "NetworkClassifier",
    "ResNetClassifier",
    "TransferClassifier",
]

# Where one word means something else in one of them.
OWN_TEXTS = {
    ("ConvAutoencoder", "epochs"),  # a CNN learns in fewer steps
    ("NetworkClassifier", "epochs"),
    ("ResNetClassifier", "epochs"),
    ("TransferClassifier", "epochs"),
    ("ConvAutoencoder", "early_stopping"),  # images have no classes
    ("ConvAutoencoder", "filters"),
    ("ConvAutoencoder", "kernel_size"),
    ("ConvAutoencoder", "monitor"),
    ("ConvAutoencoder", "random_state"),  # decides the noise
    ("NetworkClassifier", "optimizer"),  # networks come compiled
    ("ResNetClassifier", "dropout"),
    ("ResNetClassifier", "filters"),
    ("ResNetClassifier", "kernel_size"),
    ("ResNetClassifier", "l2"),
    ("TransferClassifier", "augment"),  # of fine-tuning alone
    ("TransferClassifier", "dense_units"),
    ("TransferClassifier", "precision"),  # the backbone's
    ("ConvAutoencoder", "history_"),
    ("ConvAutoencoder", "model_"),
    ("ConvAutoencoder", "n_parameters_"),
    ("TransferClassifier", "model_"),
    ("TransferClassifier", "n_parameters_"),
}


def documented(name, section="Parameters"):
    """Return what a docstring says: name -> (type, text)."""
    entries = NumpyDocString(inspect.getdoc(getattr(skcnn, name)))[section]
    return {e.name: (e.type, " ".join(e.desc)) for e in entries}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_parameter_is_documented_with_its_default(name):
    parameters = inspect.signature(getattr(skcnn, name)).parameters.values()
    stars = {inspect.Parameter.VAR_KEYWORD: "**"}
    said = documented(name)
    assert list(said) == [stars.get(p.kind, "") + p.name for p in parameters]
    for parameter in parameters:
        kind, text = said[stars.get(parameter.kind, "") + parameter.name]
        assert text
        default = re.search(r"default=(.*)$", kind)
        if default:
            assert eval(default[1]) == parameter.default
        elif "optional" in kind:
            assert parameter.default is None


@pytest.mark.parametrize("section", ["Parameters", "Attributes"])
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_say_the_same_of_what_they_share(name, section):
    expected, said = documented("CNNClassifier", section), documented(name, section)
    differing = [n for n in said if n in expected and said[n][1] != expected[n][1]]
    assert [n for n in differing if (name, n) not in OWN_TEXTS] == []
