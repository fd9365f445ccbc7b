"""Pictures in folders: which size they are brought to, and whose model that is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from skcnn import ImageLoader, datasets
from skcnn.cli._option_types import Source
from skcnn.cli._parsing import parse_sep, parse_shape
from skcnn.cli._pixel_columns import Images

_PAST = {"crop": "cropped", "pad": "padded", "stretch": "stretched"}


def read_pictures(
    source: Source, kind: str, wants: str, id: str | None, loader: ImageLoader | None
) -> Images:
    """Read the pictures that a source names.

    Parameters
    ----------
    source : Source
        A folder, a picture, or a table with ``images_dir``.
    kind : str
        Which of them, in words.
    wants : {"images", "labels if any", "labels"}
        Whether labels are left alone, welcome or needed.
    id : str, optional
        Column of a table that has the names.
    loader : ImageLoader, optional
        What a model has decided. None: it is decided by these pictures.
    """
    folder, found = _found(source, kind, wants, id)
    is_new = loader is None
    loader = _new_loader(source) if loader is None else loader
    on_error = "skip" if source.skip_broken else "raise"
    pictures = datasets.read_pictures(folder, found.names, loader, on_error)
    y = None if found.labels is None else found.labels[pictures.is_whole]
    images = Images(
        source.name,
        pictures.X,
        y,
        found.ids[pictures.is_whole],
        id_column=found.id_column,
        loader=pictures.loader,
        files=pictures.files,
    )
    sizes = pictures.files.loc[pictures.is_whole, ["height", "width"]]
    if (sizes.to_numpy() != loader.image_shape_[:2]).any():
        images = images.noted(_said_of_size(sizes, loader, is_new))
    if found.left_out:
        n_files, said = len(found.left_out), datasets.say_left_out(found.left_out)
        noun = "file" if n_files == 1 else "files"
        images = images.noted(f"{n_files} {noun} left out: {said}")
    return images


def _found(
    source: Source, kind: str, wants: str, id: str | None
) -> tuple[Path, datasets.FoundImages]:
    """Return the folder, and which files in it are meant."""
    if kind == "a picture":
        if wants == "labels":
            raise ValueError(
                f"{source.name} is one picture, without a label; name the folder that "
                "holds a folder of pictures per class."
            )
        return source.path.parent, datasets.only_image(source.path)
    if kind == "a CSV file":
        assert source.images_dir is not None  # else it would be pixels
        folder = Path(source.images_dir).expanduser()
        sep, wants_labels = parse_sep(source.sep), wants != "images"
        found = datasets.images_of_table(
            source.path, folder, id, source.target, sep, wants_labels=wants_labels
        )
        if found.labels is None and wants == "labels":
            raise ValueError(
                f"{source.name} has a column of names, {found.id_column}, and none of "
                "labels."
            )
        return folder, found
    has_classes = any(one.is_dir() for one in source.path.iterdir())
    if wants == "labels" and not has_classes:
        raise ValueError(
            f"{source.name} holds no folders. Put the images of each class into a "
            "folder named after the class."
        )
    by_class = wants != "images" and has_classes
    find = datasets.images_by_class if by_class else datasets.all_images
    return source.path, find(source.path)


# --- size and colour ------------------------------------------------------------------


def _new_loader(source: Source) -> ImageLoader:
    """Return a loader that is to be fitted, as the options say."""
    size = None if source.size is None else parse_shape(source.size, "--size")
    if size is not None and len(size) != 2:
        raise ValueError(
            f"--size is a height and a width, such as 64x64; got {source.size}."
        )
    return datasets.new_loader(
        "auto" if size is None else size,
        source.color or "auto",
        source.resize or "crop",
        "raise",
    )


def _said_of_size(sizes: Any, loader: ImageLoader, is_new: bool) -> str:
    """Say what became of pictures of other sizes."""
    n_sizes = len(sizes.drop_duplicates())
    came = f"{n_sizes} sizes" if n_sizes > 1 else "x".join(map(str, sizes.iloc[0]))
    height, width, _ = loader.image_shape_
    said = f"{came}, {_PAST[loader.resize]} to {height}x{width}"
    if not is_new:
        return f"{said} as the model wants"
    return f"{said}; --size and --resize change it"


# --- models of pictures ---------------------------------------------------------------


def with_loader(estimator: BaseEstimator, images: Images) -> BaseEstimator:
    """Return a fitted model with what was decided of the pictures that it knows."""
    if images.loader is None:
        return estimator
    is_pipeline = isinstance(estimator, Pipeline)
    steps = estimator.steps if is_pipeline else [("model", estimator)]
    return Pipeline([("images", images.loader), *steps])


def without_loader(model: BaseEstimator) -> BaseEstimator:
    """Return the part of a model that takes images.

    Examples
    --------
    >>> from skcnn import SVMClassifier
    >>> without_loader(Pipeline([("images", ImageLoader()), ("svm", SVMClassifier())]))
    SVMClassifier()
    """
    if not _has_loader(model):
        return model
    return model[1:] if len(model) > 2 else model[1]


def loader_of(model: BaseEstimator, source: Source) -> ImageLoader | None:
    """Return what a model has decided of pictures.

    Of a model that was fitted on images, not on files, the size is known, if the user
    does not say another.
    """
    if _has_loader(model):
        _check_not_said(source, model[0])
        return model[0]
    first = model[0] if isinstance(model, Pipeline) else model
    shape = getattr(first, "image_shape_", (1, 1, 1))
    if 1 in shape[:2] or shape[2] not in (1, 3) or source.size is not None:
        return None
    return ImageLoader(
        size=shape[:2],
        color="grayscale" if shape[2] == 1 else "rgb",
        resize=source.resize or "stretch",
    )


def _check_not_said(source: Source, loader: ImageLoader) -> None:
    """Raise where an option says again what a model has decided."""
    for option in ("size", "resize", "color"):
        if getattr(source, option) is not None:
            height, width, _ = loader.image_shape_
            raise ValueError(
                f"--{option} was decided when the model was fitted, on images "
                f"{_PAST[loader.resize]} to {height}x{width}; leave it out."
            )


def _has_loader(model: BaseEstimator) -> bool:
    return isinstance(model, Pipeline) and isinstance(model[0], ImageLoader)
