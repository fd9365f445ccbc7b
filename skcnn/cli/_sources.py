"""Images and labels from whatever the user names: a file, a folder, a known set."""

from __future__ import annotations

import difflib
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.utils import resample

from skcnn import ImageLoader, datasets
from skcnn.base.image_files import readable_suffixes
from skcnn.base.targets import encode
from skcnn.base.words import count, plural
from skcnn.cli._csv_columns import read_table
from skcnn.cli._parsing import parse_sep, parse_shape, split_names
from skcnn.cli._picture_sources import read_pictures
from skcnn.cli._pixel_columns import Images, in_order_of
from skcnn.description import images_in_both

# Each takes "train", "test" or "all".
_KNOWN_SETS: dict[str, Callable[[str], Any]] = {
    "digits": lambda split: _digits(split),
    "mnist": datasets.fetch_mnist,
    "fashion": lambda split: datasets.fetch_fashion_mnist("garments", split),
    "five": lambda split: datasets.fetch_fashion_mnist("five", split),
    "noisy-digits": lambda split: datasets.make_noisy_digits(split=split),
}
_ENDINGS = {
    "a CSV file": (".csv", ".csv.gz", ".csv.zip", ".csv.bz2", ".csv.xz"),
    "a NumPy file": (".npy", ".npz"),
    "an IDX file": (".idx", ".idx.gz", "-ubyte", "-ubyte.gz"),
}


@dataclass(frozen=True)
class Source:
    """What the user says of some images; see the options of these names."""

    name: str
    target: str | None = None
    drop: str = ""
    sep: str | None = None
    image_shape: str | None = None
    size: str | None = None
    resize: str | None = None
    color: str | None = None
    images_dir: str | None = None
    skip_broken: bool = False
    labels: str | None = None
    groups: str | None = None

    @property
    def path(self) -> Path:
        """The file or folder, if it is one."""
        return Path(self.name).expanduser()


def read_training(
    source: Source,
    test: str | None,
    test_labels: str | None,
    n_images: int | None,
    seed: int,
) -> tuple[Images, Images | None]:
    """Return images with labels, and those of ``--test`` if there are any.

    Test images that are among the others are warned of.

    Parameters
    ----------
    source : Source
        The images.
    test, test_labels : str, optional
        Test images, which are read as the others are, and the file of their labels.
    n_images : int, optional
        How many of the images are wanted.
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
    tests = read_test(source, test, test_labels, "labels", images)
    if tests is not None:
        _check_test(images, tests)
    images = sample(images, n_images, seed)
    if tests is not None:
        _warn_of_known(images, tests)
    return images, tests


def read_test(
    source: Source,
    test: str | None,
    test_labels: str | None,
    wants: str,
    images: Images,
) -> Images | None:
    """Return the images of ``--test``, their pixels in the order of the other images.

    Columns to drop may be missing.
    """
    if test is None:
        if test_labels is not None:
            raise ValueError("--test-labels needs --test, the images they belong to.")
        return None
    drop = ",".join(filter(None, [source.drop, source.groups]))
    source = replace(source, name=test, labels=test_labels, drop=drop, groups=None)
    tests = read_images(source, wants, is_test=True, loader=images.loader)
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
        _check_options(source, kind)
    if kind == "a known set":
        images = _read_known_set(source.name)
    elif _are_pictures(source, kind):
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
        images = _read_arrays(source, kind, is_test)
    return _shaped(_with_labels(images, source, wants, kind), source.image_shape)


def kind_of(source: Source) -> str:
    """Return what a source is, in words.

    Examples
    --------
    >>> kind_of(Source("digits")), kind_of(Source("fashion:test"))
    ('a known set', 'a known set')
    """
    name = source.name
    if name.partition(":")[0] in _KNOWN_SETS:
        return "a known set"
    if source.path.is_dir():
        return "a folder"
    if not source.path.exists():
        close = difflib.get_close_matches(name, _KNOWN_SETS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise FileNotFoundError(
            f"There is no file or folder {name} (looked for from {Path.cwd()}), and no "
            f"known set of that name; those are {', '.join(_KNOWN_SETS)}.{hint}"
        )
    for kind, endings in _ENDINGS.items():
        if source.path.name.lower().endswith(endings):
            return kind
    if source.path.suffix.lower() in readable_suffixes():
        return "a picture"
    raise ValueError(
        f"{name} is no kind of data that is known by its name: .csv or .csv.gz, .npy "
        "or .npz, an IDX file (...-idx3-ubyte, with or without .gz), a picture, or a "
        "folder with a folder of images per class."
    )


def _are_pictures(source: Source, kind: str) -> bool:
    """Tell whether a source is files of pictures, of any size."""
    in_table = kind == "a CSV file" and source.images_dir is not None
    return in_table or kind in ("a folder", "a picture")


def _check_options(source: Source, kind: str) -> None:
    """Refuse options that say nothing of this kind of data."""
    tables = {
        "--target": source.target,
        "--drop": source.drop,
        "--sep": source.sep,
        "--images-dir": source.images_dir,
    }
    pictures = {
        "--size": source.size,
        "--resize": source.resize,
        "--color": source.color,
    }
    are_pictures = _are_pictures(source, kind)
    for options, owner, is_right in (
        (tables, "a CSV file", kind == "a CSV file"),
        (pictures, "a folder", are_pictures),
    ):
        wrong = [option for option, value in options.items() if value]
        if wrong and not is_right:
            raise ValueError(
                f"{wrong[0]} is for {owner}, but {source.name} is {kind}; leave it out."
            )


def folds(images: Images, n_folds: int, seed: int) -> int | StratifiedGroupKFold:
    """Return what `skcnn.compare` takes for ``cv``: groups stay together."""
    if images.groups is None:
        return n_folds
    return StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)


# --- by kinds -------------------------------------------------------------------------


def _digits(split: str):
    if split != "train":
        raise ValueError("digits is not split into parts; write digits alone.")
    return datasets.load_digits()


def _read_known_set(name: str) -> Images:
    """Read ``name`` or ``name:part``; without a part, the one to train on."""
    known, _, part = name.partition(":")
    return Images(name, *_KNOWN_SETS[known](part or "train"))


def _read_arrays(source: Source, kind: str, is_test: bool) -> Images:
    """Read an IDX file or a NumPy file, which may hold two parts."""
    if kind == "a NumPy file":
        part = _test_part(source.path) if is_test else None
        return Images(source.name, *datasets.read_npz(source.path, images=part))
    X = datasets.read_idx(source.path)
    if X.ndim < 2:
        raise ValueError(
            f"{source.name} holds {len(X)} labels and no images; name the file of the "
            "images, and this one with --labels."
        )
    return Images(source.name, X)


def _test_part(path: Path) -> str | None:
    """Return the name of the test images in a file that holds both parts."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
    except Exception:  # a .npy file, or damage, of which its reader says more
        return None
    return next((x for x in ("X_test", "x_test") if f"{x}.npy" in members), None)


