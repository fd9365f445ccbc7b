"""``skcnn fit``: train one model and save it."""

from skcnn.cli._options import ModelOptions, SavingOptions, TrainingOptions
from skcnn.cli._terminal import Terminal

EXAMPLES = """
skcnn fit train.csv --target Label --drop Id --model cnn --out model.skcnn
skcnn fit digits --set filters=16-32 --set epochs=5 --out model.skcnn
skcnn fit flowers/ --size 64x64 --model resnet --out flowers.skcnn
skcnn fit fashion --test fashion:test --model C3 --epochs 12 --out c3.skcnn
"""


def run(
    terminal: Terminal,
    data: TrainingOptions,
    model: ModelOptions,
    saving: SavingOptions,
) -> None:
    """Train one model on all images and save it.

    With --test it is judged on those images once.
    """
    from skcnn.cli._data import read_training
    from skcnn.cli._images import note_images
    from skcnn.cli._training import check_can_save, fit, judge, model_of, save

    if saving.out is None and data.test is None:
        raise ValueError(
            "Nothing would be left of the training: name a file to save the model to, "
            "--out model.skcnn, or test images, --test."
        )
    estimator = model_of(model)
    check_can_save(saving)
    images, test = read_training(data, model.seed)
    note_images(images, test, terminal)
    fit(estimator, model.model, images, terminal)
    save(estimator, saving.out, terminal)
    judge(estimator, test, terminal)
