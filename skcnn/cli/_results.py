"""What is left of the work: a fitted model, tables and pages, shown and written."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

import skcnn
from skcnn import Comparison
from skcnn.base.atomic import replacing
from skcnn.base.words import check_class_names, plural
from skcnn.cli._models import names_of
from skcnn.cli._parsing import format_value, split_names
from skcnn.cli._picture_sources import with_loader
from skcnn.cli._pixel_columns import Images, fit_rows, rows_for
from skcnn.cli._terminal import Terminal
from skcnn.comparison import wilson_interval

# --- files, looked at before any work -------------------------------------------------


def check_output(
    path: Path | None,
    option: str,
    endings: Iterable[str],
    *,
    inputs: Iterable[object] = (),
    may_replace: bool = True,
) -> None:
    """Raise where a file could not be written; a model may be hours of work.

    Parameters
    ----------
    path : pathlib.Path or None
        The file; None passes.
    option : str
        The option that named it.
    endings : iterable of str
        What its name may end with.
    inputs : iterable of paths
        Files that are read and must not be lost.
    may_replace : bool
        Whether the file may exist; it is ``--force`` that says so.

    Raises
    ------
    ValueError
        For another ending, a folder in the file's place, an input file, a file that
        may not be replaced.
    OSError
        For a folder that does not exist or cannot be written to.
    """
    if path is None:
        return
    if not path.name.lower().endswith(tuple(endings)):
        raise ValueError(f"{option} {path} must end in {' or '.join(endings)}.")
    folder = path.parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{option} {path}: there is no folder {folder}; make it first "
            f"(mkdir -p {folder})."
        )
    if path.is_dir():
        raise ValueError(f"{option} {path} is a folder; name a file.")
    # A new file is made in the folder also where one is replaced.
    for place in (folder, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(f"{option} {path}: {place} may not be written to.")
    for other in inputs:
        if other is not None and path.exists() and _is_same(path, other):
            raise ValueError(f"{option} {path} is a file that is read; name another.")
    if path.exists() and not may_replace:
        raise ValueError(
            f"{option} {path} exists already; name another file, or pass --force to "
            "replace it."
        )


def _is_same(path: Path, other: object) -> bool:
    try:
        return path.samefile(Path(str(other)).expanduser())
    except (OSError, RuntimeError):  # no such file, or no such user's home
        return False


def names_of_classes(text: str | None, labels: Any) -> list[str] | None:
    """Return what ``--class-names`` says; one name for each class, or an error."""
    if text is None:
        return None
    return check_class_names(split_names(text), np.unique(labels))


def typed_command() -> str:
    """Return the command as it was typed, for a page that is to be made again."""
    return shlex.join(["skcnn", *sys.argv[1:]])


def check_store(path: Path | None) -> None:
    """Raise where a file stands in the place of the folder of finished fits."""
    if path is not None and path.is_file():
        raise ValueError(f"--store {path} is a file; name a folder.")


# --- a fitted model -------------------------------------------------------------------


def fit_and_save(
    estimator: BaseEstimator,
    name: str,
    images: Images,
    tests: Images | None,
    out: Path | None,
    terminal: Terminal,
) -> None:
    """Fit a model on all images, save it, and judge it on the test images."""
    _fit(estimator, name, images, terminal)
    save_and_judge(estimator, images, tests, out, terminal)


def save_and_judge(
    estimator: BaseEstimator,
    images: Images,
    tests: Images | None,
    out: Path | None,
    terminal: Terminal,
) -> None:
    """Save a model that was fitted on images, and judge it on the test images."""
    if out is not None:
        skcnn.save(with_loader(estimator, images), out)
        terminal.note(f"The model is in {out}.")
    if tests is not None:
        is_right = estimator.predict(rows_for(estimator, tests)) == tests.y
        ci = wilson_interval(int(is_right.sum()), len(is_right))
        seen = f"{plural(len(tests.X), 'image')} of {tests.source}"
        terminal.result(f"test {accuracy_in_words(is_right.mean(), *ci, seen)}")


def accuracy_in_words(accuracy: float, low: float, high: float, seen: str) -> str:
    """Say an accuracy, its interval, and which images it was seen on.

    Examples
    --------
    >>> accuracy_in_words(0.95, 0.91, 1.02, "5 folds of 90 images")
    'accuracy: 0.9500 (95 % interval 0.910 to 1.000; 5 folds of 90 images)'
    """
    low, high = max(low, 0.0), min(high, 1.0)
    return f"accuracy: {accuracy:.4f} (95 % interval {low:.3f} to {high:.3f}; {seen})"


def _fit(
    estimator: BaseEstimator, name: str, images: Images, terminal: Terminal
) -> None:
    """Fit a model, with a bar where it has one."""
    verbose = estimator.get_params().get("verbose")
    started = perf_counter()
    if verbose is None or not terminal.shows_progress:
        fit_rows(estimator, images)
    else:
        fit_rows(estimator.set_params(verbose=1), images)
        # A saved model does not tell whether somebody looked.
        estimator.set_params(verbose=verbose)
    terminal.note(f"{name}: fitted in {perf_counter() - started:.1f} s")


# --- a comparison ---------------------------------------------------------------------


def show_comparison(comparison: Comparison, terminal: Terminal) -> None:
    """Show the table, best first, and the verdict."""
    first, *others = comparison.scoring_
    heads = {
        "estimator": "model",
        first: first,
        f"{first}_sd": "sd",
        **{score: score for score in others},
        "fit_seconds": "fit s",
        "seconds_per_1000": "s/1000",
        "n_parameters": "weights",
        f"test_{first}": f"test {first}",
    }
    table = comparison.table_.reset_index()
    terminal.table(table[[name for name in heads if name in table]], heads)
    remarks = comparison.ranking_.remarks
    terminal.result("\n" + " ".join([comparison.verdict_, *remarks]))


def show_search(
    comparison: Comparison,
    candidates: dict[str, BaseEstimator],
    parameters: Iterable[str],
    terminal: Terminal,
) -> None:
    """Show the candidates with the parameters that differ, and why some have failed."""
    table, score = comparison.table_, comparison.scoring_[0]
    params = [candidates[name].get_params() for name in table.index]
    # Nobody has a rank without a score.
    rank = table["rank"].astype("Int64").where(table[score].notna())
    columns = {
        "rank": rank,
        **{name: [format_value(own[name]) for own in params] for name in parameters},
        **{name: table[name] for name in (score, f"{score}_sd", "fit_seconds")},
    }
    heads = {f"{score}_sd": "sd", "fit_seconds": "fit s"}
    terminal.table(pd.DataFrame(columns), heads)
    for name, error in table["error"].items():
        if error:
            terminal.warn(f"{name}: {error}")


def show_continuing(
    search: skcnn.ContinuingSearchCV,
    candidates: dict[str, BaseEstimator],
    parameters: Iterable[str],
    terminal: Terminal,
) -> None:
    """Show the candidates of a search that goes on, and how far each was trained."""
    results, score = search.cv_results_, search.scoring
    params = [one.get_params() for one in candidates.values()]
    is_judged = np.isfinite(results["mean_test_score"])
    rank = pd.Series(results["rank_test_score"]).astype("Int64").where(is_judged)
    columns = {
        "rank": rank,
        **{name: [format_value(own[name]) for own in params] for name in parameters},
        score: results["mean_test_score"],
        "sd": results["std_test_score"],
        "epochs": results["n_epochs"],
        "fit_seconds": results["mean_fit_time"],
    }
    table = pd.DataFrame(columns).sort_values("rank", kind="stable", na_position="last")
    terminal.table(table, {"fit_seconds": "fit s"})
    if not search.is_finished_:
        cure = "" if search.store is None else "; the same command again goes on"
        terminal.warn(f"The time was over before all were trained{cure}.")


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the table as Markdown or as CSV, by the file's ending."""
    is_markdown = path.suffix.lower() == ".md"
    text = comparison.to_markdown() if is_markdown else comparison.table_.to_csv()
    with replacing(path) as file:
        file.write(text.encode())


