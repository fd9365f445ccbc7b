"""Data at a glance: what images and labels hold, and what to mend before training."""

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from ._class_labels import ClassLabels, count_labels
from ._description import Description
from ._duplicates import contradicting_rows, repeated_rows, shared_rows
from ._image_rows import ImageRows, open_images
from ._pixel_summary import PixelSummary


def describe(
    X: Any, y: Any = None, *, X_test: Any = None, y_test: Any = None
) -> Description:
    """Look at images and labels before training on them.

    One pass over the pixels, in chunks: 60 000 images of 28x28 take about a second
    and a few megabytes.

    Parameters
    ----------
    X : array-like
        Images as the estimators take them: of shape (n, h, w) or (n, h, w, c), a list
        of such images, flat rows of shape (n, h * w * c), or a DataFrame of such rows.
    y : array-like of shape (n,), default=None
        Labels of any type. None if there are none.
    X_test, y_test : array-like, default=None
        Images and labels that a model will be judged on; they are searched for
        images of `X` and for classes that `y` lacks.

    Returns
    -------
    Description
        Counts, row numbers and warnings; ``print`` it.

    Raises
    ------
    ValueError
        If there are no images, they have different sizes or pixels that are no
        numbers, labels are not one per image, or test images are of another size.

    See Also
    --------
    read_csv : Images from a table.
    read_image_folder : Images from files.

    Notes
    -----
    Images are duplicates if all their pixels are equal, as whole numbers or else in
    float32; types and layouts may differ. There is a warning from a ratio of 3 between
    the largest and the smallest class, and for classes of fewer than 5 images, which
    is what five folds need.

    Examples
    --------
    >>> import numpy as np
    >>> from skcnn.datasets import describe, load_digits
    >>> X, y = load_digits()
    >>> description = describe(X[:1500], y[:1500], X_test=X[1400:], y_test=y[1400:])
    >>> int(description.class_counts.max())
    153
    >>> description.leaked_rows.size
    100
    >>> print(description.warnings[0])
    100 of 397 test images are in X, too, so that a test accuracy may be too high by up
    to 0.252. Drop the rows in `leaked_rows` from the test images and labels.
    """
    train, prints = _describe_part(X, y, "X", "y")
    if X_test is None:
        if y_test is not None:
            raise ValueError("y_test came without X_test; pass both, or neither.")
        return train
    test, test_prints = _describe_part(X_test, y_test, "X_test", "y_test")
    _check_same_size(train, test)
    return _with_test(train, test, shared_rows(test_prints, prints))


def _describe_part(
    X: Any, y: Any, name: str, label_name: str
) -> tuple[Description, np.ndarray]:
    """Describe images without a test set; also return their fingerprints."""
    images = open_images(X, name)
    labels = None if y is None else count_labels(y, len(images), label_name)
    summary = PixelSummary(images)
    return _description(images, summary, labels), summary.fingerprints


def _description(
    images: ImageRows, summary: PixelSummary, labels: ClassLabels | None
) -> Description:
    """Put together what was found out."""
    prints = summary.fingerprints
    codes = np.zeros(len(images), int) if labels is None else labels.codes
    return Description(
        shape=tuple(images.shape),
        n_images=len(images),
        n_pixels=images.width,
        image_shape=images.image_shape,
        dtype=summary.dtype.name,
        n_bytes=prod(images.shape) * summary.dtype.itemsize,
        minimum=summary.minimum,
        maximum=summary.maximum,
        mean=summary.mean,
        n_missing=summary.n_missing,
        n_infinite=summary.n_infinite,
        n_constant_pixels=summary.n_constant_pixels,
        incomplete_rows=summary.incomplete_rows,
        constant_rows=summary.constant_rows,
        duplicate_rows=repeated_rows(prints),
        contradicting_rows=contradicting_rows(prints, codes),
        class_counts=None if labels is None else labels.counts,
        n_missing_labels=0 if labels is None else labels.n_missing,
    )


def _with_test(
    train: Description, test: Description, leaked: np.ndarray
) -> Description:
    """Return the description of the training images with that of the test images."""
    unseen = []
    if train.class_counts is not None and test.class_counts is not None:
        seen = set(train.class_counts.index)
        unseen = [name for name in test.class_counts.index.tolist() if name not in seen]
    return replace(train, test=test, leaked_rows=leaked, unseen_classes=unseen)


def _check_same_size(train: Description, test: Description) -> None:
    """Refuse test images of another size."""
    if train.n_pixels != test.n_pixels:
        raise ValueError(
            f"X has {train.n_pixels} pixels per image (shape {train.shape}), but "
            f"X_test has {test.n_pixels} (shape {test.shape}). Drop columns that hold "
            "no pixels, or resize the images."
        )
