"""What both pages say of data, settings, machine, and the code that does it again."""

from __future__ import annotations

import inspect
import math
import os
import platform
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import joblib
from sklearn import model_selection

import skcnn
from skcnn.base.nested import find_inside
from skcnn.base.settings import is_estimator, parts, settings
from skcnn.base.words import capital, listed, number, plural
from skcnn.comparison import to_rows
from skcnn.contract.estimator import BaseNetwork
from skcnn.datasets import describe
from skcnn.keras_door import thread_budget

_TEST_IMAGES = "    X_test=X_test,\n    y_test=y_test,\n"

# Letters of an estimator, beyond which scikit-learn would leave some out.
_NO_LIMIT = 10**9


def data_section(X: Any, y: Any, X_test: Any = None, y_test: Any = None) -> dict:
    """Return what :func:`skcnn.datasets.describe` says of images and labels."""
    description = describe(X, y, X_test=X_test, y_test=y_test)
    lines = description.to_frame()["value"]
    return {
        "warnings": description.warnings,
        "lines": [(capital(str(name)), text) for name, text in lines.items()],
    }


def first_warning(data: dict) -> tuple[str, ...]:
    """Return the gravest warning, for who reads no further; none if there is none."""
    if not data["warnings"]:
        return ()
    first, *more = data["warnings"]
    rest = f" ({plural(len(more), 'more warning')} below.)" if more else ""
    return (f"Mind the data: {first}{rest}",)


# --- settings ---------------------------------------------------------------------


def settings_block(name: str, estimator: Any) -> dict:
    """Return the settings of one estimator: those that were changed, and the rest."""
    estimator = as_given(estimator)
    known = settings(estimator)
    return {
        "name": name,
        "kind": class_line(estimator),
        "changed": [(s.name, s.value) for s in known if not s.is_default],
        "rest": [(s.name, s.value) for s in known if s.is_default],
    }


def as_given(estimator: Any) -> Any:
    """Return an estimator without the step with which ``compare`` flattens images."""
    steps = getattr(estimator, "steps", None)
    if not steps or getattr(steps[0][1], "func", None) is not to_rows:
        return estimator
    return steps[1][1] if len(steps) == 2 else estimator[1:]


def class_line(estimator: Any) -> str:
    """Return the class, or the classes in a pipeline: HOGFeatures → SVC."""
    inner = getattr(estimator, "steps", None)
    if not inner:
        return type(estimator).__name__
    return " → ".join(class_line(step) for _, step in inner if is_estimator(step))


# --- training ---------------------------------------------------------------------


def smoothing_note(estimators: Mapping[str, Any], n_classes: int) -> str:
    """Say how far a loss can fall where labels are smoothed; "" where none are."""
    shares = {name: _smoothing(estimator) for name, estimator in estimators.items()}
    floors = [
        f"{listed([name for name, own in shares.items() if own == share])} not below "
        f"{number(_least_loss(share, n_classes), 2)} (label_smoothing={share:g}, "
        f"{plural(n_classes, 'class')})"
        for share in sorted(set(shares.values()) - {0})
    ]
    if not floors:
        return ""
    return f"With smoothed labels no loss falls to zero: {listed(floors)}."


def _smoothing(estimator: Any) -> float:
    """Return the share that is smoothed; 0 where something else decides the loss."""
    network = find_inside(estimator, BaseNetwork)
    is_open = hasattr(estimator, "refit") and not hasattr(estimator, "best_estimator_")
    weights = getattr(network, "class_weight", None)
    if is_open or isinstance(weights, dict) or getattr(network, "loss", None):
        return 0
    return getattr(network, "label_smoothing", 0)


def _least_loss(share: float, n_classes: int) -> float:
    """Return the cross-entropy of smoothed labels with themselves."""
    other = share / n_classes
    true = 1 - share + other
    return -(true * math.log(true) + (n_classes - 1) * other * math.log(other))


# --- machine and code -------------------------------------------------------------


