"""Data at a glance: what images and labels hold, and what to mend before training."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from skcnn.base.arrays import to_array
from skcnn.base.layouts import has_channels_in_front, shape_of_rows, view_images
from skcnn.base.scaling import decide_rescale, doubt_of_scale

from ._description import Description
from ._duplicates import contradicting_rows, repeated_rows, shared_rows
from ._pixel_summary import PixelSummary


def describe(
    X: Any,
    y: Any = None,
    *,
    X_test: Any = None,
    y_test: Any = None,
    files: pd.DataFrame | None = None,
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
    files : DataFrame, default=None
        `files` of the Bunch that :func:`read_image_folder` or
        :func:`read_image_table` gives: sizes, modes and broken files are told, too.

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
    train, images, hashes = _describe_part(X, y, "X", "y")
    train = replace(train, files=files)
    if X_test is None:
        if y_test is not None:
            raise ValueError("y_test came without X_test; pass both, or neither.")
        return train
    test, test_images, test_hashes = _describe_part(X_test, y_test, "X_test", "y_test")
    _check_same_size(train, test)
    return replace(
        train,
        test=test,
        leaked_rows=shared_rows(test_hashes, hashes),
        unseen_classes=_unseen_classes(train, test),
        has_other_scale=_has_other_scale(
            _without(images, train.incomplete_rows),
            _without(test_images, test.incomplete_rows),
        ),
    )


def _describe_part(
    X: Any, y: Any, name: str, label_name: str
) -> tuple[Description, np.ndarray, np.ndarray]:
    """Describe images without a test set; also return them, and their hashes."""
    shape, images = _read_images(X, name)
    y_encoded, counts = np.zeros(len(images), int), None
    if y is not None:
        y_encoded, counts = count_labels(y, len(images), label_name)
    summary = PixelSummary(images)
    description = Description(
        shape=shape,
        n_images=len(images),
        n_pixels=images[0].size,
        image_shape=_image_shape(shape, images),
        dtype=images.dtype.name,
        n_bytes=images.nbytes,
        minimum=summary.minimum,
        maximum=summary.maximum,
        mean=summary.mean,
        n_missing=summary.n_missing,
        n_infinite=summary.n_infinite,
        n_constant_pixels=summary.n_constant_pixels,
        incomplete_rows=summary.incomplete_rows,
        constant_rows=summary.constant_rows,
        duplicate_rows=repeated_rows(summary.hashes),
        contradicting_rows=contradicting_rows(summary.hashes, y_encoded),
        class_counts=counts,
        n_missing_labels=int((y_encoded < 0).sum()),
    )
    return description, images, summary.hashes


def _read_images(X: Any, name: str) -> tuple[tuple[int, ...], np.ndarray]:
    """Return the shape of X as it came, and its images as estimators see them.

    What estimators refuse or warn of, but a look can show, passes: missing pixels,
    channels in front, rows that are no square.
    """
    try:
        X = to_array(X)
        shape, image_shape = tuple(X.shape), None
        if len(shape) == 2 and shape[1]:
            image_shape = shape_of_rows(shape[1], None, warns=False)
        elif has_channels_in_front(shape):
            image_shape = shape[1:]
        return shape, view_images(X, image_shape, may_lack_pixels=True)
    except ValueError as error:
        if name == "X":
            raise
        raise ValueError(f"{error} (X is {name} here.)") from error


def _image_shape(
    shape: tuple[int, ...], images: np.ndarray
) -> tuple[int, int, int] | None:
    """Return (h, w, c); None for flat rows that are no grey square."""
    h, w, c = images.shape[1:]
    return (h, w, c) if len(shape) > 2 or h == w else None


def count_labels(y: Any, n_images: int, name: str) -> tuple[np.ndarray, pd.Series]:
    """Return each image's class number, -1 where it is missing, and the class counts.

    Labels are of any type; None and NaN are missing. The classes are sorted. ``name``
    is the argument that errors name.

    Examples
    --------
    >>> y_encoded, counts = count_labels(["dog", "cat", None], 3, "y")
    >>> y_encoded, counts.to_dict()
    (array([ 1,  0, -1]), {'cat': 1, 'dog': 1})
    """
    shape = np.shape(y)
    if len(shape) == 2 and shape[1] == 1:
        y = np.asarray(y)[:, 0]
    elif len(shape) != 1:
        raise ValueError(
            f"{name} has shape {shape}, but should have one label for each image. If "
            f"it is one-hot, pass np.argmax({name}, axis=1)."
        )
    if len(y) != n_images:
        raise ValueError(
            f"There are {n_images} images, but {name} has {len(y)} labels; pass one "
            "label for each image."
        )
    # A Series keeps None and NaN apart from text, which an array of a list does not.
    y_encoded, classes = pd.factorize(pd.Series(y), sort=True)
    index = pd.Index(np.asarray(classes), name="class")
    sizes = np.bincount(y_encoded[y_encoded >= 0], minlength=len(index))
    return y_encoded, pd.Series(sizes, index, name="images")


def _unseen_classes(train: Description, test: Description) -> list[Any]:
    """Return the test images' classes that no training image has."""
    if train.class_counts is None or test.class_counts is None:
        return []
    seen = set(train.class_counts.index)
    return [name for name in test.class_counts.index.tolist() if name not in seen]


def _without(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the other images, all of them without a copy."""
    return np.delete(images, rows, axis=0) if len(rows) else images


def _has_other_scale(images: np.ndarray, test_images: np.ndarray) -> bool:
    """Tell by the rule of the estimators whether test images are on another scale."""
    if not len(images) or not len(test_images):
        return False
    return doubt_of_scale(decide_rescale("auto", images), test_images) is not None


def _check_same_size(train: Description, test: Description) -> None:
    """Refuse test images of another size."""
    if train.n_pixels != test.n_pixels:
        raise ValueError(
            f"X has {train.n_pixels} pixels per image (shape {train.shape}), but "
            f"X_test has {test.n_pixels} (shape {test.shape}). Drop columns that hold "
            "no pixels, or resize the images."
        )
