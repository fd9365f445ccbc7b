"""``skcnn compare``: several models on the same folds."""

from typing import Annotated

from skcnn.cli._options import (
    ComparisonOptions,
    Folds,
    Jobs,
    SettingOptions,
    TrainingOptions,
    option,
)
from skcnn.cli._terminal import Terminal

EXAMPLES = """
skcnn compare digits --models svm,cnn --epochs 5 --cv 3
skcnn compare train.csv --target Label --models cnn,resnet,svm,C3 --report out.html
skcnn compare fashion --images 5000 --models cnn,svm,hog --set svm:C=10 --store runs/
"""


def run(
    terminal: Terminal,
    data: TrainingOptions,
    models: Annotated[
        str,
        option(
            None,
            "Names of models or ids of recipes: skcnn models lists them.",
            metavar="NAME,NAME",
        ),
    ],
    settings: SettingOptions,
    output: ComparisonOptions,
    cv: Folds = 5,
    scoring: Annotated[
        str,
        option(
            None,
            "Scores by scikit-learn's names; the first one decides.",
            metavar="NAME,NAME",
        ),
    ] = "accuracy,f1_macro,neg_log_loss",
    n_jobs: Jobs = None,
) -> None:
    """Compare models on the same folds: a table, a verdict, and a page to show.

    --set NAME=VALUE sets a parameter of every model that has it, --set MODEL:NAME=VALUE
    of one. With --test each model is fitted on all images, too, and judged once.
    """
    import skcnn
    from skcnn.cli._comparison import (
        check_outputs,
        make_models,
        raise_failures,
        show,
        write,
    )
    from skcnn.cli._data import read_training
    from skcnn.cli._images import note_images
    from skcnn.cli._values import split_names

    check_outputs(output, data)
    estimators = make_models(split_names(models), settings)
    images, test = read_training(data, settings.seed)
    note_images(images, test, terminal)
    comparison = skcnn.compare(
        estimators,
        images.X,
        images.y,
        cv=cv,
        scoring=split_names(scoring),
        X_test=None if test is None else test.X,
        y_test=None if test is None else test.y,
        n_jobs=n_jobs,
        random_state=settings.seed,
        store=output.store,
        verbose=int(terminal.shows_progress),
    )
    show(comparison, terminal)
    write(comparison, output, terminal)
    raise_failures(comparison)