def surroundings(versions: Mapping[str, str]) -> dict[str, str]:
    """Return threads, machine and versions, each as a line of a table.

    Threads and machine are those of this process.
    """
    is_set = os.environ.get("SKCNN_THREADS", "").strip()
    return {
        "Threads": f"{thread_budget()}{', by SKCNN_THREADS' if is_set else ''}",
        "Machine": f"{platform.system()}, {platform.machine()}, "
        f"{joblib.cpu_count()} cores",
        "Versions": ", ".join(f"{name} {text}" for name, text in versions.items()),
    }


def footer() -> str:
    """Return who made the page, and when."""
    now = datetime.now().astimezone()
    return f"skcnn {skcnn.__version__}, {now:%Y-%m-%d %H:%M %Z}"


def comparison_code(comparison: Any) -> str:
    """Return a call of ``compare`` with these estimators, folds and seed."""
    estimators = {n: as_given(e) for n, e in comparison.estimators_.items()}
    listed = "".join(
        f"    {name!r}: {_indented(estimator)},\n"
        for name, estimator in estimators.items()
    )
    splitter, _, _ = comparison.cv_.partition("(")
    is_known = hasattr(model_selection, splitter)
    folds = comparison.cv_ if is_known else f"splits,  # {comparison.cv_}"
    homes = {"sklearn.model_selection": {splitter}} if is_known else {}
    groups = "    groups=groups,\n" * (is_known and "Group" in splitter)
    has_test = any(name.startswith("test_") for name in comparison.table_)
    return (
        f"{_imports(estimators.values(), ('compare', 'report'), homes)}\n"
        f"estimators = {{\n{listed}}}\n"
        f"comparison = compare(\n"
        f"    estimators,\n    X,  # {_layout(comparison.X_)}\n    y,\n{groups}"
        f"    cv={folds}{',' * is_known}\n"
        f"    scoring={comparison.scoring_!r},\n"
        f"{_TEST_IMAGES * has_test}"
        f"    random_state={comparison.random_state_},\n)\n"
        f'report(comparison, "report.html")\n'
    )


def estimator_code(estimator: Any) -> str:
    """Return a fit of an estimator and a call of ``report``."""
    return (
        f"{_imports([estimator], ('report',), {})}\n"
        f"estimator = {_written(estimator)}\n"
        "estimator.fit(X_train, y_train)\n"
        'report(estimator, "report.html", X=X_test, y=y_test)\n'
    )


def _imports(estimators: Iterable[Any], ours: Iterable[str], others: dict) -> str:
    homes = defaultdict(set, others)
    homes["skcnn"] |= set(ours)
    for estimator in estimators:
        for thing in _named_things(estimator):
            homes[_home(thing)].add(thing.__name__)
    return "".join(
        f"from {home} import {', '.join(sorted(homes[home]))}\n"
        for home in sorted(homes, key=lambda home: (home == "skcnn", home))
    )


def _named_things(estimator: Any) -> list[Any]:
    """Return the classes and functions that an estimator is written with."""
    values = estimator.get_params(deep=False).values()
    inner = parts(estimator).values()
    return [
        type(estimator),
        *(value for value in values if inspect.isfunction(value)),
        *(thing for part in inner for thing in _named_things(part)),
    ]


def _home(thing: Any) -> str:
    """Return the module that people import a class or function from."""
    if thing.__module__.startswith("skcnn.") and hasattr(skcnn, thing.__name__):
        return "skcnn"
    public, _, _ = thing.__module__.partition("._")
    return public


def _written(estimator: Any) -> str:
    """Return an estimator as Python writes it, without what nobody could type."""
    text = estimator.__repr__(N_CHAR_MAX=_NO_LIMIT)
    return re.sub(r"<function (\S+) at 0x[0-9a-f]+>", r"\1", text)


def _indented(estimator: Any) -> str:
    return _written(estimator).replace("\n", "\n    ")


def _layout(X: Any) -> str:
    shape = getattr(X, "shape", None)
    return f"{len(X)} images" if shape is None else f"images of shape {tuple(shape)}"
