"""Hold out a validation part: stratified, seeded, no class left empty."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit


def hold_out(
    codes: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the row numbers of the training and of the validation part.

    Parameters
    ----------
    codes : array of shape (n,)
        Class codes of the rows that have a weight above zero.
    fraction : float in (0, 1)
    seed : int

    Raises
    ------
    ValueError
        Where a class would be missing in one of the two parts.
    """
    counts = np.bincount(codes)
    present = counts[counts > 0]
    n_held_out = int(np.ceil(fraction * len(codes)))
    n_kept = len(codes) - n_held_out
    if present.min() < 2 or min(n_kept, n_held_out) < len(present):
        raise ValueError(
            f"validation_fraction={fraction} of {len(codes)} rows leaves a class "
            f"empty: {n_kept} rows to train and {n_held_out} to validate "
            f"{len(present)} classes, the smallest of {present.min()} rows. Change "
            "validation_fraction, pass more images, pass X_val and y_val, or set "
            "early_stopping=False."
        )
    splitter = StratifiedShuffleSplit(1, test_size=n_held_out, random_state=seed)
    train, held_out = next(splitter.split(np.empty(len(codes)), codes))
    for part, name in ((train, "training"), (held_out, "validation")):
        if len(np.unique(codes[part])) < len(present):
            raise ValueError(
                f"validation_fraction={fraction} of {len(codes)} rows leaves a class "
                f"empty in the {name} part. Change validation_fraction, pass more "
                "images, or pass X_val and y_val."
            )
    return np.sort(train), np.sort(held_out)
