"""``skcnn describe``: data at a glance."""

from skcnn.cli._options import TrainingOptions
from skcnn.cli._terminal import Terminal

EXAMPLES = """
skcnn describe train.csv --target Label --drop Id
skcnn describe fashion --test fashion:test
"""


def run(terminal: Terminal, data: TrainingOptions) -> None:
    """Look at images and labels before training: sizes, classes, what may be wrong."""
    from skcnn import datasets
    from skcnn.cli._data import read_images, read_test

    wants = "labels if any"
    images, test = read_images(data, wants), read_test(data, wants)
    described = datasets.describe(
        images.X,
        images.y,
        X_test=None if test is None else test.X,
        y_test=None if test is None else test.y,
    )
    terminal.note(str(images))
    terminal.result(str(described))
