"""What every comparison should have: a system without a network, ready in seconds."""

from __future__ import annotations

from functools import partial

from sklearn.pipeline import Pipeline

from skcnn.recipes._recipe import Recipe


def _patches(**params: object) -> Pipeline:
    from skcnn import HoldoutRidgeClassifier, PatchFeatures

    patches = PatchFeatures(**params)
    return Pipeline([("patches", patches), ("ridge", HoldoutRidgeClassifier())])


RECIPES = [
    Recipe(
        "P1",
        "T10",
        "whitened patches as filters, pooled; ridge",
        estimator="Pipeline",
        make_own=_patches,
        note="no report has it: a baseline without a network",
    ),
    Recipe(
        "P2",
        "T10",
        "P1 with more filters",
        estimator="Pipeline",
        make_own=partial(_patches, n_filters=64),
        note="no report has it: a baseline without a network",
    ),
]
