"""Estimators, images, labels and folds, checked before anything is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from numbers import Integral

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import _num_samples

from skcnn._pretrained_features import PretrainedFeatures
from skcnn._transfer import TransferClassifier
from skcnn.base.seeds import numpy_seeded
from skcnn.base.targets import check_classes, check_labels, encode
from skcnn.comparison._units import Data
from skcnn.recipes.default_set import default_names
from skcnn.recipes.short_names import make_named

# Scikit-learn 1.8 and later.
_HAS_TEMPERATURE = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 8)

Split = tuple[np.ndarray, np.ndarray]


def check_data(X, y, X_test, y_test) -> Data:
    """Return images and labels, or raise where they do not belong together.

    Images are looked at by the estimators, each in its own way.
    """
    y = _check_pair(X, y, "X", "y")
    X = _in_one_piece(X)
    classes = np.unique(y)
    check_classes(classes)
    if X_test is None and y_test is None:
        return Data(X, y, classes)
    if X_test is None or y_test is None:
        missing = "X_test" if X_test is None else "y_test"
        raise ValueError(f"{missing} is missing: pass X_test and y_test together.")
    y_test = _check_pair(X_test, y_test, "X_test", "y_test")
    encode(y_test, classes, "y_test")
    return Data(X, y, classes, _in_one_piece(X_test), y_test)


def _in_one_piece(X):
    """Return a list of equal images as one array.

    Joblib gives its workers an array once, as a file, and a list with every fit.
    """
    if not isinstance(X, (list, tuple)):
        return X
    is_equal = all(isinstance(image, np.ndarray) for image in X) and (
        len({(image.shape, image.dtype) for image in X}) == 1
    )
    return np.stack(X) if is_equal else X


def _check_pair(X, y, images_name: str, labels_name: str) -> np.ndarray:
    if X is None or y is None:
        missing = images_name if X is None else labels_name
        raise ValueError(f"{missing} is None; pass images and one label for each.")
    n_images, n_labels = _num_samples(X), _num_samples(y)
    if n_images != n_labels:
        raise ValueError(
            f"{images_name} holds {n_images} images and {labels_name} {n_labels} "
            "labels; one label per image is wanted. Look at how the rows of each were "
            "selected."
        )
    if n_images == 0:
        raise ValueError(f"{images_name} holds no images.")
    return check_labels(None, y, X)


def has_image_axes(X) -> bool:
    """Whether images have axes of their own, where rows of pixels would have one."""
    if isinstance(X, Sequence):
        return np.ndim(X[0]) > 1
    return getattr(X, "ndim", 2) > 2


def make_splits(
    cv, X, y: np.ndarray, seed: int, groups=None
) -> tuple[str, list[Split]]:
    """Return what the folds are, in words, and their rows.

    Parameters
    ----------
    cv : int, splitter or iterable
        As for :func:`compare`.
    X, y : images, ndarray of shape (n,)
        What is split.
    seed : int
        Seed of the shuffle, and of a splitter without one.
    groups : array-like of shape (n,), optional
        For a splitter that keeps images of one group together.

    Raises
    ------
    ValueError
        For fewer than two folds, more folds than a class has images, empty folds, rows
        that are not there, and groups that are missing or that nobody asks for.
    """
    _check_groups(cv, groups, len(y))
    if isinstance(cv, Integral) and not isinstance(cv, bool):
        _check_counts(int(cv), y)
        cv = StratifiedKFold(int(cv), shuffle=True, random_state=seed)
    elif not hasattr(cv, "split"):
        cv = _check_iterable(cv)
    with numpy_seeded(seed):
        pairs = list(cv.split(X, y, groups)) if hasattr(cv, "split") else cv
    splits = [_check_split(pair, len(y), number) for number, pair in enumerate(pairs)]
    if not splits:
        raise ValueError(f"cv={cv!r} gives no folds; pass a number such as 5.")
    text = repr(cv) if hasattr(cv, "split") else f"{len(splits)} splits that were given"
    return text, splits


def _check_groups(cv, groups, n_images: int) -> None:
    if groups is None:
        if get_routing_for_object(cv).consumes("split", ["groups"]):
            raise ValueError(
                f"cv={cv!r} splits by groups; pass groups= with one value for each "
                "image, such as the patient that it shows."
            )
        return
    if not hasattr(cv, "split"):
        n_folds = cv if isinstance(cv, Integral) else 5
        raise ValueError(
            f"groups are for a splitter that keeps images of one group together, but "
            f"cv={cv!r} does not; pass cv=StratifiedGroupKFold({n_folds}) of "
            "sklearn.model_selection, or leave groups out."
        )
    if _num_samples(groups) != n_images:
        raise ValueError(
            f"There are {n_images} images, but {_num_samples(groups)} groups; pass one "
            "value for each image."
        )


def _check_counts(n_folds: int, y: np.ndarray) -> None:
    if n_folds < 2:
        raise ValueError(f"cv={n_folds} folds; at least two are needed, such as cv=5.")
    classes, counts = np.unique(y, return_counts=True)
    if counts.min() < n_folds:
        raise ValueError(
            f"Class {classes.tolist()[counts.argmin()]!r} has {counts.min()} images, "
            f"fewer than the {n_folds} folds, so some would be without it. Use at most "
            f"cv={counts.min()}, or leave the class out."
            if counts.min() > 1
            else f"Class {classes.tolist()[counts.argmin()]!r} has a single image, and "
            f"cv={n_folds} folds need {n_folds} of each class. Give more, or leave the "
            "class out."
        )


def _check_iterable(cv) -> list:
    try:
        return list(cv)
    except TypeError:
        raise TypeError(
            "cv must be a number of folds, a splitter such as "
            "RepeatedStratifiedKFold(), or an iterable of (train, test) rows, got "
            f"{cv!r}."
        ) from None


def _check_split(pair, n_rows: int, number: int) -> Split:
    """Return the rows of a fold as numbers; masks become such."""
    try:
        train, test = map(np.asarray, pair)
    except (TypeError, ValueError):
        raise ValueError(
            f"Fold {number} of cv is no pair of (train, test) rows, but {pair!r}."
        ) from None
    rows = []
    for part, side in ((train, "train"), (test, "test")):
        part = np.flatnonzero(part) if part.dtype == bool else part
        if part.ndim != 1 or part.size == 0 or part.dtype.kind not in "iu":
            raise ValueError(
                f"The {side} rows of fold {number} are {part!r}; row numbers, at least "
                "one, were wanted."
            )
        if part.min() < 0 or part.max() >= n_rows:
            raise ValueError(
                f"Fold {number} has the {side} row {part.max()}, but rows of X go from "
                f"0 to {n_rows - 1}."
            )
        rows.append(part.astype(np.intp))
    return rows[0], rows[1]


# --- estimators -------------------------------------------------------------------


def check_estimators(estimators, X=None) -> dict[str, BaseEstimator]:
    """Return clones of the estimators by their names.

    Parameters
    ----------
    estimators : dict, list or "default"
        Names and estimators, or estimators alone, which are called after their
        classes; short names and ids of recipes stand for estimators.
    X : array-like
        Images, whose size decides what is in the default set.

    Raises
    ------
    TypeError
        For what is neither a dict nor a list, a name that is no string, and a value
        that is no classifier.
    ValueError
        For no estimators, and an unknown name of a model.
    """
    if isinstance(estimators, str) and estimators == "default":
        estimators = default_names(X)
    is_list = isinstance(estimators, (list, tuple))
    if not is_list and not isinstance(estimators, Mapping):
        raise TypeError(
            "estimators must be a dict of names and estimators, a list of estimators, "
            f"or 'default', got {estimators!r}. Pass [estimator] to look at one."
        )
    if not estimators:
        raise ValueError("estimators is empty; pass at least one classifier.")
    named = _named(estimators) if is_list else dict(estimators)
    for name in named:
        if not isinstance(name, str):
            raise TypeError(
                f"Names of estimators must be strings, got {name!r}. Use "
                f"{str(name)!r}, for example."
            )
    return {name: _check_one(name, given) for name, given in named.items()}


def _named(estimators) -> dict:
    """Call estimators after their classes, and equal ones by numbers too."""
    names = [
        given if isinstance(given, str) else type(given).__name__.lower()
        for given in estimators
    ]
    totals, seen, unique = Counter(names), Counter[str](), []
    for name in names:
        seen[name] += 1
        unique.append(f"{name}-{seen[name]}" if totals[name] > 1 else name)
    return dict(zip(unique, estimators, strict=True))


def _check_one(name: str, given) -> BaseEstimator:
    if isinstance(given, str):
        return make_named(given)
    if isinstance(given, type):
        raise TypeError(
            f"{name!r} is the class {given.__name__}, and an instance is wanted: "
            f"{given.__name__}()."
        )
    if isinstance(given, tuple):
        raise TypeError(
            f"{name!r} is the tuple {given!r}. Pass pairs of names and estimators as "
            "dict(estimators)."
        )
    if not hasattr(given, "fit") or not is_classifier(given):
        raise TypeError(
            f"{name!r} is {given!r}, which is no classifier. Put one behind it: "
            f"make_pipeline({type(given).__name__}(...), SVMClassifier())."
        )
    return clone(given)


def with_rows(estimator: BaseEstimator) -> BaseEstimator:
    """Put a step that flattens images in front of scikit-learn's own estimators.

    Nearly all of them take rows of features only; a comparison of networks with a
    logistic regression should not fail over that.
    """
    return (
        make_pipeline(FunctionTransformer(to_rows), estimator)
        if _takes_rows(estimator)
        else estimator
    )


def calibrated(estimator: BaseEstimator, seed: int) -> BaseEstimator:
    """Give probabilities to a classifier that has none; others stay as they are."""
    if hasattr(estimator, "predict_proba"):
        return estimator
    return CalibratedClassifierCV(
        estimator,
        method="temperature" if _HAS_TEMPERATURE else "sigmoid",
        cv=StratifiedKFold(5, shuffle=True, random_state=seed),
        ensemble=False,
    )


def to_rows(X) -> np.ndarray:
    """Flatten images of shape (n, ...) to rows of shape (n, n_pixels)."""
    X = np.asarray(X)
    return X.reshape(len(X), -1)


def _takes_rows(estimator: BaseEstimator) -> bool:
    """Whether images reach an estimator of scikit-learn's that checks for rows."""
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if hasattr(step, "fit")]
        return _takes_rows(steps[0])
    parts = estimator.get_params().values()
    has_ours = any(_package(part) == "skcnn" for part in parts)
    takes_all = isinstance(estimator, FunctionTransformer) and not estimator.validate
    return _package(estimator) == "sklearn" and not has_ours and not takes_all


def _package(thing) -> str:
    return type(thing).__module__.partition(".")[0]


def set_memory(estimator: BaseEstimator, memory) -> None:
    """Set every nested ``memory`` that keeps features of images, where it is None.

    Not a pipeline's: what it keeps are fitted steps, so that the second pipeline with
    the same first step would be fitted in no time, and the comparison of times wrong.
    """
    for part in (estimator, *estimator.get_params().values()):
        keeps_features = isinstance(part, (TransferClassifier, PretrainedFeatures))
        if keeps_features and part.memory is None:
            part.set_params(memory=memory)
