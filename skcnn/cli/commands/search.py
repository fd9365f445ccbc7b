"""``skcnn search``: a grid of parameters, all on the same folds."""

from typing import Annotated

from skcnn.cli._options import (
    Folds,
    Jobs,
    ModelOptions,
    SavingOptions,
    Store,
    TrainingOptions,
    option,
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
        option(
            None,
            "Values of a parameter to try; may be given several times, and every "
            "combination is tried. 6-7-8 is the tuple (6, 7, 8).",
            metavar="NAME=VALUE,VALUE",
        ),
    ],
    saving: SavingOptions,
    cv: Folds = 3,
    scoring: Annotated[
        str,
        option(None, "Score that decides, by scikit-learn's name."),
    ] = "accuracy",
    n_jobs: Jobs = None,
    store: Store = None,
) -> None:
    """Try every combination of parameters by cross-validation; the best come first.

    With --out the best one is fitted on all images and saved, with --test it is fitted
    and judged.
    """
    import skcnn
    from skcnn.cli._comparison import raise_unjudged
    from skcnn.cli._data import read_training
    from skcnn.cli._images import note_images
    from skcnn.cli._paths import check_store
    from skcnn.cli._search import make_candidates, make_grid, show
    from skcnn.cli._training import check_can_save, fit, judge, model_of, save

    estimator = model_of(model)
    check_can_save(saving)
    check_store(store)
    values = make_grid(model.model, estimator, grid)
    candidates = make_candidates(estimator, values)
    images, test = read_training(data, model.seed)
    note_images(images, test, terminal)
    n_fits = len(candidates) * cv
    terminal.note(f"{len(candidates)} candidates on {cv} folds: {n_fits} fits")
    comparison = skcnn.compare(
        candidates,
        images.X,
        images.y,
        cv=cv,
        scoring=scoring,
        n_jobs=n_jobs,
        random_state=model.seed,
        store=store,
        verbose=int(terminal.shows_progress),
    )
    show(comparison, candidates, values, terminal)
    raise_unjudged(comparison)
    terminal.note(f"The best one: {comparison.best_}")
    if saving.out is not None or test is not None:
        best = candidates[comparison.best_]
        fit(best, model.model, images, terminal)
        save(best, saving.out, terminal)
        judge(best, test, terminal)
