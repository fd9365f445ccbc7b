"""Image classifiers on Keras that are ordinary scikit-learn estimators."""

from importlib import import_module

__version__ = "0.1.0"

# Each public name and its module. A name loads when it is first asked for, so that
# `import skcnn` costs nothing and TensorFlow starts only when a network is used.
_HOMES = {
    "AutoencoderClassifier": "_autoencoder_classifier",
    "CNNClassifier": "_cnn",
    "Comparison": "comparison",
    "ConvAutoencoder": "_autoencoder",
    "HOGFeatures": "_hog_features",
    "NetworkClassifier": "_network",
    "NetworkFeatures": "_network_features",
    "PretrainedFeatures": "_pretrained_features",
    "ResNetClassifier": "_resnet",
    "SVMClassifier": "_svm",
    "TransferClassifier": "_transfer",
    "compare": "comparison",
    "datasets": "datasets",
    "plots": "plots",
    "load": "persistence",
    "networks": "networks",
    "recipes": "recipes",
    "report": "reporting",
    "save": "persistence",
}

__all__ = list(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f".{_HOMES[name]}", __name__)
    value = home if _HOMES[name] == name else getattr(home, name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
