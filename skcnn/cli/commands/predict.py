"""``skcnn predict``: labels for images, as Kaggle wants them."""

from pathlib import Path
from typing import Annotated

import typer

from skcnn.cli._options import DataOptions, ModelFile
from skcnn.cli._terminal import Terminal

EXAMPLES = """
skcnn predict model.skcnn test.csv --out submission.csv
skcnn predict model.skcnn test.csv --id ImageId --first-id 1 --out submission.csv
skcnn predict flowers.skcnn new-pictures/ --size 64x64 --proba
"""


def run(
    terminal: Terminal,
    model: ModelFile,
    data: DataOptions,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Where the table goes. Without it: to the terminal, or into a pipe.",
            rich_help_panel="Output",
            show_default=False,
        ),
    ] = None,
    id: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Head of the column of ids; where the data have a column of this "
            "name, the ids are taken from it. Without it: the data's own, or Id.",
            rich_help_panel="Output",
            show_default=False,
        ),
    ] = None,
    label: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Head of the column of labels.",
            rich_help_panel="Output",
        ),
    ] = "Label",
    first_id: Annotated[
        int,
        typer.Option(
            help="Number of the first image, where the data have no ids.",
            rich_help_panel="Output",
        ),
    ] = 0,
    proba: Annotated[
        bool,
        typer.Option(
            "--proba",
            help="Write the probability of every class, one column per class.",
            rich_help_panel="Output",
        ),
    ] = False,
) -> None:
    """Write a label for every image: a table of ids and labels."""
    import skcnn
    from skcnn.cli._data import read_images
    from skcnn.cli._paths import check_output
    from skcnn.cli._pixel_columns import in_order_of_model
    from skcnn.cli._submission import make_submission, write_submission

    check_output(out, "--out", [".csv", ".csv.gz"], inputs=[model, data.source])
    estimator = skcnn.load(model)
    images = in_order_of_model(read_images(data, ids=id), estimator)
    terminal.note(str(images))
    table = make_submission(
        estimator, images, id=id, label=label, first_id=first_id, proba=proba
    )
    write_submission(table, out)
    if out is not None:
        terminal.note(f"{len(table)} rows are in {out}.")
