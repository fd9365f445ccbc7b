"""Images and labels from whatever the user names: a file, a folder, a known set."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.utils import resample

from skcnn import ImageLoader
from skcnn.base.targets import encode
from skcnn.base.words import count, plural
from skcnn.cli._array_files import read_arrays, with_labels
from skcnn.cli._csv_columns import read_table
from skcnn.cli._kinds import KNOWN_SETS, are_pictures, check_options, kind_of
from skcnn.cli._option_types import Source
from skcnn.cli._parsing import parse_sep, parse_shape, split_names
from skcnn.cli._picture_sources import read_pictures
from skcnn.cli._pixel_columns import Images, in_order_of
from skcnn.description import images_in_both


def read_training(source: Source, seed: int) -> tuple[Images, Images | None]:
    """Return images with labels, and those of ``--test`` if there are any.

    Test images that are among the others are warned of.

    Parameters
    ----------
    source : Source
        The images, and how many of them are wanted.
    seed : int
        Decides which ones.

    Raises
    ------
    ValueError
        For data that cannot be read or have no labels, and for test images of another
        size or with other labels. The message says what there is, and which option
        helps.
    OSError
        For a missing file.
    """
    images = read_images(source, "labels")
    tests = read_test(source, "labels", images)
    if tests is not None:
        _check_test(images, tests)
    images = sample(images, source.n_images, seed)
    if tests is not None:
        _warn_of_known(images, tests)
    return images, tests


def read_test(source: Source, wants: str, images: Images) -> Images | None:
    """Return the images of ``--test``, their pixels in the order of the other images.

    Columns to drop may be missing.
    """
    if source.test is None:
        if source.test_labels is not None:
            raise ValueError("--test-labels needs --test, the images they belong to.")
        return None
    drop = ",".join(filter(None, [source.drop, source.groups]))
    of_test = replace(
        source, name=source.test, labels=source.test_labels, drop=drop, groups=None
    )
    tests = read_images(of_test, wants, is_test=True, loader=images.loader)
    return in_order_of(tests, images.pixel_names, images.source)


def _check_test(images: Images, test: Images) -> None:
    """Raise where test images could not be judged by a model of the others."""
    if images.n_pixels != test.n_pixels:
        raise ValueError(
            f"An image of {test.source} (--test) has {test.n_pixels} pixels, but one "
            f"of {images.source} has {images.n_pixels}."
        )
    y, y_test = images.y, test.y
    assert y is not None  # both were read for their labels
    assert y_test is not None
    label, test_label = y[:1].tolist()[0], y_test[:1].tolist()[0]
    if isinstance(label, str) != isinstance(test_label, str):
        raise ValueError(
            f"{test.source} (--test) has labels such as {test_label!r}, but "
            f"{images.source} has such as {label!r}."
        )
    encode(y_test, np.unique(y), f"{test.source} (--test)")


def _warn_of_known(images: Images, test: Images) -> None:
    """Warn where test images are among those to train on."""
    n_known = len(images_in_both(images.X, test.X))
    if n_known:
        warnings.warn(
            f"{count(n_known)} of {plural(len(test.X), 'image')} of {test.source} "
            f"(--test) are in {images.source}, too, so that test scores may be too "
            "high. Leave them out of one of both.",
            stacklevel=2,
        )


def folds(images: Images, n_folds: int, seed: int) -> int | StratifiedGroupKFold:
    """Return what `skcnn.compare` takes for ``cv``: groups stay together."""
    if images.groups is None:
        return n_folds
    return StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)


# --- any kind -------------------------------------------------------------------------


def read_images(
    source: Source,
    wants: str = "images",
    ids: str | None = None,
    is_test: bool = False,
    loader: ImageLoader | None = None,
) -> Images:
    """Read images, whatever kind of data they are.

    Parameters
    ----------
    source : Source
        Which ones.
    wants : {"images", "labels if any", "labels"}
        Whether labels are left alone, welcome or needed.
    ids : str, optional
        Column of a CSV file that holds the ids.
    is_test : bool
        Whether they are read with the options of others, some of which may not fit.
    loader : ImageLoader, optional
        What was decided of other pictures, or by a model.
    """
    kind = kind_of(source)
    if not is_test:
        check_options(source, kind)
    if kind == "a known set":
        # Without a part, the one to train on.
        known, _, part = source.name.partition(":")
        images = Images(source.name, *KNOWN_SETS[known](part or "train"))
    elif are_pictures(source, kind):
        images = read_pictures(source, kind, wants, ids, loader)
    elif kind == "a CSV file":
        images = read_table(
            source.name,
            target=source.target,
            drop=split_names(source.drop),
            sep=parse_sep(source.sep),
            ids=ids,
            groups=source.groups,
            needs_labels=wants == "labels",
            may_lack=is_test,
        )
    else:
        images = read_arrays(source, kind, is_test)
    return _shaped(with_labels(images, source, wants, kind), source.image_shape)


# --- shape and number -----------------------------------------------------------------


def _shaped(images: Images, text: str | None) -> Images:
    """Cut flat rows into images, where the user says how."""
    if text is None:
        return images
    shape = parse_shape(text, "--image-shape")
    if images.n_pixels != np.prod(shape):
        raise ValueError(
            f"--image-shape {text} has {np.prod(shape)} pixels, but an image of "
            f"{images.source} has {images.n_pixels}."
        )
    return replace(images, X=images.X.reshape(-1, *shape))


def sample(images: Images, n_images: int | None, seed: int) -> Images:
    """Return so many images in their order, the classes in their shares.

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
    y, ids, groups = (
        None if one is None else one[rows]
        for one in (images.y, images.ids, images.groups)
    )
    return replace(images, X=images.X[rows], y=y, ids=ids, groups=groups)
