"""The model card: what is in a file, in Markdown, for people."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from operator import attrgetter

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from skcnn import ImageLoader
from skcnn.base.settings import settings
from skcnn.persistence._estimators import is_composite, parts_of
from skcnn.persistence._own_code import describe
from skcnn.persistence._scikit_learn import FOLDERS

# Labels that are written out (more are counted), and letters of a parameter's value.
_MOST_LABELS, _MOST_LETTERS = 30, 80

_CARD = """\
# {name}

{summary} Fitted, and saved by skcnn {version}.

| | |
|---|---|
{facts}

## Use

```python
import skcnn

model = skcnn.load(path)  # of this file
model.{method}({input})
```

Nothing in this file is executed when it is loaded.
{own_code}
## Parameters

Those that are not the default:

{parameters}

## Made with

{made_with}
"""

_OWN_CODE = """
Not in it, because it is code; `skcnn.load(path, name=...)` takes it where it is needed:

{lines}
"""


def write_card(
    estimator: BaseEstimator, versions: dict[str, str], own: dict[str, list]
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
    lines = [f"- `{name}`: {_safe(describe(one))}" for name, (one, *_) in own.items()]
    return _CARD.format(
        name=type(estimator).__name__,
        summary=(inspect.getdoc(estimator) or "").split("\n")[0],
        version=versions["skcnn"],
        facts="\n".join(f"| {k} | {_safe(v)} |" for k, v in _facts(estimator)),
        method="predict" if hasattr(estimator, "predict") else "transform",
        input="paths" if _takes_paths(estimator) else "images",
        own_code=_OWN_CODE.format(lines="\n".join(lines)) if lines else "",
        parameters="\n".join(_parameters(estimator, own)) or "none",
        made_with=", ".join(f"{name} {one}" for name, one in versions.items()),
    )


def _safe(text) -> str:
    """Return a text that stays in its cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def _facts(estimator) -> Iterator[tuple[str, str]]:
    if is_composite(estimator):
        yield "Parts", ", ".join(type(part).__name__ for part in parts_of(estimator))
    for one in _all_in(estimator):
        yield from _facts_of_one(one)
    if hasattr(estimator, "classes_"):
        labels = estimator.classes_.tolist()
        more = ", ..." if len(labels) > _MOST_LABELS else ""
        text = ", ".join(map(str, labels[:_MOST_LABELS]))
        yield f"Classes ({len(labels)})", f"{text}{more}"


def _takes_paths(estimator) -> bool:
    """Tell whether an estimator takes paths of image files, and no images."""
    first = estimator
    while isinstance(first, Pipeline):
        first = first[0]
    return isinstance(first, ImageLoader)


def _all_in(estimator) -> Iterator[BaseEstimator]:
    """Yield the estimators that are no mere composite."""
    if not is_composite(estimator):
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


def _parameters(estimator, own: dict[str, list]) -> Iterator[str]:
    for setting in sorted(settings(estimator), key=attrgetter("name")):
        is_folder = setting.name.rpartition("__")[2] in FOLDERS
        if not (setting.is_default or setting.name in own or is_folder):
            value = _safe(setting.value).replace("`", "'")
            more = "..." if len(value) > _MOST_LETTERS else ""
            yield f"- `{setting.name} = {value[:_MOST_LETTERS]}{more}`"
