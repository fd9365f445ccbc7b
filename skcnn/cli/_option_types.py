"""The types of all arguments and options, with their help."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Argument, Option

import skcnn


def _option(panel: str | None, help: str, *names: str, **more: Any) -> Any:
    return Option(*names, help=help, rich_help_panel=panel, **more)


def _data(help: str, *names: str, **more: Any) -> Any:
    return _option("Data", help, *names, **more)


def _model(help: str, *names: str, **more: Any) -> Any:
    return _option("Model", help, *names, **more)


def _output(help: str, *names: str, **more: Any) -> Any:
    return _option("Output", help, *names, **more)


# --- which images to read, and how ----------------------------------------------------


@dataclass(frozen=True)
class Source:
    """Which images to read, and how."""

    name: Annotated[
        str,
        Argument(
            metavar="DATA",
            help="A folder with a folder of pictures per class (to describe or to "
            "predict also a plain folder of pictures, or one picture), a CSV file, an "
            "IDX file, a .npy or .npz file, or a known set: digits, mnist, fashion, "
            "five, noisy-digits (fashion:test is its test part).",
            show_default=False,
        ),
    ]
    target: Annotated[
        str | None,
        _data(
            "Column of the labels in a CSV file: its name, or its position (-1 is the "
            "last). Without it: the one called label, target, class or category."
        ),
    ] = None
    drop: Annotated[
        str,
        _data(
            "Columns of a CSV file that are neither pixels nor labels. One called id "
            "or index is left out in any case, and so is a first one without name.",
            metavar="NAME,NAME",
        ),
    ] = ""
    sep: Annotated[
        str | None,
        _data(
            "What stands between two cells of a CSV file, such as ';' or tab. Without "
            "it: a comma.",
            metavar="CHAR",
        ),
    ] = None
    image_shape: Annotated[
        str | None,
        _data(
            "Shape of one image, for rows of pixels that are no square: 20x30, or "
            "32x32x3 in colour.",
            metavar="HxW",
        ),
    ] = None
    size: Annotated[
        str | None,
        _data(
            "Height and width that pictures are brought to, such as 64x64. Without it: "
            "their own if they have one, else squares; 64x64 at most.",
            metavar="HxW",
        ),
    ] = None
    resize: Annotated[
        str | None,
        _data(
            "What is done with pictures of other proportions: crop (the middle is "
            "taken), pad (the edge goes on) or stretch. Without it: crop.",
            metavar="HOW",
        ),
    ] = None
    color: Annotated[
        str | None,
        _data(
            "grayscale or rgb. Without it: grey if all pictures are.", metavar="COLOUR"
        ),
    ] = None
    images_dir: Annotated[
        str | None,
        _data(
            "Folder of the pictures that a CSV file names, one a row.", metavar="FOLDER"
        ),
    ] = None
    skip_broken: Annotated[
        bool,
        _data(
            "Leave out pictures that cannot be read; they are listed.", "--skip-broken"
        ),
    ] = False
    labels: Annotated[
        str | None,
        _data(
            "IDX or .npy file of the labels. Without it: the one beside the images "
            "(train-labels-idx1-ubyte.gz).",
            metavar="FILE",
        ),
    ] = None
    groups: Annotated[
        str | None,
        _data(
            "What must stay in one fold, such as the patients: a column of a CSV file, "
            "or an IDX or .npy file.",
            metavar="NAME",
        ),
    ] = None
    n_images: Annotated[
        int | None,
        _data(
            "Use so many images only, drawn at random, the classes in their shares.",
            "--images",
            min=2,
        ),
    ] = None
    test: Annotated[
        str | None, _data("Test images with labels, read as DATA is.", metavar="DATA")
    ] = None
    test_labels: Annotated[
        str | None, _data("File of the labels of --test, as --labels.", metavar="FILE")
    ] = None

    @property
    def path(self) -> Path:
        """The file or folder, if it is one."""
        return Path(self.name).expanduser()

    @property
    def files(self) -> list[str | None]:
        """All that may be files."""
        return [self.name, self.labels, self.groups, self.test, self.test_labels]


# --- which models, and how they are set -----------------------------------------------

Model = Annotated[
    str,
    _model(
        "Name of a model (skcnn models), or id of a recipe, such as C3 (--recipes)."
    ),
]


@dataclass(frozen=True)
class Settings:
    """Parameters of models."""

    texts: Annotated[
        list[str] | None,
        _model(
            "Set a parameter; may be given several times. 16-32 is the tuple (16, 32). "
            "What can be set: skcnn models NAME.",
            "--set",
            metavar="NAME=VALUE",
        ),
    ] = None
    epochs: Annotated[
        int | None,
        _model(
            "Passes over the training images. Without it: each model's own choice.",
            min=1,
        ),
    ] = None


Seed = Annotated[
    int,
    _model("Decides all that is random: the same seed, the same result.", min=0),
]
ModelFile = Annotated[
    Path,
    Argument(metavar="MODEL", help="A model that skcnn fit saved.", show_default=False),
]
ModelName = Annotated[
    str | None,
    Argument(
        metavar="NAME",
        help="A model or recipe, whose parameters are listed.",
        show_default=False,
    ),
]
Recipes = Annotated[
    bool, _option(None, "List the systems of the reports instead.", "--recipes")
]

# --- what is compared -----------------------------------------------------------------

Models = Annotated[
    str | None,
    _option(
        None,
        "Names of models or ids of recipes: skcnn models lists them. Without it: "
        "dummy, patches, hog, svm, cnn and resnet.",
        metavar="NAME,NAME",
    ),
]
Grid = Annotated[
    list[str],
    _option(
        None,
        "Values of a parameter to try; may be given several times, and every "
        "combination is tried. 6-7-8 is the tuple (6, 7, 8). With --n-iter also a "
        "distribution: loguniform:1e-4:1e-1, uniform:0:0.5, randint:8:64.",
        metavar="NAME=VALUE,VALUE",
    ),
]
NIter = Annotated[
    int | None,
    _option(
        None,
        "Try so many combinations, drawn at random. Without it: all.",
        "--n-iter",
        min=1,
    ),
]


class Policy(StrEnum):
    """Who goes on training."""

    halving = "halving"
    top_k = "top_k"
    grid = "grid"
    asha = "asha"


SearchPolicy = Annotated[
    Policy | None,
    _option(
        None,
        "Train all for a few epochs, and only the best of them further: by halving, or "
        "straight to the end (top_k). asha is halving for many workers, grid trains "
        "all to the end. Without it, every candidate is a whole training.",
        "--policy",
    ),
]
Folds = Annotated[int, _option(None, "Folds of the cross-validation.", "--cv", min=2)]
Scores = Annotated[
    str,
    _option(
        None,
        "Scores by scikit-learn's names; the first one decides.",
        metavar="NAME,NAME",
    ),
]
Score = Annotated[str, _option(None, "Score that decides, by scikit-learn's name.")]
Jobs = Annotated[
    int | None,
    _option(
        None,
        "Fits at the same time, in processes of their own; -1: one per core. Without "
        "it: one.",
        "--n-jobs",
    ),
]

NoScore = Annotated[
    bool,
    _option(
        None, "Do not score the model first, which takes as long again.", "--no-score"
    ),
]

# --- what is left of the work ---------------------------------------------------------

SavedModel = Annotated[
    Path | None, _output("Where the fitted model is saved.", metavar="FILE.skcnn")
]
Force = Annotated[bool, _output("Replace the file if it exists.", "--force")]
Store = Annotated[
    Path | None,
    _output(
        "Keep finished fits here: work that was stopped goes on.", metavar="FOLDER"
    ),
]
MaxSeconds = Annotated[
    float | None,
    _output(
        "Begin no fit after so many seconds; with --store the next call goes on.",
        metavar="SECONDS",
    ),
]
SearchSeconds = Annotated[
    float | None,
    _output(
        "Time for all of it, the fit of the best one for --out too; with --store the "
        "next call goes on.",
        metavar="SECONDS",
    ),
]
Report = Annotated[
    Path | None,
    _output("Write a page with verdict, tables and pictures.", metavar="FILE.html"),
]
ClassNames = Annotated[
    str | None,
    _output(
        "Names of the classes on the page, in the order of the sorted labels.",
        metavar="NAME,NAME",
    ),
]
ComparisonTable = Annotated[
    Path | None,
    _output("Write the table: .csv with all its columns, or .md.", metavar="FILE.csv"),
]
Submission = Annotated[
    Path | None,
    _output(
        "Where the table goes. Without it: to the terminal, or into a pipe.",
        metavar="FILE.csv",
    ),
]
IdName = Annotated[
    str | None,
    _output(
        "Head of the column of ids; where the data have a column of this name, the ids "
        "are taken from it. Without it: the data's own, or Id.",
        metavar="NAME",
    ),
]
LabelName = Annotated[
    str | None,
    _output("Head of the column of labels. Without it: Label.", metavar="NAME"),
]
Like = Annotated[
    Path | None,
    _output(
        "Sample of a submission: names of columns, ids and their order are taken from "
        "it; with a column per class it asks for probabilities.",
        metavar="FILE.csv",
    ),
]
FirstId = Annotated[
    int, _output("Number of the first image, where the data have no ids.")
]
Proba = Annotated[
    bool,
    _output("Write the probability of every class, one column per class.", "--proba"),
]
Page = Annotated[Path, _output("Where the page goes.", metavar="FILE.html")]
Title = Annotated[str | None, _output("Head of the page.")]

# --- what is said ---------------------------------------------------------------------

Quiet = Annotated[
    bool, _option(None, "Show results, warnings and errors only.", "--quiet", "-q")
]
Debug = Annotated[bool, _option(None, "Show the traceback of errors.", "--debug")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"skcnn {skcnn.__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    _option(
        None,
        "Show the version and end.",
        "--version",
        # Before typer misses a command.
        callback=_show_version,
        is_eager=True,
    ),
]
