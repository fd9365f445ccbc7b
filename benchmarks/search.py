"""A grid search on digits, beside scikeras with the same network and settings."""

from functools import partial
from statistics import median
from time import perf_counter

from . import systems
from ._measure import Row, in_turn

TITLE = "Grid search on digits: 2 kernel sizes x 3 learning rates x 3 folds, 5 epochs"

KERNEL_SIZES = [3, 5]
LEARNING_RATES = [3e-4, 1e-3, 3e-3]
SETTINGS = {"epochs": 5, "batch_size": 32}


def rows(arguments):
    """Measure and return the lines of the table."""
    sides = {
        "scikeras": scikeras_search,
        "float32": partial(our_search, "float32"),
        "auto": partial(our_search, "auto"),
    }
    results = in_turn(sides, arguments.repeats)
    seconds = {name: median(s for s, _ in runs) for name, runs in results.items()}
    scores = {
        name: median(score for _, score in runs) for name, runs in results.items()
    }
    return [
        line
        for precision in ["float32", "auto"]
        for line in [
            Row(
                f"seconds, {precision}",
                f"{seconds[precision]:.2f}",
                f"{seconds['scikeras']:.2f}",
                seconds["scikeras"] / seconds[precision],
                budget=8,
            ),
            Row(
                f"best mean accuracy, {precision}",
                f"{scores[precision]:.4f}",
                f"{scores['scikeras']:.4f}",
                scores[precision] - scores["scikeras"],
                unit="",
            ),
        ]
    ]


def our_search(precision):
    """Return the seconds and the best score of our search."""
    systems.import_ours()
    model = systems.ours("B1", precision=precision, **SETTINGS)
    return _timed_search(
        model, {"kernel_size": KERNEL_SIZES, "learning_rate": LEARNING_RATES}
    )


def scikeras_search():
    """Return the seconds and the best score of the same search through scikeras."""
    import keras
    from scikeras.wrappers import KerasClassifier

    # Its own random_state would slow it down: it switches TensorFlow to
    # deterministic kernels.
    keras.utils.set_random_seed(0)
    model = KerasClassifier(
        model=_build,
        kernel_size=3,
        loss="sparse_categorical_crossentropy",
        optimizer="adam",
        verbose=0,
        **SETTINGS,
    )
    return _timed_search(
        model,
        {"kernel_size": KERNEL_SIZES, "optimizer__learning_rate": LEARNING_RATES},
    )


def _build(kernel_size):
    return systems.keras_b1((8, 8, 1), 10, kernel_size)


def _timed_search(model, grid):
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    X, y = systems.small_digits()
    # Folds are spelled out: scikit-learn 1.9 takes scikeras for no classifier and
    # would not stratify its folds.
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(model, grid, cv=folds, scoring="accuracy", refit=False)
    started = perf_counter()
    search.fit(X, y)
    return perf_counter() - started, search.best_score_
