"""Images and labels from whatever the user names: a file, a folder, a known set."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from sklearn.utils import resample

from skcnn.base.targets import encode
from skcnn.cli import _csv, _files, _known_sets
from skcnn.cli._images import Images
from skcnn.cli._options import DataOptions, TrainingOptions
from skcnn.cli._pixel_columns import in_order_of
from skcnn.cli._values import parse_sep, parse_shape, split_names


def read_training(options: TrainingOptions, seed: int) -> tuple[Images, Images | None]:
    """Return images with labels, as many as were asked for, and those of ``--test``.

    Parameters
    ----------
    options : TrainingOptions
        Which ones.
    seed : int
        Decides which ones, where not all are asked for.

    Returns
    -------
    images : Images
        With ``y``.
    test : Images or None
        With ``y``. None without ``--test``.

    Raises
    ------
    ValueError
        For data that cannot be read or have no labels, and for test images of another
        size or with other labels. The message says what there is, and which option
        helps.
    OSError
        For a missing file.
    """
    images = _read(options, "labels")
    test = read_test(options, "labels", images)
    if test is not None:
        _check_test(images, test)
    return sample(images, options.n_images, seed), test


def read_test(options: TrainingOptions, wants: str, images: Images) -> Images | None:
    """Return the images of ``--test``, which are read as the others are.

    Parameters
    ----------
    options : TrainingOptions
        How the others are read. Columns to drop may be missing.
    wants : {"labels", "labels if any"}
        Whether labels are needed.
    images : Images
        The others, in whose order the columns of pixels are put.

    Returns
    -------
    Images or None
        None without ``--test``.
    """
    if options.test is None:
        if options.test_labels is not None:
            raise ValueError("--test-labels needs --test, the images they belong to.")
        return None
    options = replace(options, source=options.test, labels=options.test_labels)
    test = _read(options, wants, is_test=True)
    return in_order_of(test, images.pixel_names, images.source)


def _check_test(images: Images, test: Images) -> None:
    """Raise where test images could not be judged by a model of the others."""
    n_pixels, n_test_pixels = (math.prod(one.X.shape[1:]) for one in (images, test))
    if n_pixels != n_test_pixels:
        raise ValueError(
            f"An image of {test.source} (--test) has {n_test_pixels} pixels, but one "
            f"of {images.source} has {n_pixels}."
        )
    label, test_label = (one.y[:1].tolist()[0] for one in (images, test))
    if isinstance(label, str) != isinstance(test_label, str):
        raise ValueError(
            f"{test.source} (--test) has labels such as {test_label!r}, but "
            f"{images.source} has such as {label!r}."
        )
    encode(test.y, np.unique(images.y), f"{test.source} (--test)")


def read_images(
    options: DataOptions, wants: str = "images", ids: str | None = None
) -> Images:
    """Return images.

    Parameters
    ----------
    options : DataOptions
        Which ones.
    wants : {"images", "labels if any", "labels"}
        Whether labels are left alone, welcome or needed.
    ids : str, optional
        Column of a CSV file that holds the ids.

    Returns
    -------
    Images
        Where nothing is wrong with them.
    """
    return _read(options, wants, ids=ids)


def _read(
    options: DataOptions, wants: str, is_test: bool = False, ids: str | None = None
) -> Images:
    """Read a source by its kind."""
    name = options.source
    kind = _files.kind_of(name)
    if not is_test:
        _check_options(options, kind)
    if kind == "a known set":
        images = Images(name, *_known_sets.load(name))
    elif kind == "a CSV file":
        columns = _csv.Columns(
            target=options.target,
            drop=split_names(options.drop),
            ids=ids,
            needs_labels=wants == "labels",
            may_lack=is_test,
            sep=parse_sep(options.sep),
        )
        images = Images(name, *_csv.read(name, columns))
    elif kind == "a folder":
        X, y, names = _files.read_folder(name, options.size, wants)
        images = Images(name, X, y, names)
    else:
        images = Images(name, *_files.read_arrays(name, kind, is_test))
    labels = getattr(options, "labels", None)
    return _shaped(_labelled(images, labels, wants), options.image_shape)


def _check_options(options: DataOptions, kind: str) -> None:
    """Refuse options that say nothing of this kind of data."""
    owners = {
        "--target": (options.target, "a CSV file"),
        "--drop": (options.drop, "a CSV file"),
        "--sep": (options.sep, "a CSV file"),
        "--size": (options.size, "a folder"),
    }
    for option, (value, owner) in owners.items():
        if value and kind != owner:
            raise ValueError(
                f"{option} is for {owner}, but {options.source} is {kind}; leave it "
                "out."
            )


def _labelled(images: Images, labels: str | None, wants: str) -> Images:
    """Give images the labels of a file of their own, and check that there are some."""
    file = labels
    if file is None and images.y is None and wants != "images":
        file = _files.labels_beside(images.source)
    if file is not None:
        images = replace(images, y=_files.read_labels(file))
    if images.y is None and wants == "labels":
        raise ValueError(
            f"{images.source} has no labels; name the file that holds them with "
            "--labels, or for images of --test with --test-labels."
        )
    if images.y is not None and len(images.y) != len(images.X):
        raise ValueError(
            f"{images.source} holds {len(images.X)} images, but {file} holds "
            f"{len(images.y)} labels."
        )
    return images


def _shaped(images: Images, text: str | None) -> Images:
    """Cut flat rows into images, where the user says how."""
    if text is None:
        return images
    shape = parse_shape(text, "--image-shape")
    n_pixels = math.prod(images.X.shape[1:])
    if n_pixels != math.prod(shape):
        raise ValueError(
            f"--image-shape {text} has {math.prod(shape)} pixels, but an image of "
            f"{images.source} has {n_pixels}."
        )
    return replace(images, X=images.X.reshape(-1, *shape))


def sample(images: Images, n_images: int | None, seed: int) -> Images:
    """Return as many images as were asked for, the classes in their shares.

    Parameters
    ----------
    images : Images
        All of them, with labels or without.
    n_images : int or None
        How many are wanted; None or more than there are: all.
    seed : int
        Decides which ones.

    Returns
    -------
    Images
        In the order in which they were.

    Raises
    ------
    ValueError
        If there would be fewer images than classes.
    """
    if n_images is None or n_images >= len(images.X):
        return images
    n_classes = 0 if images.y is None else len(np.unique(images.y))
    if n_images < n_classes:
        raise ValueError(
            f"--images {n_images} is fewer than one for each of {n_classes} classes."
        )
    rows = resample(
        np.arange(len(images.X)),
        replace=False,
        n_samples=n_images,
        random_state=seed,
        stratify=images.y,
    )
    rows.sort()
    y, ids = (None if one is None else one[rows] for one in (images.y, images.ids))
    return replace(images, X=images.X[rows], y=y, ids=ids)
