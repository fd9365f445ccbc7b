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
    from skcnn.cli._data import read_images, read_test, sample
    from skcnn.cli._images import note_images

    wants = "labels if any"
    images = sample(read_images(data, wants), data.n_images, seed=0)
    test = read_test(data, wants, images)
    described = datasets.describe(
        images.X,
        images.y,
        X_test=None if test is None else test.X,
        y_test=None if test is None else test.y,
    )
    note_images(images, test, terminal)
    terminal.result(str(described))
