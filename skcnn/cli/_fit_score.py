"""How good a model is, before it is fitted on all images, and what to type next."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import StratifiedShuffleSplit

import skcnn
from skcnn.base.words import plural
from skcnn.cli._kinds import kind_of
from skcnn.cli._option_types import Source
from skcnn.cli._pixel_columns import Images
from skcnn.cli._results import accuracy_in_words
from skcnn.cli._terminal import Terminal
from skcnn.comparison import wilson_interval

# From so many images on, those of one hold-out are enough; it takes one fit, not five.
_LARGE = 1000
_HELD_OUT, _N_FOLDS = 0.2, 5


def say_score(
    estimator: BaseEstimator, name: str, images: Images, seed: int, terminal: Terminal
) -> str:
    """Say how accurate a model is on images that it has not seen.

    Parameters
    ----------
    estimator : BaseEstimator
        Not fitted; clones of it are.
    name : str
        What the user calls it.
    images : Images
        With labels. A fifth of them is held out; fewer than 1000 are cut into five
        folds, or as many as the smallest class has images.
    seed : int
        Decides which ones.
    terminal : Terminal

    Returns
    -------
    str
        What was in the way; empty where all went well. A fit on all images tells more
        of the same trouble, or has none.
    """
    y = np.asarray(images.y)
    classes, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:
        return f"class {classes.tolist()[counts.argmin()]!r} has a single image."
    is_held_out = len(y) >= max(_LARGE, len(classes) / _HELD_OUT)
    n_folds = min(_N_FOLDS, int(counts.min()))
    cv = StratifiedShuffleSplit(1, test_size=_HELD_OUT, random_state=seed)
    how = "a hold-out" if is_held_out else f"{n_folds} folds"
    terminal.note(f"{name}: scored by {how} first (--no-score leaves it out)")
    try:
        comparison = skcnn.compare(
            {name: estimator},
            images.X,
            y,
            cv=cv if is_held_out else n_folds,
            scoring="accuracy",
            random_state=seed,
            verbose=int(not terminal.quiet),
        )
    except ValueError as error:
        return str(error)
    if comparison.table_["error"].any():
        return comparison.table_["error"].iloc[0]
    terminal.result(_in_words(comparison, len(y)))
    return ""


def _in_words(comparison: skcnn.Comparison, n_images: int) -> str:
    """Say the accuracy of the one model that was compared."""
    predictions, n_folds = comparison.predictions_, len(comparison.splits_)
    means = comparison.intervals().iloc[0]
    if n_folds > 1:
        ci = means["ci_low"], means["ci_high"]
        seen = f"{n_folds} folds of {plural(n_images, 'image')}"
    else:
        is_right = predictions["y_true"] == predictions["y_pred"]
        ci = wilson_interval(int(is_right.sum()), len(is_right))
        seen = f"{len(is_right)} of {plural(n_images, 'image')} held out"
    return accuracy_in_words(means["score"], *ci, seen)


# --- the next command -----------------------------------------------------------------


def next_command(source: Source, out: Path) -> str:
    """Return the command that uses a model, for images like those it was fitted on.

    Where the user has test images beside them, it names these.

    Examples
    --------
    >>> next_command(Source("fashion"), Path("m.skcnn"))
    'skcnn report m.skcnn fashion:test --out report.html'
    >>> next_command(Source("digits"), Path("m.skcnn"))
    'skcnn predict m.skcnn digits --out predictions.csv'
    """
    kind, known = kind_of(source), source.name.partition(":")[0]
    if kind == "a known set" and known != "digits":
        return _line("report", out, f"{known}:test", "--out", "report.html")
    if kind == "a known set":
        return _line("predict", out, known, "--out", "predictions.csv")
    options = ["--skip-broken"] * source.skip_broken
    for option in ("sep", "image_shape"):
        if (value := getattr(source, option)) is not None and not source.images_dir:
            options += [f"--{option.replace('_', '-')}", value]
    sample = source.path.with_name("sample_submission.csv")
    if sample.is_file():
        options += ["--like", str(sample)]
    return _line("predict", out, _new(source), *options, "--out", "predictions.csv")


def _new(source: Source) -> str:
    """Return the test images that lie beside, or a name that stands for some."""
    path = Path(source.images_dir).expanduser() if source.images_dir else source.path
    for word in ("test", "t10k"):
        beside = path.with_name(path.name.replace("train", word))
        if beside != path and beside.exists():
            return str(beside)
    return f"new{''.join(path.suffixes)}" if path.is_file() else "new-pictures"


def _line(command: str, *words: object) -> str:
    return shlex.join(["skcnn", command, *map(str, words)])
