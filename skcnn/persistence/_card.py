"""The model card: what is in a file, in Markdown, for people."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from operator import attrgetter

from sklearn.base import BaseEstimator

from skcnn.base.settings import settings
from skcnn.persistence._containers import FOLDERS, is_container, parts_of
from skcnn.persistence._own_code import describe

# Labels that are written out; more are counted.
_MOST_LABELS = 30

# Longer values of parameters are cut.
_MOST_LETTERS = 80


def write_card(
    estimator: BaseEstimator,
    versions: dict[str, str],
    own: dict[str, list],
) -> str:
    """Return the page.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    versions : dict
    own : dict
        What of the user's own code the file does not hold.
    """
    rows = "\n".join(f"| {k} | {_safe(v)} |" for k, v in _facts(estimator))
    made_with = ", ".join(f"{name} {number}" for name, number in versions.items())
    return f"""\
# {type(estimator).__name__}

{_summary(estimator)} Fitted, and saved by skcnn {versions["skcnn"]}.

| | |
|---|---|
{rows}

## Use

```python
import skcnn

model = skcnn.load(path)  # of this file
model.{_method(estimator)}(images)
```

Nothing in this file is executed when it is loaded.
{_own_code(own)}
## Parameters

Those that are not the default:

{_parameters(estimator, own)}

## Made with

{made_with}
"""


def _summary(estimator) -> str:
    return (inspect.getdoc(estimator) or "").split("\n")[0]


def _method(estimator) -> str:
    return "predict" if hasattr(estimator, "predict") else "transform"


def _safe(text) -> str:
    """Return a text that stays in its cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def _short(text: str) -> str:
    text = _safe(text).replace("`", "'")
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}..."


def _facts(estimator) -> Iterator[tuple[str, str]]:
    if is_container(estimator):
        yield "Parts", ", ".join(type(part).__name__ for part in parts_of(estimator))
    for one in _all_in(estimator):
        yield from _facts_of_one(one)
    if hasattr(estimator, "classes_"):
        labels = estimator.classes_.tolist()
        more = ", ..." if len(labels) > _MOST_LABELS else ""
        text = ", ".join(map(str, labels[:_MOST_LABELS]))
        yield f"Classes ({len(labels)})", f"{text}{more}"


def _all_in(estimator) -> Iterator[BaseEstimator]:
    """Yield the estimators that are no mere container."""
    if not is_container(estimator):
        yield estimator
        return
    for part in parts_of(estimator):
        if hasattr(part, "fit"):
            yield from _all_in(part)


def _facts_of_one(estimator) -> Iterator[tuple[str, str]]:
    name = type(estimator).__name__
    if hasattr(estimator, "image_shape_"):
        height, width, channels = estimator.image_shape_
        yield f"Images of {name}", f"{height} x {width} pixels, channels: {channels}"
    if hasattr(estimator, "n_parameters_"):
        yield f"Weights of {name}", f"{estimator.n_parameters_}"
    if hasattr(estimator, "history_"):
        last = estimator.history_.iloc[-1].drop("seconds", errors="ignore")
        figures = ", ".join(f"{key} {value:.4g}" for key, value in last.items())
        yield f"Training of {name}", f"{estimator.n_iter_} epochs; the last: {figures}"
        if estimator.best_iter_ != estimator.n_iter_:
            yield "Weights kept", f"those after epoch {estimator.best_iter_}"


def _parameters(estimator, own: dict[str, list]) -> str:
    lines = [
        f"- `{setting.name} = {_short(setting.value)}`"
        for setting in sorted(settings(estimator), key=attrgetter("name"))
        if not setting.is_default
        and setting.name not in own
        and setting.name.rpartition("__")[2] not in FOLDERS
    ]
    return "\n".join(lines) or "none"


def _own_code(own: dict[str, list]) -> str:
    if not own:
        return ""
    lines = "\n".join(
        f"- `{name}`: {_safe(describe(things[0]))}" for name, things in own.items()
    )
    return f"""
Not in it, because it is code; `skcnn.load(path, name=...)` takes it where it is needed:

{lines}
"""
