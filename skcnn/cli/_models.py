"""The models that the command knows by name, and their parameters."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

import skcnn
from skcnn.cli._values import format_value


class Model(NamedTuple):
    """A model with a short name."""

    what: str
    make: Callable[[], BaseEstimator]


def _intensity() -> BaseEstimator:
    from skcnn.recipes._recipe import network_function

    build = network_function("build_intensity_cnn")
    return skcnn.NetworkClassifier(build, lr_schedule="one_cycle")


def _network_features() -> BaseEstimator:
    features = skcnn.NetworkFeatures(skcnn.CNNClassifier())
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
    "svm": Model(
        "support vector machine on the pixels: the baseline",
        lambda: skcnn.SVMClassifier(),
    ),
    "hog": Model(
        "support vector machine on gradient histograms",
        lambda: skcnn.SVMClassifier(features="hog"),
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
}


def make_model(
    name: str, settings: Mapping[str, object], seed: int | None = None
) -> BaseEstimator:
    """Return an unfitted estimator.

    Parameters
    ----------
    name : str
        One of `MODELS`, or the id of a recipe, such as ``"C3"``.
    settings : mapping of str to object
        Parameters to set; see :func:`set_parameters`.
    seed : int, optional
        Value of the ``random_state``, or of all parts' where the whole has none.

    Returns
    -------
    BaseEstimator
        It can be fitted.

    Raises
    ------
    ValueError
        For an unknown name or parameter; those that there are, are listed.

    Examples
    --------
    >>> make_model("cnn", {"kernel_size": 5}).kernel_size
    5
    """
    estimator = _make(name)
    if seed is not None and names_of(estimator, "random_state"):
        set_parameters(name, estimator, {"random_state": seed})
    set_parameters(name, estimator, settings)
    return estimator


def set_parameters(
    name: str, estimator: BaseEstimator, settings: Mapping[str, object]
) -> None:
    """Set parameters of a model.

    Parameters
    ----------
    name : str
        What the user calls the model.
    estimator : BaseEstimator
        The model. It is changed.
    settings : mapping of str to object
        Names, in a model of several parts also without the part, and values.

    Raises
    ------
    ValueError
        For an unknown parameter; the known ones are listed.
    """
    for parameter, value in settings.items():
        names = check_parameter(name, estimator, parameter)
        estimator.set_params(
            **{full: as_default(estimator, full, value) for full in names}
        )


def as_default(estimator: BaseEstimator, parameter: str, value: object) -> object:
    """Return a value, a number as a tuple where the parameter's default is a tuple.

    Parameters
    ----------
    estimator : BaseEstimator
        The model.
    parameter : str
        The parameter's full name.
    value : object
        What the user has written.

    Returns
    -------
    object
        The value to set.

    Examples
    --------
    >>> [as_default(_make("cnn"), name, 4) for name in ("filters", "kernel_size")]
    [(4,), 4]
    """
    owner, name = _owner(estimator, parameter)
    # The arguments of a network's own function are left as they are written.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (is_number and isinstance(owner, BaseEstimator)):
        return value
    # A recipe's own value is no default: C1's pool_size is a tuple, and 2 means all.
    default = inspect.signature(type(owner)).parameters[name].default
    return (value,) if isinstance(default, tuple) else value


def _owner(estimator: BaseEstimator, parameter: str) -> tuple[object, str]:
    """Return the part that has a parameter, and what it is called there."""
    part, _, name = parameter.rpartition("__")
    return (estimator.get_params().get(part) if part else estimator), name


def parameter_table(name: str) -> pd.DataFrame:
    """Return the parameters of a model, as they are written behind ``--set``.

    Parameters
    ----------
    name : str
        What the user calls the model.

    Returns
    -------
    DataFrame
        Columns "parameter", "value" and "none means": where the value is none and
        something is chosen for it, what that is.

    Examples
    --------
    >>> table = parameter_table("cnn").set_index("parameter")
    >>> table.loc["weight_decay"].to_dict()
    {'value': 'none', 'none means': "the optimizer's own"}
    """
    estimator = make_model(name, {})
    rows = [
        (
            parameter,
            format_value(value),
            _meaning_of_none(estimator, parameter) if value is None else "",
        )
        for parameter, value in sorted(estimator.get_params().items())
    ]
    return pd.DataFrame(rows, columns=["parameter", "value", "none means"])


def _meaning_of_none(estimator: BaseEstimator, parameter: str) -> str:
    """Return what the owner's docstring says behind "None:"."""
    owner, name = _owner(estimator, parameter)
    manual = inspect.getdoc(type(owner)) or ""
    own = re.search(rf"^{name} : .*\n((?: .*\n)+)", manual, re.MULTILINE)
    said = re.search(r"\bNone: (.+?)\.( |$)", " ".join(own[1].split()) if own else "")
    return said[1].replace("``", "") if said else ""


def check_parameter(name: str, estimator: BaseEstimator, parameter: str) -> list[str]:
    """Return the full names of a parameter, or raise with those there are."""
    names = names_of(estimator, parameter)
    if names:
        return names
    known = sorted(estimator.get_params())
    raise ValueError(
        f"The model {name!r} has no parameter {parameter!r}.{_hint(parameter, known)} "
        f"It is a {type(estimator).__name__} with {', '.join(known)}."
    )


def names_of(estimator: BaseEstimator, parameter: str) -> list[str]:
    """Return the parameters that a name means: itself, or all nested ones.

    Examples
    --------
    >>> names_of(_network_features(), "epochs")
    ['features__estimator__epochs']
    """
    known = sorted(estimator.get_params())
    # A network's own arguments, such as model__n_gates, are known to its function.
    is_routed = "model" in known and parameter.startswith("model__")
    if parameter in known or is_routed:
        return [parameter]
    return [other for other in known if other.endswith(f"__{parameter}")]


def _make(name: str) -> BaseEstimator:
    if name in MODELS:
        return MODELS[name].make()
    known = skcnn.recipes.list().index.tolist()
    if name.upper() in known:
        return skcnn.recipes.make(name.upper())
    raise ValueError(
        f"There is no model {name!r}.{_hint(name, [*MODELS, *known])} The models are "
        f"{', '.join(MODELS)}; the recipes of the reports are {', '.join(known)} "
        "(skcnn models says what they are)."
    )


def _hint(name: str, known: list[str]) -> str:
    """Guess what was meant."""
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
