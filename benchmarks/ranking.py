"""How well a rung ranks candidates: Kendall's tau with their full trainings.

python -m benchmarks ranking --data digits --folds 2

Every candidate is trained in full, with its own schedule, and once more as
ContinuingSearchCV trains it, from rung to rung to its end. On each rung the scores of
three are ranked: the weights as they are, their average over the second half of the way
from the rung before, and a branch whose rate falls to nothing (it costs three sevenths
more epochs). Scores are mean accuracies over the same folds of training images.
`regret` is what the full training of the one that the rung finds best is behind the
best full training; `kept` is the rank of the truly best one on the rung.
"""

import argparse
import copy
from dataclasses import replace
from functools import partial
from itertools import combinations
from time import process_time

from ._measure import in_turn, machine

DATA = ("digits", "garments")
# Each data set has 24 candidates.
FILTERS = {"digits": [(8, 16), (16, 32)], "garments": [(8, 16, 32), (16, 32, 64)]}
KERNEL_SIZES = [3, 5, 7]
LEARNING_RATES = [0.001, 0.004, 0.01, 0.04]
EPOCHS = None  # what the network itself would take
WAYS = ("as they are", "average", "branch")


def main(arguments):
    """Train all candidates in both ways, and print a table per data set."""
    options = _parser().parse_args(arguments)
    print(machine())
    sides = {
        data: partial(measured, data, options.images, options.folds, options.rungs)
        for data in options.data
    }
    for data, (runs,) in in_turn(sides, repeats=1).items():
        print(f"\n{data}: {len(runs['full'])} candidates, {options.folds} folds")
        print(as_text(runs))


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks ranking", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--data", nargs="+", choices=DATA, default=DATA)
    add("--images", type=int, default=1500, help="to train and judge by (1500)")
    add("--folds", type=int, default=3)
    add("--rungs", nargs="+", type=int, help="epochs to rank at; else the policy's")
    return parser


def images(data, n):
    """Return images of the training set and their labels."""
    from skcnn import datasets

    if data == "digits":
        X, y = datasets.load_digits()
    else:
        X, y = datasets.fetch_fashion_mnist("garments", "train")
    return X[:n], y[:n]


def measured(data, n_images, n_folds, rungs):
    """Return mean scores: of full trainings, and by (rung, way) of the candidates.

    The keys ``"seconds"`` have processor seconds of both ways, and ``"between folds"``
    the scores of the full trainings on each fold.
    """
    import numpy as np
    from sklearn.base import clone
    from sklearn.model_selection import ParameterGrid, StratifiedKFold

    from skcnn import CNNClassifier
    from skcnn.search._candidates import make_candidates
    from skcnn.search._policies import plan

    X, y = images(data, n_images)
    grid = {"filters": FILTERS[data], "kernel_size": KERNEL_SIZES}
    settings = list(ParameterGrid({**grid, "learning_rate": LEARNING_RATES}))
    folds = list(StratifiedKFold(n_folds, shuffle=True, random_state=0).split(X, y))
    model = CNNClassifier(augment=None, epochs=EPOCHS)
    candidates = make_candidates(model, settings, 0, len(folds[0][0]), None)
    last, goes_on = [one.last for one in candidates], [True] * len(candidates)
    field = plan("halving", last, goes_on, n_folds, 3)
    full, ways, seconds = [], [], {"full": 0.0, "rungs": 0.0}
    for candidate, stops in zip(candidates, field.stops, strict=True):
        for train, test in folds:
            began = process_time()
            own = clone(candidate.estimator).fit(X[train], y[train])
            seconds["full"] += process_time() - began
            full.append(own.score(X[test], y[test]))
            began = process_time()
            ends = stops if rungs is None else (*rungs, candidate.last)
            ways.append(_by_rungs(candidate, ends, (X, y, train, test)))
            seconds["rungs"] += process_time() - began
    shape = (len(candidates), n_folds)
    result = {"between folds": np.reshape(full, shape)}
    result["full"] = result["between folds"].mean(axis=1)
    result |= {
        key: np.reshape([one[key] for one in ways], shape).mean(axis=1)
        for key in ways[0]
    }
    return {**result, "seconds": seconds}


def _by_rungs(candidate, stops, data):
    """Return scores by (epoch, way), and that of the end."""
    from sklearn.base import clone

    from skcnn.search._training import Rows, train

    X, y, rows, test = data
    rows, estimator, start, scores = Rows(X[rows], y[rows], {}), None, 0, {}
    estimator = clone(candidate.estimator)
    for stop in stops[:-1]:
        average = train(candidate, estimator, start, stop, rows, None)
        branch, end = copy.deepcopy(estimator), stop + max(1, round(3 * stop / 7))
        train(replace(candidate, last=end), branch, stop, end, rows, None)
        for way, one in zip(WAYS, (estimator, average, branch), strict=True):
            scores[stop, way] = one.score(X[test], y[test])
        start = stop
    train(candidate, estimator, start, stops[-1], rows, None)
    scores[stops[-1], "end"] = estimator.score(X[test], y[test])
    return scores


def as_text(runs):
    """Return a line per rung and way."""
    from scipy.stats import kendalltau

    full, between = runs["full"], runs["between folds"]
    table = [("epoch", "scored", "tau", "mean", "regret", "kept")]
    for key in [key for key in runs if isinstance(key, tuple)]:
        (epoch, way), scores = key, runs[key]
        table.append(
            (
                str(epoch),
                way,
                f"{kendalltau(scores, full)[0]:.2f}",
                f"{scores.mean():.4f}",
                f"{full.max() - full[scores.argmax()]:.4f}",
                str(1 + (scores > scores[full.argmax()]).sum()),
            )
        )
    taus = [kendalltau(a, b)[0] for a, b in combinations(between.T, 2)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(map(str.rjust, line, widths)) for line in table]
    if taus:
        lines.append(
            f"full trainings on two folds: tau {sum(taus) / len(taus):.2f}; "
            f"mean {full.mean():.4f}, best {full.max():.4f}"
        )
    lines.append(
        "processor seconds: full {full:.0f}, rungs with branches {rungs:.0f}".format(
            **runs["seconds"]
        )
    )
    return "\n".join(lines)