# --- labels and groups in files of their own ------------------------------------------


def _with_labels(images: Images, source: Source, wants: str, kind: str) -> Images:
    """Give images the labels and groups that lie beside them."""
    file = source.labels
    if file is None and images.y is None and wants != "images":
        file = _labels_beside(source.path)
    if file is not None:
        images = replace(images, y=_read_values(file, "--labels"))
    if images.y is None and wants == "labels":
        raise ValueError(
            f"{images.source} has no labels; name the file that holds them with "
            "--labels, or for images of --test with --test-labels."
        )
    if source.groups is not None and kind != "a CSV file":
        images = replace(images, groups=_read_values(source.groups, "--groups"))
    for what, values in (("labels", images.y), ("groups", images.groups)):
        if values is not None and len(values) != len(images.X):
            raise ValueError(
                f"{images.source} holds {len(images.X)} images, but "
                f"{file if what == 'labels' else source.groups} holds {len(values)} "
                f"{what}."
            )
    return images


def _labels_beside(path: Path) -> str | None:
    """Return the file of labels that is called so beside an IDX file of images."""
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if name == path.name or "idx" not in name:
        return None
    plain = name.removesuffix(".gz")
    beside = [path.with_name(plain), path.with_name(f"{plain}.gz")]
    return next((str(one) for one in beside if one.is_file()), None)


def _read_values(file: str, option: str) -> np.ndarray:
    """Return the labels or groups in an IDX file or a ``.npy`` file."""
    path, kind = Path(file).expanduser(), kind_of(Source(file))
    if kind == "an IDX file":
        values = datasets.read_idx(path)
    elif path.suffix == ".npy":
        values = _read_npy(path)
    else:
        raise ValueError(
            f"{option} {file} is {kind}; they are read from an IDX file or from a .npy "
            "file, one per image."
        )
    if values.ndim != 1:
        raise ValueError(
            f"{option} {file} has shape {values.shape}; one per image is wanted."
        )
    return values


def _read_npy(path: Path) -> np.ndarray:
    try:
        # Mapped, a file cannot say that it is larger than it is.
        return np.array(np.lib.format.open_memmap(path, mode="r"))
    except Exception as error:  # NumPy raises almost anything for a damaged one
        raise ValueError(f"{path} cannot be read as a .npy file: {error}") from error


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
