"""The options of the subcommands in groups, with their help.

A subcommand takes a group of them as one parameter.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

OUTPUT = "Output"
_DATA, _MODEL = "Data", "Model"


def option(panel: str | None, help: str, *names: str, **more: Any) -> Any:
    """Return what stands beside the type of an option.

    Parameters
    ----------
    panel : str or None
        Heading under which it is listed; None: Options.
    help : str
        What it does.
    *names : str
        How it is written. Without any: as the parameter, ``--so``.
    **more : Any
        For `typer.Option`, such as ``metavar`` and ``min``.
    """
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


Folds = Annotated[
    int,
    option(None, "Folds of the cross-validation.", "--cv", min=2),
]
Jobs = Annotated[
    int | None,
    option(
        None,
        "Fits at the same time, in processes of their own; -1: one per core. "
        "Without it: one.",
        "--n-jobs",
    ),
]
ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL", help="A model that skcnn fit saved.", show_default=False
    ),
]
Quiet = Annotated[
    bool,
    option(None, "Show results, warnings and errors only.", "--quiet", "-q"),
]
Debug = Annotated[bool, option(None, "Show the traceback of errors.", "--debug")]
Force = Annotated[bool, option(OUTPUT, "Replace the file if it exists.", "--force")]
Store = Annotated[
    Path | None,
    option(
        OUTPUT,
        "Keep finished fits here: work that was stopped goes on.",
        metavar="FOLDER",
    ),
]


@dataclass(frozen=True)
class DataOptions:
    """Which images to read, and how."""

    source: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A CSV file, an IDX file, a .npy or .npz file, a folder with a folder "
            "of images per class, or a known set: digits, mnist, fashion, five, "
            "noisy-digits (fashion:test is its test part).",
            show_default=False,
        ),
    ]
    target: Annotated[
        str | None,
        option(
            _DATA,
            "Column of the labels in a CSV file: its name, or its position (-1 is "
            "the last). Without it: the one called label, target or class.",
        ),
    ] = None
    drop: Annotated[
        str,
        option(
            _DATA,
            "Columns of a CSV file that are neither pixels nor labels. One called "
            "id or index is left out in any case, and so is a first one without name.",
            metavar="NAME,NAME",
        ),
    ] = ""
    sep: Annotated[
        str | None,
        option(
            _DATA,
            "What stands between two cells of a CSV file, such as ';' or tab. "
            "Without it: a comma.",
            metavar="CHAR",
        ),
    ] = None
    image_shape: Annotated[
        str | None,
        option(
            _DATA,
            "Shape of one image, for rows of pixels that are no square: 20x30, or "
            "32x32x3 in colour.",
            metavar="HxW",
        ),
    ] = None
    size: Annotated[
        str | None,
        option(
            _DATA,
            "Height and width that the images of a folder are brought to, such as "
            "64x64.",
            metavar="HxW",
        ),
    ] = None


@dataclass(frozen=True)
class LabelledOptions(DataOptions):
    """Which images to read, and their labels."""

    labels: Annotated[
        str | None,
        option(
            _DATA,
            "IDX or .npy file of the labels. Without it: the one beside the "
            "images (train-labels-idx1-ubyte.gz).",
            metavar="FILE",
        ),
    ] = None


@dataclass(frozen=True)
class TrainingOptions(LabelledOptions):
    """Which images to train on, and which to be judged on."""

    n_images: Annotated[
        int | None,
        option(
            _DATA,
            "Use so many images only, drawn at random, the classes in their shares.",
            "--images",
            min=2,
        ),
    ] = None
    test: Annotated[
        str | None,
        option(_DATA, "Test images with labels, read as DATA is.", metavar="DATA"),
    ] = None
    test_labels: Annotated[
        str | None,
        option(_DATA, "File of the labels of --test, as --labels.", metavar="FILE"),
    ] = None


@dataclass(frozen=True)
class SettingOptions:
    """How models are set."""

    settings: Annotated[
        list[str] | None,
        option(
            _MODEL,
            "Set a parameter; may be given several times. 16-32 is the tuple (16, "
            "32). What can be set: skcnn models NAME.",
            "--set",
            metavar="NAME=VALUE",
        ),
    ] = None
    epochs: Annotated[
        int | None,
        option(
            _MODEL,
            "Passes over the training images. Without it: each model's own choice.",
            min=1,
        ),
    ] = None
    seed: Annotated[
        int,
        option(
            _MODEL, "Decides all that is random: the same seed, the same result.", min=0
        ),
    ] = 0


@dataclass(frozen=True)
class ModelOptions(SettingOptions):
    """Which model, and how it is set."""

    model: Annotated[
        str,
        option(
            _MODEL,
            "Name of a model or id of a recipe, such as C3: skcnn models lists them.",
        ),
    ] = "cnn"


@dataclass(frozen=True)
class SavingOptions:
    """Where a fitted model goes."""

    out: Annotated[
        Path | None,
        option(OUTPUT, "Where the fitted model is saved.", metavar="FILE.skcnn"),
    ] = None
    force: Force = False


@dataclass(frozen=True)
class ComparisonOptions:
    """What is left of a comparison."""

    store: Store = None
    report: Annotated[
        Path | None,
        option(
            OUTPUT,
            "Write a page with verdict, tables and pictures.",
            metavar="FILE.html",
        ),
    ] = None
    out: Annotated[
        Path | None,
        option(
            OUTPUT,
            "Write the table: .csv with all its columns, or .md.",
            metavar="FILE.csv",
        ),
    ] = None


@dataclass(frozen=True)
class SubmissionOptions:
    """What a table of predictions holds, and where it goes."""

    out: Annotated[
        Path | None,
        option(
            OUTPUT,
            "Where the table goes. Without it: to the terminal, or into a pipe.",
            metavar="FILE.csv",
        ),
    ] = None
    force: Force = False
    id: Annotated[
        str | None,
        option(
            OUTPUT,
            "Head of the column of ids; where the data have a column of this name, the "
            "ids are taken from it. Without it: the data's own, or Id.",
            metavar="NAME",
        ),
    ] = None
    label: Annotated[
        str, option(OUTPUT, "Head of the column of labels.", metavar="NAME")
    ] = "Label"
    first_id: Annotated[
        int, option(OUTPUT, "Number of the first image, where the data have no ids.")
    ] = 0
    proba: Annotated[
        bool,
        option(
            OUTPUT,
            "Write the probability of every class, one column per class.",
            "--proba",
        ),
    ] = False
