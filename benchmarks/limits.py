"""Trainings and searches that end in time: seconds, and what they reach.

python -m benchmarks limits --seconds 5 60

A network with its defaults, and a search over four settings of the fast one, are
trained on 50 000 images of T10's training set and judged on its 10 000 others: no test
image is looked at. Each has a process of its own. The clock is that of `fit`, and
starts TensorFlow, too.
"""

import argparse
from functools import partial
from time import perf_counter

from . import small
from ._measure import aligned, in_turn, machine
from .accuracy import FAST

GRID = {"kernel_size": [3, 5], "learning_rate": [0.004, 0.016]}
HEADER = ("", "max_seconds", "seconds", "over by", "accuracy", "trained")
# What may be over: a tenth of the time, or a second where that is more.
MOST_PART, MOST_SECONDS = 0.1, 1.0


def main(arguments):
    """Fit within each limit and without one, and print the table."""
    options = _parser().parse_args(arguments)
    print(machine())
    limits = [*options.seconds, *([] if options.limited else [None])]
    sides = {
        (what, limit): partial(measured, what, limit, options.images)
        for what in options.what
        for limit in limits
    }
    runs = {side: one[0] for side, one in in_turn(sides, repeats=1).items()}
    table = [HEADER, *(line(*side, **run) for side, run in runs.items())]
    print(f"\nWithin max_seconds, judged on {small.N_JUDGED} images\n{aligned(table)}")


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks limits", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--seconds", nargs="+", type=float, default=[5, 60], help="limits (5 60)")
    add("--what", nargs="+", choices=MODELS, default=[*MODELS])
    add("--images", type=int, default=50_000, help="to train on (50000)")
    add("--limited", action="store_true", help="nothing is trained without a limit")
    return parser


def _network(limit):
    from skcnn import CNNClassifier

    return CNNClassifier(max_seconds=limit, random_state=0)


def _search(limit):
    from skcnn import CNNClassifier, ContinuingSearchCV

    fast = CNNClassifier(**FAST, filters=(16, 64, 128), epochs=5)
    return ContinuingSearchCV(fast, GRID, cv=2, max_seconds=limit, random_state=0)


MODELS = {"CNN": _network, "search": _search}


def measured(what, limit, n_images):
    """Return seconds, accuracy, and how far the training came, in words."""
    X, y, judged = small.images("garments")
    model, error = MODELS[what](limit), None
    started = perf_counter()
    try:
        model.fit(X[:n_images], y[:n_images])
    except TimeoutError as one:
        error = str(one).partition(". ")[0]
    seconds = perf_counter() - started
    accuracy = None if error else model.score(*judged)
    return {
        "seconds": seconds,
        "accuracy": accuracy,
        "trained": error or _so_far(model),
    }


def _so_far(model):
    if hasattr(model, "is_finished_"):
        n_whole = (model.cv_results_["rung"] == model.cv_results_["rung"].max()).sum()
        end = "all" if model.is_finished_ else "not all"
        network = model.best_estimator_
        return f"{end}; {n_whole} on the last rung; refit of {network.n_steps_} steps"
    return f"{model.n_steps_} steps, {model.n_iter_} epochs"


def line(what, limit, seconds, accuracy, trained):
    """Return the cells of one run."""
    over = ""
    if limit is not None:
        allowed = max(MOST_PART * limit, MOST_SECONDS)
        verdict = "ok" if seconds - limit <= allowed else "too long"
        over = f"{max(seconds - limit, 0):.1f} s, {verdict}"
    return (
        what,
        "none" if limit is None else f"{limit:g}",
        f"{seconds:.1f}",
        over,
        "" if accuracy is None else f"{accuracy:.4f}",
        trained,
    )
