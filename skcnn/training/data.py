"""Images with targets and weights: one object from the estimator to the graph."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from skcnn.keras_door import tf


@dataclass(frozen=True)
class TrainingData:
    """Images, their targets and weights, and which of them take part.

    Attributes
    ----------
    images : ndarray of shape (n, h, w, c)
        In the dtype they came in; never copied as a whole.
    y_encoded : ndarray of int, shape (n,)
        Places of the labels in ``classes_``; all 0 where a network gives images.
    sample_weight : ndarray of shape (n,) or None
    indices : ndarray of int or None
        Rows that take part, in the order of the training; None: all.
    clean : ndarray of shape (n, h, w, c) or None
        For a network that gives images: what each should become; None: itself.
    """

    images: np.ndarray
    y_encoded: np.ndarray
    sample_weight: np.ndarray | None = None
    indices: np.ndarray | None = None
    clean: np.ndarray | None = None

    def __post_init__(self):
        if self.indices is None:
            object.__setattr__(self, "indices", np.arange(len(self.images)))

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def row_bytes(self) -> int:
        """Memory of one image, and of its clean one where there is one."""
        clean = 0 if self.clean is None else self.clean[:1].nbytes
        return max(1, self.images[:1].nbytes + clean)

    # --- parts ------------------------------------------------------------------------

    def hold_out(self, fraction: float, seed: int) -> tuple[TrainingData, TrainingData]:
        """Return the part to train on and the validation part; see :func:`hold_out`."""
        kept, held_out = hold_out(self.y_encoded[self.indices], fraction, seed)
        return (
            replace(self, indices=self.indices[kept]),
            replace(self, indices=self.indices[held_out]),
        )

    def weighted(self) -> TrainingData:
        """Return the same with float32 weights of mean one over what takes part."""
        if self.sample_weight is None:
            return self
        # A new array: the caller's weights are never changed.
        weights = self.sample_weight / self.sample_weight[self.indices].mean()
        return replace(self, sample_weight=weights.astype(np.float32))

    def shuffled(self, seed: int, epoch: int) -> TrainingData:
        """Return the same rows in the order of this seed and epoch."""
        order = np.random.default_rng([seed, epoch]).permutation(len(self))
        return replace(self, indices=self.indices[order])

    def tensors(self, start: int, stop: int):
        """Return images, targets and weights from one place in the order to another."""
        rows = self.indices[start:stop]
        weights = self.sample_weight
        return (
            tf.convert_to_tensor(self.images[rows]),
            tf.constant(self.y_encoded[rows].astype(np.float32))
            if self.clean is None
            else tf.convert_to_tensor(self.clean[rows]),
            tf.ones(len(rows)) if weights is None else tf.constant(weights[rows]),
        )


def hold_out(
    y_encoded: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of the training and of the validation part: stratified, seeded.

    Parameters
    ----------
    y_encoded : array of int, shape (n,)
        Class numbers of the rows that have a weight above zero.
    fraction : float in (0, 1)
    seed : int

    Raises
    ------
    ValueError
        Where a class would be missing in one of the two parts.
    """
    counts = np.bincount(y_encoded)
    present = counts[counts > 0]
    n_held_out = int(np.ceil(fraction * len(y_encoded)))
    n_kept = len(y_encoded) - n_held_out
    if present.min() < 2 or min(n_kept, n_held_out) < len(present):
        raise ValueError(
            f"validation_fraction={fraction} of {len(y_encoded)} rows leaves a class "
            f"empty: {n_kept} rows to train and {n_held_out} to validate "
            f"{len(present)} classes, the smallest of {present.min()} rows. Change "
            "validation_fraction, pass more images, pass X_val and y_val, or set "
            "early_stopping=False."
        )
    splitter = StratifiedShuffleSplit(1, test_size=n_held_out, random_state=seed)
    train, held_out = next(splitter.split(np.empty(len(y_encoded)), y_encoded))
    for part, name in ((train, "training"), (held_out, "validation")):
        if len(np.unique(y_encoded[part])) < len(present):
            raise ValueError(
                f"validation_fraction={fraction} of {len(y_encoded)} rows leaves a "
                f"class empty in the {name} part. Change validation_fraction, pass "
                "more images, or pass X_val and y_val."
            )
    return np.sort(train), np.sort(held_out)


def as_images(x, wanted: tuple[int, int, int]) -> np.ndarray:
    """Return images as (n, h, w, c); grey ones may come without their channel.

    ``wanted`` is (h, w, c).

    Raises
    ------
    ValueError
        For any other shape.
    """
    x = np.asarray(x)
    if x.shape[1:] == wanted[:2] and wanted[2] == 1:
        return x[..., None]
    if x.shape[1:] != wanted:
        raise ValueError(
            f"self.model takes images of shape (n, {', '.join(map(str, wanted))}), got "
            f"{x.shape}. Pass them as x.reshape({(-1, *wanted)})."
        )
    return x


def as_encoded(y, n_rows: int, n_outputs: int) -> np.ndarray:
    """Return class numbers (n,) float32, from numbers or one-hot rows.

    Raises
    ------
    ValueError
        For what is neither.
    """
    y, n_classes = np.asarray(y), max(n_outputs, 2)
    y_encoded = y
    if y.ndim == 2 and y.shape[1] == 1:
        y_encoded = y[:, 0]
    elif y.ndim == 2 and y.shape[1] == n_classes:
        y_encoded = y.argmax(axis=1)
        if not np.array_equal(y, np.eye(n_classes)[y_encoded]):
            y_encoded = y  # not one-hot
    if (
        y_encoded.shape != (n_rows,)
        or not np.isin(y_encoded, np.arange(n_classes)).all()
    ):
        raise ValueError(
            f"self.model.evaluate takes y as {n_rows} class numbers from 0 to "
            f"{n_classes - 1} (places in classes_) or as one-hot rows, got "
            f"{y.dtype} of shape {y.shape}. Labels become class numbers by "
            "np.searchsorted(classes, y), where classes = np.unique(labels of the fit)."
        )
    return y_encoded.astype(np.float32)
