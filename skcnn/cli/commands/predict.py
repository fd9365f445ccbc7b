"""``skcnn predict``: labels for images, as Kaggle wants them."""

from skcnn.cli._options import DataOptions, ModelFile, SubmissionOptions
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
    output: SubmissionOptions,
) -> None:
    """Write a label for every image: a table of ids and labels."""
    import skcnn
    from skcnn.cli._data import read_images
    from skcnn.cli._paths import check_output
    from skcnn.cli._pixel_columns import in_order_of_model
    from skcnn.cli._submission import make_submission, write_submission

    check_output(
        output.out,
        "--out",
        [".csv", ".csv.gz"],
        inputs=[model, data.source],
        may_replace=output.force,
    )
    estimator = skcnn.load(model)
    images = in_order_of_model(read_images(data, ids=output.id), estimator)
    terminal.note(str(images))
    table = make_submission(estimator, images, output)
    write_submission(table, output.out)
    if output.out is not None:
        terminal.note(f"{len(table)} rows are in {output.out}.")
