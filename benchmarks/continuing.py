"""A search that goes on, beside scikit-learn's searches over the same candidates.

python -m benchmarks continuing --data digits --seeds 0 1 2

27 candidates (kernel size, learning rate, filters) on three folds: GridSearchCV,
HalvingGridSearchCV(resource="epochs") and ContinuingSearchCV, each in a process of its
own, without a refit. Each is judged by the score that its choice has in the table of
the full grid: `behind` is how far that is from the best one there. Of several seeds,
the grid's own choices are judged in each other's tables, too: that is what the folds
can tell at all. No test image is looked at. What a `--store` has is not run again.
"""

import argparse
import json
from functools import partial
from itertools import permutations
from pathlib import Path
from statistics import median
from time import perf_counter

from ._measure import in_turn, machine
from .ranking import images

DATA = ("digits", "garments")
N_FOLDS = 3
RATES = [0.001, 0.004, 0.016]
TWO, THREE = [(8, 16)], [(8, 16, 32), (16, 32, 64)]  # blocks
GRID = [
    {"filters": TWO, "kernel_size": [3, 5, (5, 3)], "learning_rate": RATES},
    {"filters": THREE, "kernel_size": [3, 5, (5, 3, 3)], "learning_rate": RATES},
]
WITHIN = 0.002  # of the best: as good, as far as one can tell
HEAD = f"{'':34} {'seconds':>8} {'of the grid':>12} {'best score':>11} {'behind':>8}"


def main(arguments):
    """Search in each way, and print a table per data set."""
    options = _parser().parse_args(arguments)
    print(machine())
    for data in options.data:
        runs = measured(data, options)
        n_candidates = len(runs["GridSearchCV"][0]["scores"])
        print(f"\n{data}: {n_candidates} candidates, {N_FOLDS} folds\n{HEAD}")
        for line in lines(runs):
            print(line, flush=True)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks continuing", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--data", nargs="+", choices=DATA, default=DATA)
    add("--images", type=int, default=10_000, help="to search on (10000)")
    add("--epochs", type=int, help="of a full training; else the network's own")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2])
    add("--policies", nargs="+", default=["halving", "top_k"])
    add("--store", type=Path, help="file of JSON lines that keeps what each side gave")
    return parser


def measured(data, options):
    """Return what each side gave: (seconds, scores of all, choice), one per seed."""
    common = data, options.images, options.epochs
    sides = {"GridSearchCV": (grid_search,), "HalvingGridSearchCV": (halving_search,)}
    for policy in options.policies:
        sides[f"ContinuingSearchCV {policy}"] = (continuing_search, policy)
    runs, kept = {name: [] for name in sides}, _stored(options.store)
    for seed in options.seeds:
        for name, (search, *more) in sides.items():
            key = json.dumps([*common, seed, name])
            if key not in kept:
                call = partial(search, *more, *common, seed)
                ((run,),) = in_turn({name: call}, repeats=1).values()
                kept[key] = run
                _keep(options.store, key, run)
            runs[name].append(run := kept[key])
            grid = runs["GridSearchCV"][-1]
            print(f"{data}, seed {seed}: {name} {_found(run, grid)}", flush=True)
    return runs


def _stored(path):
    if path is None or not path.exists():
        return {}
    return dict(map(json.loads, path.read_text(encoding="utf-8").splitlines()))


def _keep(path, key, run):
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, run]) + "\n")


def _found(run, grid):
    return (
        f"{run['seconds']:.1f} s, best score {run['score']:.4f}, "
        f"behind {_behind(run, grid):.4f}"
    )


def _behind(run, grid):
    """Return how far the choice is from the best, in the full grid's table."""
    return max(grid["scores"]) - grid["scores"][run["best"]]


def lines(runs):
    """Give a line per side: medians over the seeds."""
    grids = runs["GridSearchCV"]
    for name, own in runs.items():
        seconds = median(run["seconds"] for run in own)
        ratio = median(
            grid["seconds"] / run["seconds"]
            for grid, run in zip(grids, own, strict=True)
        )
        behind = [_behind(run, grid) for grid, run in zip(grids, own, strict=True)]
        score = median(run["score"] for run in own)
        yield (
            f"{name:34} {seconds:8.1f} {ratio:11.1f}x {score:11.4f} {_judged(behind)}"
        )
    if others := [_behind(run, grid) for run, grid in permutations(grids, 2)]:
        yield f"{'GridSearchCV of another seed':68} {_judged(others)}"


def _judged(behind):
    within = sum(one <= WITHIN for one in behind)
    return f"{median(behind):8.4f}  ({within} of {len(behind)} within {WITHIN})"


# --- the sides ------------------------------------------------------------------------


def _searched(make, data, n_images, epochs, seed):
    """Return seconds, the mean score of each candidate, and which was chosen."""
    from sklearn.model_selection import ParameterGrid, StratifiedKFold

    from skcnn import CNNClassifier
    from skcnn.training import fit  # noqa: F401  (imports are not measured)

    X, y = images(data, n_images)
    model = CNNClassifier(epochs=epochs, random_state=seed)
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    started = perf_counter()
    search = make(model, folds, len(X)).fit(X, y)
    seconds = perf_counter() - started
    settings = list(ParameterGrid(GRID))
    chosen = {name: search.best_params_[name] for name in settings[0]}
    return {
        "seconds": seconds,
        "scores": search.cv_results_["mean_test_score"].tolist(),
        "score": search.best_score_,
        "best": settings.index(chosen),
    }


def grid_search(data, n_images, epochs, seed):
    """Return what scikit-learn's grid search takes and finds."""
    from sklearn.model_selection import GridSearchCV

    def make(model, folds, n_rows):
        return GridSearchCV(model, GRID, cv=folds, refit=False)

    return _searched(make, data, n_images, epochs, seed)


def halving_search(data, n_images, epochs, seed):
    """Return the same of scikit-learn's halving, whose resource are epochs."""
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    def make(model, folds, n_rows):
        most = model._most_epochs(n_rows * (N_FOLDS - 1) // N_FOLDS)
        return HalvingGridSearchCV(
            model.set_params(epochs=None),
            GRID,
            cv=folds,
            refit=False,
            resource="epochs",
            max_resources=most,
            min_resources=max(1, most // 27),
            factor=3,
            random_state=0,
        )

    return _searched(make, data, n_images, epochs, seed)


def continuing_search(policy, data, n_images, epochs, seed):
    """Return the same of ours."""
    from skcnn import ContinuingSearchCV

    def make(model, folds, n_rows):
        return ContinuingSearchCV(
            model, GRID, policy=policy, cv=folds, refit=False, random_state=seed
        )

    return _searched(make, data, n_images, epochs, seed)
