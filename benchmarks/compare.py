"""Six estimators on the same folds of digits; killed half way, and started again."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from joblib.externals.loky import get_reusable_executor

from ._measure import Row, fresh

TITLE = "skcnn.compare: six estimators on digits, 3 folds"

EPOCHS = 15
N_FOLDS = 3
BUDGET = 120


def rows(arguments):
    """Measure and return the lines of the table."""
    n = arguments.images
    table, folds, seconds = fresh(partial(run, n))
    print(table.to_string(float_format="{:.4g}".format))
    with TemporaryDirectory() as folder:
        before, after, restarted = killed_and_restarted(n, Path(folder), len(folds))
    _, parallel, parallel_seconds = fresh(partial(run, n, n_jobs=2))
    columns = ["id", "estimator", "fold", "n_train", "n_test"]
    scores = [name for name in folds if "seconds" not in name]
    is_same = restarted[scores].equals(folds[scores])
    has_same_ids = parallel[columns].equals(folds[columns])
    print(
        f"killed after {before} of {len(folds)} fits; the restart did {after}; tables "
        f"equal: {_yes(is_same)}; same folds and ids with n_jobs=2: "
        f"{_yes(has_same_ids)}, {parallel_seconds:.1f} s"
    )
    return [
        Row(
            f"seconds of {len(folds)} fits, n_jobs=1 (peer: n_jobs=2)",
            f"{seconds:.1f}",
            f"{parallel_seconds:.1f}",
            seconds,
            budget=BUDGET,
            unit=" s",
            at_most=True,
        ),
        _none("fits done twice, of a run killed half way", before + after - len(folds)),
        _none("rows of its table that differ", len(folds) * (not is_same)),
        _none("ids that differ with n_jobs=2", len(folds) * (not has_same_ids)),
    ]


def _none(what, count):
    return Row(what, str(count), "", count, budget=0, unit="", at_most=True)


def _yes(claim):
    return "yes" if claim else "no"


def systems():
    """Return the estimators by their names."""
    from sklearn.pipeline import make_pipeline

    from skcnn import (
        AutoencoderClassifier,
        CNNClassifier,
        ConvAutoencoder,
        NetworkFeatures,
        ResNetClassifier,
        SVMClassifier,
    )

    cnn = CNNClassifier(filters=(16, 32), epochs=EPOCHS)
    resnet = ResNetClassifier(blocks=(1, 1), filters=(16, 32), epochs=EPOCHS)
    encoder = ConvAutoencoder(filters=(16, 32), epochs=EPOCHS)
    return {
        "CNN": cnn,
        "ResNet": resnet,
        "autoencoder + SVM": AutoencoderClassifier(encoder, SVMClassifier()),
        "network features + SVM": make_pipeline(NetworkFeatures(cnn), SVMClassifier()),
        "HOG + SVM": SVMClassifier(features="hog"),
        "pixels + SVM": SVMClassifier(),
    }


def run(n_images, store=None, n_jobs=None):
    """Return the table, the folds, and the seconds of a comparison."""
    from skcnn import compare, datasets

    X, y = datasets.load_digits()
    started = perf_counter()
    comparison = compare(
        systems(),
        X[:n_images],
        y[:n_images],
        cv=N_FOLDS,
        n_jobs=n_jobs,
        random_state=0,
        store=store,
        verbose=0,
    )
    seconds = perf_counter() - started
    if n_jobs:
        # Or this process would wait for idle workers for minutes before it ends.
        get_reusable_executor().shutdown()
    return comparison.table_, comparison.folds_, seconds


def killed_and_restarted(n_images, store, n_fits):
    """Kill a run when half of its fits are in the store, and run it again.

    Returns
    -------
    before, after : int
        Fits that were in the store when it was killed, and that the restart did.
    folds : DataFrame
        Of the restart.
    """
    # Not by multiprocessing, which would complain of what a killed process left.
    code = f"from benchmarks.compare import run; run({n_images}, store={str(store)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    while len(_written(store)) < n_fits // 2:
        if process.poll() is not None:
            raise RuntimeError("the run ended before it was killed")
        sleep(0.05)
    process.kill()
    process.wait()
    before = _written(store)
    _, folds, _ = fresh(partial(run, n_images, store=store))
    done = [name for name, when in _written(store).items() if before.get(name) != when]
    return len(before), len(done), folds


def _written(store):
    """Return when each file of the store was written, by its name."""
    return {path.name: path.stat().st_mtime_ns for path in store.glob("*.npz")}
