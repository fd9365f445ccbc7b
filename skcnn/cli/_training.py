"""What fitting and searching share: train, judge, save."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.base import BaseEstimator, is_classifier

import skcnn
from skcnn.cli._images import Images
from skcnn.cli._models import make_model
from skcnn.cli._options import ModelOptions, SavingOptions
from skcnn.cli._paths import check_output
from skcnn.cli._pixel_columns import fit_rows, rows_for
from skcnn.cli._terminal import Terminal
from skcnn.cli._values import parse_settings


def model_of(options: ModelOptions) -> BaseEstimator:
    """Return the unfitted model that the options describe."""
    settings = parse_settings(options.settings or (), options.epochs)
    estimator = make_model(options.model, settings, options.seed)
    if not is_classifier(estimator):
        raise ValueError(
            f"The model {options.model!r} is a {type(estimator).__name__}, which gives "
            "no labels. The model 'autoencoder' has a classifier on its codes."
        )
    return estimator


def check_can_save(options: SavingOptions) -> None:
    """Raise where the fitted model could not be saved, before it is fitted."""
    # A model may be hours of work.
    check_output(options.out, "--out", [".skcnn"], may_replace=options.force)


def fit(
    estimator: BaseEstimator, name: str, images: Images, terminal: Terminal
) -> None:
    """Fit a model on all images, with a bar where it has one."""
    verbose = estimator.get_params().get("verbose")
    started = perf_counter()
    if verbose is None or not terminal.shows_progress:
        fit_rows(estimator, images)
    else:
        fit_rows(estimator.set_params(verbose=1), images)
        # A saved model does not tell whether somebody looked.
        estimator.set_params(verbose=verbose)
    terminal.note(f"{name}: fitted in {perf_counter() - started:.1f} s")


def save(estimator: BaseEstimator, path: Path | None, terminal: Terminal) -> None:
    """Save a fitted model, and say where."""
    if path is not None:
        skcnn.save(estimator, path)
        terminal.note(f"The model is in {path}.")


def judge(estimator: BaseEstimator, images: Images | None, terminal: Terminal) -> None:
    """Say how many of the test images a fitted model recognises."""
    if images is not None:
        accuracy = np.mean(estimator.predict(rows_for(estimator, images)) == images.y)
        terminal.result(
            f"test accuracy: {accuracy:.4f} ({len(images.X)} images of {images.source})"
        )
