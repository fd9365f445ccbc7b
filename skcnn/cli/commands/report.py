"""``skcnn report``: one fitted model on labelled images, as a page."""

from pathlib import Path
from typing import Annotated

import typer

from skcnn.cli._options import LabelledOptions, ModelFile
from skcnn.cli._terminal import Terminal

EXAMPLES = """
skcnn report model.skcnn labelled.csv --out page.html
skcnn report c3.skcnn fashion:test --out page.html
"""


def run(
    terminal: Terminal,
    model: ModelFile,
    data: LabelledOptions,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE.html",
            help="Where the page goes.",
            rich_help_panel="Output",
            show_default=False,
        ),
    ],
    title: Annotated[
        str | None,
        typer.Option(
            help="Head of the page.", rich_help_panel="Output", show_default=False
        ),
    ] = None,
) -> None:
    """Write a page about a saved model: how good it is, and where it errs.

    A page about a comparison is what skcnn compare --report writes; with the same
    --store it fits nothing again.
    """
    import skcnn
    from skcnn.cli._data import read_images
    from skcnn.cli._paths import check_report_output

    check_report_output(out, "--out")
    estimator = skcnn.load(model)
    images = read_images(data, "labels")
    terminal.note(str(images))
    page = skcnn.report(estimator, out, X=images.X, y=images.y, title=title)
    terminal.note(f"The report is in {page}.")
