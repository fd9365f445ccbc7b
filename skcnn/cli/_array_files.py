"""Images, labels and groups in IDX files and NumPy files."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from skcnn import datasets
from skcnn.cli._kinds import kind_of
from skcnn.cli._option_types import Source
from skcnn.cli._pixel_columns import Images


def read_arrays(source: Source, kind: str, is_test: bool) -> Images:
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


def with_labels(images: Images, source: Source, wants: str, kind: str) -> Images:
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
