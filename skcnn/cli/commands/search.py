"""``skcnn search``: GridSearchCV over the parameters of a model."""

from typing import Annotated

import typer

from skcnn.cli._options import (
    Folds,
    Jobs,
    ModelOptions,
    SavingOptions,
    TrainingOptions,
)
from skcnn.cli._terminal import Terminal

EXAMPLES = """
skcnn search train.csv --model cnn --grid kernel_size=3,5,6-7-8
skcnn search digits --grid kernel_size=3,5 --grid learning_rate=0.001,0.01 --epochs 5
skcnn search digits --model svm --grid C=1,3,10 --grid gamma=scale,0.01 --out svm.skcnn
"""


def run(
    terminal: Terminal,
    data: TrainingOptions,
    model: ModelOptions,
    grid: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=VALUE,VALUE",
            help="Values of a parameter to try; may be given several times, and every "
            "combination is tried. 6-7-8 is the tuple (6, 7, 8).",
            show_default=False,
        ),
    ],
    saving: SavingOptions,
    cv: Folds = 3,
    scoring: Annotated[
        str, typer.Option(help="Score that decides, by scikit-learn's name.")
    ] = "accuracy",
    n_jobs: Jobs = None,
) -> None:
    """Try every combination of parameters by cross-validation; the best come first.

    With --out the best one is fitted on all images and saved, with --test it is fitted
    and judged.
    """
    from sklearn.metrics import get_scorer

    from skcnn.cli._data import read_training
    from skcnn.cli._images import note_images
    from skcnn.cli._search import make_candidates, search, show
    from skcnn.cli._training import check_can_save, fit, judge, model_of, save

    estimator = model_of(model)
    check_can_save(estimator, saving)
    scorer = get_scorer(scoring)
    candidates = make_candidates(model.model, estimator, grid)
    images, test = read_training(data, model.seed)
    note_images(images, test, terminal)
    done = search(
        estimator, candidates, images, cv, scorer, n_jobs, model.seed, terminal
    )
    show(done, scoring, terminal)
    if saving.out is not None or test is not None:
        best = estimator.set_params(**done.best_params_)
        fit(best, model.model, images, terminal)
        save(best, saving.out, terminal)
        judge(best, test, terminal)
