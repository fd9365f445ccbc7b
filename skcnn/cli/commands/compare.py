"""``skcnn compare``: several models on the same folds."""

from pathlib import Path
from typing import Annotated

import typer

from skcnn.cli._options import Folds, Jobs, SettingOptions, TrainingOptions
from skcnn.cli._terminal import Terminal

EXAMPLES = """
skcnn compare digits --models svm,cnn --epochs 5 --cv 3
skcnn compare train.csv --target Label --models cnn,resnet,svm,C3 --report out.html
skcnn compare fashion --images 5000 --models cnn,svm,hog --set svm:C=10 --store runs/
"""


def run(
    terminal: Terminal,
    data: TrainingOptions,
    models: Annotated[
        str,
        typer.Option(
            metavar="NAME,NAME",
            help="Names of models or ids of recipes: skcnn models lists them.",
            show_default=False,
        ),
    ],
    settings: SettingOptions,
    cv: Folds = 5,
    scoring: Annotated[
        str,
        typer.Option(
            metavar="NAME,NAME",
            help="Scores by scikit-learn's names; the first one decides.",
        ),
    ] = "accuracy,f1_macro,neg_log_loss",
    n_jobs: Jobs = None,
    store: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep finished fits here: a comparison that was stopped goes on.",
            rich_help_panel="Output",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help="Write a page with verdict, tables and pictures.",
            rich_help_panel="Output",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Write the table: .csv with all its columns, or .md.",
            rich_help_panel="Output",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Compare models on the same folds: a table, a verdict, and a page to show.

    --set NAME=VALUE sets a parameter of every model that has it, --set MODEL:NAME=VALUE
    of one. With --test each model is fitted on all images, too, and judged once.
    """
    import skcnn
    from skcnn.cli._comparison import (
        check_outputs,
        make_models,
        raise_failures,
        show,
        write_table,
    )
    from skcnn.cli._data import read_training
    from skcnn.cli._images import note_images
    from skcnn.cli._values import split_names

    check_outputs(report, out, store, data)
    estimators = make_models(split_names(models), settings)
    images, test = read_training(data, settings.seed)
    note_images(images, test, terminal)
    comparison = skcnn.compare(
        estimators,
        images.X,
        images.y,
        cv=cv,
        scoring=split_names(scoring),
        X_test=None if test is None else test.X,
        y_test=None if test is None else test.y,
        n_jobs=n_jobs,
        random_state=settings.seed,
        store=store,
        verbose=int(terminal.shows_progress),
    )
    show(comparison, terminal)
    if out is not None:
        write_table(comparison, out)
        terminal.note(f"The table is in {out}.")
    if report is not None:
        terminal.note(f"The report is in {skcnn.report(comparison, report)}.")
    raise_failures(comparison)
