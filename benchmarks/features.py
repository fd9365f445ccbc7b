"""A search over the head of a pretrained network, with and without `memory=`."""

import os
import tempfile
from pathlib import Path
from time import perf_counter

from ._measure import Row, in_turn

TITLE = "Frozen features: 5 folds x 6 candidates of the head of MobileNetV2 0.35, T10"

WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
N_IMAGES = 2000
GRID = {"dense_units": [(), (128,)], "learning_rate": [3e-4, 1e-3, 3e-3]}
# The size that cross-validation prefers; the head is trained for about 400 steps.
SETTINGS = {"input_size": 128, "epochs": 8, "batch_size": 32, "random_state": 0}
BUDGET = 5


def rows(arguments):
    """Measure and return the lines of the table."""
    if not os.environ.get("SKCNN_DATA"):
        print("features: left out, SKCNN_DATA names no folder with the data")
        return []
    # One after the other in fresh processes, each with an empty folder.
    results = in_turn({"with": with_memory, "without": without}, repeats=1)
    (seconds, scores), (peer_seconds, peer_scores) = (
        results[side][0] for side in ("with", "without")
    )
    if scores != peer_scores:
        raise AssertionError(f"memory= changes scores: {scores} and {peer_scores}")
    return [
        Row(
            f"seconds, {N_IMAGES} images, memory= (peer: without)",
            f"{seconds:.1f}",
            f"{peer_seconds:.1f}",
            peer_seconds / seconds,
            budget=BUDGET,
        ),
        Row(
            "best mean accuracy (all scores are the same)",
            f"{max(scores):.4f}",
            f"{max(peer_scores):.4f}",
            max(scores) - max(peer_scores),
            unit="",
        ),
    ]


def with_memory():
    """Return the seconds and the scores of a search that remembers features."""
    with tempfile.TemporaryDirectory() as folder:
        return _search(folder)


def without():
    """Return the same of one that computes them in every fit."""
    return _search(None)


def _search(memory):
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    from skcnn import TransferClassifier, datasets

    weights = Path(os.environ["SKCNN_DATA"]) / "weights" / WEIGHTS
    X, y = datasets.fetch_fashion_mnist(labels="garments", split="train")
    model = TransferClassifier(
        "MobileNetV2",
        backbone_params={"alpha": 0.35},
        weights=weights,
        memory=memory,
        **SETTINGS,
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(model, GRID, cv=folds, refit=False, error_score="raise")
    started = perf_counter()
    search.fit(X[:N_IMAGES], y[:N_IMAGES])
    seconds = perf_counter() - started
    return seconds, search.cv_results_["mean_test_score"].tolist()
