"""``skcnn report``: one fitted model on labelled images, as a page."""

from pathlib import Path
from typing import Annotated

from skcnn.cli._options import OUTPUT, LabelledOptions, ModelFile, option
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
        option(OUTPUT, "Where the page goes.", metavar="FILE.html"),
    ],
    title: Annotated[
        str | None,
        option(OUTPUT, "Head of the page."),
    ] = None,
) -> None:
    """Write a page about a saved model: how good it is, and where it errs.

    A page about a comparison is what skcnn compare --report writes; with the same
    --store it fits nothing again.
    """
    import skcnn
    from skcnn.cli._data import read_images
    from skcnn.cli._paths import check_output
    from skcnn.cli._pixel_columns import in_order_of_model, rows_for

    inputs = [model, data.source, data.labels]
    check_output(out, "--out", [".html", ".htm"], inputs=inputs)
    estimator = skcnn.load(model)
    images = in_order_of_model(read_images(data, "labels"), estimator)
    terminal.note(str(images))
    page = skcnn.report(
        estimator, out, X=rows_for(estimator, images), y=images.y, title=title
    )
    terminal.note(f"The report is in {page}.")