def raise_failures(comparison: Comparison) -> None:
    """Raise if a model has failed, or none was judged, after all have been shown."""
    errors = comparison.table_["error"]
    failed = errors[(errors != "") & ~errors.index.isin(comparison.left_out_)]
    if len(failed):
        names = "; ".join(f"{name}: {error}" for name, error in failed.items())
        error = ValueError(f"{len(failed)} of {len(errors)} models failed. {names}")
        for text in comparison.tracebacks_.values():
            error.add_note(text)  # for --debug
        raise error
    raise_unjudged(comparison)


def raise_unjudged(comparison: Comparison) -> None:
    """Raise if no model has the score by which they are ranked."""
    table, first = comparison.table_, comparison.scoring_[0]
    if table[first].notna().any():
        return
    if (table["error"] != "").all():
        raise ValueError("None was judged on every fold: the warnings say why.")
    can_have = any(
        names_of(model, "probability") for model in comparison.estimators_.values()
    )
    cure = "pass --set probability=True, or " if can_have else ""
    raise ValueError(
        f"No model gives {first}, by which they are ranked; {cure}begin --scoring with "
        "another score, such as accuracy."
    )


# --- predictions ----------------------------------------------------------------------


def predict_table(
    estimator: BaseEstimator, images: Images, label: str, proba: bool
) -> pd.DataFrame:
    """Return a column of labels, or one of probabilities per class.

    Raises
    ------
    ValueError
        If probabilities are wanted that the classifier does not have.
    """
    rows = rows_for(estimator, images)
    if not proba:
        return pd.DataFrame({label: estimator.predict(rows)})
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            "The model has no probabilities. Leave out --proba, or fit it so that it "
            "has: a support vector machine with --set probability=True."
        )
    # Six digits of a probability are more than it is worth.
    values = [
        [float(f"{one:.6g}") for one in row] for row in estimator.predict_proba(rows)
    ]
    return pd.DataFrame(values, columns=[str(one) for one in estimator.classes_])


def write_table(table: pd.DataFrame, path: Path | None) -> None:
    """Write a table as CSV to a file, or to stdout without one."""
    if path is None:
        table.to_csv(sys.stdout, index=False)
        return
    compression = "gzip" if path.suffix.lower() == ".gz" else None
    with replacing(path) as file:
        table.to_csv(file, index=False, mode="wb", compression=compression)
