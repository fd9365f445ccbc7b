"""What a callback gives to ``self.model``: images as they came, and class numbers."""

from __future__ import annotations

import numpy as np


def as_images(x, input_shape: tuple) -> np.ndarray:
    """Return images as (n, h, w, c); grey ones may come without their channel.

    Raises
    ------
    ValueError
        For any other shape.
    """
    x, wanted = np.asarray(x), tuple(input_shape[1:])
    if x.shape[1:] == wanted[:2] and wanted[2] == 1:
        return x[..., None]
    if x.shape[1:] != wanted:
        raise ValueError(
            f"self.model takes images of shape (n, {', '.join(map(str, wanted))}), got "
            f"{x.shape}. Pass them as x.reshape({(-1, *wanted)})."
        )
    return x


def as_codes(y, n_rows: int, n_outputs: int) -> np.ndarray:
    """Return class numbers (n,) float32, from numbers or one-hot rows.

    Raises
    ------
    ValueError
        For what is neither.
    """
    y, n_classes = np.asarray(y), max(n_outputs, 2)
    codes = y
    if y.ndim == 2 and y.shape[1] == 1:
        codes = y[:, 0]
    elif y.ndim == 2 and y.shape[1] == n_classes:
        codes = y.argmax(axis=1)
        if not np.array_equal(y, np.eye(n_classes)[codes]):
            codes = y  # not one-hot
    if codes.shape != (n_rows,) or not np.isin(codes, np.arange(n_classes)).all():
        raise ValueError(
            f"self.model.evaluate takes y as {n_rows} class numbers from 0 to "
            f"{n_classes - 1} (places in classes_) or as one-hot rows, got "
            f"{y.dtype} of shape {y.shape}. Labels become class numbers by "
            "np.searchsorted(classes, y), where classes = np.unique(labels of the fit)."
        )
    return codes.astype(np.float32)
