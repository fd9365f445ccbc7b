"""What may spoil a training or its figures, said in plain sentences with the cure."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from skcnn.base.layouts import doubt_of_width, has_channels_in_front
from skcnn.base.scaling import automatic_scale
from skcnn.base.words import count, plural

from ._file_summary import say_broken_files

# Folds of a cross-validation: as many images each class needs at least.
_FOLDS = 5
# From here on accuracy hides how the small classes fare.
_IMBALANCE = 3
# Images are dim whose brightest pixel is below this, where white is 1.
_DIM = 0.5


def run_checks(description: Any) -> tuple[str, ...]:
    """Return all warnings of a description, the gravest first.

    Parameters
    ----------
    description : Description
        What was found out.

    Returns
    -------
    tuple of str
        One text each; empty if all is well.
    """
    texts = (check(description) for check in _CHECKS)
    return tuple(text for text in texts if text)


def _broken_files(description: Any) -> str | None:
    return None if description.files is None else say_broken_files(description.files)


def _leaks(description: Any) -> str | None:
    n_leaked = len(description.leaked_rows)
    if not n_leaked:
        return None
    n_test = description.test.n_images
    return (
        f"{count(n_leaked)} of {plural(n_test, 'test image')} {_are(n_leaked)} in X, "
        "too, so that a test accuracy may be too high by up to "
        f"{n_leaked / n_test:.3g}. Drop the rows in `leaked_rows` from the test images "
        "and labels."
    )


def _unseen_classes(description: Any) -> str | None:
    if not description.unseen_classes:
        return None
    return (
        f"No training image has {_some('class', description.unseen_classes)}, but test "
        "images do: a model can never be right there. Check that labels are written "
        "alike in both, or add training images."
    )


def _other_scale(description: Any) -> str | None:
    test = description.test
    if not description.has_other_scale:
        return None
    return (
        f"Pixels go from {description.minimum:.6g} to {description.maximum:.6g}, but "
        f"those of the test images from {test.minimum:.6g} to {test.maximum:.6g}. "
        "Scale both alike."
    )


def _missing_pixels(description: Any) -> str | None:
    test = description.test
    parts = {"X": description} if test is None else {"X": description, "X_test": test}
    texts = [
        f"{plural(len(part.incomplete_rows), 'image')} of {name} "
        f"({_some('row', part.incomplete_rows.tolist())})"
        for name, part in parts.items()
        if len(part.incomplete_rows)
    ]
    if not texts:
        return None
    return (
        f"Pixels are missing or infinite in {' and '.join(texts)}, and estimators "
        "refuse such images. Drop them (`incomplete_rows`) or fill them in."
    )


def _missing_labels(description: Any) -> str | None:
    n_missing = description.n_missing_labels
    if not n_missing:
        return None
    return (
        f"{plural(n_missing, 'label')} {_are(n_missing)} missing. Drop these images, "
        "or label them."
    )


def _contradictions(description: Any) -> str | None:
    rows = description.contradicting_rows
    if not len(rows):
        return None
    return (
        f"{count(len(rows))} images are there several times with different labels "
        f"({_some('row', rows.tolist())}): no model can be right on all of them. "
        "Look at them, then drop or relabel them (`contradicting_rows`)."
    )


def _repeats(description: Any) -> str | None:
    n_repeated = len(description.duplicate_rows)
    if not n_repeated:
        return None
    return (
        f"{plural(n_repeated, 'image')} of X repeat{'s' * (n_repeated == 1)} an "
        "earlier one, so that cross-validation may judge a model on images that it was "
        "trained on. Drop the rows in `duplicate_rows`."
    )


def _constant_images(description: Any) -> str | None:
    rows = description.constant_rows
    if not len(rows):
        return None
    return (
        f"{plural(len(rows), 'image')} of X {_are(len(rows))} of one value only "
        f"({_some('row', rows.tolist())}). Look at the files behind "
        f"{'it' if len(rows) == 1 else 'them'}: empty images teach nothing."
    )


def _odd_width(description: Any) -> str | None:
    is_flat = len(description.shape) == 2
    return doubt_of_width(description.n_pixels) if is_flat else None


def _channels_in_front(description: Any) -> str | None:
    if not has_channels_in_front(description.shape):
        return None
    return (
        f"Shape {description.shape} seems to have the channels in front. Here they "
        "come last: pass np.moveaxis(X, 1, -1)."
    )


def _dim_images(description: Any) -> str | None:
    if description.dtype != "uint8":
        return None
    highest = description.maximum
    scale, _ = automatic_scale(np.dtype("uint8"), description.minimum, highest)
    if not 0 < highest * scale < _DIM:
        return None
    return (
        f"Pixels are uint8, but none is above {highest:.0f}, and estimators divide "
        f"them by {1 / scale:.0f}, which leaves the images dark. Pass "
        'X.astype("float32") to have them scaled by their own range.'
    )


def _ids_for_labels(description: Any) -> str | None:
    if not _has_too_many_classes(description):
        return None
    counts = description.class_counts
    return (
        f"y has {count(len(counts))} different labels for "
        f"{plural(description.n_images, 'image')}. Check that it holds classes, and "
        "not ids or measurements."
    )


def _one_class(description: Any) -> str | None:
    counts = description.class_counts
    if counts is None or len(counts) != 1:
        return None
    return (
        f"All images have the label {counts.index.tolist()[0]!r}; classifiers need at "
        "least two classes."
    )


def _small_classes(description: Any) -> str | None:
    counts = description.class_counts
    if counts is None or _has_too_many_classes(description):
        return None
    small = counts[counts < _FOLDS].index.tolist()
    if not small:
        return None
    return (
        f"Fewer than {_FOLDS} images have {_some('class', small)}, so that {_FOLDS} "
        "folds cannot all have one. Add images, join or drop classes, or pass a "
        "smaller cv."
    )


def _imbalance(description: Any) -> str | None:
    ratio = description.imbalance
    if ratio is None or ratio < _IMBALANCE or _has_too_many_classes(description):
        return None
    counts = description.class_counts
    names = counts.index.tolist()
    largest, smallest = names[counts.argmax()], names[counts.argmin()]
    return (
        f"Class {largest!r} has {ratio:.3g} times as many images as class "
        f"{smallest!r}, and accuracy hides how small classes fare. Look at f1_macro "
        'beside it, and try class_weight="balanced".'
    )


def _has_too_many_classes(description: Any) -> bool:
    """Whether most labels are there once, as ids are."""
    counts = description.class_counts
    return counts is not None and len(counts) > max(10, description.n_images / 2)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _some(thing: str, values: Iterable[Any]) -> str:
    """Name some rows or classes: "rows 3, 7, 9, ..."."""
    values = list(values)
    shown = [*map(repr, values[:5]), *["..."][: len(values) > 5]]
    return f"{plural(len(values), thing).split(' ')[-1]} {', '.join(shown)}"


_CHECKS: tuple[Callable[[Any], str | None], ...] = (
    _broken_files,
    _leaks,
    _unseen_classes,
    _other_scale,
    _missing_pixels,
    _missing_labels,
    _contradictions,
    _repeats,
    _constant_images,
    _odd_width,
    _channels_in_front,
    _dim_images,
    _one_class,
    _ids_for_labels,
    _small_classes,
    _imbalance,
)
