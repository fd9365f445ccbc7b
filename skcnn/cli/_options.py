"""The options that several subcommands share, with their help.

A subcommand takes a group of them as one parameter.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

_DATA, _MODEL, _OUT = "Data", "Model", "Output"


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
        typer.Option(
            help="Column of the labels in a CSV file: its name, or its position (-1 is "
            "the last). Without it: the one called label, target or class.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None
    drop: Annotated[
        str,
        typer.Option(
            metavar="NAME,NAME",
            help="Columns of a CSV file that are neither pixels nor labels. One called "
            "id or index is left out in any case, and so is a first one without name.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = ""
    sep: Annotated[
        str | None,
        typer.Option(
            metavar="CHAR",
            help="What stands between two cells of a CSV file, such as ';' or tab. "
            "Without it: a comma.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None
    image_shape: Annotated[
        str | None,
        typer.Option(
            metavar="HxW",
            help="Shape of one image, for rows of pixels that are no square: 20x30, or "
            "32x32x3 in colour.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None
    size: Annotated[
        str | None,
        typer.Option(
            metavar="HxW",
            help="Height and width that the images of a folder are brought to, such as "
            "64x64.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class LabelledOptions(DataOptions):
    """Which images to read, and their labels."""

    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="IDX or .npy file of the labels. Without it: the one beside the "
            "images (train-labels-idx1-ubyte.gz).",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class TrainingOptions(LabelledOptions):
    """Which images to train on, and which to be judged on."""

    n_images: Annotated[
        int | None,
        typer.Option(
            "--images",
            min=2,
            help="Use so many images only, drawn at random, the classes in their "
            "shares.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None
    test: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Test images with labels, read as DATA is.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None
    test_labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="File of the labels of --test, as --labels.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class SettingOptions:
    """How models are set."""

    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Set a parameter; may be given several times. 16-32 is the tuple (16, "
            "32). What can be set: skcnn models NAME.",
            rich_help_panel=_MODEL,
            show_default=False,
        ),
    ] = None
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Passes over the training images. Without it: each model's own "
            "choice.",
            rich_help_panel=_MODEL,
            show_default=False,
        ),
    ] = None
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            help="Decides all that is random: the same seed, the same result.",
            rich_help_panel=_MODEL,
        ),
    ] = 0


@dataclass(frozen=True)
class ModelOptions(SettingOptions):
    """Which model, and how it is set."""

    model: Annotated[
        str,
        typer.Option(
            help="Name of a model or id of a recipe, such as C3: skcnn models lists "
            "them.",
            rich_help_panel=_MODEL,
        ),
    ] = "cnn"


@dataclass(frozen=True)
class SavingOptions:
    """Where a fitted model goes."""

    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.skcnn",
            help="Where the fitted model is saved.",
            rich_help_panel=_OUT,
            show_default=False,
        ),
    ] = None
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Replace the model file if it exists.",
            rich_help_panel=_OUT,
        ),
    ] = False


Folds = Annotated[
    int, typer.Option("--cv", min=2, help="Folds of the cross-validation.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--n-jobs",
        help="Fits at the same time, in processes of their own; -1: one per core. "
        "Without it: one.",
        show_default=False,
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
    typer.Option("--quiet", "-q", help="Show results, warnings and errors only."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of errors.")]
